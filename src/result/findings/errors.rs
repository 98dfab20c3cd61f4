//! Of the audit's own numbers: too few rows, too coarse an estimate.

use super::super::audited::Audit;
use super::super::finding::{Evidence, Look, Weight};
use super::super::measure::{Measure, Side};
use crate::metric::{Family, MetricId};

/// Rows below which 95 % intervals held the truth in 86 to 96 % of simulated samples, by the number and by the law of the
/// rows (`benches/coverage.rs --rows 12,20,30,50,80`).
pub(crate) const ENOUGH: usize = 100;

pub(super) fn few_rows(audit: &Audit) -> Look {
    let (a, b) = (&audit.subject.a, audit.subject.b.as_ref());
    let (side, rows) = match b.filter(|b| b.rows < a.rows) {
        Some(b) => (Side::B, b.rows),
        None => (Side::A, a.rows),
    };
    let few = rows < ENOUGH as u64;
    let numbers = few.then(|| vec![Evidence::plain("rows", side, rows as f64)]);
    Look::of(Weight::Warning, numbers)
}

/// How far the bias of a uniform term is beyond its standard error, as a multiple; none where it has no such number.
pub(crate) fn bias_in_errors(measure: &Measure) -> Option<f64> {
    let term = measure.metric == MetricId::ContrastiveUniformTerm && measure.side != Side::Mean;
    let bias = (measure.value - measure.corrected.filter(|_| term)?).abs();
    let se = measure.se.filter(|se| bias > *se)?;
    Some(bias / se)
}

pub(super) fn low_tau(audit: &Audit) -> Look {
    let measures = audit.measures.iter();
    let biased = measures.filter_map(|m| Some((bias_in_errors(m)?, m)));
    let worst = biased.max_by(|x, y| x.0.total_cmp(&y.0));
    Look::of(Weight::Warning, worst.map(|(_, m)| vec![Evidence::of(m)]))
}

/// Where drawing pairs makes more of the variance than drawing rows does. Not where queries are drawn: as many as were
/// asked for make most of it.
pub(super) fn coarse(audit: &Audit) -> Look {
    let share = |m: &Measure| {
        let (drawn, se) = (m.monte_carlo?, m.se?);
        Some((drawn / se).powi(2)).filter(|share| share.is_finite())
    };
    let of_pairs = |m: &&Measure| m.side != Side::Mean && m.metric.family() != Family::Queries;
    let sides = audit.measures.iter().filter(of_pairs);
    let coarse = sides.filter_map(|m| Some((share(m)?, m)));
    let coarse = coarse.filter(|(share, _)| *share > 0.5);
    let worst = coarse.max_by(|x, y| x.0.total_cmp(&y.0));
    let numbers = worst.map(|(share, m)| {
        let what = "share of its variance that drawing pairs makes";
        vec![Evidence::of(m), Evidence::plain(what, m.side, share)]
    });
    Look::of(Weight::Warning, numbers)
}
