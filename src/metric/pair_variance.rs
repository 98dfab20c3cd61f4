//! How much of a mean of logarithms is chance of single pairs.

use crate::pass::RowSums;

/// Variance of single pairs e^(c s_ij) relative to their anchor's mean m_i, rows' and partners' own effects taken off:
/// with T_ig the mean of anchor i over its n_ig partners in group g and b_g the mean of T_ig / m_i over anchors,
///
/// mean over i of sum_g n_ig (T_ig / m_i - b_g)^2 / (G - 1).
///
/// Over the number of pairs this is their part of the variance of mean_i log m_i (to first order), the part that a
/// jackknife over groups counts twice. `k` is the place of the coefficient in the sums, `counts[g][i]` the number of
/// partners of anchor i in group g. None for fewer than three groups, or for a group without partners.
///
/// Source: analysis of variance of a two-way table (anchors, groups of partners), its interaction.
pub fn pair_variance(sums: &RowSums, k: usize, counts: &[Vec<f64>]) -> Option<f64> {
    let groups = counts.len();
    let mut means = vec![0.0; sums.rows()];
    for g in 0..groups {
        for (mean, sum) in means.iter_mut().zip(sums.group(k, g)) {
            *mean += sum;
        }
    }
    for (mean, &row) in means.iter_mut().zip(sums.order()) {
        *mean /= counts
            .iter()
            .map(|counts| counts[row as usize])
            .sum::<f64>();
    }
    let (mut squares, mut anchors) = (0.0, 0.0);
    for (g, counts) in counts.iter().enumerate() {
        // Of x = T_ig / m_i - 1, which lie about 0: their number and sum, and, times n_ig, sum, squares and weights.
        let (mut seen, mut sum) = (0.0, 0.0);
        let (mut weight, mut weighted, mut square) = (0.0, 0.0, 0.0);
        let all = sums.group(k, g).iter().zip(&means).zip(sums.order());
        for ((total, mean), &row) in all {
            let count = counts[row as usize];
            // Anchors whose partners of this group were all left out say nothing of it.
            if count > 0.0 {
                let x = total / (mean * count) - 1.0;
                (seen, sum) = (seen + 1.0, sum + x);
                (weight, weighted) = (weight + count, weighted + count * x);
                square += count * x * x;
            }
        }
        if seen == 0.0 {
            return None;
        }
        let shared = sum / seen;
        squares += square - 2.0 * shared * weighted + shared * shared * weight;
        anchors += seen;
    }
    let variance = squares * groups as f64 / anchors / (groups as f64 - 1.0);
    (groups >= 3 && variance.is_finite()).then_some(variance)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 60 rows in 6 groups, every pair met once; e_ij = row effect + partner effect + size · (chance of the pair).
    fn table(size: f64) -> (RowSums, Vec<Vec<f64>>) {
        let (n, groups) = (60, 6);
        let order: Vec<u32> = (0..n as u32).rev().collect();
        let mut sums = RowSums::zeros(&order, groups, &[true]);
        let mut counts = vec![vec![0.0; n]; groups];
        let effect = |i: usize| 0.02 * ((i * 7) % 5) as f64;
        let chance = |i: usize, j: usize| {
            let (i, j) = (i.min(j) as u64, i.max(j) as u64);
            let hash = (i * 60 + j + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
            ((hash >> 40) as f64 / (1 << 24) as f64 - 0.5) * 12_f64.sqrt()
        };
        for (at, &row) in order.iter().enumerate() {
            let i = row as usize;
            for j in (0..n).filter(|&j| j != i) {
                let value = 10.0 + effect(i) + effect(j) + size * chance(i, j);
                sums.add_group((0, j % groups), at, &[value]);
                counts[j % groups][i] += 1.0;
            }
        }
        (sums, counts)
    }

    #[test]
    fn chance_of_single_pairs_is_told_from_effects_of_rows() {
        let (sums, counts) = table(0.5);
        let found = pair_variance(&sums, 0, &counts).unwrap();
        let expected = 0.25 / 10.08_f64.powi(2);
        assert!(
            (found / expected - 1.0).abs() < 0.15,
            "{found:e} against {expected:e}"
        );
    }

    #[test]
    fn effects_alone_leave_next_to_nothing() {
        let (sums, counts) = table(0.0);
        let found = pair_variance(&sums, 0, &counts).unwrap();
        // A row is no partner of its own: its group lacks its effect.
        assert!(found < 2e-6, "{found:e}");
    }

    #[test]
    fn too_few_groups_say_nothing() {
        let (sums, counts) = table(0.5);
        assert_eq!(pair_variance(&sums, 0, &counts[..2]), None);
        let mut empty = counts;
        empty[3].fill(0.0);
        assert_eq!(pair_variance(&sums, 0, &empty), None);
    }
}
