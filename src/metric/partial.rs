//! mean_i log mean_j e^(c s_ij) where each row has met a part of its partners only.

use super::GroupedStatistic;
use crate::num::{Moments, pairwise_sum};
use crate::pass::{Met, RowSums};

/// What the sums of a part of each row's partners tell. One pass over rows x groups of partners.
#[derive(Clone, Debug, PartialEq)]
pub struct PartialLogs {
    /// The mean of logarithms as it is, and without each group; not corrected for its bias.
    pub statistic: GroupedStatistic,
    /// Mean of 1 / number of partners; without each group of partners the same.
    pub inverse: f64,
    /// See [`Self::inverse`].
    pub inverse_without: Vec<f64>,
    /// Variance that a single pair brings in: that of a row's means over groups of partners, relative to its mean.
    pub pair_variance: f64,
    /// Variance of the rows' means, relative to their mean.
    pub row_variance: f64,
    /// The mean of logarithms from two halves of the partners, and the mean of 1 / their number; none where more than a
    /// hundredth of the rows have no partner in a half.
    pub halves: Option<[(f64, f64); 2]>,
}

/// Sums over rows of one group, or of all.
#[derive(Clone, Default)]
struct Sum {
    log: f64,
    inverse: f64,
    rows: f64,
}

impl Sum {
    fn add(&mut self, total: f64, count: f64) {
        if count > 0.0 {
            self.log += (total / count).ln();
            self.inverse += 1.0 / count;
            self.rows += 1.0;
        }
    }

    fn mean(&self) -> f64 {
        self.log / self.rows
    }

    fn mean_inverse(&self) -> f64 {
        self.inverse / self.rows
    }
}

/// The mean over rows of the logarithm of their mean over the partners they met; `k` is the place of the coefficient.
///
/// Without group g: over rows outside it, and partners outside it. Rows without partners are left out.
pub fn partial_log_means(sums: &RowSums, k: usize, met: &Met, sizes: &[usize]) -> PartialLogs {
    let groups = sizes.len();
    // Of each block: sums are short, and added in the order of the ring.
    let mut whole = Vec::new();
    let mut without = vec![Sum::default(); groups];
    let mut halves = [Sum::default(), Sum::default()];
    let (mut spreads, mut spread_rows) = (Vec::new(), 0.0);
    let mut means = Moments::default();
    let mut counts = vec![0.0; groups];
    let mut before = vec![(0.0, 0.0); groups + 1];
    for block in met.each_block() {
        let mut mine = Sum::default();
        let mut spread = 0.0;
        for at in block.positions.clone() {
            block.counts_at(at, &mut counts);
            for g in 0..groups {
                let (sum, count) = before[g];
                before[g + 1] = if counts[g] > 0.0 {
                    (sum + sums.group(k, g)[at], count + counts[g])
                } else {
                    (sum, count)
                };
            }
            let (total, count) = before[groups];
            if count <= 0.0 {
                continue;
            }
            mine.add(total, count);
            means.add(total / count);
            let (log, mean) = ((total / count).ln(), total / count);
            // Sums over all groups but g, from those before and those after: a difference would lose the digits of
            // rows that one group dominates.
            let mut after = (0.0, 0.0);
            let (mut squares, mut seen) = (0.0, 0.0);
            for g in (0..groups).rev() {
                let own = counts[g] > 0.0;
                if g != block.group {
                    if own {
                        let (sum, count) = (before[g].0 + after.0, before[g].1 + after.1);
                        without[g].add(sum, count);
                    } else {
                        without[g].log += log;
                        without[g].inverse += 1.0 / count;
                        without[g].rows += 1.0;
                    }
                }
                if own {
                    let sum = sums.group(k, g)[at];
                    squares += counts[g] * (sum / counts[g] / mean - 1.0).powi(2);
                    seen += 1.0;
                    after = (after.0 + sum, after.1 + counts[g]);
                }
            }
            if seen > 1.0 {
                spread += squares / (seen - 1.0);
                spread_rows += 1.0;
            }
            // Neighbours on the ring lie in groups that follow each other: of four, two go to either half.
            for (first, half) in halves.iter_mut().enumerate() {
                let (mut sum, mut count) = (0.0, 0.0);
                for g in (0..groups).filter(|g| (g % 4 < 2) == (first == 0)) {
                    if counts[g] > 0.0 {
                        sum += sums.group(k, g)[at];
                        count += counts[g];
                    }
                }
                half.add(sum, count);
            }
        }
        whole.push(mine);
        spreads.push(spread);
    }
    let of =
        |part: &dyn Fn(&Sum) -> f64| pairwise_sum(&whole.iter().map(part).collect::<Vec<f64>>());
    let all = Sum {
        log: of(&|sum| sum.log),
        inverse: of(&|sum| sum.inverse),
        rows: of(&|sum| sum.rows),
    };
    let enough = halves.iter().all(|half| half.rows >= 0.99 * all.rows);
    PartialLogs {
        statistic: GroupedStatistic {
            value: all.mean(),
            leave: without.iter().map(Sum::mean).collect(),
            sizes: sizes.to_vec(),
        },
        inverse: all.mean_inverse(),
        inverse_without: without.iter().map(Sum::mean_inverse).collect(),
        pair_variance: pairwise_sum(&spreads) / spread_rows,
        row_variance: means.variance().unwrap_or(0.0) / means.mean().unwrap_or(1.0).powi(2),
        halves: enough.then(|| halves.map(|half| (half.mean(), half.mean_inverse()))),
    }
}
