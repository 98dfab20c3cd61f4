//! Rows that were drawn to search in place of all, and what was counted of them.

use serde::{Deserialize, Serialize};

use super::searched::Asked;
use crate::pass::SearchState;
use crate::result::{QueriesCard, Side};

/// The queries of both views, or of the only one.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Queries {
    pub(crate) card: QueriesCard,
    /// Of the first view, then of the second.
    pub(crate) drawn: Vec<DrawnQueries>,
}

/// Rows of one view that search all rows of the other, or all others of their own.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct DrawnQueries {
    /// Whose rows.
    pub(crate) side: Side,
    /// Which rows, ascending.
    pub(crate) rows: Vec<u32>,
    /// Their positives, (query, positive), ascending. Within one view a pair of two queries is there from both ends.
    pub(crate) asked: Asked,
    /// What was counted from the rows of these; empty before the walk.
    pub(crate) counted: SearchState,
}
