//! A backend that walks in another precision.

use super::{Backend, BackendError};
use crate::kernel::{Choice, Precision};
use crate::pass::{GramJob, GramState, Watch};

/// `inner`, with every walk over all pairs in one precision.
pub struct Rounded<'a> {
    inner: &'a dyn Backend,
    precision: Precision,
    kernel: &'a str,
}

impl<'a> Rounded<'a> {
    /// `inner` in `precision`.
    ///
    /// # Errors
    /// [`BackendError::Precision`] where it cannot walk in that precision.
    pub fn new(inner: &'a dyn Backend, precision: Precision) -> Result<Self, BackendError> {
        Ok(Self {
            inner,
            precision,
            kernel: inner.kernel_at(precision)?,
        })
    }
}

impl Backend for Rounded<'_> {
    fn name(&self) -> &str {
        self.inner.name()
    }

    fn kernel(&self) -> &str {
        // Who walks may change on the way.
        let now = self.inner.kernel_at(self.precision);
        now.unwrap_or(self.kernel)
    }

    fn threads(&self) -> usize {
        self.inner.threads()
    }

    fn gram(&self, job: GramJob<'_>, watch: &dyn Watch) -> Result<GramState, BackendError> {
        self.inner.gram_at(self.precision, job, watch)
    }

    fn processor(&self) -> Choice {
        self.inner.processor()
    }

    fn host(&self, work: &mut (dyn FnMut() + Send)) {
        self.inner.host(work);
    }
}
