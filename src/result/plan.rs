//! A walk over all pairs that is divided among processes.

use serde::{Deserialize, Serialize};

use super::forecast::Forecast;
use super::measure::Side;

/// What `shard plan` writes, and `shard run` and `shard merge` carry out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ShardPlan {
    /// Version of this form.
    pub schema: String,
    /// Version of the definitions of metrics.
    pub definition: u32,
    /// The arguments of `spherecheck audit`: files and options. Paths are relative to the directory in which commands run.
    pub arguments: Vec<String>,
    /// Number of shards, where it was fixed; else each run says it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shards: Option<u64>,
    /// Every input file as it was.
    pub files: Vec<PlannedFile>,
    /// The rows of each view, by which runs and the merge know those that they read; none where they check whole files.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub views: Vec<PlannedView>,
    /// Rows that a second round of shards leaves out; none in the first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub without: Vec<PlannedRepeats>,
    /// The work of the whole audit, as `--dry-run` tells it.
    pub forecast: Forecast,
    /// Bytes that the state of all shards takes, about.
    pub state_bytes: u64,
    /// What so many processes would take, each with the threads of the forecast.
    pub workers: Vec<Workers>,
    /// What the merge walks by itself, and whatever else is good to know before.
    pub notes: Vec<String>,
}

/// An input file when the plan was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlannedFile {
    /// As the arguments name it, or lead to it.
    pub path: String,
    /// Its size.
    pub bytes: u64,
    /// SHA-256 of its contents, in hexadecimal; none of a file of rows alone that [`ShardPlan::views`] know.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
}

/// The rows of a view when the plan was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlannedView {
    /// Rows of the file that are left out, ascending: those of norm zero, and of aligned views their partners.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub left_out: Vec<u32>,
    /// Digest of each band, a band being the rows of a jackknife group: the first 16 bytes of the SHA-256 of the digests of
    /// its rows in the order of the walk. That of a row: the first 16 bytes of the SHA-256 of its values as f32 (of f64
    /// files as f64).
    pub bands: Vec<String>,
}

/// Rows of a view that repeat an earlier one, as the first round of shards found them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlannedRepeats {
    /// The view.
    pub side: Side,
    /// Rows of those that are not left out, ascending.
    pub rows: Vec<u32>,
}

/// A number of processes, and the time until the last of them is done.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Workers {
    /// How many walk at once, one shard each.
    pub workers: u64,
    /// Share of all pairs that the largest shard has.
    pub largest_share: f64,
    /// Share of the rows of a view that the shard that touches most of them reads.
    pub largest_rows: f64,
    /// Bytes of the largest state, about.
    pub state_bytes: u64,
    /// That share of the seconds of the exact pass; reading, checking and merging are not counted.
    pub seconds: f64,
}

/// Version of the JSON form of a [`ShardPlan`].
pub const SHARD_PLAN_SCHEMA: &str = "spherecheck.shard-plan/2";
