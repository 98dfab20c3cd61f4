//! Why nobody walked.

use super::device::DeviceError;
use crate::kernel::{KernelError, PrecisionError};
use crate::pass::Cancelled;

/// Why a backend could not be opened or did not finish.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BackendError {
    /// The kernel that was forced is not there.
    #[error(transparent)]
    Kernel(#[from] KernelError),
    /// The kernel has no such precision.
    #[error(transparent)]
    Precision(#[from] PrecisionError),
    /// The operating system gave no threads.
    #[error("could not start {threads} threads: {source}; try --threads 1")]
    Threads {
        /// How many were asked for.
        threads: usize,
        /// Why not.
        source: rayon::ThreadPoolBuildError,
    },
    /// An accelerator could not be used.
    #[error(transparent)]
    Device(Box<DeviceError>),
    /// The watcher asked to stop.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

impl From<DeviceError> for BackendError {
    fn from(error: DeviceError) -> Self {
        Self::Device(Box::new(error))
    }
}
