//! What was seen of the pairs, side by side.

use serde::{Deserialize, Serialize};

use crate::estimate::stratified_mean;
use crate::pass::Met;
use crate::result::Side;

/// All sides of an estimate.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Estimated {
    pub(crate) sides: Vec<Seen>,
}

/// One side.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Seen {
    pub(crate) side: Side,
    /// Partners that the rows of the first operand met.
    pub(crate) rows: Met,
    /// Partners that those of the second met; none within one set of rows.
    pub(crate) columns: Option<Met>,
    /// Sum of the cosines of the pairs in the blocks, and of their squares.
    pub(crate) moments: [f64; 2],
    /// Pairs there are.
    pub(crate) pairs_all: f64,
    /// Mean cosine over all pairs.
    pub(crate) mean_cosine: f64,
    /// Mean squared cosine over all pairs, where that was worth its time.
    pub(crate) mean_square: Option<f64>,
    /// Cosines of random pairs.
    pub(crate) pilot: Vec<f64>,
    /// Rows whose pairs were all seen.
    pub(crate) full: Option<FullRows>,
}

impl Seen {
    /// Share of the pairs that was not seen in blocks: sampling without replacement has no error from the rest.
    pub(crate) fn unseen(&self, pairs: u64) -> f64 {
        (1.0 - pairs as f64 / self.pairs_all).max(0.0)
    }
}

/// Rows that were seen whole, one from each stratum, in the order of the strata.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct FullRows {
    pub(crate) pairs: u64,
    /// For each tau the logarithms of the mean potentials.
    pub(crate) logs: Vec<Vec<f64>>,
    /// Rows there are.
    pub(crate) of: usize,
}

impl FullRows {
    /// Mean over all rows for a tau, by place, and its standard error.
    pub(crate) fn mean(&self, place: usize) -> Option<(f64, f64)> {
        let logs = &self.logs[place];
        let unseen = (1.0 - logs.len() as f64 / self.of as f64).max(0.0);
        stratified_mean(logs).map(|(mean, se)| (mean, se * unseen.sqrt()))
    }
}
