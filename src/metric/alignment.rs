//! alignment{alpha} = E ||x - y||^alpha over positive pairs.

use super::by_group::GroupedStatistic;
use crate::estimate::dyadic_standard_error;
use crate::num::Moments;
use crate::pass::PairState;

/// A mean over positive pairs with its standard error.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Alignment {
    /// The mean.
    pub value: f64,
    /// Sample error over listed pairs; over label pairs, which share rows, the dyadic-robust one.
    pub se: Option<f64>,
    /// Pairs.
    pub n: u64,
}

/// The `k`-th alpha of the pass. `degree` is the number of pairs that hold each row, for label positives.
pub fn alignment(state: &PairState, k: usize, degree: Option<&[u64]>) -> Option<Alignment> {
    finish(state, &state.alignment[k], k, degree)
}

/// Mean cosine of the positive pairs.
pub fn cosine(state: &PairState, degree: Option<&[u64]>) -> Option<Alignment> {
    finish(state, &state.cosine, state.alignment.len(), degree)
}

fn finish(
    state: &PairState,
    moments: &Moments,
    k: usize,
    degree: Option<&[u64]>,
) -> Option<Alignment> {
    let value = moments.mean()?;
    let n = moments.count();
    let se = match (degree, state.by_row.get(k)) {
        (Some(degree), Some(by_row)) => moments
            .variance()
            .and_then(|v| dyadic_standard_error(by_row, degree, value, v, n)),
        _ => moments.standard_error(),
    };
    Some(Alignment { value, se, n })
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
