//! What must be looked up among the rows before it can be said which of them are to blame.

use serde::{Deserialize, Serialize};

use crate::pass::TopK;
use crate::result::Side;

/// Nearest rows of each row that are looked at.
pub(crate) const NEAREST: usize = 10;
/// Rows that a list holds at most.
pub(crate) const LISTED: usize = 100;
/// Positive pairs that labels make, up to which all are looked at: 32 bytes each.
pub(crate) const MOST_PAIRS: u64 = 1 << 22;

/// What was looked up.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Offending {
    /// The nearest rows of each row, of those sides whose walk over all pairs did not keep them.
    pub(crate) nearest: Vec<(Side, TopK)>,
    /// Rows that repeat an earlier one, of each view, group by group: a row, the first row of its group, their cosine.
    pub(crate) copies: Vec<(Side, ListedPairs)>,
    /// The positive pairs; none without positives, or where labels make too many.
    pub(crate) positives: Option<PositiveCosines>,
    /// Queries none of whose nearest rows is a positive, of the views whose rows are queries, first those whose nearest row
    /// is nearest: the query, that row, and the position of the query's nearest positive. Empty without positives.
    pub(crate) misses: Vec<(Side, ListedPairs)>,
    /// The columns of each view.
    pub(crate) columns: Vec<(Side, Columns)>,
}

/// A row, another that it is in trouble with, and a number of the two.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct RowPair {
    pub(crate) row: u32,
    pub(crate) other: u32,
    pub(crate) value: f64,
}

impl RowPair {
    pub(crate) fn rows(&self) -> (u32, u32) {
        (self.row, self.other)
    }
}

/// Some rows.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct ListedPairs {
    /// How many there are.
    pub(crate) all: u64,
    /// The first of them.
    pub(crate) listed: Vec<RowPair>,
}

/// Cosines of the positive pairs.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct PositiveCosines {
    /// The smallest cosine that at least one pair in twenty does not exceed.
    pub(crate) low: f64,
    /// The worst of them, the worst first.
    pub(crate) worst: Vec<RowPair>,
}

/// Each column of a view.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Columns {
    /// Variance in the file, over the mean variance of a column.
    pub(crate) variances: Vec<f64>,
    /// Mean square on the sphere, over that of the mean column.
    pub(crate) squares: Vec<f64>,
}

/// Share of the mean variance below which a column is called constant.
const CONSTANT: f64 = 1e-12;

impl Columns {
    /// The columns that say nothing, each with its variance.
    pub(crate) fn constant(&self) -> impl Iterator<Item = (usize, f64)> + '_ {
        let columns = self.variances.iter().copied().enumerate();
        columns.filter(|(_, variance)| *variance < CONSTANT)
    }
}

/// How many of `all` rows or pairs are extreme: a tenth, at least one, and no more than a list holds.
pub(crate) fn extremes(all: usize) -> usize {
    (all / 10).clamp(1, LISTED)
}
