//! How often a run keeps a checkpoint.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// What may pass between two checkpoints.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Every {
    /// So many steps.
    Steps(usize),
    /// So much time.
    Time(Duration),
}

impl Default for Every {
    /// Five minutes: what a power cut may cost, and a small part of the time that a step takes.
    fn default() -> Self {
        Every::Time(Duration::from_secs(300))
    }
}

/// Where a run keeps its checkpoints, and how often.
#[derive(Clone, Debug)]
pub struct Keep {
    folder: PathBuf,
    every: Every,
}

impl Keep {
    /// In this folder.
    pub fn new(folder: &Path, every: Every) -> Self {
        Self {
            folder: folder.to_owned(),
            every,
        }
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Begins to count: nothing has passed since `steps`.
    pub(super) fn from(&self, steps: usize) -> LastCheckpoint {
        LastCheckpoint {
            every: self.every,
            steps,
            at: Instant::now(),
        }
    }
}

/// When the last checkpoint was made.
pub(super) struct LastCheckpoint {
    every: Every,
    steps: usize,
    at: Instant,
}

impl LastCheckpoint {
    /// Whether another one is due after `steps`; it is then taken to be made.
    pub(super) fn due(&mut self, steps: usize) -> bool {
        let due = match self.every {
            Every::Steps(count) => steps - self.steps >= count,
            Every::Time(time) => self.at.elapsed() >= time,
        };
        if due {
            (self.steps, self.at) = (steps, Instant::now());
        }
        due
    }
}
