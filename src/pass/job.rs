//! What can be asked of whoever walks, and what comes back.

use super::gram::gram;
use super::prefix::prefix_grams;
use super::rows::{NearestJob, nearest};
use super::state::{GramState, RowMoments, TopK};
use super::tasks::GramJob;
use super::{Cancelled, Watch};
use crate::data::UnitRows;
use crate::kernel::{Choice, Precision};

/// A walk.
#[derive(Clone, Copy)]
pub enum Job<'a> {
    /// Sums of e^(c s) over all pairs, for each row.
    Gram(GramJob<'a>),
    /// The same on these numbers of first columns (ascending) at once.
    Prefixes(GramJob<'a>, &'a [usize]),
    /// The nearest rows of some rows.
    Nearest(NearestJob<'a>),
    /// Sums of products of the columns.
    Products(&'a UnitRows),
}

/// What a walk found, of one kind with its job.
#[derive(Clone, Debug)]
#[expect(clippy::large_enum_variant, reason = "there is one of it for a walk")]
pub enum State {
    /// Of [`Job::Gram`].
    Gram(GramState),
    /// Of [`Job::Prefixes`], one for each.
    Prefixes(Vec<GramState>),
    /// Of [`Job::Nearest`].
    Nearest(TopK),
    /// Of [`Job::Products`].
    Products(RowMoments),
}

impl Job<'_> {
    /// What rows are rounded to before they are multiplied.
    pub fn precision(&self) -> Precision {
        match self {
            Self::Gram(job) => job.precision,
            Self::Prefixes(..) | Self::Nearest(_) | Self::Products(_) => Precision::F32,
        }
    }
}

/// Walks `job` with `kernel`, which has the job's precision, on the current rayon pool.
///
/// # Errors
/// [`Cancelled`] when the watcher asked to stop.
pub fn walk(job: &Job<'_>, kernel: Choice, watch: &dyn Watch) -> Result<State, Cancelled> {
    Ok(match *job {
        Job::Gram(job) => State::Gram(gram(job, kernel, watch)?),
        Job::Prefixes(job, dims) => State::Prefixes(prefix_grams(job, dims, kernel, watch)?),
        Job::Nearest(job) => State::Nearest(nearest(kernel, job, watch)?),
        Job::Products(rows) => State::Products(RowMoments::products(rows, kernel, watch)?),
    })
}
