//! What an audit is asked.

mod compat;
mod precision;
mod queries;
mod refused;
mod search_by;
mod settings;
mod streams;

pub use compat::{Compat, UnknownCompat};
pub use precision::PrecisionChoice;
pub use queries::QueryChoice;
pub(crate) use queries::{MOST_WORK, USUAL};
pub use refused::{MOST_NEGATIVES, SettingsError};
pub use search_by::SearchBy;
pub use settings::{Checked, Effort, LARGEST_EXPONENT, Settings};
pub(crate) use streams::Stream;
