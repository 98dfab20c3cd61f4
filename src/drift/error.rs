//! Why drift was not measured, in words a user can act on.

#![expect(
    missing_docs,
    reason = "fields are named after what they hold; each variant has its line"
)]

use crate::backend::BackendError;
use crate::data::DataError;
use crate::num;
use crate::pass::Cancelled;
use crate::probe::ProbeError;

/// Refusals of the `drift` room. Each says source, place, expected, found and what to do.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DriftError {
    /// The rows or groups of the reference were refused.
    #[error(transparent)]
    Data(#[from] DataError),
    /// The backend did not finish.
    #[error(transparent)]
    Backend(BackendError),
    /// The classifier was refused.
    #[error(transparent)]
    Probe(Box<ProbeError>),
    /// The watcher asked to stop.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
    /// Rows of other widths.
    #[error(
        "{reference_name} is {reference_rows} x {reference_dim} but {new_name} is {new_rows} x {new_dim}; drift is measured within one space: give a reference of the same width, by the same model",
        reference_rows = num::count(*reference_rows), reference_dim = num::count(*reference_dim), new_rows = num::count(*new_rows), new_dim = num::count(*new_dim)
    )]
    Width {
        reference_name: String,
        reference_rows: usize,
        reference_dim: usize,
        new_name: String,
        new_rows: usize,
        new_dim: usize,
    },
    /// Groups of one set alone.
    #[error(
        "{with} has groups and {without} has none; rows and whole groups cannot be dealt together: give --groups for the new rows and --drift-groups for the reference, or neither"
    )]
    OneSided { with: String, without: String },
    /// A number of deals out of range.
    #[error(
        "drift-permutations: expected a whole number from 1 to {}, found {permutations}",
        num::count(*most)
    )]
    Permutations { permutations: usize, most: usize },
}

impl From<BackendError> for DriftError {
    fn from(error: BackendError) -> Self {
        match error {
            // One name for a stop, whoever noticed it.
            BackendError::Cancelled(stopped) => Self::Cancelled(stopped),
            error => Self::Backend(error),
        }
    }
}

impl From<ProbeError> for DriftError {
    fn from(error: ProbeError) -> Self {
        match error {
            ProbeError::Cancelled(stopped) => Self::Cancelled(stopped),
            error => Self::Probe(Box::new(error)),
        }
    }
}
