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
}
