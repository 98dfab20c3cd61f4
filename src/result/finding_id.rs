//! The names of what can be found.

use serde::{Deserialize, Serialize};

/// What can be found, the most serious first. The names are a contract: JSON, policies and `spherecheck explain` use them.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, strum::IntoStaticStr,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum FindingId {
    /// All rows are nearly one point.
    Collapse,
    /// Rows use few directions.
    DimensionalCollapse,
    /// Positives are no closer than unrelated rows.
    PositivesAtChance,
    /// Positives are the same rows twice.
    IdenticalPositives,
    /// Partners are there, in another order.
    ShuffledOrder,
    /// Two views lie in two spaces.
    NotSameSpace,
    /// Rows lie as random vectors do.
    NoiseLike,
    /// Rows share a common direction.
    NarrowCone,
    /// Few rows come up in most searches.
    Hubs,
    /// Rows are not drawn as those of the reference.
    Drift,
    /// Rows repeat others.
    Duplicates,
    /// Rows that are no positives look like some.
    FalseNegatives,
    /// Sampling pairs makes most of the error.
    EstimateTooCoarse,
    /// Too few rows for the intervals.
    FewRows,
    /// Too few rows for the uniform term at a small temperature.
    LowTauFewRows,
    /// Positives stand apart inside a narrow cone.
    ClsOrPrefix,
    /// Codes of bytes are compared as they lie in the file.
    BareCodes,
    /// Columns hold one value.
    DeadColumns,
    /// Rows were not of norm 1.
    NotNormalised,
    /// Positives are closer than unrelated rows.
    PositivesApart,
}
