//! The all-pairs pass: every cosine once, everything that needs it at once, nothing N x N ever held.
//!
//! Within one set of rows only pairs i < j are visited; each tile feeds the sums of its rows and of its columns.
//! On the sphere the largest exponent is known beforehand (c·s <= c), so sums need no running maximum.
//!
//! Cost: n(n-1)·d flops for the cosines and a few vector operations for each exponential; memory: the row sums
//! (8 bytes x rows x coefficients x groups) and a few blocks for each thread. Rows are kept in memory as the kernel
//! wants them (f32, or rounded to fewer bits) while they fit 128 MiB; beyond, blocks are read from the source again for
//! each task.

use std::mem::take;

use super::epilogue::{
    Gram, GramBuffers, GramTask, Left, SearchBuffers, SearchTask, TaskSums, looked_at,
};
use super::layout::Layout;
use super::operand::{Blocks, Worker};
use super::ordered;
use super::search::Seeking;
use super::state::{Duplicates, GramState, RowSums, SearchState};
use super::sweep::TaskCosines;
use super::tasks::{Encodings, GramJob, Tasks};
use super::{Cancelled, Watch};
use crate::kernel::{Choice, Exponents, Kernel, Precision, WithKernel};

/// Bins of the cosine histogram.
pub const HISTOGRAM_BINS: u16 = 1000;

/// Walks all pairs of `job` with `kernel`, which has the job's precision, on the current rayon pool.
///
/// # Errors
/// [`Cancelled`] when the watcher asked to stop.
pub fn gram(job: GramJob<'_>, kernel: Choice, watch: &dyn Watch) -> Result<GramState, Cancelled> {
    let made = None;
    kernel.run(AllPairs { job, made, watch })
}

/// Takes in the cosines of some tasks, on the current rayon pool.
pub type Counting<'a> = dyn FnMut(&[TaskCosines<'_>]) -> Result<(), Cancelled> + 'a;

/// [`gram`] of cosines that are made elsewhere: `make` hands over those of all tasks, in any order, some tasks at a time. They
/// are f32 products, off by at most [`dot_error`](crate::kernel::dot_error)(d); none is made anew from a difference.
///
/// # Errors
/// What `make` says, [`Cancelled`] when the watcher asked to stop.
pub fn gram_of_cosines<E: From<Cancelled> + Send>(
    job: GramJob<'_>,
    kernel: Choice,
    make: &mut (dyn FnMut(&mut Counting<'_>) -> Result<(), E> + Send),
    watch: &dyn Watch,
) -> Result<GramState, E> {
    let mut failed = None;
    let mut make = |counting: &mut Counting<'_>| {
        make(counting).map_err(|error| {
            failed = Some(error);
            Cancelled
        })
    };
    let made = Some(&mut make as &mut Making<'_>);
    let state = kernel.run(AllPairs { job, made, watch });
    state.map_err(|cancelled| failed.unwrap_or(cancelled.into()))
}

/// Makes the cosines of all tasks.
type Making<'a> = dyn FnMut(&mut Counting<'_>) -> Result<(), Cancelled> + Send + 'a;

struct AllPairs<'a> {
    job: GramJob<'a>,
    /// Who makes the cosines, if the kernel does not: not a type of its own, for which all loops would be compiled anew.
    made: Option<&'a mut Making<'a>>,
    watch: &'a dyn Watch,
}

impl WithKernel for AllPairs<'_> {
    type Output = Result<GramState, Cancelled>;

    fn run<K: Kernel>(self, kernel: K) -> Self::Output {
        let Self { job, made, watch } = self;
        let encodings = Encodings::new(kernel, &job);
        let tasks = Tasks::new(&job);
        let seeking = Seeking::new(&job);
        let wanted = GramTask {
            exponents: job.exponents,
            near: match (K::PRECISION, job.duplicates) {
                _ if made.is_some() => f32::INFINITY,
                // Products of rows in the ball are not 1 less half a squared distance.
                (Precision::F32, None) if !job.a.0.on_sphere() => f32::INFINITY,
                (Precision::F32, limit) => looked_at(job.a.0.dim(), limit, job.exponents),
                (_, Some(limit)) => encodings.a.candidates_above(limit),
                (_, None) => f32::INFINITY,
            },
            duplicates: job.duplicates,
            bins: job.histogram.then_some(HISTOGRAM_BINS),
            moments: false,
        };
        if let Some(seeking) = &seeking {
            seeking.sample(kernel, encodings.operands(&job), watch)?;
        }
        let mut state = GramState::empty(&job);
        let worker = || GramWorker::new(kernel, job.a.0.dim(), job.exponents);
        let task =
            |worker: &mut GramWorker<K>, task: (u32, u32), cosines: Option<TaskCosines<'_>>| {
                let (blocks, left) = tasks.get(task, encodings.operands(&job));
                let asked = seeking.as_ref().map(|seeking| seeking.of_task(task));
                worker.run(wanted, (blocks, left, cosines), asked)
            };
        let commit = |state: &mut GramState, mut found: TaskSums| {
            let positions = take(&mut found.positions);
            if let Some(seeking) = &seeking {
                seeking.commit(&mut state.search, (found.rows, found.columns), positions);
            }
            commit(&job, state, found)
        };
        match made {
            None => {
                let all = job.plan.tasks();
                let task = |worker: &mut _, id: usize| task(worker, all[id], None);
                ordered::run(all.len(), &mut state, watch, worker, task, commit)?;
            }
            Some(make) => make(&mut |some: &[TaskCosines<'_>]| {
                let task = |worker: &mut _, id: usize| task(worker, some[id].task, Some(some[id]));
                ordered::run(some.len(), &mut state, watch, worker, task, commit)
            })?,
        }
        if let Some(seeking) = seeking {
            let operands = encodings.operands(&job);
            seeking.finish(kernel, operands, watch, &mut state.search)?;
        }
        state.close();
        Ok(state)
    }
}

/// A thread's room for tasks of all pairs.
pub(super) struct GramWorker<K> {
    kernel: K,
    worker: Worker<K>,
    buffers: GramBuffers,
    search: SearchBuffers,
}

impl<K: Kernel> GramWorker<K> {
    pub(super) fn new(kernel: K, dim: usize, exponents: &Exponents) -> Self {
        Self {
            kernel,
            worker: Worker::new(kernel, dim, exponents),
            buffers: GramBuffers::new::<K>(exponents),
            search: SearchBuffers::default(),
        }
    }

    /// One task; of cosines that were made elsewhere, if they were.
    pub(super) fn run(
        &mut self,
        wanted: GramTask<'_>,
        (blocks, left, cosines): (Blocks<'_>, Left<'_>, Option<TaskCosines<'_>>),
        asked: Option<SearchTask<'_>>,
    ) -> TaskSums {
        let mut epilogue = Gram::new(wanted, blocks, left, &mut self.buffers);
        if let Some(asked) = asked {
            epilogue = epilogue.asked::<K>(asked, &mut self.search);
        }
        match cosines {
            // Of rounded rows nothing is sought.
            Some(made) if K::PRECISION == Precision::F32 => {
                self.worker.show(blocks, made, &mut epilogue);
            }
            _ => self.worker.sweep(blocks, &mut epilogue),
        }
        epilogue.finish(self.kernel)
    }
}

impl GramState {
    /// Zeros of the shape that `job` yields.
    pub fn empty(job: &GramJob<'_>) -> Self {
        let sums = |layout: &Layout, met: &Layout| {
            RowSums::zeros(layout.order(), met.group_sizes().len(), job.grouped)
        };
        let (a, b) = (job.a.1, job.b.map(|(_, layout)| layout));
        Self {
            coefficients: job.exponents.coefficients().collect(),
            rows: sums(a, b.unwrap_or(a)),
            columns: b.map(|b| sums(b, a)),
            pairs: 0,
            histogram: if job.histogram {
                vec![0; usize::from(HISTOGRAM_BINS)]
            } else {
                Vec::new()
            },
            duplicates: Duplicates::default(),
            search: SearchState::empty(job),
        }
    }
}

/// Adds what a task found; returns the pairs it visited.
pub(super) fn commit(job: &GramJob<'_>, state: &mut GramState, found: TaskSums) -> u64 {
    let TaskSums { rows, columns, .. } = found;
    state
        .rows
        .add(columns.group, rows.start, rows.len(), &found.row_sums);
    state.columns.as_mut().unwrap_or(&mut state.rows).add(
        rows.group,
        columns.start,
        columns.len(),
        &found.column_sums,
    );
    state.pairs += found.pairs;
    for (bin, count) in state.histogram.iter_mut().zip(found.histogram) {
        *bin += u64::from(count);
    }
    let duplicates = found.near.duplicates;
    if !duplicates.is_empty() {
        let order = job.a.1.order();
        let state = &mut state.duplicates;
        state.pairs += duplicates.len() as u64;
        state.repeats.resize(order.len(), false);
        for (i, j) in duplicates {
            let later = order[rows.start + i as usize].max(order[columns.start + j as usize]);
            state.repeats[later as usize] = true;
        }
    }
    found.pairs
}
