//! Where the time of walks on cards went.

use serde::{Deserialize, Serialize};

/// Time that the host spent on a card.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Spent {
    /// `cuda:0`.
    pub device: String,
    /// What it did, or waited for.
    pub stage: String,
    /// In all walks.
    pub seconds: f64,
}
