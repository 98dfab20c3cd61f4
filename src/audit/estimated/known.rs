//! What an estimate starts from, and what it ends in.

use std::time::Instant;

use super::seen::Estimated;
use crate::audit::Settings;
use crate::audit::found::{Cosines, Walked};
use crate::audit::prepare::Prepared;
use crate::backend::Backend;
use crate::pass::{PairState, Watch};
use crate::result::{EstimateCard, Note, Severity};

/// What became of the wish for an estimate.
pub(in crate::audit) enum Outcome {
    /// It was made.
    Estimate(Box<Estimate>),
    /// The exact pass takes no longer.
    Exact(Note),
}

/// An estimate before it is written down.
pub(in crate::audit) struct Estimate {
    pub(in crate::audit) walked: Vec<Walked>,
    pub(in crate::audit) estimated: Estimated,
    pub(in crate::audit) card: EstimateCard,
    pub(in crate::audit) notes: Vec<Note>,
    pub(in crate::audit) seconds: f64,
}

/// What is known before a pair is seen.
pub(in crate::audit) struct Known<'a> {
    pub(in crate::audit) data: &'a Prepared,
    pub(in crate::audit) settings: &'a Settings,
    pub(in crate::audit) groups: &'a (Vec<u32>, Vec<u32>),
    pub(in crate::audit) positives: Option<&'a PairState>,
    pub(in crate::audit) cosines: &'a Cosines,
    pub(in crate::audit) excluded: &'a [(u32, u32)],
    pub(in crate::audit) backend: &'a dyn Backend,
    pub(in crate::audit) watch: &'a dyn Watch,
    /// When the budget began to run.
    pub(in crate::audit) started: Instant,
}

pub(in crate::audit) fn exact_note(text: &str) -> Note {
    Note {
        severity: Severity::Info,
        text: text.to_owned(),
    }
}
