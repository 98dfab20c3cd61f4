//! Sums of cosines.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::result::Side;

/// Sums of cosines of each row with the rows it is compared with, by the linearity of the dot product.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Cosines {
    pub(crate) a: Vec<f64>,
    pub(crate) b: Option<Vec<f64>>,
    pub(crate) cross: Option<(Vec<f64>, Vec<f64>)>,
    /// Where rows come in items: for each side its sums by jackknife groups.
    pub(crate) by_groups: BTreeMap<Side, Vec<Vec<f64>>>,
    /// Where rows come in items: for each view the cosines of each row with the other rows of its item, summed.
    pub(crate) within: BTreeMap<Side, Vec<f64>>,
    /// Variance of the cosines of single pairs of each view.
    pub(crate) spread: BTreeMap<Side, f64>,
}

impl Cosines {
    /// Sums of the rows and of the columns of a side.
    pub(crate) fn of(&self, side: Side) -> (&[f64], &[f64]) {
        match (side, &self.b, &self.cross) {
            (Side::B, Some(b), _) => (b, b),
            (Side::Cross, _, Some((rows, columns))) => (rows, columns),
            _ => (&self.a, &self.a),
        }
    }
}
