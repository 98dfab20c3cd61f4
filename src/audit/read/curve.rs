//! The contrastive loss at a finite number of negatives.

pub(crate) mod average;

use std::collections::BTreeMap;

use crate::audit::read::curve::average::{AnchorTerms, all_terms, average, drawn_from};
use crate::audit::read::found::Found;
use crate::audit::states::anchored::Anchored;
use crate::metric::MetricId;
use crate::result::{LossCurve, LossPoint, Measure, Note, Severity, Stated};

/// Curves for every temperature.
pub(crate) fn curves(
    found: &Found<'_>,
    anchored: Option<&Anchored>,
    measures: &[Measure],
) -> Vec<LossCurve> {
    let Some(Anchored { chosen, deviations }) = anchored else {
        return Vec::new();
    };
    let mut negatives = found.settings.negatives.clone();
    negatives.sort_unstable();
    let curve = |(k, terms): (usize, &AnchorTerms)| {
        let deviations: Vec<&[Vec<f64>]> = deviations.iter().map(|row| &row[k][..]).collect();
        let chosen = (chosen, drawn_from(found, chosen));
        average(terms, chosen, &negatives, &deviations, measures)
    };
    all_terms(found, chosen)
        .iter()
        .enumerate()
        .map(curve)
        .collect()
}

/// Names the temperatures that have no curve.
pub(crate) fn no_curve(
    found: &Found<'_>,
    anchored: Option<&Anchored>,
    curves: &[LossCurve],
) -> Option<Note> {
    let chosen = &anchored?.chosen;
    let taus = found.settings.taus.iter();
    let missing: Vec<String> = taus
        .filter(|tau| curves.iter().all(|curve| curve.tau != **tau))
        .map(f64::to_string)
        .collect();
    (chosen.own && !missing.is_empty()).then(|| Note::new(Severity::Warning, format!(
            "No contrastive loss at M negatives for tau = {}: to some rows their positive weighs over a thousand times what \
             all other rows do, so that the sum without it has no digits left. Give the rows of one item with --groups, which \
             are then left out from the start, or a larger --tau.",
            missing.join(", ")
        )))
}

/// The points of all curves as measures, after the limits they tend to.
pub(crate) fn curve_measures(curves: &[LossCurve], measures: &mut Vec<Measure>) {
    let place = |curve: &LossCurve| {
        let of = |m: &Measure| {
            m.metric == MetricId::ContrastiveLimit && m.params.get("tau") == Some(&curve.tau)
        };
        measures
            .iter()
            .rposition(of)
            .map_or(measures.len(), |k| k + 1)
    };
    let places: Vec<usize> = curves.iter().map(place).collect();
    for (curve, at) in curves.iter().zip(places).rev() {
        let place = (curve.side, curve.visited);
        let entry = |metric, point: &LossPoint, value, collapsed| {
            let params = BTreeMap::from([
                ("M".to_owned(), point.negatives as f64),
                ("tau".to_owned(), curve.tau),
            ]);
            // What other data would say is the limit's.
            Stated::drawn(value, point.se).measure(metric, params, place, (None, Some(collapsed)))
        };
        let losses = curve.points.iter();
        let losses = losses.map(|p| entry(MetricId::ContrastiveLoss, p, p.loss, p.cap));
        let bounds = curve.points.iter();
        let id = MetricId::MutualInformationBound;
        let bounds = bounds.map(|p| entry(id, p, p.information, 0.0));
        measures.splice(at..at, losses.chain(bounds).collect::<Vec<_>>());
    }
}
