//! How drift from a reference was measured; the numbers themselves are measures of the audit.

use serde::{Deserialize, Serialize};

/// What the rows of the first file were held against, and how.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DriftCard {
    /// File of the reference, and tensor or member within it.
    pub source: String,
    /// Rows of the reference (after dropping).
    pub rows: u64,
    /// Rows of the reference left out because their norm is zero.
    pub dropped_zero_rows: u64,
    /// Groups of the reference and of the new rows; none where every row is a draw of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub groups: Option<[u64; 2]>,
    /// Random deals of the rows behind `drift_p`, B: no p-value is below 1 / (1 + B).
    pub permutations: u64,
    /// Rows of the reference and of the new set that were dealt; fewer than all where a set is large.
    pub permuted: [u64; 2],
    /// Pairs of a reference row and a new row among these that point the same way: cosine above 1 - 1e-6.
    pub shared_pairs: u64,
    /// The classifier behind `drift_auc`; none where there are too few rows to train on some and to test on others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub classifier: Option<ClassifierCard>,
    /// Seed of whatever was drawn.
    pub seed: u64,
    /// Seconds that all of it took.
    pub seconds: f64,
}

/// How the classifier was trained and tested.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct ClassifierCard {
    /// Rows of the reference and of the new set that it was trained on.
    pub train: [u64; 2],
    /// Those that it was tested on.
    pub test: [u64; 2],
    /// The inverse penalty C that cross-validation chose.
    pub c: f64,
}
