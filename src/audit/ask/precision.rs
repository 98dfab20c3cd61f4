//! What rows are rounded to.

use serde::{Deserialize, Serialize};

use crate::kernel::Precision;

/// What rows are rounded to before they are multiplied.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum PrecisionChoice {
    /// The fastest whose error is below a tenth of the standard error, f32 otherwise.
    Auto,
    /// This one.
    Only(Precision),
}

impl Default for PrecisionChoice {
    fn default() -> Self {
        Self::Only(Precision::F32)
    }
}

impl PrecisionChoice {
    /// `f32`, `tf32`, `bf16`, `i8`, `auto`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Only(precision) => precision.name(),
        }
    }
}
