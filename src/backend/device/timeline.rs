//! Where the time of walks on a card goes, by the host's clock.

use std::sync::{Mutex, PoisonError};
use std::time::Instant;

/// What the host does, or waits for, during a walk.
#[derive(Clone, Copy)]
pub(super) enum Stage {
    Plan,
    Memory,
    Panels,
    Launches,
    Waits,
    Sums,
    Counts,
}

impl Stage {
    /// In their order, and what reports call them.
    const NAMES: [&str; 7] = [
        "planning",
        "taking memory",
        "filling panels",
        "launching",
        "waiting for the card",
        "bringing sums home",
        "counting cosines",
    ];
}

/// Seconds of each stage, of all walks so far.
#[derive(Default)]
pub(super) struct Timeline(Mutex<[f64; Stage::NAMES.len()]>);

impl Timeline {
    /// Begins to look at the clock.
    pub(super) fn begin(&self) -> Laps<'_> {
        Laps {
            timeline: self,
            since: Instant::now(),
        }
    }

    /// Each stage, and its seconds.
    pub(super) fn told(&self) -> impl Iterator<Item = (&'static str, f64)> {
        let seconds = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Stage::NAMES.into_iter().zip(seconds)
    }
}

/// A walk's look at the clock.
pub(super) struct Laps<'a> {
    timeline: &'a Timeline,
    since: Instant,
}

impl Laps<'_> {
    /// What took until now was `stage`.
    pub(super) fn lap(&mut self, stage: Stage) {
        let now = Instant::now();
        let mut seconds = self
            .timeline
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        seconds[stage as usize] += (now - self.since).as_secs_f64();
        self.since = now;
    }
}
