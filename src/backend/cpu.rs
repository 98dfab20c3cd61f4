//! The processor.

use super::{Backend, BackendError};
use crate::data::UnitRows;
use crate::kernel::{self, Choice, Precision};
use crate::pass;

/// A pool of threads and a kernel.
pub struct Cpu {
    pool: rayon::ThreadPool,
    kernel: Choice,
}

impl Cpu {
    /// `threads` threads (all cores when none is said) with the fastest kernel here, or the one forced by name.
    ///
    /// # Errors
    /// [`BackendError::Kernel`], [`BackendError::Threads`].
    pub fn new(threads: Option<usize>, kernel: Option<&str>) -> Result<Self, BackendError> {
        let kernel = kernel::select(kernel)?;
        let threads =
            threads.unwrap_or_else(|| std::thread::available_parallelism().map_or(1, usize::from));
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .map_err(|source| BackendError::Threads { threads, source })?;
        Ok(Self { pool, kernel })
    }
}

impl Backend for Cpu {
    fn name(&self) -> &str {
        "cpu"
    }

    fn kernel(&self) -> &str {
        self.kernel.name()
    }

    fn threads(&self) -> usize {
        self.pool.current_num_threads()
    }

    fn precisions(&self) -> Vec<Precision> {
        self.kernel.precisions()
    }

    fn kernel_at(&self, precision: Precision) -> Result<&str, BackendError> {
        Ok(self.kernel.at(precision)?.name())
    }

    fn looked_at_above(
        &self,
        precision: Precision,
        rows: &UnitRows,
        limit: f64,
    ) -> Result<f32, BackendError> {
        let kernel = self.kernel.at(precision)?;
        Ok(pass::looked_at_above(kernel, rows, limit))
    }

    fn processor(&self) -> Choice {
        self.kernel
    }

    fn host(&self, work: &mut (dyn FnMut() + Send)) {
        self.pool.install(work);
    }
}

/// The processor: `threads` of them (all cores when none is said), with the fastest kernel here or the forced one.
///
/// # Errors
/// [`BackendError::Kernel`], [`BackendError::Threads`].
pub fn cpu(threads: Option<usize>, kernel: Option<&str>) -> Result<Box<dyn Backend>, BackendError> {
    Ok(Box::new(Cpu::new(threads, kernel)?))
}
