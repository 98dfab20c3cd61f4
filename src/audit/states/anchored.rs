//! Anchors of the loss at finite numbers of negatives.

use serde::{Deserialize, Serialize};

use crate::result::Side;

/// What the visited anchors saw.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Anchored {
    pub(crate) chosen: Chosen,
    /// For each anchor visited, each tau, each of its pairs, each M: E log X.
    pub(crate) deviations: Vec<Vec<Vec<Vec<f64>>>>,
}

/// The pairs of the average, and the anchors whose rows are walked.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Chosen {
    pub(crate) side: Side,
    /// Whether rows of one view are anchors whose positives are other rows of theirs: the own one is no negative then, nor
    /// in the sums of the walk left out. (Between views, and among items, the walk leaves them out.)
    #[serde(default)]
    pub(crate) own: bool,
    /// Anchor and cosine of every pair of the first average: all of them, or a sample.
    pub(crate) pairs: Vec<(u32, f64)>,
    /// Whether that is all of them.
    pub(crate) all: bool,
    /// Ordered pairs that each row is the anchor of, and how many there are.
    pub(crate) degrees: Vec<u64>,
    pub(crate) total: u64,
    /// Rows that are anchors, unless every row with negatives is one, and all of as many pairs.
    pub(crate) some_anchors: Option<u64>,
    /// Anchors to be visited, and the cosines of the pairs that each was visited for.
    pub(crate) anchors: Vec<u32>,
    pub(crate) visited: Vec<Vec<f64>>,
    /// Whether those are the pairs of the first average.
    pub(crate) exact: bool,
}
