//! Rows recomputed in f64, to show how far the pass is from the definition.

use rand::SeedableRng;
use rand::seq::index::sample;
use rand_pcg::Pcg64;
use rayon::prelude::*;

use super::pairs::in_lanes;
use super::{Cancelled, GramState, Watch};
use crate::data::UnitRows;

/// Where the pass is farthest from f64.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Deviation {
    /// |log of the row mean in the pass - log of the row mean in f64|.
    pub size: f64,
    /// Row.
    pub row: usize,
    /// Coefficient c of e^(c s).
    pub coefficient: f64,
}

/// Recomputes `count` random rows of the sums in `state` in f64, over all rows of `b` but those for which
/// `excluded(i, j)` holds, and returns the largest difference of their logarithms.
///
/// Cost: count · n · d multiply-adds in f64.
///
/// # Errors
/// [`Cancelled`] when the watcher asked to stop.
pub fn verify(
    state: &GramState,
    (a, b): (&UnitRows, &UnitRows),
    excluded: impl Fn(usize, usize) -> bool + Sync,
    (count, seed): (usize, u64),
    watch: &dyn Watch,
) -> Result<(usize, Option<Deviation>), Cancelled> {
    let count = count.min(a.rows());
    let chosen: Vec<usize> = sample(&mut Pcg64::seed_from_u64(seed), a.rows(), count).into_vec();
    let mut anchors = vec![0.0; count * a.dim()];
    for (&row, out) in chosen.iter().zip(anchors.chunks_exact_mut(a.dim())) {
        a.row_f64(row, out);
    }
    // Chunks of the other rows in parallel, each against all chosen rows; sums are added in chunk order.
    const CHUNK: usize = 256;
    let width = state.coefficients.len();
    let parts: Vec<Vec<f64>> = (0..b.rows().div_ceil(CHUNK))
        .into_par_iter()
        .map_init(
            || vec![0.0; b.dim()],
            |other, chunk| {
                let mut sums = vec![0.0; count * width];
                for j in chunk * CHUNK..b.rows().min((chunk + 1) * CHUNK) {
                    if watch.cancelled() {
                        break;
                    }
                    b.row_f64(j, other);
                    for (k, &i) in chosen.iter().enumerate() {
                        if excluded(i, j) {
                            continue;
                        }
                        let anchor = &anchors[k * a.dim()..(k + 1) * a.dim()];
                        let s = in_lanes(anchor, other, |x, y| x * y);
                        for (sum, c) in sums[k * width..(k + 1) * width]
                            .iter_mut()
                            .zip(&state.coefficients)
                        {
                            *sum += (c * s).exp();
                        }
                    }
                }
                watch.advance(1);
                sums
            },
        )
        .collect();
    if watch.cancelled() {
        return Err(Cancelled);
    }
    let mut worst: Option<Deviation> = None;
    for (c, &coefficient) in state.coefficients.iter().enumerate() {
        let totals = state.rows.totals(c);
        for (k, &row) in chosen.iter().enumerate() {
            let exact: f64 = parts.iter().map(|part| part[k * width + c]).sum();
            if exact > 0.0 {
                let size = (totals[row].ln() - exact.ln()).abs();
                if worst.is_none_or(|worst| size > worst.size) {
                    worst = Some(Deviation {
                        size,
                        row,
                        coefficient,
                    });
                }
            }
        }
    }
    Ok((count, worst))
}
