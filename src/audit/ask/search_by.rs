//! What retrieval, thresholds and hubs go by.

use serde::{Deserialize, Serialize};

/// The similarity of two rows, as the search that is to be shipped computes it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum SearchBy {
    /// The cosine.
    #[default]
    Cosine,
    /// The inner product of the rows as they are.
    Dot,
}

impl SearchBy {
    /// `cosine`, `dot`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Cosine => "cosine",
            Self::Dot => "dot",
        }
    }
}
