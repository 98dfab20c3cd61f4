//! Why an audit did not happen.

use crate::audit::ask::SettingsError;
use crate::audit::over_budget::OverBudget;
use crate::audit::part::PartError;
use crate::backend::BackendError;
use crate::data::DataError;
use crate::pass::Cancelled;

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
    Backend(BackendError),
    /// A budget is less than the least takes; nothing was walked.
    #[error(transparent)]
    Budget(#[from] OverBudget),
    /// Parts of a walk that do not belong together, or an audit that is not walked in parts.
    #[error(transparent)]
    Part(#[from] PartError),
    /// The watcher asked to stop.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

impl From<BackendError> for AuditError {
    fn from(error: BackendError) -> Self {
        match error {
            // One name for a stop, whoever noticed it.
            BackendError::Cancelled(stopped) => Self::Cancelled(stopped),
            error => Self::Backend(error),
        }
    }
}
