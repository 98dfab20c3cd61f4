//! From states to measures: every metric, for every parameter, for every side.

use std::collections::BTreeMap;

use super::found::{Found, Walked};
use super::gaps::gaps;
use super::model::{Measure, Side};
use crate::data::{Positives, UnitRows};
use crate::metric::{
    Alignment, GroupedStatistic, MetricId, Statistic, alignment, alignment_term, cosine,
    log_mean_exp, mean_cosine, norm_cv, norm_mean, uniform_term,
};
use crate::pass::GramState;
use crate::theory;

/// Every measure, in the order of the table of metrics.
pub(super) fn measure(found: &Found<'_>) -> Vec<Measure> {
    let mut out = Vec::new();
    alignments(found, &mut out);
    uniformities(found, &mut out);
    contrasts(found, &mut out);
    gaps(found, &mut out);
    mean_cosines(found, &mut out);
    norms(found, &mut out);
    duplicates(found, &mut out);
    // An error that could not be computed is absent, never NaN.
    for measure in &mut out {
        measure.se = measure.se.filter(|se| se.is_finite());
    }
    out.retain(|measure| measure.value.is_finite());
    out
}

pub(super) fn params(name: &str, value: f64) -> BTreeMap<String, f64> {
    BTreeMap::from([(name.to_owned(), value)])
}

/// Positive pairs lie within one view, or across two.
fn pair_side(found: &Found<'_>) -> Side {
    if found.data.b.is_some() {
        Side::Cross
    } else {
        Side::A
    }
}

/// Positive pairs that hold each row, for label positives.
fn degrees(found: &Found<'_>) -> Option<Vec<u64>> {
    let Some(Positives::Groups(groups)) = &found.data.positives else {
        return None;
    };
    let mut degree = vec![0; found.data.a.rows()];
    for members in groups.members() {
        for &row in members {
            degree[row as usize] = members.len() as u64 - 1;
        }
    }
    Some(degree)
}

fn alignments(found: &Found<'_>, out: &mut Vec<Measure>) {
    let Some(state) = found.positives else { return };
    let degree = degrees(found);
    for (k, &alpha) in found.settings.alphas.iter().enumerate() {
        let Some(Alignment { value, se, n }) = alignment(state, k, degree.as_deref()) else {
            continue;
        };
        out.push(Measure {
            metric: MetricId::Alignment,
            params: params("alpha", alpha),
            side: pair_side(found),
            value,
            se,
            n,
            ideal: Some(0.0),
            collapsed: Some(0.0),
        });
    }
}

/// Values per side, and their mean where there are two views.
fn sides(found: &Found<'_>, of: impl Fn(&Walked) -> Statistic) -> Vec<(Side, f64, Option<f64>)> {
    let all: Vec<(Side, Statistic)> = found
        .walked
        .iter()
        .map(|walked| (walked.side, of(walked)))
        .collect();
    let mut out: Vec<_> = all
        .iter()
        .map(|(side, s)| (*side, s.value, s.se()))
        .collect();
    if let [(_, a), (_, b), ..] = &all[..] {
        let (value, se) = a.mean(b);
        out.insert(2, (Side::Mean, value, se));
    }
    out
}

fn uniformities(found: &Found<'_>, out: &mut Vec<Measure>) {
    for &t in &found.settings.ts {
        let ideal = theory::uniformity_of_uniform(found.dim(), t);
        let of = |walked: &Walked| {
            let state = &walked.state;
            let c = state.position(2.0 * t).unwrap_or_default();
            let rows = state.rows.totals(c);
            let columns = state.columns.as_ref().map(|sums| sums.totals(c));
            log_mean_exp(
                &rows,
                columns.as_ref().unwrap_or(&rows),
                2.0 * t,
                &found.counts(walked.side),
            )
        };
        for (side, value, se) in sides(found, of) {
            out.push(Measure {
                metric: MetricId::Uniformity,
                params: params("t", t),
                side,
                value,
                se,
                n: found.rows(side),
                ideal: Some(ideal),
                collapsed: Some(0.0),
            });
        }
    }
}

/// The uniform term of every side, then of their mean.
pub(super) fn uniform_terms(found: &Found<'_>, tau: f64) -> Vec<(Side, GroupedStatistic)> {
    let of = |side: Side, state: &GramState| {
        let anchors = if side == Side::B {
            &found.groups.1
        } else {
            &found.groups.0
        };
        let layout = if side == Side::B {
            &found.layouts.1
        } else {
            &found.layouts.0
        };
        let k = state.position(1.0 / tau).unwrap_or_default();
        uniform_term(&state.rows, k, anchors, layout.group_sizes(), |g| {
            found.negatives(side, g)
        })
    };
    let mut out: Vec<_> = found
        .walked
        .iter()
        .map(|walked| (walked.side, of(walked.side, &walked.state)))
        .collect();
    if let [(_, a), (_, b), ..] = &out[..] {
        let mean = a.combine(0.5, b, 0.5);
        out.insert(2, (Side::Mean, mean));
    }
    out
}

fn contrasts(found: &Found<'_>, out: &mut Vec<Measure>) {
    let degree = degrees(found);
    for &tau in &found.settings.taus {
        let entry = |metric, side, value, se, n, ideal, collapsed| Measure {
            metric,
            params: params("tau", tau),
            side,
            value,
            se,
            n,
            ideal: Some(ideal),
            collapsed: Some(collapsed),
        };
        if let Some(Alignment { value, se, n }) =
            found.positives.and_then(|s| cosine(s, degree.as_deref()))
        {
            let id = MetricId::ContrastiveAlignmentTerm;
            let se = se.map(|se| se / tau);
            out.push(entry(
                id,
                pair_side(found),
                -value / tau,
                se,
                n,
                -1.0 / tau,
                -1.0 / tau,
            ));
        }
        let uniform = uniform_terms(found, tau);
        let ideal = theory::contrastive_uniform_term_of_uniform(found.dim(), tau);
        for (side, term) in &uniform {
            let se = term.jackknife().map(|j| j.se);
            let id = MetricId::ContrastiveUniformTerm;
            out.push(entry(
                id,
                *side,
                term.value,
                se,
                found.rows(*side),
                ideal,
                1.0 / tau,
            ));
        }
        let floor = theory::contrastive_limit_floor(found.dim(), tau);
        for (side, term) in &uniform {
            let Some(aligned) = found
                .positives
                .and_then(|s| alignment_term(s, tau, &term.sizes))
            else {
                continue;
            };
            let limit = aligned.combine(1.0, term, 1.0);
            let se = limit.jackknife().map(|j| j.se);
            let id = MetricId::ContrastiveLimit;
            out.push(entry(
                id,
                *side,
                limit.value,
                se,
                found.rows(*side),
                floor,
                0.0,
            ));
        }
    }
}

/// The bias of the uniform term at `tau` on the first side, and its error.
pub(super) fn uniform_term_bias(found: &Found<'_>, tau: f64) -> Option<(f64, f64)> {
    let (_, term) = uniform_terms(found, tau).into_iter().next()?;
    let jackknife = term.jackknife()?;
    Some((term.value - jackknife.corrected, jackknife.se))
}

fn mean_cosines(found: &Found<'_>, out: &mut Vec<Measure>) {
    let cosines = found.cosines;
    let of = |walked: &Walked| {
        let (rows, columns) = match (walked.side, &cosines.b, &cosines.cross) {
            (Side::B, Some(b), _) => (b, b),
            (Side::Cross, _, Some((rows, columns))) => (rows, columns),
            _ => (&cosines.a, &cosines.a),
        };
        mean_cosine(rows, columns, &found.counts(walked.side))
    };
    for (side, value, se) in sides(found, of) {
        out.push(Measure {
            metric: MetricId::MeanCosine,
            params: BTreeMap::new(),
            side,
            value,
            se,
            n: found.rows(side),
            ideal: Some(theory::IDEAL_MEAN_COSINE),
            collapsed: Some(1.0),
        });
    }
}

fn views<'a>(found: &'a Found<'_>) -> impl Iterator<Item = (Side, &'a UnitRows)> {
    std::iter::once((Side::A, &found.data.a)).chain(found.data.b.iter().map(|b| (Side::B, b)))
}

fn norms(found: &Found<'_>, out: &mut Vec<Measure>) {
    for (metric, of) in [
        (MetricId::NormMean, norm_mean as fn(&[f64]) -> _),
        (MetricId::NormCv, norm_cv as fn(&[f64]) -> _),
    ] {
        for (side, rows) in views(found) {
            let (value, se) = of(rows.norms());
            out.push(Measure {
                metric,
                params: BTreeMap::new(),
                side,
                value,
                se,
                n: rows.rows() as u64,
                ideal: None,
                collapsed: None,
            });
        }
    }
}

fn duplicates(found: &Found<'_>, out: &mut Vec<Measure>) {
    let within = || {
        found
            .walked
            .iter()
            .filter(|walked| walked.side != Side::Cross)
    };
    let entry = |metric, side, value: u64, n: u64, collapsed: u64| Measure {
        metric,
        params: BTreeMap::new(),
        side,
        value: value as f64,
        se: None,
        n,
        ideal: Some(0.0),
        collapsed: Some(collapsed as f64),
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
        out.push(entry(
            MetricId::DuplicatePairs,
            *side,
            state.duplicates.pairs,
            state.pairs,
            state.pairs,
        ));
    }
}
