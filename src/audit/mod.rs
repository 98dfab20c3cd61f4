//! The use-case: embeddings and positives in, [`Audit`] out.
//!
//! [`prepare`] makes every check of the data; [`Prepared::run`] walks and measures.

mod against;
mod card;
mod compare;
mod comparison;
mod compat;
mod curve;
mod difference;
mod estimated;
mod figure;
mod forecast;
mod found;
mod gaps;
mod grouping;
mod items;
mod join;
mod measure;
mod measures;
mod model;
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
mod zoo;

use crate::backend::BackendError;
use crate::data::DataError;
use crate::pass::Cancelled;

pub use against::{Against, Place, excess};
pub use compare::{compare, label, model_names, prefix_curves};
pub use comparison::{
    COMPARISON_SCHEMA, Cell, Change, Comparison, Excess, Line, Model, Power, PrefixCurve,
    PrefixPoint, Similarity, Unit, Versus,
};
pub use compat::{Compat, UnknownCompat};
pub use curve::{LossCurve, LossPoint, SecondOrder};
pub use difference::{Difference, Incompatible, Numbers, paired};
pub use estimated::OverBudget;
pub use forecast::{FORECAST_SCHEMA, Forecast, forecast};
pub use join::join;
pub use measure::{Interval, Measure, Support};
pub use model::{
    Audit, Circle, CosineHistogram, Definitions, DistanceHistogram, Distributions, EstimateCard,
    Note, PositivesCard, Provenance, SCHEMA, Severity, Side, Slice, Subject, Verification, View,
};
pub use neighbours::Neighbours;
pub use pairing::{LeftOut, Pairing};
pub use precision::{PrecisionCard, PrecisionChoice, RoundingError};
pub use prepare::{Inputs, PositivesInput, Prepared, prepare};
pub use settings::{Effort, LARGEST_EXPONENT, MOST_NEGATIVES, Settings, SettingsError};
pub use similarity::{Shared, similarities};
pub use zoo::{Accuracy, Failed, Kind, Member, SeedMean, ZOO_SCHEMA, Zoo, ZooError};

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
