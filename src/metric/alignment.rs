//! alignment{alpha} = E ||x - y||^alpha over positive pairs.

use super::by_group::GroupedStatistic;
use crate::estimate::{PairedError, PairedUnits, paired_error};
use crate::num::Moments;
use crate::pass::PairState;

/// A mean over positive pairs, as often as each is listed, with its standard error.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Alignment {
    /// The mean.
    pub value: f64,
    /// Robust to pairs that share rows or items; the sample error where none do.
    pub error: Option<PairedError>,
    /// Distinct pairs.
    pub n: u64,
}

/// The `k`-th alpha of the pass.
pub fn alignment(state: &PairState, k: usize) -> Option<Alignment> {
    finish(state, &state.alignment[k], k)
}

/// Mean cosine of the positive pairs.
pub fn cosine(state: &PairState) -> Option<Alignment> {
    finish(state, &state.cosine, state.alignment.len())
}

fn finish(state: &PairState, moments: &Moments, k: usize) -> Option<Alignment> {
    let value = moments.mean()?;
    let error = paired_error(PairedUnits {
        sums: &state.by_unit[k],
        weights: &state.unit_pairs,
        squares: state.squares[k],
        apart: state.apart[k],
        pairs: state.distinct,
        mean: (value, moments.count() as f64),
    });
    Some(Alignment {
        value,
        error,
        n: state.distinct,
    })
}

/// The `k`-th alpha of the pass; without group g: over the pairs that do not touch it.
pub fn alignment_by_group(
    state: &PairState,
    k: usize,
    sizes: &[usize],
) -> Option<GroupedStatistic> {
    by_group(state, &state.alignment[k], sizes, |g| {
        state.touching_alignment[k][g]
    })
}

/// Mean cosine of the positive pairs; without group g: over the pairs that do not touch it.
pub fn cosine_by_group(state: &PairState, sizes: &[usize]) -> Option<GroupedStatistic> {
    by_group(state, &state.cosine, sizes, |g| state.touching[g].1)
}

fn by_group(
    state: &PairState,
    moments: &Moments,
    sizes: &[usize],
    touching: impl Fn(usize) -> f64,
) -> Option<GroupedStatistic> {
    let mean = moments.mean()?;
    let pairs = moments.count();
    let total = mean * pairs as f64;
    let leave = (0..sizes.len())
        .map(|g| match state.touching.get(g) {
            Some(&(count, _)) => (total - touching(g)) / (pairs - count) as f64,
            None => mean,
        })
        .collect();
    Some(GroupedStatistic {
        value: mean,
        leave,
        sizes: sizes.to_vec(),
    })
}
