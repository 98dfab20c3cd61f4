//! The use-case: embeddings and positives in, an [`Audit`](crate::result::Audit) out.
//!
//! What is asked ([`Settings`], checked once), what is known of the data ([`Prepared`]), the walks that look at rows and
//! leave [`States`], and [`read`], which makes the audit of these and of nothing else.
//!
//! A [backend](crate::backend::Backend) is held where rows are looked at: by the walks, and by what checks, copies, cuts or
//! compares rows before and after them ([`prepare`], copies, slices, prefixes, neighbours, [`similarities`], [`parity`],
//! [`forecast`]), for a walk of its own or for the threads of its host. What is asked, parts, files and reading hold none.

mod ask;
mod chosen;
mod copies;
mod error;
mod facts;
mod forecast;
mod forest;
mod grouping;
mod inputs;
mod items;
mod join;
mod neighbours;
mod over_budget;
mod parity;
mod part;
mod ported;
mod prefixes;
mod prepare;
mod read;
mod similarity;
mod slices;
mod states;
mod stored;
mod walk;

pub use ask::{
    Checked, Compat, Effort, LARGEST_EXPONENT, MOST_NEGATIVES, PrecisionChoice, QueryChoice,
    SearchBy, Settings, SettingsError, UnknownCompat,
};
pub use chosen::sizes;
pub use error::AuditError;
pub use forecast::{forecast, largest_shard, part_bytes};
pub use inputs::{Inputs, PositivesInput};
pub use join::join;
pub use over_budget::OverBudget;
pub use parity::parity;
pub use part::{Part, PartError};
pub use ported::ported;
pub use prepare::{Prepared, prepare};
pub use read::read;
pub use similarity::{Shared, similarities};
pub use states::States;
pub use stored::StatesError;
pub use walk::planned::Planned;
