//! What reading class separation and class means needs.

use serde::{Deserialize, Serialize};

/// Most classes whose means every row is compared with.
pub(crate) const MOST_CLASSES: usize = 10_000;

/// Labelled rows.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Classes {
    /// Classes that have a row.
    pub(crate) count: u64,
    /// Sums of cosines over all rows, then over all but each jackknife group.
    pub(crate) cosines: Vec<ClassCosines>,
    /// (rows nearest to their own class mean, rows asked) of each jackknife group; none where there are too many classes.
    pub(crate) nearest: Option<Vec<(u64, u64)>>,
}

/// Sums of cosines over ordered pairs of rows of different items, and how many pairs there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct ClassCosines {
    /// Of one class.
    pub(crate) within: (f64, f64),
    /// Of any two.
    pub(crate) all: (f64, f64),
}
