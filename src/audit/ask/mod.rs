//! What an audit is asked.

mod compat;
mod precision;
mod settings;
mod streams;

pub use compat::{Compat, UnknownCompat};
pub use precision::PrecisionChoice;
pub use settings::{Checked, Effort, LARGEST_EXPONENT, MOST_NEGATIVES, Settings, SettingsError};
pub(crate) use streams::Stream;
