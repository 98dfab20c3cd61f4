//! The all-pairs pass: every cosine once, everything that needs it at once, nothing N x N ever held.
//!
//! Within one set of rows only pairs i < j are visited; each tile feeds the sums of its rows and of its columns.
//! On the sphere the largest exponent is known beforehand (c·s <= c), so sums need no running maximum.
//!
//! Cost: n(n-1)·d flops for the cosines and a few vector operations for each exponential; memory: the row sums
//! (8 bytes x rows x coefficients x groups) and a few blocks for each thread. Rows are kept in memory as the kernel
//! wants them (f32, or rounded to fewer bits) while they fit 128 MiB; beyond, blocks are read from the source again for
//! each task.

use super::encode::Encoded;
use super::layout::{Block, Layout};
use super::near::looked_at;
use super::ordered;
use super::plan::Plan;
use super::state::{Duplicates, GramState, RowSums};
use super::tally::Tally;
use super::task::{Left, Side, Wanted, Worker};
use super::{Cancelled, Watch};
use crate::data::UnitRows;
use crate::kernel::{Choice, Exponents, Kernel, Precision, WithKernel};

/// Bins of the cosine histogram.
pub const HISTOGRAM_BINS: u16 = 1000;

/// Which pairs of a rectangular walk are left out.
#[derive(Clone, Copy, Debug)]
pub enum Excluded<'a> {
    /// None.
    Nothing,
    /// These (row of a, row of b).
    Pairs(&'a [(u32, u32)]),
}

/// What to walk and what to sum.
#[derive(Clone, Copy)]
pub struct GramJob<'a> {
    /// First operand.
    pub a: (&'a UnitRows, &'a Layout),
    /// Second operand; without one all pairs i < j of the first are walked.
    pub b: Option<(&'a UnitRows, &'a Layout)>,
    /// Pairs of a rectangular walk to leave out.
    pub excluded: Excluded<'a>,
    /// Coefficients c of the sums of e^(c s).
    pub exponents: &'a Exponents,
    /// For each coefficient, whether its sums are kept apart by jackknife group.
    pub grouped: &'a [bool],
    /// Whether cosines are binned.
    pub histogram: bool,
    /// Count pairs with a cosine above this.
    pub duplicates: Option<f64>,
    /// What rows are rounded to.
    pub precision: Precision,
    /// The tasks.
    pub plan: &'a Plan,
}

/// Walks all pairs of `job` with `kernel` on the current rayon pool.
///
/// # Errors
/// [`Cancelled`] when the watcher asked to stop.
pub fn gram(job: GramJob<'_>, kernel: Choice, watch: &dyn Watch) -> Result<GramState, Cancelled> {
    kernel.run(Walk {
        job,
        items: None,
        watch,
    })
}

/// [`gram`] without the pairs of rows of one item: `items` has the item of each row of the first operand and of the
/// second (of the first again, where there is no second). Near-duplicates are counted among all pairs.
///
/// # Errors
/// [`Cancelled`] when the watcher asked to stop.
pub fn gram_between_items(
    job: GramJob<'_>,
    items: (&[u32], &[u32]),
    kernel: Choice,
    watch: &dyn Watch,
) -> Result<GramState, Cancelled> {
    kernel.run(Walk {
        job,
        items: Some(ItemsInOrder::new(&job, items)),
        watch,
    })
}

/// Items of the rows at each position of the layouts of a job.
pub(super) struct ItemsInOrder(Vec<u32>, Vec<u32>);

impl ItemsInOrder {
    pub(super) fn new(job: &GramJob<'_>, (a, b): (&[u32], &[u32])) -> Self {
        let ordered = |layout: &Layout, items: &[u32]| {
            let order = layout.order().iter();
            order.map(|&row| items[row as usize]).collect()
        };
        let columns = job.b.map_or(job.a.1, |(_, layout)| layout);
        Self(ordered(job.a.1, a), ordered(columns, b))
    }

    /// Of a task's rows and columns.
    pub(super) fn of_task(&self, rows: Block, columns: Block) -> (&[u32], &[u32]) {
        let (Self(a, b), of) = (self, |block: Block| block.start..block.end);
        (&a[of(rows)], &b[of(columns)])
    }
}

struct Walk<'a> {
    job: GramJob<'a>,
    items: Option<ItemsInOrder>,
    watch: &'a dyn Watch,
}

impl WithKernel for Walk<'_> {
    type Output = Result<GramState, Cancelled>;

    fn run<K: Kernel>(self, kernel: K) -> Self::Output {
        let Self { job, items, watch } = self;
        let encoded_a = Encoded::new(kernel, job.a.0, job.a.1);
        let encoded_b = job
            .b
            .map(|(rows, layout)| Encoded::new(kernel, rows, layout));
        let side_a = Side {
            rows: job.a.0,
            order: job.a.1.order(),
            cache: encoded_a.cache.as_ref(),
            base: 0,
        };
        let (side_b, layout_b) = match job.b {
            None => (side_a, job.a.1),
            Some((rows, layout)) => (
                Side {
                    rows,
                    order: layout.order(),
                    cache: encoded_b.as_ref().and_then(|b| b.cache.as_ref()),
                    base: 0,
                },
                layout,
            ),
        };
        let excluded = ExcludedByTask::of_job(&job);
        let wanted = Wanted {
            exponents: job.exponents,
            near: match (K::PRECISION, job.duplicates) {
                (Precision::F32, limit) => looked_at(job.a.0.dim(), limit, job.exponents),
                (_, Some(limit)) => encoded_a.candidates_above(limit),
                (_, None) => f32::INFINITY,
            },
            duplicates: job.duplicates,
            bins: job.histogram.then_some(HISTOGRAM_BINS),
            moments: false,
        };
        let tasks = job.plan.tasks();
        let mut state = GramState::empty(&job);
        ordered::run(
            tasks.len(),
            &mut state,
            watch,
            || Worker::new(kernel, job.exponents),
            |worker, id| {
                let (i, j) = tasks[id];
                let (rows, columns) = (job.a.1.blocks()[i as usize], layout_b.blocks()[j as usize]);
                let diagonal = job.b.is_none() && i == j;
                let left = Left {
                    excluded: excluded.of_task((i, j)),
                    items: items.as_ref().map(|items| items.of_task(rows, columns)),
                };
                worker.run(wanted, (side_a, rows), (side_b, columns), diagonal, left)
            },
            |state, found| commit(&job, state, found),
        )?;
        state.close();
        Ok(state)
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
        }
    }
}

/// Adds what a task found; returns the pairs it visited.
pub(super) fn commit(job: &GramJob<'_>, state: &mut GramState, found: Tally) -> u64 {
    let Tally {
        rows,
        columns,
        row_sums,
        column_sums,
        pairs,
        histogram,
        duplicates,
        doubtful: _,
        moments: _,
    } = found;
    state
        .rows
        .add(columns.group, rows.start, rows.len(), &row_sums);
    state.columns.as_mut().unwrap_or(&mut state.rows).add(
        rows.group,
        columns.start,
        columns.len(),
        &column_sums,
    );
    state.pairs += pairs;
    for (bin, count) in histogram.iter().enumerate() {
        // What rounding put outside [-1, 1] belongs to the outermost bins.
        let at = bin.clamp(1, state.histogram.len()) - 1;
        state.histogram[at] += u64::from(*count);
    }
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
    pairs
}

/// Excluded pairs of each task, as positions within its blocks.
pub struct ExcludedByTask(Vec<((u32, u32), (u32, u32))>, Vec<(u32, u32)>);

impl ExcludedByTask {
    /// Those of task (i, j), sorted.
    pub fn of_task(&self, (i, j): (u32, u32)) -> &[(u32, u32)] {
        let from = self.0.partition_point(|(task, _)| *task < (j, i));
        let to = self.0.partition_point(|(task, _)| *task <= (j, i));
        &self.1[from..to]
    }

    /// Deals the excluded pairs of a rectangular `job` to its tasks.
    pub fn of_job(job: &GramJob<'_>) -> Self {
        let (Excluded::Pairs(pairs), Some((_, columns))) = (job.excluded, job.b) else {
            return Self(Vec::new(), Vec::new());
        };
        let place = |layout: &Layout| {
            let mut out = vec![(0, 0); layout.rows()];
            for (b, block) in layout.blocks().iter().enumerate() {
                for (k, &row) in layout.order()[block.start..block.end].iter().enumerate() {
                    out[row as usize] = (b as u32, k as u32);
                }
            }
            out
        };
        let (rows, columns) = (place(job.a.1), place(columns));
        let mut all: Vec<_> = pairs
            .iter()
            .map(|&(i, j)| {
                let ((bi, i), (bj, j)) = (rows[i as usize], columns[j as usize]);
                ((bj, bi), (i, j))
            })
            .collect();
        all.sort_unstable();
        all.dedup();
        let local = all.iter().map(|(_, pair)| *pair).collect();
        Self(all, local)
    }
}
