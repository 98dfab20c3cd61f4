//! Why a policy cannot be applied: exit status 2, and no verdict.

use crate::num;

/// A rule of the policy cannot be applied to the audit.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the rule of line {line} {why}")]
pub struct GateError {
    /// Line of the policy.
    pub line: usize,
    /// Why nothing can be judged by it.
    pub why: Unjudged,
}

/// Why a rule cannot be applied to an audit.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
#[expect(
    missing_docs,
    reason = "fields are named after what they hold; each variant has its line"
)]
pub enum Unjudged {
    /// The audit lacks the number.
    #[error(
        "is about {label}, which the audit does not have (of {metric} it has: {found}); audit with it, or change the rule"
    )]
    Absent {
        label: String,
        metric: &'static str,
        found: String,
    },
    /// Hubs, in an audit of which not all rows searched.
    #[error(
        "is about {label}, which a sample of queries cannot tell; audit all pairs with --queries all, without --budget and \
         --max-error, or take the rule out"
    )]
    HubsOfSample { label: String },
    /// The audit does not hold what a finding is told by.
    #[error(
        "is about the finding {finding}, which the audit could not look for; it lacks {missing}"
    )]
    Unseen {
        finding: &'static str,
        missing: &'static str,
    },
    /// The rule could mean several numbers.
    #[error("is about {label}, of which the audit has several: name its {what} ({found})")]
    Ambiguous {
        label: String,
        what: &'static str,
        found: String,
    },
    /// The audit lacks the slice.
    #[error(
        "is about slice {slice:?}, which the audit does not have (it has: {found}); give --slices, or lower --slice-min"
    )]
    NoSlice { slice: String, found: String },
    /// A rule against a baseline, and none given.
    #[error(
        "compares with a baseline; give --baseline FILE (and --update-baseline to make the first one)"
    )]
    NoBaseline,
    /// A slice that is not the baseline's.
    #[error(
        "is about {label}, but that slice has other rows in the baseline; give the same --slices, or a new baseline"
    )]
    OtherSlice { label: String },
    /// A rule against a baseline that lacks the number.
    #[error(
        "compares {label} with a baseline that does not have it; write the baseline again with --update-baseline"
    )]
    NotInBaseline { label: String },
    /// A number that cannot be judged.
    #[error(
        "is about {label}, of which {what} in {whose}, so that it cannot be judged; audit again, or take the rule out"
    )]
    NotFinite {
        label: String,
        whose: &'static str,
        what: &'static str,
    },
    /// A difference that nothing could ever call significant.
    #[error(
        "compares {label} with a baseline, but the difference has no error to judge it by (the two audits hold none in common), so that the rule could never fail; give it at_most or at_least, or write the baseline again with --update-baseline on a new file"
    )]
    NoError { label: String },
    /// A p-value that cannot be below its limit.
    #[error(
        "holds {label} to at least {limit}, which it cannot be below: no p-value of {} random deals is below 1/{}, so that the rule could never fail; audit with more --drift-permutations, or raise the limit",
        num::count(*deals),
        num::count(deals + 1)
    )]
    FewDeals {
        label: String,
        limit: String,
        deals: u64,
    },
    /// Neighbours that are not there.
    #[error("is about knn_overlap, but {whose} holds no neighbours; {help}")]
    NoNeighbours {
        whose: &'static str,
        help: &'static str,
    },
    /// Neighbours of other items.
    #[error(
        "is about knn_overlap, but the baseline holds the neighbours of other items ({expected}; this audit: {found}); give the same rows and --ids, or start a new baseline with --update-baseline on a new file"
    )]
    OtherNeighbours { expected: String, found: String },
    /// Too few rows for chance to be told from anything.
    #[error(
        "is about knn_overlap, which {items} rows are too few for: five times chance is all of the neighbours; take the rule out"
    )]
    FewNeighbours { items: u64 },
}
