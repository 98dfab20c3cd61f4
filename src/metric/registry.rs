//! The one table of metrics: `explain`, report headings, gate directions and the README all read it.

use serde::{Deserialize, Serialize};

/// A metric's name in JSON, CSV, policies and the library.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MetricId {
    /// `alignment{alpha}`
    Alignment,
    /// `uniformity{t}`
    Uniformity,
    /// `contrastive_alignment_term{tau}`
    ContrastiveAlignmentTerm,
    /// `contrastive_uniform_term{tau}`
    ContrastiveUniformTerm,
    /// `contrastive_limit{tau}`
    ContrastiveLimit,
    /// `mean_cosine`
    MeanCosine,
    /// `norm_mean`
    NormMean,
    /// `norm_cv`
    NormCv,
    /// `duplicate_rows`
    DuplicateRows,
    /// `duplicate_pairs`
    DuplicatePairs,
}

/// Which way a metric gets better.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Smaller is better.
    Lower,
    /// Larger is better.
    Higher,
    /// A description, neither good nor bad by itself.
    Neutral,
}

/// One row of the table.
#[derive(Clone, Copy, Debug)]
pub struct MetricSpec {
    /// Identity.
    pub id: MetricId,
    /// Name as users type it, e.g. `uniformity`.
    pub name: &'static str,
    /// The parameter it takes, e.g. `t`; none for plain numbers.
    pub param: Option<&'static str>,
    /// One sentence: what it measures.
    pub summary: &'static str,
    /// The formula in plain text.
    pub formula: &'static str,
    /// The values it can take.
    pub range: &'static str,
    /// Its value for a perfect encoder, in words and formula.
    pub ideal: &'static str,
    /// Its value for an encoder that maps everything to one point.
    pub collapsed: &'static str,
    /// How to read it: what a high or low value tells, and what to do.
    pub reading: &'static str,
    /// How its standard error is computed.
    pub error: &'static str,
    /// Which way is better.
    pub better: Direction,
    /// Where it comes from.
    pub reference: &'static str,
}
