//! Mean cosines without visiting pairs: E over i < j of cos = (||sum x||^2 - sum ||x||^2) / (n(n-1)).

use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64;
use rayon::prelude::*;

use super::{Cancelled, Watch};
use crate::data::UnitRows;
use crate::num::{Merge, Moments};

/// Sum of the unit rows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MeanState {
    /// Rows summed.
    pub rows: u64,
    /// Sum of the rows, one value for each column.
    pub sum: Vec<f64>,
}

impl Merge for MeanState {
    fn merge(&mut self, other: Self) {
        self.rows += other.rows;
        if self.sum.is_empty() {
            self.sum = other.sum;
        } else if !other.sum.is_empty() {
            assert_eq!(self.sum.len(), other.sum.len(), "sums of rows of one width");
            for (a, b) in self.sum.iter_mut().zip(other.sum) {
                *a += b;
            }
        }
    }
}

/// Rows read at a time; also the order of the additions.
const CHUNK: usize = 512;

impl MeanState {
    /// Reads all rows once, in parallel, adding in a fixed order.
    ///
    /// # Errors
    /// [`Cancelled`] when the watcher asked to stop.
    pub fn of(rows: &UnitRows, watch: &dyn Watch) -> Result<Self, Cancelled> {
        let chunks: Vec<Self> = (0..rows.rows().div_ceil(CHUNK))
            .into_par_iter()
            .map(|chunk| {
                let range = chunk * CHUNK..rows.rows().min((chunk + 1) * CHUNK);
                let mut state = Self {
                    rows: range.len() as u64,
                    sum: vec![0.0; rows.dim()],
                };
                let mut row = vec![0.0; rows.dim()];
                for i in range {
                    rows.row_f64(i, &mut row);
                    for (sum, v) in state.sum.iter_mut().zip(&row) {
                        *sum += v;
                    }
                }
                state
            })
            .collect();
        if watch.cancelled() {
            return Err(Cancelled);
        }
        let mut whole = Self::default();
        chunks.into_iter().for_each(|chunk| whole.merge(chunk));
        Ok(whole)
    }
}

/// Pairs that the variance of single cosines is measured on.
const SPREAD_PAIRS: usize = 16_384;

/// Variance of the cosine of two different rows: over all pairs where they are few, else over 16,384 that `seed` draws,
/// which know it to about 1 %. It serves errors only, never a value. 0 for fewer than two rows.
pub fn cosine_spread(rows: &UnitRows, seed: u64) -> f64 {
    let n = rows.rows();
    let pairs: Vec<(usize, usize)> = if n * n.saturating_sub(1) / 2 <= SPREAD_PAIRS {
        (0..n).flat_map(|i| (0..i).map(move |j| (i, j))).collect()
    } else {
        let mut rng = Pcg64::seed_from_u64(seed);
        let pair = |k: usize| {
            let i = k * n / SPREAD_PAIRS;
            (i, (i + rng.random_range(1..n)) % n)
        };
        (0..SPREAD_PAIRS).map(pair).collect()
    };
    let cosines: Vec<f64> = pairs
        .into_par_iter()
        .with_min_len(256)
        .map_init(
            || (vec![0.0; rows.dim()], vec![0.0; rows.dim()]),
            |(x, y), (i, j)| {
                rows.row_f64(i, x);
                rows.row_f64(j, y);
                x.iter().zip(&*y).map(|(x, y)| x * y).sum()
            },
        )
        .collect();
    let moments: Moments = cosines.into_iter().collect();
    let pairs = moments.count() as f64;
    moments
        .variance()
        .map_or(0.0, |variance| variance * (pairs - 1.0) / pairs)
}

/// For each row x of `rows`: the sum of its cosines with the rows behind `others`. Where the rows are among the
/// others, that includes the cosine with itself, which is 1.
pub fn means(rows: &UnitRows, others: &MeanState) -> Vec<f64> {
    (0..rows.rows())
        .into_par_iter()
        .with_min_len(64)
        .map_init(
            || vec![0.0; rows.dim()],
            |row, i| {
                rows.row_f64(i, row);
                row.iter().zip(&others.sum).map(|(a, b)| a * b).sum()
            },
        )
        .collect()
}
