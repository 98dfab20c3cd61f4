//! What every backend can be asked, and what the processor does for those that cannot.

use super::BackendError;
use crate::data::UnitRows;
use crate::kernel::{Choice, Precision, PrecisionError};
use crate::num::Merge;
use crate::pass::{
    self, GramJob, GramState, Job, NearestJob, RowMoments, Search, State, TopK, Watch,
};

/// A state, and who made it.
#[derive(Clone, Debug, PartialEq)]
pub struct Done<S> {
    /// Who walked.
    pub by: Walker,
    /// What was found.
    pub state: S,
}

/// Who walked, as reports name it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Walker {
    /// `cpu`, `cuda:0`.
    pub name: String,
    /// `avx512`, `bf16x3`.
    pub kernel: String,
}

/// The state in a walk's answer, of the kind that its job asked for.
macro_rules! of_kind {
    ($done:expr, $kind:ident) => {{
        let Done { by, state } = $done;
        let State::$kind(state) = state else {
            unreachable!("a state is of one kind with its job");
        };
        Ok(Done { by, state })
    }};
}

/// A device that can walk.
pub trait Backend: Sync {
    /// `cpu`, `cuda:0`.
    fn name(&self) -> &str;
    /// The kernel of its walks over all pairs, as reports name it.
    fn kernel(&self) -> &str;
    /// Threads of the host.
    fn threads(&self) -> usize;
    /// The processor's kernel: whoever walks what the device does not.
    fn processor(&self) -> Choice;
    /// Runs `work` on the host's threads: rayon calls inside use them.
    fn host(&self, work: &mut (dyn FnMut() + Send));

    /// Walks `job`. The state depends on the job only, not on threads; what a device has no walk for, its processor
    /// does.
    ///
    /// # Errors
    /// [`BackendError::Precision`] where it has not the job's precision, [`BackendError::Device`],
    /// [`BackendError::Cancelled`] when the watcher asked to stop.
    fn walk(&self, job: &Job<'_>, watch: &dyn Watch) -> Result<Done<State>, BackendError> {
        on_processor(self, job, watch)
    }

    /// [`Backend::walk`] of [`Job::Gram`].
    ///
    /// # Errors
    /// Those of [`Backend::walk`].
    fn gram(&self, job: GramJob<'_>, watch: &dyn Watch) -> Result<Done<GramState>, BackendError> {
        of_kind!(self.walk(&Job::Gram(job), watch)?, Gram)
    }
    /// [`Backend::walk`] of [`Job::Prefixes`].
    ///
    /// # Errors
    /// Those of [`Backend::walk`].
    fn prefixes(
        &self,
        job: GramJob<'_>,
        dims: &[usize],
        watch: &dyn Watch,
    ) -> Result<Done<Vec<GramState>>, BackendError> {
        of_kind!(self.walk(&Job::Prefixes(job, dims), watch)?, Prefixes)
    }
    /// [`Backend::walk`] of [`Job::Nearest`].
    ///
    /// # Errors
    /// Those of [`Backend::walk`].
    fn nearest(&self, job: NearestJob<'_>, watch: &dyn Watch) -> Result<Done<TopK>, BackendError> {
        of_kind!(self.walk(&Job::Nearest(job), watch)?, Nearest)
    }
    /// [`Backend::walk`] of [`Job::Products`].
    ///
    /// # Errors
    /// Those of [`Backend::walk`].
    fn products(
        &self,
        rows: &UnitRows,
        watch: &dyn Watch,
    ) -> Result<Done<RowMoments>, BackendError> {
        of_kind!(self.walk(&Job::Products(rows), watch)?, Products)
    }

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
    /// Whether it makes the cosines that those who search have counted; else its processor walks their jobs, sums and all.
    fn makes_cosines(&self) -> bool {
        false
    }
    /// Rows that every audit should recompute in f64, where the backend's arithmetic has an error worth measuring.
    fn checked_rows(&self) -> Option<usize> {
        None
    }
    /// Where the host's time went during walks on devices: the device, what the host did or waited for, and its seconds.
    fn timeline(&self) -> Vec<(String, &'static str, f64)> {
        Vec::new()
    }
    /// What a reader should know about how the walk went, once it is over.
    fn notes(&self) -> Vec<String> {
        Vec::new()
    }
}

/// Walks `job` on the host of `backend`, in the job's precision.
///
/// # Errors
/// [`BackendError::Precision`], [`BackendError::Cancelled`].
pub(super) fn on_processor<B: Backend + ?Sized>(
    backend: &B,
    job: &Job<'_>,
    watch: &dyn Watch,
) -> Result<Done<State>, BackendError> {
    let kernel = backend.processor().at(job.precision())?;
    let state = match job {
        Job::Gram(job) => {
            let gram = |job: &GramJob<'_>| -> Result<GramState, BackendError> {
                Ok(on_host(backend, || pass::gram(*job, kernel, watch))?)
            };
            State::Gram(between_items(backend, job, watch, gram)?)
        }
        _ => on_host(backend, || pass::walk(job, kernel, watch))?,
    };
    let by = Walker {
        name: "cpu".to_owned(),
        kernel: kernel.name().to_owned(),
    };
    Ok(Done { by, state })
}

/// Walks all pairs of `job` but those of rows of one item. Items lie in one jackknife group each: the pairs of different
/// groups are walked by `gram`, which need not know items, the others by the processor, in f32.
pub(super) fn between_items<B: Backend + ?Sized>(
    backend: &B,
    job: &GramJob<'_>,
    watch: &dyn Watch,
    gram: impl FnOnce(&GramJob<'_>) -> Result<GramState, BackendError>,
) -> Result<GramState, BackendError> {
    if job.items.is_none() {
        return gram(job);
    }
    let columns = job.b.map_or(job.a.1, |(_, layout)| layout);
    let across = job.plan.clone().across_groups(job.a.1, columns);
    let within = job.plan.clone().within_groups(job.a.1, columns);
    let mut state = gram(&GramJob {
        plan: &across,
        items: None,
        ..*job
    })?;
    let within = GramJob {
        plan: &within,
        precision: Precision::F32,
        // A part of the pairs is no answer: where the others are rounded nothing is sought.
        search: if job.searches() {
            job.search
        } else {
            Search::default()
        },
        ..*job
    };
    let kernel = backend.processor();
    state.merge(on_host(backend, || pass::gram(within, kernel, watch))?);
    Ok(state)
}

/// Runs `work` on the threads of `backend` and returns what it gives.
pub fn on_host<B: Backend + ?Sized, T: Send>(backend: &B, work: impl FnOnce() -> T + Send) -> T {
    let mut work = Some(work);
    let mut out = None;
    backend.host(&mut || out = work.take().map(|work| work()));
    out.expect("a backend's host runs its work once")
}
