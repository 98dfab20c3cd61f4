//! What is measured only where it is asked for, beside what those who search ask.

use serde::{Deserialize, Serialize};

use super::classes::Classes;
use super::modality::Modality;
use super::spectrum::ViewSpectra;

/// Each part where it was asked for.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct OnRequest {
    /// The spectrum of each view.
    pub(crate) spectra: Option<ViewSpectra>,
    /// How labelled rows lie about the means of their classes.
    pub(crate) classes: Option<Classes>,
    /// How two views differ as a whole.
    pub(crate) modality: Option<Modality>,
}
