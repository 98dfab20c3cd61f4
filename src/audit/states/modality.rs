//! What reading how two views differ as a whole needs.

use serde::{Deserialize, Serialize};

use super::searched::GroupProducts;
use crate::result::Measure;

/// Two views of unlike things, images and texts.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Modality {
    pub(crate) groups: GroupProducts,
    /// What a classifier made of rows it had not seen, or why there is none.
    pub(crate) told: Result<Told, String>,
    /// Alignment and uniformity of the rows less the mean row of their view, or why they were not walked.
    pub(crate) centred: Result<Vec<Measure>, String>,
}

/// The AUC of a classifier of the view.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct Told {
    pub(crate) auc: f64,
    pub(crate) se: f64,
    /// Independent draws of the smaller side that was tested on.
    pub(crate) units: u64,
    /// Rows tested on.
    pub(crate) tested: u64,
    /// Rows of both views that the classifier was trained on.
    pub(crate) trained: u64,
}
