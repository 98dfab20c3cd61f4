//! A walk over all pairs that is divided among processes.

use serde::{Deserialize, Serialize};

use super::forecast::Forecast;

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
    /// The work of the whole audit, as `--dry-run` tells it.
    pub forecast: Forecast,
    /// Bytes that a state takes, about, of whichever shard.
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
    /// SHA-256 of its contents, in hexadecimal.
    pub sha256: String,
}

/// A number of processes, and the time until the last of them is done.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Workers {
    /// How many walk at once, one shard each.
    pub workers: u64,
    /// Share of all pairs that the largest shard has.
    pub largest_share: f64,
    /// That share of the seconds of the exact pass; reading, checking and merging are not counted.
    pub seconds: f64,
}

/// Version of the JSON form of a [`ShardPlan`].
pub const SHARD_PLAN_SCHEMA: &str = "spherecheck.shard-plan/1";
