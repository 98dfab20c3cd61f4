//! What an estimate starts from, and what it ends in.

use std::time::Instant;

use crate::audit::prepare::Prepared;
use crate::audit::read::found::Frame;
use crate::audit::states::cosines::Cosines;
use crate::audit::states::seen::Estimated;
use crate::audit::states::walked::Walked;
use crate::backend::Backend;
use crate::pass::{PairState, Watch};
use crate::result::{EstimateCard, Note, Severity};

/// An estimate before it is written down.
pub(crate) struct EstimateDraft {
    pub(crate) walked: Vec<Walked>,
    pub(crate) seen: Estimated,
    pub(crate) card: EstimateCard,
    pub(crate) notes: Vec<Note>,
    pub(crate) seconds: f64,
}

/// What is known before a pair is seen.
pub(crate) struct Known<'a> {
    pub(crate) data: &'a Prepared,
    pub(crate) frame: &'a Frame,
    pub(crate) positives: Option<&'a PairState>,
    pub(crate) cosines: &'a Cosines,
    pub(crate) backend: &'a dyn Backend,
    pub(crate) watch: &'a dyn Watch,
    /// When the budget began to run.
    pub(crate) started: Instant,
}

pub(crate) fn exact_note(text: &str) -> Note {
    Note::new(Severity::Info, text.to_owned())
}
