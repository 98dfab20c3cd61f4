//! From states to measures: every metric, for every parameter, for every side.

use std::collections::BTreeMap;

use crate::audit::read::found::Found;
use crate::audit::read::gaps::gaps;
use crate::audit::read::not_finite::set_aside;
use crate::audit::read::pairwise::{group_cosines, mean_cosines, uniformities};
use crate::audit::read::terms::{Terms, uniform_terms};
use crate::audit::states::walked::Walked;
use crate::metric::{
    Alignment, GroupedStatistic, MetricId, alignment, alignment_term, cosine, norm_cv, norm_mean,
    uniform_term,
};
use crate::pass::{GramState, Layout};
use crate::result::params;
use crate::result::{Measure, Side, Stated};
use crate::theory;

/// Every measure of the all-pairs walk that a precision is judged by: those that are finite.
pub(crate) fn judged(found: &Found<'_>) -> Vec<Measure> {
    let mut measures = measure(found, &uniform_terms(found));
    set_aside(&mut measures);
    measures
}

/// Every measure, in the order of the table of metrics.
pub(crate) fn measure(found: &Found<'_>, terms: &[Terms]) -> Vec<Measure> {
    let mut out = Vec::new();
    alignments(found, &mut out);
    uniformities(found, &mut out);
    contrasts(found, terms, &mut out);
    gaps(found, terms, &mut out);
    mean_cosines(found, &mut out);
    group_cosines(found, &mut out);
    norms(found, &mut out);
    duplicates(found, &mut out);
    out
}

/// `factor` times a mean over positive pairs.
fn stated_pairs(found: &Found<'_>, mean: Alignment, factor: f64) -> Stated {
    let level = found.settings.confidence;
    let value = factor * mean.value;
    match mean.error {
        Some(error) => Stated::new(value, Some(error.se * factor.abs()), error.freedom, level),
        None => Stated::plain(value),
    }
}

fn alignments(found: &Found<'_>, out: &mut Vec<Measure>) {
    let Some(state) = found.positives else { return };
    for (k, &alpha) in found.settings.alphas.iter().enumerate() {
        let Some(mean) = alignment(state, k) else {
            continue;
        };
        out.push(stated_pairs(found, mean, 1.0).measure(
            MetricId::Alignment,
            params("alpha", alpha),
            (found.data.pair_side(), mean.n),
            (Some(0.0), Some(0.0)),
        ));
    }
}

/// The uniform term of one set of rows, from the sums of its own pairs; `own` rows, each row itself among them, are no
/// partners of it.
pub(crate) fn mean_log(
    state: &GramState,
    tau: f64,
    layout: &Layout,
    own: &[f64],
) -> GroupedStatistic {
    let k = state.at(1.0 / tau);
    let (anchors, sizes) = (layout.group_of_rows(), layout.group_sizes());
    let negatives_in = |(g, size): (usize, &usize)| {
        let own = own.iter().zip(&anchors);
        own.map(|(own, &of)| *size as f64 - if of as usize == g { *own } else { 0.0 })
            .collect()
    };
    let negatives: Vec<Vec<f64>> = sizes.iter().enumerate().map(negatives_in).collect();
    uniform_term(&state.rows, k, &anchors, sizes, &negatives)
}

fn contrasts(found: &Found<'_>, terms: &[Terms], out: &mut Vec<Measure>) {
    let level = found.settings.confidence;
    for &Terms { tau, ref sides } in terms {
        let params = || params("tau", tau);
        if let Some(state) = found.positives
            && let Some(mean) = cosine(state)
        {
            out.push(stated_pairs(found, mean, -1.0 / tau).measure(
                MetricId::ContrastiveAlignmentTerm,
                params(),
                (found.data.pair_side(), mean.n),
                (Some(-1.0 / tau), Some(-1.0 / tau)),
            ));
        }
        let ideal = theory::contrastive_uniform_term_of_uniform(found.dim(), tau);
        for (side, term) in sides {
            out.push(
                Stated::corrected(&term.statistic, term.pairs, term.bias, level).measure(
                    MetricId::ContrastiveUniformTerm,
                    params(),
                    (*side, found.rows(*side)),
                    (Some(ideal), Some(1.0 / tau)),
                ),
            );
        }
        let floor = theory::contrastive_limit_floor(found.dim(), tau);
        for (side, term) in sides {
            let Some(aligned) = found
                .positives
                .and_then(|s| alignment_term(s, tau, &term.statistic.sizes))
            else {
                continue;
            };
            let limit = aligned.combine(1.0, &term.statistic, 1.0);
            out.push(
                Stated::corrected(&limit, term.pairs, term.bias, level).measure(
                    MetricId::ContrastiveLimit,
                    params(),
                    (*side, found.rows(*side)),
                    (Some(floor), Some(0.0)),
                ),
            );
        }
    }
}

fn norms(found: &Found<'_>, out: &mut Vec<Measure>) {
    for (metric, of) in [
        (MetricId::NormMean, norm_mean as fn(&[f64]) -> _),
        (MetricId::NormCv, norm_cv as fn(&[f64]) -> _),
    ] {
        for (side, rows) in found.data.views() {
            let (value, se) = of(&rows.norms);
            let n = rows.rows() as u64;
            let stated = Stated::new(value, se, n as f64 - 1.0, found.settings.confidence);
            out.push(stated.measure(metric, BTreeMap::new(), (side, n), (None, None)));
        }
    }
}

fn duplicates(found: &Found<'_>, out: &mut Vec<Measure>) {
    if found.estimated.is_some() {
        return;
    }
    let within = || {
        found
            .walked
            .iter()
            .filter(|walked| walked.side != Side::Cross)
    };
    let entry = |metric, side, value: u64, n: u64, collapsed: u64| {
        let beside = (Some(0.0), Some(collapsed as f64));
        Stated::plain(value as f64).measure(metric, BTreeMap::new(), (side, n), beside)
    };
    for Walked { side, state } in within() {
        let n = found.rows(*side);
        out.push(entry(
            MetricId::DuplicateRows,
            *side,
            state.duplicates.rows(),
            n,
            n - 1,
        ));
    }
    for Walked { side, state } in within() {
        let n = found.rows(*side);
        let pairs = n * (n - 1) / 2;
        out.push(entry(
            MetricId::DuplicatePairs,
            *side,
            state.duplicates.pairs,
            pairs,
            pairs,
        ));
    }
}
