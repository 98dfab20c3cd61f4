//! Of numbers that are measured only where they are asked for: directions, one space, drift; and of codes.

use super::super::audited::{Audit, View};
use super::super::contrast::Contrast;
use super::super::finding::{Evidence, Look, Weight};
use super::super::measure::Side;
use super::rows::all;
use crate::metric::MetricId;

/// Share of the effective rank of uniform rows below which rows are called collapsed: eight encoders have a third or more.
pub(crate) const DIRECTIONS: f64 = 0.1;
/// Cosine of the mean rows below which two views are called of two spaces: midway from the 0.957 that two texts of one
/// verse have at least (eight encoders) to the 0.49 that two encoders of one width have at most.
const ONE_SPACE: f64 = 0.7;
/// p-value from which on drift is told.
const BY_CHANCE: f64 = 0.01;

pub(super) fn dimensional_collapse(audit: &Audit) -> Look {
    let views = all(audit, MetricId::EffectiveRank).filter_map(|m| Some((m, m.ideal?)));
    let mut views = views.peekable();
    if views.peek().is_none() {
        return Look::Unseen("directions (--spectrum)");
    }
    let few = views.find(|(m, uniform)| m.value < DIRECTIONS * uniform);
    Look::of(Weight::Warning, few.map(|(m, _)| vec![Evidence::of(m)]))
}

/// A fact where positives are apart all the same, as images and texts of two towers are.
pub(super) fn not_same_space(audit: &Audit) -> Look {
    if audit.subject.b.is_none() {
        return Look::Clear;
    }
    let Some(m) = all(audit, MetricId::SpaceCosine).next() else {
        return Look::Unseen("one space (--search)");
    };
    if m.interval.map_or(m.value, |i| i.high) >= ONE_SPACE {
        return Look::Clear;
    }
    let contrast = Contrast::of(&audit.measures, true);
    let weight = match contrast.is_some_and(|contrast| !contrast.at_chance()) {
        true => Weight::Fact,
        false => Weight::Warning,
    };
    Look::Found(weight, vec![Evidence::of(m)])
}

pub(super) fn drift(audit: &Audit) -> Look {
    let Some(p) = all(audit, MetricId::DriftP).next() else {
        return Look::Unseen("drift (--drift-from)");
    };
    if p.value > BY_CHANCE {
        return Look::Clear;
    }
    let beside = [MetricId::DriftAuc, MetricId::DriftMmd];
    let beside = beside.into_iter().flat_map(|metric| all(audit, metric));
    let numbers = std::iter::once(p).chain(beside).map(Evidence::of);
    Look::Found(Weight::Warning, numbers.collect())
}

pub(super) fn bare_codes(audit: &Audit) -> Look {
    let coded = audit.subject.views().find(|(_, view)| {
        matches!(view.dtype.as_str(), "i8" | "u8") && view.codes.is_none() && view.copied.is_none()
    });
    let columns = |(side, view): (Side, &View)| {
        vec![Evidence::plain("columns of codes", side, view.dim as f64)]
    };
    Look::of(Weight::Fact, coded.map(columns))
}
