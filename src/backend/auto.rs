//! A GPU, and the processor behind it.

use std::sync::{Mutex, PoisonError};

use super::device::Gpu;
use super::{Backend, BackendError, Done};
use crate::data::UnitRows;
use crate::kernel::{Choice, Precision};
use crate::pass::{GramJob, Job, State, Watch};

/// Walks on the GPU; what fails there is walked on the processor instead, from then on all of it.
pub struct Auto {
    gpu: Gpu,
    /// What went wrong.
    trouble: Mutex<Option<String>>,
    /// Whether any walk was done by the GPU.
    used: Mutex<bool>,
    both: String,
}

impl Auto {
    /// `gpu`, and the processor that serves it.
    pub fn new(gpu: Gpu) -> Self {
        let both = format!("{}, then cpu", gpu.name());
        Self {
            gpu,
            trouble: Mutex::default(),
            used: Mutex::default(),
            both,
        }
    }

    fn failed(&self) -> bool {
        lock(&self.trouble).is_some()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Backend for Auto {
    fn name(&self) -> &str {
        match (self.failed(), *lock(&self.used)) {
            (false, _) => self.gpu.name(),
            (true, true) => &self.both,
            (true, false) => self.gpu.processor().name(),
        }
    }

    fn kernel(&self) -> &str {
        if self.failed() {
            self.gpu.processor().kernel()
        } else {
            self.gpu.kernel()
        }
    }

    fn threads(&self) -> usize {
        self.gpu.threads()
    }

    fn precisions(&self) -> Vec<Precision> {
        self.gpu.precisions()
    }

    fn kernel_at(&self, precision: Precision) -> Result<&str, BackendError> {
        let on_gpu = self.gpu.kernel_at(precision)?;
        if !self.failed() {
            return Ok(on_gpu);
        }
        let processor = self.gpu.processor();
        Ok(processor
            .kernel_at(precision)
            .unwrap_or_else(|_| processor.kernel()))
    }

    fn looked_at_above(
        &self,
        precision: Precision,
        rows: &UnitRows,
        limit: f64,
    ) -> Result<f32, BackendError> {
        self.gpu.looked_at_above(precision, rows, limit)
    }

    fn walk(&self, job: &Job<'_>, watch: &dyn Watch) -> Result<Done<State>, BackendError> {
        if !self.failed() {
            match self.gpu.walk(job, watch) {
                Err(BackendError::Device(error)) => {
                    *lock(&self.trouble) = Some(error.to_string());
                }
                done => {
                    let by_gpu = |done: &Done<State>| done.by.name == self.gpu.name();
                    *lock(&self.used) |= done.as_ref().is_ok_and(by_gpu);
                    return done;
                }
            }
        }
        // Finer than asked is no loss where the processor has not the precision.
        let processor = self.gpu.processor();
        match (processor.walk(job, watch), job) {
            (Err(BackendError::Precision(_)), Job::Gram(job)) => {
                let precision = Precision::F32;
                processor.walk(&Job::Gram(GramJob { precision, ..*job }), watch)
            }
            (done, _) => done,
        }
    }

    fn processor(&self) -> Choice {
        self.gpu.processor().processor()
    }

    fn host(&self, work: &mut (dyn FnMut() + Send)) {
        self.gpu.host(work);
    }

    fn makes_cosines(&self) -> bool {
        !self.failed()
    }

    fn checked_rows(&self) -> Option<usize> {
        lock(&self.used).then(|| self.gpu.checked_rows()).flatten()
    }

    fn timeline(&self) -> Vec<(String, &'static str, f64)> {
        if *lock(&self.used) {
            self.gpu.timeline()
        } else {
            Vec::new()
        }
    }

    fn notes(&self) -> Vec<String> {
        let of_card = if *lock(&self.used) {
            self.gpu.notes()
        } else {
            Vec::new()
        };
        let trouble = lock(&self.trouble);
        let of_processor = trouble
            .iter()
            .map(|trouble| format!("The processor computed what a GPU could not, in f32 where it has not the same precision: {trouble}."));
        of_card.into_iter().chain(of_processor).collect()
    }
}
