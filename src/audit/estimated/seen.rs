//! What was seen of the pairs, side by side.

use super::full_rows::FullRows;
use crate::pass::Met;
use crate::result::Side;

/// All sides of an estimate.
pub(in crate::audit) struct Estimated {
    pub(in crate::audit) sides: Vec<Seen>,
}

impl Estimated {
    /// What was seen of a side that was walked.
    pub(in crate::audit) fn side(&self, side: Side) -> Option<&Seen> {
        self.sides.iter().find(|seen| seen.side == side)
    }
}

/// One side.
pub(in crate::audit) struct Seen {
    pub(in crate::audit) side: Side,
    /// Partners that the rows of the first operand met.
    pub(in crate::audit) rows: Met,
    /// Partners that those of the second met; none within one set of rows.
    pub(super) columns: Option<Met>,
    /// Sum of the cosines of the pairs in the blocks, and of their squares.
    pub(super) moments: [f64; 2],
    /// Pairs there are.
    pub(super) pairs_all: f64,
    /// Mean cosine over all pairs.
    pub(super) mean_cosine: f64,
    /// Mean squared cosine over all pairs, where that was worth its time.
    pub(super) mean_square: Option<f64>,
    /// Cosines of random pairs.
    pub(super) pilot: Vec<f64>,
    /// Rows whose pairs were all seen.
    pub(super) full: Option<FullRows>,
}

impl Seen {
    /// Share of the pairs that was not seen in blocks: sampling without replacement has no error from the rest.
    pub(super) fn unseen(&self, pairs: u64) -> f64 {
        (1.0 - pairs as f64 / self.pairs_all).max(0.0)
    }
}
