//! A threshold of the base that becomes one of a candidate, as plain data.

use serde::{Deserialize, Serialize};

use super::measure::Interval;

/// A threshold of the base, and that of a candidate with the same false accept rate.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PortedThreshold {
    /// Names of the base and of the candidate.
    pub between: (String, String),
    /// What the base is served with: a cosine, or with `--similarity dot` an inner product.
    pub threshold: f64,
    /// Pairs of the base that are no positives.
    pub negatives: u64,
    /// How many of them are at or above the threshold.
    pub accepted: u64,
    /// Its false accept rate in the base, accepted / negatives.
    pub far: PortedNumber,
    /// Share of the base's positives at or above it.
    pub tar: PortedNumber,
    /// What it becomes; none where too few negatives are at or above it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub candidate: Option<CandidateThreshold>,
}

/// The candidate's threshold of a false accept rate.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct CandidateThreshold {
    /// The highest one that accepts as large a share of the candidate's negatives. Its error counts that of the rate.
    pub threshold: PortedNumber,
    /// Share of the candidate's positives at or above it.
    pub tar: PortedNumber,
}

/// A number with its error.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct PortedNumber {
    /// The number.
    pub value: f64,
    /// Its standard error.
    pub se: Option<f64>,
    /// Where the true value lies.
    pub interval: Option<Interval>,
    /// How far from it the number without bins may be; the interval holds it.
    pub rounding: f64,
}
