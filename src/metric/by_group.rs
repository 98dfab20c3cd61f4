//! Statistics with each jackknife group of rows left out.

use crate::estimate::{Grouped, delete_group_of_pairs};
use crate::num::pairwise_sum;

/// A statistic, and the same with each jackknife group of rows left out.
#[derive(Clone, Debug, PartialEq)]
pub struct GroupedStatistic {
    /// On all rows.
    pub value: f64,
    /// Without group g.
    pub leave: Vec<f64>,
    /// Rows in each group.
    pub sizes: Vec<usize>,
}

impl GroupedStatistic {
    /// Delete-a-group jackknife of a statistic of pairs: error, and the value less its bias.
    pub fn jackknife(&self) -> Option<Grouped> {
        delete_group_of_pairs(self.value, &self.leave, &self.sizes)
    }

    /// a·self + b·other, group by group.
    #[must_use]
    pub fn combine(&self, a: f64, other: &Self, b: f64) -> Self {
        Self {
            value: a * self.value + b * other.value,
            leave: self
                .leave
                .iter()
                .zip(&other.leave)
                .map(|(x, y)| a * x + b * y)
                .collect(),
            sizes: self.sizes.clone(),
        }
    }
}

/// Sums over pairs of rows by the jackknife groups of both: `sums[g][h]` over the pairs (row of group g, row of group h),
/// in both orders within one set of rows, and `counts` the number of these pairs.
#[derive(Clone, Debug, PartialEq)]
pub struct PairTable {
    /// Sums.
    pub sums: Vec<Vec<f64>>,
    /// Pairs.
    pub counts: Vec<Vec<f64>>,
}

impl PairTable {
    /// The mean over all pairs; without group g: over the pairs of which neither row is in g. `finish` makes the
    /// statistic of a mean.
    pub fn by_group(&self, sizes: &[usize], finish: impl Fn(f64) -> f64) -> GroupedStatistic {
        let groups = self.sums.len();
        let mean = |left| finish(sum_without(&self.sums, left) / sum_without(&self.counts, left));
        GroupedStatistic {
            value: mean(None),
            leave: (0..groups).map(|g| mean(Some(g))).collect(),
            sizes: sizes.to_vec(),
        }
    }

    /// Variance that single pairs, or single pairs of items, bring into the mean: what is left of the cells' means when
    /// each group's own effect is taken off, R_gh = a_g + a_h + rest over g < h, by least squares. Whole items lie in one
    /// group, so that pairs of cells share no item but what the effects hold.
    ///
    /// None for fewer than four groups.
    ///
    /// Source: analysis of variance of a two-way table, its interaction.
    pub fn noise(&self) -> Option<f64> {
        let groups = self.sums.len();
        let free = (groups * groups.saturating_sub(1) / 2).checked_sub(groups)?;
        let both = |table: &[Vec<f64>], g: usize, h: usize| table[g][h] + table[h][g];
        let cell = |g: usize, h: usize| {
            let count = both(&self.counts, g, h);
            (both(&self.sums, g, h) / count, count)
        };
        let mut effects = vec![0.0; groups];
        // Coordinate descent on a strictly convex sum of squares.
        for _ in 0..200 {
            for g in 0..groups {
                let others = (0..groups).filter(|&h| h != g);
                let (mut sum, mut weight) = (0.0, 0.0);
                for h in others {
                    let (mean, count) = cell(g, h);
                    sum += count * (mean - effects[h]);
                    weight += count;
                }
                effects[g] = sum / weight;
            }
        }
        let (mut squares, mut apart) = (0.0, 0.0);
        for g in 0..groups {
            for h in g + 1..groups {
                let (mean, count) = cell(g, h);
                squares += (count * (mean - effects[g] - effects[h])).powi(2);
                apart += count;
            }
        }
        let cells = (groups * (groups - 1) / 2) as f64;
        let within: f64 = (0..groups).map(|g| self.counts[g][g]).sum();
        let variance = squares / apart * cells / free as f64 / (apart + within);
        (free > 0 && variance.is_finite()).then_some(variance)
    }
}

/// Sum of the cells of a table by groups; without a group that is `left` out, in rows and in columns.
pub(super) fn sum_without(table: &[Vec<f64>], left: Option<usize>) -> f64 {
    let rows = table.iter().enumerate().filter(|(g, _)| Some(*g) != left);
    let kept = rows.flat_map(|(_, row)| {
        let cells = row.iter().enumerate().filter(|(h, _)| Some(*h) != left);
        cells.map(|(_, v)| *v)
    });
    kept.sum()
}

/// `finish` of the mean over all pairs of rows of different items; without each item: over the pairs that do not touch
/// it. `rows[i]` and `columns[j]` are sums over the pairs of row i and of row j (the same within one set of rows),
/// `partners` their numbers, `items` the item of each.
///
/// Cost: rows + items. The value comes first.
pub fn pair_mean_by_item(
    (rows, columns): (&[f64], &[f64]),
    partners: (&[f64], &[f64]),
    items: (&[u32], &[u32]),
    count: usize,
    finish: impl Fn(f64) -> f64,
) -> (f64, Vec<f64>) {
    let (total, pairs) = (pairwise_sum(rows), pairwise_sum(partners.0));
    let mut touching = vec![(0.0, 0.0); count];
    let sides = [(rows, partners.0, items.0), (columns, partners.1, items.1)];
    for (sums, partners, items) in sides {
        for ((sum, partners), &item) in sums.iter().zip(partners).zip(items) {
            let (touched, lost) = &mut touching[item as usize];
            *touched += sum;
            *lost += partners;
        }
    }
    let without = |&(touched, lost): &(f64, f64)| finish((total - touched) / (pairs - lost));
    let leave = touching.iter().map(without).collect();
    (finish(total / pairs), leave)
}

/// The mean U over pairs, and by how much it falls when each group g is left out, U - U_-g, from row sums alone.
///
/// `rows[i]` sums over the `partners.0[i]` pairs of row i, `columns[j]` over those of row j, in a table of all ordered
/// pairs (within one set of rows both are the same). With the pairs taken as row effect + column effect, group g of
/// the rows and group g of the columns, left out together, take
/// [sum_{i in g} (r_i - m_i U) / (1 - n_g/n) + sum_{j in g} (c_j - n_j U) / (1 - m_g/m)] / P with them.
pub fn pair_mean_falls(
    (rows, columns): (&[f64], &[f64]),
    partners: (&[u64], &[u64]),
    (row_groups, column_groups): (&[u32], &[u32]),
    (row_sizes, column_sizes): (&[usize], &[usize]),
) -> (f64, Vec<f64>) {
    let pairs: u64 = partners.0.iter().sum();
    let mean = pairwise_sum(rows) / pairs as f64;
    let mut out = vec![0.0; row_sizes.len()];
    let sides = [
        (rows, partners.0, row_groups, row_sizes),
        (columns, partners.1, column_groups, column_sizes),
    ];
    for (sums, partners, group_of, sizes) in sides {
        let n = sums.len() as f64;
        for ((sum, &count), &g) in sums.iter().zip(partners).zip(group_of) {
            let left = 1.0 - sizes[g as usize] as f64 / n;
            out[g as usize] += (sum - mean * count as f64) / left;
        }
    }
    out.iter_mut().for_each(|v| *v /= pairs as f64);
    (mean, out)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Sums of a kernel over ordered pairs of rows of different items, all kept, by group.
    fn table(
        n: usize,
        group: impl Fn(usize) -> usize,
        groups: usize,
        of: impl Fn(usize, usize) -> Option<f64>,
    ) -> PairTable {
        let mut out = PairTable {
            sums: vec![vec![0.0; groups]; groups],
            counts: vec![vec![0.0; groups]; groups],
        };
        for (i, j) in (0..n * n).map(|k| (k / n, k % n)) {
            if let Some(value) = of(i, j) {
                out.sums[group(i)][group(j)] += value;
                out.counts[group(i)][group(j)] += 1.0;
            }
        }
        out
    }

    #[test]
    fn leaving_groups_or_items_out_equals_computing_without_them() {
        // Nine rows, three groups, six items: rows 0 and 3, 1 and 4, 2 and 7 are one item each.
        let kernel = |i: usize, j: usize| ((i * 7 + j * 7 + i * j * 3) % 10) as f64;
        let item = [0, 1, 2, 0, 1, 3, 4, 2, 5_u32];
        let group_of_item = [0, 1, 0, 2, 1, 2];
        let group = |i: usize| group_of_item[item[i] as usize];
        let of = |i: usize, j: usize| (item[i] != item[j]).then(|| kernel(i, j));
        let mean = |keep: &dyn Fn(usize) -> bool| {
            let kept = (0..81)
                .map(|k| (k / 9, k % 9))
                .filter(|&(i, j)| keep(i) && keep(j));
            let values: Vec<f64> = kept.filter_map(|(i, j)| of(i, j)).collect();
            values.iter().sum::<f64>() / values.len() as f64
        };
        let found = table(9, group, 3, of).by_group(&[4, 3, 2], |mean| mean);
        assert!((found.value - mean(&|_| true)).abs() < 1e-12);
        for g in 0..3 {
            assert!((found.leave[g] - mean(&|i| group(i) != g)).abs() < 1e-12);
        }
        let each = |i: usize| (0..9).filter_map(move |j| of(i, j));
        let sums: Vec<f64> = (0..9).map(|i| each(i).sum()).collect();
        let partners: Vec<f64> = (0..9).map(|i| each(i).count() as f64).collect();
        let (value, leave) = pair_mean_by_item(
            (&sums, &sums),
            (&partners, &partners),
            (&item, &item),
            6,
            |mean| mean,
        );
        assert!((value - found.value).abs() < 1e-12);
        for k in 0..6 {
            assert!((leave[k as usize] - mean(&|i| item[i] != k)).abs() < 1e-12);
        }
    }

    #[test]
    fn noise_is_that_of_single_pairs_and_not_of_effects() {
        let n = 400;
        let noise = |i: usize, j: usize| {
            let (i, j) = (i.min(j) as u64, i.max(j) as u64);
            let hash = (i * 401 + j + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
            let hash = (hash ^ (hash >> 29)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            ((hash >> 40) as f64 / (1 << 24) as f64 - 0.5) * 12_f64.sqrt()
        };
        let effect = |i: usize| ((i * 7) % 5) as f64;
        // Unequal groups.
        let group = |i: usize| (i * i) % 19;
        let of = |size: f64| {
            move |i: usize, j: usize| (i != j).then(|| effect(i) + effect(j) + size * noise(i, j))
        };
        let found = table(n, group, 19, of(2.0)).noise();
        // Groups 0 to 18 that squares miss are empty: nothing can be told of them.
        assert_eq!(found, None);
        let group = |i: usize| (i % 29) % 16;
        let found = table(n, group, 16, of(2.0)).noise().unwrap();
        let expected = 4.0 / (n * (n - 1) / 2) as f64;
        assert!(
            (0.7..1.4).contains(&(found / expected)),
            "{found:e} for {expected:e}"
        );
        let found = table(n, group, 16, of(0.0)).noise().unwrap();
        assert!(found < 1e-3 * expected, "{found:e}");
        assert_eq!(
            table(9, |i| i % 3, 3, of(1.0)).noise(),
            None,
            "three groups"
        );
    }

    #[test]
    fn falls_are_right_where_pairs_are_sums_of_row_effects() {
        let effect = |i: usize| ((i * 7) % 5) as f64;
        let group_of: [u32; 8] = [0, 1, 0, 2, 1, 0, 2, 1];
        let sizes = [3, 3, 2];
        let sums = |keep: &dyn Fn(usize) -> bool| -> Vec<f64> {
            let kept: Vec<usize> = (0..8).filter(|&i| keep(i)).collect();
            let of = |&i: &usize| {
                let others = kept.iter().filter(|&&j| j != i);
                others.map(|&j| 10.0 + effect(i) + effect(j)).sum()
            };
            kept.iter().map(of).collect()
        };
        let mean = |keep: &dyn Fn(usize) -> bool| {
            let sums = sums(keep);
            sums.iter().sum::<f64>() / (sums.len() * (sums.len() - 1)) as f64
        };
        let rows = sums(&|_| true);
        let partners = [7u64; 8];
        let (whole, falls) = pair_mean_falls(
            (&rows, &rows),
            (&partners, &partners),
            (&group_of, &group_of),
            (&sizes, &sizes),
        );
        assert!((whole - mean(&|_| true)).abs() < 1e-12);
        for g in 0..3 {
            let expected = whole - mean(&|i| group_of[i] != g);
            // Exact but for a row's pair with itself, which is not there: a part in n - n_g.
            let found = falls[g as usize];
            assert!(
                (found - expected).abs() < 0.25 * expected.abs(),
                "{found} {expected}"
            );
        }
    }
}
