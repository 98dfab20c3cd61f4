//! How two views differ as a whole: what stands beside the numbers.

use serde::{Deserialize, Serialize};

/// Present where two views were compared as two kinds of things (`--modality`); the numbers are among the measures.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ModalityCard {
    /// Rows of both views that the classifier of `modality_separability` was trained on; none where there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trained: Option<u64>,
    /// Rows of both views that it was tested on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tested: Option<u64>,
}
