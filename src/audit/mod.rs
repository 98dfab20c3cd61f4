//! The use-case: embeddings and positives in, [`Audit`] out.
//!
//! [`prepare`] makes every check of the data; [`Prepared::run`] walks and measures.

mod against;
mod card;
mod curve;
mod figure;
mod found;
mod gaps;
mod given;
mod measures;
mod model;
mod notes;
mod pairwise;
mod prepare;
mod repeats;
mod settings;
mod walk;
mod zoo;

use crate::backend::BackendError;
use crate::data::DataError;
use crate::pass::Cancelled;

pub use against::{Against, Place, excess};
pub use curve::{LossCurve, LossPoint, SecondOrder};
pub use model::{
    Audit, Circle, CosineHistogram, Definitions, DistanceHistogram, Distributions, Interval,
    Measure, Note, PositivesCard, Provenance, SCHEMA, Severity, Side, Subject, Verification, View,
};
pub use prepare::{Inputs, PositivesInput, Prepared, prepare};
pub use settings::{LARGEST_EXPONENT, MOST_NEGATIVES, Settings, SettingsError};
pub use zoo::{Accuracy, Kind, Member, SeedMean, ZOO_SCHEMA, Zoo, ZooError};

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
    /// The watcher asked to stop.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}
