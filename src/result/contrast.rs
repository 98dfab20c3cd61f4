//! Positives against any two rows: what notes and findings about positives rest on.

use super::measure::{Measure, Side};
use crate::metric::MetricId;

/// Standard errors by which positives must be closer than other rows.
const CLEARLY: f64 = 3.0;
/// Distances of rows that are the same up to rounding.
const SAME: f64 = 1e-9;

/// The mean squared distance of the positives, and of any two rows.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Contrast {
    /// alignment{alpha=2}, whatever alphas were asked for.
    pub(crate) alignment: f64,
    /// Its standard error.
    pub(crate) se: f64,
    /// 2 - 2 mean_cosine.
    pub(crate) unrelated: f64,
    /// Rows that the positives join.
    pub(crate) side: Side,
}

impl Contrast {
    /// None without positives, or without an error of theirs.
    pub(crate) fn of(measures: &[Measure], two_views: bool) -> Option<Self> {
        let side = if two_views { Side::Cross } else { Side::A };
        let mut all = measures.iter();
        let term = all.find(|m| m.metric == MetricId::ContrastiveAlignmentTerm)?;
        let mut all = measures.iter();
        let cosine = all.find(|m| m.metric == MetricId::MeanCosine && m.side == side)?;
        let tau = term.params.get("tau")?;
        // The term is -E cos / tau.
        Some(Self {
            alignment: 2.0 + 2.0 * tau * term.value,
            se: 2.0 * tau * term.se?,
            unrelated: 2.0 - 2.0 * cosine.value,
            side,
        })
    }

    /// Whether a mean squared distance is clearly less than that of any two rows.
    pub(crate) fn clearly_less(&self, distance: f64) -> bool {
        distance < self.unrelated - CLEARLY * self.se
    }

    /// Whether the positives are the same rows twice, up to rounding.
    pub(crate) fn identical(&self) -> bool {
        self.alignment.abs() < SAME
    }

    /// Whether the positives are no closer than any two rows, as far as they can tell. Rows that are all one point tell
    /// nothing.
    pub(crate) fn at_chance(&self) -> bool {
        !self.clearly_less(self.alignment) && self.unrelated >= SAME
    }
}
