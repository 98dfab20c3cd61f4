//! The processor.

use super::{Backend, BackendError};
use crate::kernel::{self, Choice};
use crate::pass::{self, GramJob, GramState, Watch};

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

    fn gram(&self, job: GramJob<'_>, watch: &dyn Watch) -> Result<GramState, BackendError> {
        Ok(self.pool.install(|| pass::gram(job, self.kernel, watch))?)
    }

    fn host(&self, work: &mut (dyn FnMut() + Send)) {
        self.pool.install(work);
    }
}
