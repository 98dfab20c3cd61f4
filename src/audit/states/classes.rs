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
    /// How many rows are nearest to the mean of their own class; none where there are too many classes.
    pub(crate) nearest: Option<NearestMeans>,
}

/// Rows that are nearest to the mean of their own class, and rows that were asked.
pub(crate) type NearestHits = (u64, u64);

/// What the nearest class mean tells of rows.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct NearestMeans {
    /// Of the rows of each jackknife group.
    pub(crate) by_group: Vec<NearestHits>,
    /// Of the rows outside each group, by the means of these.
    pub(crate) without: Vec<NearestHits>,
    /// Over items: the scatter over groups of what leaving one out changes in the item's part of the share.
    pub(crate) scatter: f64,
}

/// Sums of cosines over ordered pairs of rows of different items, and how many pairs there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct ClassCosines {
    /// Of one class.
    pub(crate) within: (f64, f64),
    /// Of any two.
    pub(crate) all: (f64, f64),
}
