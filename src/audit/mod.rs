//! The use-case: embeddings and positives in, [`Audit`] out.
//!
//! [`prepare`] makes every check of the data; [`Prepared::run`] walks and measures.

mod card;
mod compat;
mod curve;
mod estimated;
mod forecast;
mod found;
mod gaps;
mod grouping;
mod items;
mod join;
mod measures;
mod neighbours;
mod not_finite;
mod notes;
mod pairing;
mod pairwise;
mod precision;
mod prefixes;
mod prepare;
mod repeats;
mod settings;
mod sides;
mod similarity;
mod slices;
mod terms;
mod walk;

use crate::backend::BackendError;
use crate::data::DataError;
use crate::pass::Cancelled;

pub use compat::{Compat, UnknownCompat};
pub use estimated::OverBudget;
pub use forecast::forecast;
pub use join::join;
pub use precision::PrecisionChoice;
pub use prepare::{Inputs, PositivesInput, Prepared, prepare};
pub use settings::{Effort, LARGEST_EXPONENT, MOST_NEGATIVES, Settings, SettingsError};
pub use similarity::{Shared, similarities};

/// Why an audit did not happen.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AuditError {
    /// The data were refused.
    #[error(transparent)]
    Data(#[from] DataError),
    /// A parameter was refused.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// The backend could not be opened or did not finish.
    #[error(transparent)]
    Backend(#[from] BackendError),
    /// A budget is less than the least takes; nothing was walked.
    #[error(transparent)]
    Budget(#[from] OverBudget),
    /// The watcher asked to stop.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}
