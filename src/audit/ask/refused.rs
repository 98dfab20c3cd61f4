//! What is wrong with settings.

#![expect(
    missing_docs,
    reason = "fields are named after what they hold; each variant has its line"
)]

use crate::num;

/// Most negatives: one more or less no longer changes a digit there, and grids stay short.
pub const MOST_NEGATIVES: u64 = 1_000_000_000;

/// A parameter outside its range.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum SettingsError {
    /// Not positive and finite.
    #[error("{name}: expected positive finite numbers, found {value}")]
    NotPositive {
        /// `alpha`, `t` or `tau`.
        name: &'static str,
        value: f64,
    },
    /// Not a probability.
    #[error(
        "confidence: expected a level between 0 and 1, both excluded (0.95 is usual), found {value:?}"
    )]
    Confidence { value: f64 },
    /// Rows too long for whole-number dot products.
    #[error(
        "precision: {precision} takes rows of at most {longest} values, found {found}; take bf16 or f32",
        longest = num::count(*longest), found = num::count(*found)
    )]
    TooLong {
        /// `i8`.
        precision: &'static str,
        longest: usize,
        found: usize,
    },
    /// So sharp that sums of exponentials leave f64.
    #[error(
        "tau: expected at least {least:.5}, found {value:?}; below that the exponentials leave f64"
    )]
    TauTooSmall { least: f64, value: f64 },
    /// None, or more than the loss needs.
    #[error("negatives: expected whole numbers from 1 to {MOST_NEGATIVES}, found {value}")]
    Negatives { value: u64 },
    /// Not a duration or an error.
    #[error("{name}: expected a positive finite number, found {value:?}")]
    Effort {
        /// `budget` or `max-error`.
        name: &'static str,
        value: f64,
    },
    /// Groups of an estimate.
    #[error(
        "--groups leaves out the pairs of rows of one group, which an estimate (--budget, --max-error) cannot do yet; audit all pairs, or give --groups none"
    )]
    GroupsOfEstimate,
    /// Too few rows.
    #[error("sample: expected at least 2 rows, found {value}; a mean over pairs needs a pair")]
    Sample { value: usize },
    /// Rows of an estimate are not looked at one by one.
    #[error(
        "offenders: an estimate does not see all pairs of a row, so no row can be blamed; leave out --offenders, or --budget \
         and --max-error"
    )]
    OffendersOfEstimate,
    /// The check in double precision is one of the exact pass.
    #[error(
        "verify: an estimate does not sum whole rows, so there is nothing to verify; leave out --verify, or --budget \
         and --max-error"
    )]
    VerifyEstimate,
    /// Every slice would take the whole of it.
    #[error(
        "budget: it is for one set of rows, found slices too; leave out --slices, or give --max-error in place of \
         --budget"
    )]
    BudgetOfSlices,
    /// Only whole f32 passes are estimated or cut into prefixes.
    #[error(
        "precision: {other} walks in f32, found {precision}; leave out --precision, or {other}"
    )]
    OnlyF32 {
        /// `bf16`, `i8` or `auto`.
        precision: &'static str,
        /// The options that it does not go with.
        other: &'static str,
    },
    /// Positions are counts over all pairs of whole rows.
    #[error(
        "search: retrieval, thresholds and hubs (--search, or a policy that names one of their metrics) are counted over \
         all pairs of whole rows, found {other}; leave one of the two out"
    )]
    SearchOf {
        /// What does not see them.
        other: &'static str,
    },
    /// Too few queries.
    #[error("queries: expected at least 2, found {value}; an error needs two")]
    Queries { value: usize },
    /// Queries, and no search.
    #[error(
        "queries: they are those of retrieval and thresholds, which were not asked for; give --search as well, or leave out \
         --queries"
    )]
    QueriesOfNothing,
    /// So sharp that the squares of exponentials leave f64.
    #[error(
        "t: expected at most {most} for an estimate, found {value:?}; beyond that its error leaves f64: leave out \
         --budget and --max-error"
    )]
    TTooLargeToEstimate { most: f64, value: f64 },
    /// So sharp that sums of exponentials leave f64.
    #[error("t: expected at most {most}, found {value:?}; beyond that the exponentials leave f64")]
    TTooLarge { most: f64, value: f64 },
}
