//! mean_i log mean_j e^(c s_ij) where each row has met a part of its partners only.

use rayon::prelude::*;

use super::GroupedStatistic;
use crate::num::Moments;
use crate::pass::{Met, MetBlock, RowSums};

/// Blocks of rows that one task sums; also the order of the additions.
const BLOCKS: usize = 64;

/// What the sums of a part of each row's partners tell. One pass over rows x groups of partners.
#[derive(Clone, Debug, PartialEq)]
pub struct PartialLogs {
    /// The mean of logarithms as it is, and without each group; not corrected for its bias.
    pub statistic: GroupedStatistic,
    /// The logarithm of the mean over rows, and without each group.
    pub potential: GroupedStatistic,
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
#[derive(Clone, Copy, Default)]
struct Sum {
    mean: f64,
    log: f64,
    inverse: f64,
    rows: f64,
}

impl Sum {
    fn of(total: f64, count: f64) -> Self {
        if count <= 0.0 {
            return Self::default();
        }
        let mean = total / count;
        Self {
            mean,
            log: mean.ln(),
            inverse: 1.0 / count,
            rows: 1.0,
        }
    }

    fn add(&mut self, other: Self) {
        self.mean += other.mean;
        self.log += other.log;
        self.inverse += other.inverse;
        self.rows += other.rows;
    }

    fn mean_log(&self) -> f64 {
        self.log / self.rows
    }

    fn log_mean(&self) -> f64 {
        (self.mean / self.rows).ln()
    }

    fn mean_inverse(&self) -> f64 {
        self.inverse / self.rows
    }
}

/// Sums over the rows of some blocks.
#[derive(Default)]
struct BlockSums {
    whole: Sum,
    without: Vec<Sum>,
    halves: [Sum; 2],
    spread: f64,
    spread_rows: f64,
    means: Moments,
}

impl BlockSums {
    fn empty(groups: usize) -> Self {
        Self {
            without: vec![Sum::default(); groups],
            ..Self::default()
        }
    }

    fn merge(mut self, other: Self) -> Self {
        self.whole.add(other.whole);
        self.without
            .iter_mut()
            .zip(other.without)
            .for_each(|(sum, other)| sum.add(other));
        self.halves[0].add(other.halves[0]);
        self.halves[1].add(other.halves[1]);
        self.spread += other.spread;
        self.spread_rows += other.spread_rows;
        self.means.merge(other.means);
        self
    }

    /// Takes in the rows of a block; `counts` and `before` are room for a value for each group, and one more.
    fn see(
        &mut self,
        block: &MetBlock<'_>,
        sums: &[&[f64]],
        (counts, before): (&mut [f64], &mut [(f64, f64)]),
    ) {
        let groups = sums.len();
        for at in block.positions.clone() {
            block.counts_at(at, counts);
            for g in 0..groups {
                let (sum, count) = before[g];
                before[g + 1] = if counts[g] > 0.0 {
                    (sum + sums[g][at], count + counts[g])
                } else {
                    (sum, count)
                };
            }
            let (total, count) = before[groups];
            if count <= 0.0 {
                continue;
            }
            let all = Sum::of(total, count);
            self.whole.add(all);
            self.means.add(all.mean);
            // Sums over all groups but g, from those before and those after: a difference would lose the digits of
            // rows that one group dominates.
            let mut after = (0.0, 0.0);
            let (mut squares, mut seen) = (0.0, 0.0);
            for g in (0..groups).rev() {
                let own = counts[g] > 0.0;
                if g != block.group {
                    self.without[g].add(if own {
                        Sum::of(before[g].0 + after.0, before[g].1 + after.1)
                    } else {
                        all
                    });
                }
                if own {
                    let sum = sums[g][at];
                    squares += counts[g] * (sum / counts[g] / all.mean - 1.0).powi(2);
                    seen += 1.0;
                    after = (after.0 + sum, after.1 + counts[g]);
                }
            }
            if seen > 1.0 {
                self.spread += squares / (seen - 1.0);
                self.spread_rows += 1.0;
            }
            // Neighbours on the ring lie in groups that follow each other: of four, two go to either half.
            for (first, half) in self.halves.iter_mut().enumerate() {
                let (mut sum, mut count) = (0.0, 0.0);
                for g in (0..groups).filter(|g| (g % 4 < 2) == (first == 0)) {
                    if counts[g] > 0.0 {
                        sum += sums[g][at];
                        count += counts[g];
                    }
                }
                half.add(Sum::of(sum, count));
            }
        }
    }
}

/// The mean over rows of the logarithm of their mean over the partners they met; `k` is the place of the coefficient.
///
/// Without group g: over rows outside it, and partners outside it. Rows without partners are left out. On the current
/// rayon pool; the sums do not depend on the number of threads.
pub fn partial_log_means(sums: &RowSums, k: usize, met: &Met, sizes: &[usize]) -> PartialLogs {
    let groups = sizes.len();
    let sums: Vec<&[f64]> = (0..groups).map(|g| sums.group(k, g)).collect();
    let blocks: Vec<MetBlock<'_>> = met.each_block().collect();
    let parts: Vec<BlockSums> = blocks
        .par_chunks(BLOCKS)
        .map(|blocks| {
            let mut part = BlockSums::empty(groups);
            let (mut counts, mut before) = (vec![0.0; groups], vec![(0.0, 0.0); groups + 1]);
            for block in blocks {
                part.see(block, &sums, (&mut counts, &mut before));
            }
            part
        })
        .collect();
    let all = parts
        .into_iter()
        .fold(BlockSums::empty(groups), BlockSums::merge);
    let enough = |half: &Sum| half.rows >= 0.99 * all.whole.rows;
    let of = |value: fn(&Sum) -> f64| GroupedStatistic {
        value: value(&all.whole),
        leave: all.without.iter().map(value).collect(),
        sizes: sizes.to_vec(),
    };
    let halves = all.halves.iter().all(enough);
    PartialLogs {
        statistic: of(Sum::mean_log),
        potential: of(Sum::log_mean),
        inverse: all.whole.mean_inverse(),
        inverse_without: all.without.iter().map(Sum::mean_inverse).collect(),
        pair_variance: all.spread / all.spread_rows,
        row_variance: all.means.variance().unwrap_or(0.0) / all.means.mean().unwrap_or(1.0).powi(2),
        halves: halves.then(|| {
            all.halves
                .map(|half| (half.mean_log(), half.mean_inverse()))
        }),
    }
}
