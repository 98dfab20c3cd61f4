//! What an audit saw of the files, or searched with, where that is not all of them.

use crate::num::count;
use serde::{Deserialize, Serialize};

use super::measure::Side;

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
            some => Some(format!(
                "{} of {} rows of {name}",
                count(some),
                count(some + self.rows)
            )),
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

/// The queries of retrieval and thresholds, where not all rows with a positive are. Each of them is compared with all rows
/// of the other side, so that its numbers are exact; that the others were not drawn is part of the errors.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct QueriesCard {
    /// What was asked for: `1,000 queries`, `budget 10 s`, or `auto`.
    pub asked: String,
    /// Rows of the first view that were drawn.
    pub sampled: u64,
    /// Rows of the first view that have a positive.
    pub of: u64,
    /// Rows of the second view that were drawn; none where there is one view.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sampled_b: Option<u64>,
    /// Rows of the second view that have a positive.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub of_b: Option<u64>,
    /// Seed that they were drawn with.
    pub seed: u64,
    /// Digest of which items were drawn: audits with the same one have the same queries, and differences of them are
    /// paired.
    pub digest: String,
}

impl QueriesCard {
    /// The share of the queries of a view that were drawn, of both views the smaller one.
    pub(crate) fn share(&self, side: Side) -> f64 {
        let share = |sampled: u64, of: u64| sampled as f64 / of.max(1) as f64;
        let first = share(self.sampled, self.of);
        let second = self.sampled_b.zip(self.of_b);
        let second = second.map_or(first, |(sampled, of)| share(sampled, of));
        match side {
            Side::A | Side::Cross => first,
            Side::B => second,
            Side::Mean => first.min(second),
        }
    }

    /// `1,000 of 5,000 rows of a and 1,000 of 25,000 rows of b`.
    pub(crate) fn counts(&self) -> String {
        let first = format!("{} of {} rows", count(self.sampled), count(self.of));
        match self.sampled_b.zip(self.of_b) {
            None => first,
            Some((sampled, of)) => format!(
                "{first} of a and {} of {} rows of b",
                count(sampled),
                count(of)
            ),
        }
    }
}

/// How an estimate was made: the same seed and amounts give the same numbers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EstimateCard {
    /// What was asked for, e.g. `budget 10 s`.
    pub asked: String,
    /// Pairs seen, in blocks and in whole rows.
    pub pairs_seen: u64,
    /// Pairs there are.
    pub pairs_all: u64,
    /// Rounds of blocks: each pairs every row with about 96 others.
    pub rounds: u64,
    /// Rows of which all pairs were seen, on each side.
    pub full_rows: u64,
    /// Whether the mean squared cosine of all pairs was computed, beside the mean cosine, to lessen the error.
    pub squares: bool,
    /// Seed of the blocks and rows.
    pub seed: u64,
}
