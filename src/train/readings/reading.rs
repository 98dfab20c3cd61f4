//! What is asked, and a number that was read.

use crate::result::{Quantity, Score};
use crate::train::data::Task;
use crate::train::presets::{Reads, Scale};

/// How encoders of an experiment are judged.
#[derive(Clone, Copy)]
pub struct Judging<'a> {
    /// What is read from them.
    pub reads: Reads,
    /// Labelled sentences, for [`Reads::Tasks`].
    pub tasks: &'a [Task],
    /// How thoroughly.
    pub scale: Scale,
}

/// A number that was read from an encoder.
#[derive(Clone, Debug, PartialEq)]
pub struct Reading {
    /// What the paper's number beside it is found by: `output linear`, `hidden knn`, the name of a task.
    pub place: String,
    /// From what and how, in words: `fc7, knn{k=5}`.
    pub text: String,
    /// The number.
    pub score: Score,
}

impl Reading {
    /// Whether it is a share of items told right.
    pub fn is_accuracy(&self) -> bool {
        self.score.quantity == Quantity::Accuracy
    }
}
