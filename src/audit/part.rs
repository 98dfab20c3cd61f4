//! Parts of an audit's walk over all pairs: walked apart, on as many machines as one likes, and joined.
//!
//! A part holds whole tiles ([`Plan::shard`](crate::pass::Plan::shard)), its sums kept apart by jackknife group, so that
//! no sum is added to by two parts: joined in any order and any tree they have the bits of one walk.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::facts::digest;
use super::states::walked::Walked;
use crate::num::Merge;
use crate::pass::Shard;
use crate::result::PlannedRepeats;

/// Some of the shards of an audit's walk over all pairs.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Part {
    pub(crate) fingerprint: Fingerprint,
    /// Ascending; none twice.
    pub(crate) shards: Vec<Shard>,
    pub(crate) walked: Vec<Walked>,
}

/// All that the sums of a walk depend on, each by its name: parts of one walk have the same.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Fingerprint(pub(crate) Vec<(String, String)>);

/// Why parts do not belong together.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PartError {
    /// Of other rows, or walked otherwise.
    #[error(
        "the parts are not of one walk: {what} is {expected} in one and {found} in another; walk the other again"
    )]
    Foreign {
        /// What differs first.
        what: String,
        /// In the first part, or in the data.
        expected: String,
        /// In the other part.
        found: String,
    },
    /// A shard that is there already.
    #[error("shard {index} of {of} is there twice; give each part once")]
    Repeated {
        /// From 1.
        index: usize,
        /// How many there are.
        of: usize,
    },
    /// Shards that nobody walked, or whose parts were not given.
    #[error("of {of} shards these are missing: {missing}; walk them, or give their parts as well")]
    Missing {
        /// Numbers from 1.
        missing: String,
        /// How many there are.
        of: usize,
    },
    /// Rows that are not those of the plan.
    #[error(
        "{source_name}: changed since the plan was made: of the rows of jackknife group {group} the contents are others; bring \
         the file back, or plan and walk all shards again"
    )]
    Changed {
        /// File of the rows.
        source_name: String,
        /// From 1.
        group: usize,
    },
    /// Views that are not those of the plan.
    #[error(
        "the rows are not those that the plan was made of; bring the files back, or plan and walk all shards again"
    )]
    OtherViews,
    /// No part at all.
    #[error("expected the parts of a walk, found none; walk at least one shard")]
    None,
    /// An audit that cannot be walked in parts.
    #[error("{0}")]
    Whole(&'static str),
}

/// What a fingerprint says of what is not there, such as the repeated rows of a first round.
pub(crate) const NONE: &str = "none";

impl Fingerprint {
    /// Of all these, and the rows that are left out because they repeat others, if that is a second round.
    pub(crate) fn new(mut all: Vec<(String, String)>, repeats: &[PlannedRepeats]) -> Self {
        let mut hash = Sha256::new();
        for PlannedRepeats { side, rows } in repeats {
            hash.update(side.name());
            rows.iter().for_each(|row| hash.update(row.to_le_bytes()));
        }
        let without = match repeats {
            [] => NONE.to_owned(),
            _ => digest(hash),
        };
        all.insert(0, ("the digest of the repeated rows".to_owned(), without));
        Self(all)
    }

    /// The first thing that differs.
    pub(crate) fn same_as(&self, other: &Self) -> Result<(), PartError> {
        let pairs = self.0.iter().zip(&other.0);
        match pairs.into_iter().find(|(one, other)| one != other) {
            None => Ok(()),
            Some(((what, expected), (_, found))) => Err(PartError::Foreign {
                what: what.clone(),
                expected: expected.clone(),
                found: found.clone(),
            }),
        }
    }
}

impl Part {
    /// Two and more parts as one, in any order.
    ///
    /// # Errors
    /// [`PartError::Foreign`], [`PartError::Repeated`], [`PartError::None`].
    pub fn join(parts: impl IntoIterator<Item = Self>) -> Result<Self, PartError> {
        let mut parts = parts.into_iter();
        let mut whole = parts.next().ok_or(PartError::None)?;
        for part in parts {
            whole.fingerprint.same_as(&part.fingerprint)?;
            for shard in part.shards {
                match whole.shards.binary_search(&shard) {
                    Err(at) => whole.shards.insert(at, shard),
                    Ok(_) => {
                        return Err(PartError::Repeated {
                            index: shard.index + 1,
                            of: shard.of,
                        });
                    }
                }
            }
            for (mine, theirs) in whole.walked.iter_mut().zip(part.walked) {
                mine.state.merge(theirs.state);
            }
        }
        Ok(whole)
    }

    /// Rows that repeat an earlier one, of views of which these are less than half: a second round walks all pairs of the
    /// others.
    pub fn repeats(&self) -> Vec<PlannedRepeats> {
        let found = self.walked.iter();
        let found = found.map(|walked| (walked.side, &walked.state.duplicates));
        let again = found.filter(|(_, found)| found.rows() > 0 && !found.mostly());
        let planned = again.map(|(side, found)| PlannedRepeats {
            side,
            rows: found.repeated(),
        });
        planned.collect()
    }

    /// Whether it is of a second round.
    pub fn is_second(&self) -> bool {
        let first = self.fingerprint.0.first();
        first.is_some_and(|(_, without)| without != NONE)
    }

    /// Its shards, ascending.
    pub fn shards(&self) -> &[Shard] {
        &self.shards
    }

    /// Whether no shard is missing.
    ///
    /// # Errors
    /// [`PartError::Missing`], which names them.
    pub fn whole(&self) -> Result<(), PartError> {
        let of = self.shards.first().map_or(1, |shard| shard.of);
        let there = |index: &usize| self.shards.iter().any(|shard| shard.index == *index);
        let missing: Vec<String> = (0..of)
            .filter(|index| !there(index))
            .map(|index| (index + 1).to_string())
            .collect();
        if missing.is_empty() {
            return Ok(());
        }
        Err(PartError::Missing {
            missing: missing.join(", "),
            of,
        })
    }
}
