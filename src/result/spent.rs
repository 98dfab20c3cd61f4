//! Where the time of a process, and of its walks on cards, went.

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

/// Seconds of what a process did before its report, one after the other.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ProcessSeconds {
    /// Arguments.
    pub start: f64,
    /// Finding and opening the device: driver, context and kernels of a card, threads of the processor.
    pub device: f64,
    /// Opening files, and reading all but rows.
    pub files: f64,
    /// Reading rows, every check, making them ready to be walked.
    pub rows: f64,
    /// Walks, those of slices with their numbers.
    pub walks: f64,
    /// Numbers and their errors, from what walks left.
    pub numbers: f64,
}

impl ProcessSeconds {
    /// Each by its name, in order.
    pub fn stages(&self) -> [(&'static str, f64); 6] {
        [
            ("start", self.start),
            ("device", self.device),
            ("files", self.files),
            ("rows", self.rows),
            ("walks", self.walks),
            ("numbers", self.numbers),
        ]
    }
}
