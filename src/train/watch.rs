//! Who is told how far training has come, and may stop it.

use super::session::EpochLog;
use crate::pass::NoWatch;

/// A step that was made.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StepLog {
    /// Epoch, counted from 1, and how many there are.
    pub epoch: (usize, usize),
    /// Steps made in all epochs, and how many there will be.
    pub step: (usize, usize),
    /// Loss of the batch.
    pub loss: f64,
    /// `alignment{alpha=2}` of the batch's views.
    pub alignment: f64,
    /// `uniformity{t=2}` of the batch's views, on average.
    pub uniformity: f64,
}

/// Watches training. Every method has an empty default.
pub trait TrainWatch: Sync {
    /// A step was made.
    fn step(&self, step: &StepLog) {
        let _ = step;
    }
    /// An epoch was completed, and kept.
    fn epoch(&self, epoch: &EpochLog) {
        let _ = epoch;
    }
    /// Whether training should stop before the next step.
    fn cancelled(&self) -> bool {
        false
    }
}

impl TrainWatch for NoWatch {}
