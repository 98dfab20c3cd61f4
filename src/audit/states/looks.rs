//! What rows show beside their sums.

use serde::{Deserialize, Serialize};

use crate::result::Side;

/// What was seen of single rows.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Looks {
    /// Views of which no row that was looked at has a coordinate below zero.
    pub(crate) never_below_zero: Vec<Side>,
    /// alignment{alpha=2} of the listed pairs with every index one less, where there is a row for each.
    pub(crate) counted_from_one: Option<f64>,
    /// Angles of the rows of each view, in the plane and where pictures are wanted.
    pub(crate) angles: Vec<(Side, Vec<f64>)>,
}
