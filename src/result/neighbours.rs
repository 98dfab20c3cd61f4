//! Which items are nearest to which: what two models of the same items must have in common if they see anything in them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::measure::{Measure, Side};
use super::stated::Stated;
use crate::metric::{MetricId, overlap};
use crate::num::Moments;

/// The nearest items of some items, of the first view.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Neighbours {
    /// Digest of the rows' ids; none where rows are known by their places.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ids: Option<String>,
    /// Items there are.
    pub items: u64,
    /// How many of the nearest are kept of each.
    pub k: usize,
    /// Whose neighbours they are, ascending; items are counted in the order of their ids, if they have any.
    pub of: Vec<u32>,
    /// The nearest others of each of these, nearest first.
    pub nearest: Vec<Vec<u32>>,
}

impl Neighbours {
    /// Share of neighbours that models which have nothing in common agree on.
    pub fn chance(&self) -> f64 {
        self.k as f64 / (self.items as f64 - 1.0)
    }

    /// What two models of the same items agree on, as `knn_overlap`; none where they are not of the same items, or not
    /// of the same ones among them.
    pub fn overlap(&self, other: &Self, confidence: f64) -> Option<Measure> {
        let same = (&self.ids, self.items, self.k, &self.of)
            == (&other.ids, other.items, other.k, &other.of);
        let stated = overlaps((&self.nearest, &other.nearest), self.k, confidence);
        same.then(|| {
            let mut measure = stated.measure(
                MetricId::KnnOverlap,
                BTreeMap::new(),
                (Side::A, self.of.len() as u64),
                (Some(1.0), Some(self.chance())),
            );
            if let Some(interval) = &mut measure.interval {
                (interval.low, interval.high) = (interval.low.max(0.0), interval.high.min(1.0));
            }
            measure
        })
    }

    /// Whether a file that says so can be true.
    pub fn is_sound(&self) -> bool {
        let rows = |list: &[u32]| list.iter().all(|&row| u64::from(row) < self.items);
        self.k > 0
            && (self.k as u64) < self.items
            && !self.of.is_empty()
            && self.of.len() == self.nearest.len()
            && rows(&self.of)
            && self
                .nearest
                .iter()
                .all(|near| near.len() == self.k && rows(near))
    }
}

/// Mean share of the `k` nearest that two lists of lists have in common, as one of independent rows.
pub(crate) fn overlaps(
    (one, other): (&[Vec<u32>], &[Vec<u32>]),
    k: usize,
    confidence: f64,
) -> Stated {
    let shares: Moments = one
        .iter()
        .zip(other)
        .map(|(one, other)| overlap(one, other, k))
        .collect();
    let freedom = shares.count() as f64 - 1.0;
    let value = shares.mean().unwrap_or(f64::NAN);
    Stated::new(value, shares.standard_error(), freedom, confidence)
}
