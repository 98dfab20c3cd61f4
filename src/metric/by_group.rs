//! Statistics with each jackknife group of rows left out.

use crate::estimate::{Grouped, delete_group};
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
    /// Delete-a-group jackknife: error, and the value less its bias.
    pub fn jackknife(&self) -> Option<Grouped> {
        delete_group(self.value, &self.leave, &self.sizes)
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

/// `finish` of the mean over all pairs (i, j), i != j, of one set of rows or of two views of the same items; without
/// group g: over the pairs of which neither row is in g.
///
/// `rows[i]` and `columns[j]` are sums over the pairs of row i and of row j (the same within one set of rows),
/// `within[g]` the sum over ordered pairs inside group g, `group_of[i]` the group of row i.
pub fn pair_mean_by_group(
    (rows, columns): (&[f64], &[f64]),
    within: &[f64],
    group_of: &[u32],
    sizes: &[usize],
    finish: impl Fn(f64) -> f64,
) -> GroupedStatistic {
    let n = rows.len() as f64;
    let total = pairwise_sum(rows);
    let mut touching = vec![0.0; sizes.len()];
    for ((row, column), &g) in rows.iter().zip(columns).zip(group_of) {
        touching[g as usize] += row + column;
    }
    let leave = touching
        .iter()
        .zip(within)
        .zip(sizes)
        .map(|((touching, within), &size)| {
            let left = n - size as f64;
            finish((total - touching + within) / (left * (left - 1.0)))
        })
        .collect();
    GroupedStatistic {
        value: finish(total / (n * (n - 1.0))),
        leave,
        sizes: sizes.to_vec(),
    }
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

    #[test]
    fn leaving_a_group_out_equals_computing_without_it() {
        let kernel = |i: usize, j: usize| ((i * 7 + j * 13) % 10) as f64;
        let group_of = [0, 1, 0, 2, 1, 0, 2, 1];
        let sizes = [3, 3, 2];
        let sums = |keep: &dyn Fn(usize, usize) -> bool| {
            let mut sums = (vec![0.0; 8], vec![0.0; 8]);
            for (i, j) in (0..64).map(|k| (k / 8, k % 8)) {
                if i != j && keep(i, j) {
                    sums.0[i] += kernel(i, j);
                    sums.1[j] += kernel(i, j);
                }
            }
            sums
        };
        let (rows, columns) = sums(&|_, _| true);
        let within = [0, 1, 2].map(|g| {
            let inside = sums(&|i, j| group_of[i] == g && group_of[j] == g);
            inside.0.iter().sum()
        });
        let found = pair_mean_by_group((&rows, &columns), &within, &group_of, &sizes, |mean| mean);
        for g in 0..3 {
            let rest = sums(&|i, j| group_of[i] != g && group_of[j] != g).0;
            let left = (8 - sizes[g as usize]) as f64;
            let expected = rest.iter().sum::<f64>() / (left * (left - 1.0));
            assert!((found.leave[g as usize] - expected).abs() < 1e-12);
        }
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
