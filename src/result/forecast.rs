//! How much work an audit is, and how long it would take.

use serde::{Deserialize, Serialize};

/// What `--dry-run` tells. Nothing was audited.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Forecast {
    /// Version of this form.
    pub schema: String,
    /// Rows of the first view.
    pub rows_a: u64,
    /// Rows of the second view.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rows_b: Option<u64>,
    /// Columns.
    pub dim: u64,
    /// Pairs of rows that the exact pass visits, over all sides.
    pub pairs: u64,
    /// Positive pairs, all of which are computed in estimates too.
    #[serde(default)]
    pub positive_pairs: u64,
    /// Flops of their cosines, 2 d for each pair.
    pub flops: f64,
    /// Exponentials, one for each pair and each coefficient.
    pub exponentials: f64,
    /// Bytes of the embeddings in their files, which are mapped.
    pub bytes_read: u64,
    /// Bytes of memory for the sums and blocks of the exact pass, beside the files: for each row 8 for each exponent, 160
    /// (20 groups) for each temperature, twice that with two views, and 224 more; 16 for each listed pair.
    pub bytes_memory: u64,
    /// Seconds that the least estimate takes; absent where rows are too few, or views too unequal, for one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub estimate_seconds: Option<f64>,
    /// Bytes of memory that an estimate takes, beside the files: for each row of each side 16 for each t, 160 for each
    /// temperature, and 100 more; 16 for each listed pair.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub estimate_bytes_memory: Option<u64>,
    /// Pairs a second that a short calibration reached here, with rows of this width and these exponents.
    pub pairs_per_second: f64,
    /// Seconds the exact pass is expected to take, with the row means and positive pairs that it needs; disks are not
    /// counted.
    pub seconds: f64,
    /// Threads.
    pub threads: u64,
    /// Kernel.
    pub kernel: String,
    /// What the audit would do, in words.
    pub verdict: String,
}

/// Version of the JSON form of a [`Forecast`].
pub const FORECAST_SCHEMA: &str = "spherecheck.forecast/1";
