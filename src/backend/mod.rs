//! Who walks: a backend turns rows and a plan into states, and knows no metric.
//!
//! A new device is one more producer of the same states; what is cheap (norms, positive pairs, means) stays on the
//! host, on the threads of [`Backend::host`].

mod auto;
#[cfg(any(feature = "train", feature = "metal"))]
mod candle;
mod choice;
mod cpu;
#[cfg(feature = "gpu")]
pub mod cuda;
pub mod device;
mod error;

use crate::data::UnitRows;
use crate::kernel::{Choice, Precision, PrecisionError};
use crate::pass::{GramJob, GramState, Watch};

pub use auto::Auto;
#[cfg(any(feature = "train", feature = "metal"))]
pub use candle::Tensors;
pub use choice::{DeviceChoice, Listed, NoSuchDevice, Wish, devices, open};
pub use cpu::Cpu;
pub use error::BackendError;

/// A device that can walk all pairs.
pub trait Backend: Sync {
    /// `cpu`, `cuda:0`.
    fn name(&self) -> &str;
    /// The kernel it uses, as reports name it.
    fn kernel(&self) -> &str;
    /// Threads of the host.
    fn threads(&self) -> usize;
    /// Walks all pairs of `job`, in its precision. The state depends on the job only, not on threads.
    ///
    /// # Errors
    /// [`BackendError::Precision`] where it cannot walk in that precision, [`BackendError::Cancelled`] when the watcher
    /// asked to stop.
    fn gram(&self, job: GramJob<'_>, watch: &dyn Watch) -> Result<GramState, BackendError>;
    /// The kernel of the processor, for walks that no other device has: rings, prefixes, neighbours, single rows.
    fn processor(&self) -> Choice;
    /// Runs `work` on the host's threads: rayon calls inside use them.
    fn host(&self, work: &mut (dyn FnMut() + Send));

    /// The precisions it can walk in, the finest first; f32 is always among them.
    fn precisions(&self) -> Vec<Precision> {
        vec![Precision::F32]
    }
    /// [`Backend::kernel`] for walks in `precision`.
    ///
    /// # Errors
    /// [`BackendError::Precision`] where it cannot walk in that precision.
    fn kernel_at(&self, precision: Precision) -> Result<&str, BackendError> {
        if precision == Precision::F32 {
            return Ok(self.kernel());
        }
        Err(BackendError::Precision(PrecisionError {
            precision,
            walker: self.name().to_owned(),
            here: self.precisions().iter().map(|p| p.name()).collect(),
            instead: ", or --device cpu",
        }))
    }
    /// For [`crate::pass::looked_at_above`] in `precision`.
    ///
    /// # Errors
    /// [`BackendError::Precision`].
    fn looked_at_above(
        &self,
        precision: Precision,
        rows: &UnitRows,
        limit: f64,
    ) -> Result<f32, BackendError> {
        self.kernel_at(precision)?;
        let _ = rows;
        Ok(limit as f32)
    }
    /// Rows that every audit should recompute in f64, where the backend's arithmetic has an error worth measuring.
    fn checked_rows(&self) -> Option<usize> {
        None
    }
    /// What a reader should know about how the walk went, once it is over.
    fn notes(&self) -> Vec<String> {
        Vec::new()
    }
}

/// Runs `work` on the threads of `backend` and returns what it gives.
pub fn on_host<T: Send>(backend: &dyn Backend, work: impl FnOnce() -> T + Send) -> T {
    let mut work = Some(work);
    let mut out = None;
    backend.host(&mut || out = work.take().map(|work| work()));
    out.expect("a backend's host runs its work once")
}

/// The processor: `threads` of them (all cores when none is said), with the fastest kernel here or the forced one.
///
/// # Errors
/// [`BackendError::Kernel`], [`BackendError::Threads`].
pub fn cpu(threads: Option<usize>, kernel: Option<&str>) -> Result<Box<dyn Backend>, BackendError> {
    Ok(Box::new(Cpu::new(threads, kernel)?))
}
