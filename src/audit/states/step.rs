//! The steps of an audit.

use serde::{Deserialize, Serialize};

/// A step of an audit over all pairs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Step {
    /// All pairs of every side, in the precision that is on trial.
    AllPairs,
    /// Rows that were drawn to search, against all others.
    Queries,
    /// Rows that f32 cannot tell from positives, in f64.
    Ties,
    /// Random rows once more in double precision.
    Verification,
    /// Anchors of the loss at finite numbers of negatives.
    Anchors,
    /// Sums that other code makes.
    OtherCode,
    /// All pairs without the rows that repeat an earlier one.
    WithoutRepeats,
    /// Which rows are to blame.
    Offenders,
}
