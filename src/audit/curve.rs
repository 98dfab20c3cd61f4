//! The contrastive loss at a finite number of negatives: `draw` chooses pairs and walks their anchors, `average` makes
//! the numbers.

mod average;
mod draw;

use std::collections::BTreeMap;

use crate::metric::MetricId;
use crate::result::{LossCurve, LossPoint, Measure, Support};

pub(super) use draw::{COSINES, curves};

/// The points of all curves as measures, after the limits they tend to.
pub(super) fn curve_measures(curves: &[LossCurve], measures: &mut Vec<Measure>) {
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
    for (curve, place) in curves.iter().zip(places).rev() {
        let entry = |metric, point: &LossPoint, value, collapsed| Measure {
            metric,
            params: BTreeMap::from([
                ("M".to_owned(), point.negatives as f64),
                ("tau".to_owned(), curve.tau),
            ]),
            side: curve.side,
            value,
            se: Some(point.se),
            // The error is that of the draw alone; what other data would say is the limit's.
            freedom: None,
            rounding: None,
            bias: None,
            corrected: None,
            interval: None,
            support: Support::Exact,
            monte_carlo: None,
            n: curve.visited,
            ideal: None,
            collapsed: Some(collapsed),
        };
        let losses = curve.points.iter();
        let losses = losses.map(|p| entry(MetricId::ContrastiveLoss, p, p.loss, p.cap));
        let bounds = curve.points.iter();
        let id = MetricId::MutualInformationBound;
        let bounds = bounds.map(|p| entry(id, p, p.information, 0.0));
        measures.splice(place..place, losses.chain(bounds).collect::<Vec<_>>());
    }
}
