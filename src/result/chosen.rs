//! Which rows of the files an audit is of, where it is not of all of them.

use serde::{Deserialize, Serialize};

/// How the rows of two views were joined by their ids.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct JoinedCard {
    /// Ids that both files have.
    pub rows: u64,
    /// Rows of the first file without a partner, which were left out.
    pub left_out_a: u64,
    /// Rows of the second file without a partner, which were left out.
    pub left_out_b: u64,
}

impl JoinedCard {
    /// `3 of 9 rows of a, 2 of 8 rows of b`, of views that are called so; none where every row has a partner.
    pub fn left_out(&self, a: &str, b: &str) -> Option<String> {
        let of = |left_out: u64, name: &str| match left_out {
            0 => None,
            some => Some(format!("{some} of {} rows of {name}", some + self.rows)),
        };
        let both = [of(self.left_out_a, a), of(self.left_out_b, b)];
        let text = both.into_iter().flatten().collect::<Vec<_>>().join(", ");
        Some(text).filter(|text| !text.is_empty())
    }
}

/// A sample of the rows that was audited in place of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SampledCard {
    /// Rows that were drawn.
    pub rows: u64,
    /// Rows that they were drawn of.
    pub of: u64,
    /// Seed that they were drawn with.
    pub seed: u64,
}
