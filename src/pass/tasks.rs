//! All pairs as a job, its tasks as blocks to sweep, and which of their pairs do not count.

use std::ops::Range;

use super::encode::Encoded;
use super::epilogue::Left;
use super::layout::{Layout, RowBlock};
use super::operand::{Blocks, Operand};
use super::plan::Plan;
use crate::data::UnitRows;
use crate::kernel::{Exponents, Kernel, Precision};

/// What to walk and what to sum.
#[derive(Clone, Copy)]
pub struct GramJob<'a> {
    /// First operand.
    pub a: (&'a UnitRows, &'a Layout),
    /// Second operand; without one all pairs i < j of the first are walked.
    pub b: Option<(&'a UnitRows, &'a Layout)>,
    /// Pairs (row of a, row of b) of a rectangular walk to leave out.
    pub excluded: &'a [(u32, u32)],
    /// Item of each row of the first operand and of the second (of the first again, where there is no second), if pairs
    /// of one item are left out. Near-duplicates are counted among all pairs.
    pub items: Option<(&'a [u32], &'a [u32])>,
    /// Coefficients c of the sums of e^(c s).
    pub exponents: &'a Exponents,
    /// For each coefficient, whether its sums are kept apart by jackknife group.
    pub grouped: &'a [bool],
    /// Whether cosines are binned.
    pub histogram: bool,
    /// Count pairs with a cosine above this.
    pub duplicates: Option<f64>,
    /// What rows are rounded to before they are multiplied.
    pub precision: Precision,
    /// The tasks.
    pub plan: &'a Plan,
    /// What else is counted.
    pub search: Search<'a>,
}

/// What those who search ask of a walk beside its sums; of f32 rows only: where rows are rounded nothing is sought.
///
/// A pair's cosine s is an f32 product, off by at most e = [`dot_error`](crate::kernel::dot_error)(d). A row stands above
/// a positive of cosine p where s > p + e, and is tied with it where |s - p| <= e: equal cosines are tied in every
/// kernel, and whatever differs by more than 2 e in f64 is told apart.
///
/// Which pairs: positions, of all but the excluded ones and the positive itself, rows of one item too; nearest rows, of all,
/// the excluded ones too; counts of cosines, of those that count in the sums. A walk of a part of all pairs may leave out
/// neighbours that are not among the nearest of all.
///
/// Cost: for each LANES pairs 9 vector operations for positions and nearest rows together, where hardly any cosine is above a
/// positive (where many are, four comparisons and additions for each positive of a row), and about 50 cycles for each row
/// that is offered to another, of which there are 75 or so for each of 10,000 rows and k = 20, in proportion to k and to the
/// logarithm of the rows; before the walk each row meets a sample of up to 96 others, and after it two rows in a thousand all
/// of them again; for counts 8 vector operations, and an addition for each pair that is told apart. Memory: about 75 bytes for
/// each positive, 8 k for each row, and for counts at most 0.5 MB for each jackknife group and 0.06 MB for each thread.
#[derive(Clone, Copy, Debug, Default)]
pub struct Search<'a> {
    /// Positives (row of the first operand, row of the second) whose positions are counted, in both directions; within
    /// one set two rows of it, which are no pair of a row with itself.
    pub positives: &'a [(u32, u32)],
    /// Their cosines, in f64: as many.
    pub cosines: &'a [f64],
    /// How many nearest rows of the second operand are kept of each row of the first; within one set of each row among
    /// the others.
    pub nearest: usize,
    /// Where the cosines of all pairs that count are binned finely, by jackknife group: the lowest bin that is told apart
    /// (0: all are), below [`CosineCounts::BINS`](super::CosineCounts::BINS).
    pub cosine_counts: Option<usize>,
}

impl Search<'_> {
    /// Whether nothing is asked.
    pub fn is_empty(&self) -> bool {
        self.positives.is_empty() && self.nearest == 0 && self.cosine_counts.is_none()
    }
}

impl<'a> GramJob<'a> {
    /// A walk in f32 that sums, and counts nothing beside: within `a`, or between it and `b`, no pair left out.
    pub fn sums(
        a: (&'a UnitRows, &'a Layout),
        b: Option<(&'a UnitRows, &'a Layout)>,
        exponents: &'a Exponents,
        grouped: &'a [bool],
        plan: &'a Plan,
    ) -> Self {
        Self {
            a,
            b,
            excluded: &[],
            items: None,
            exponents,
            grouped,
            histogram: false,
            duplicates: None,
            precision: Precision::F32,
            plan,
            search: Search::default(),
        }
    }

    /// Whether anything is counted for those who search.
    pub fn searches(&self) -> bool {
        self.precision == Precision::F32 && !self.search.is_empty()
    }
}

/// Both operands of a job in the words of a kernel.
pub(super) struct Encodings {
    pub(super) a: Encoded,
    b: Option<Encoded>,
}

impl Encodings {
    pub(super) fn new<K: Kernel>(kernel: K, job: &GramJob<'_>) -> Self {
        let encoded =
            |(rows, layout): (&UnitRows, &Layout)| Encoded::new(kernel, rows, layout.order());
        Self {
            a: encoded(job.a),
            b: job.b.map(encoded),
        }
    }

    pub(super) fn operands<'a>(&'a self, job: &GramJob<'a>) -> (Operand<'a>, Operand<'a>) {
        let a = Operand::new(job.a.0, job.a.1.order(), &self.a);
        let b = job.b.zip(self.b.as_ref());
        let b = b.map(|((rows, layout), encoded)| Operand::new(rows, layout.order(), encoded));
        (a, b.unwrap_or(a))
    }
}

/// The tasks of a job.
pub(super) struct Tasks<'a> {
    job: &'a GramJob<'a>,
    excluded: ExcludedByTask,
    items: Option<ItemsInOrder>,
}

impl<'a> Tasks<'a> {
    pub(super) fn new(job: &'a GramJob<'a>) -> Self {
        Self {
            job,
            excluded: ExcludedByTask::of_job(job),
            items: ItemsInOrder::of_job(job),
        }
    }

    /// Task (i, j), of these operands.
    pub(super) fn get<'b>(
        &'b self,
        (i, j): (u32, u32),
        (a, b): (Operand<'b>, Operand<'b>),
    ) -> (Blocks<'b>, Left<'b>) {
        let job = self.job;
        let columns = job.b.map_or(job.a.1, |(_, layout)| layout);
        let blocks = Blocks {
            a,
            rows: job.a.1.blocks()[i as usize],
            b,
            columns: columns.blocks()[j as usize],
            diagonal: job.b.is_none() && i == j,
        };
        // Items lie in one jackknife group each.
        let items = self.items.as_ref();
        let items = items.filter(|_| blocks.rows.group == blocks.columns.group);
        let left = Left {
            diagonal: blocks.diagonal,
            excluded: self.excluded.of_task((i, j)),
            items: items.map(|items| items.of_task(blocks.rows, blocks.columns)),
        };
        (blocks, left)
    }
}

/// Items of the rows at each position of the layouts of a job.
struct ItemsInOrder(Vec<u32>, Vec<u32>);

impl ItemsInOrder {
    fn of_job(job: &GramJob<'_>) -> Option<Self> {
        let (a, b) = job.items?;
        let ordered = |layout: &Layout, items: &[u32]| {
            let order = layout.order().iter();
            order.map(|&row| items[row as usize]).collect()
        };
        let columns = job.b.map_or(job.a.1, |(_, layout)| layout);
        Some(Self(ordered(job.a.1, a), ordered(columns, b)))
    }

    /// Of a task's rows and columns.
    fn of_task(&self, rows: RowBlock, columns: RowBlock) -> (&[u32], &[u32]) {
        let (Self(a, b), of) = (self, |block: RowBlock| block.start..block.end);
        (&a[of(rows)], &b[of(columns)])
    }
}

/// Excluded pairs of each task, as positions within its blocks.
pub struct ExcludedByTask(Vec<((u32, u32), (u32, u32))>, Vec<(u32, u32)>);

impl ExcludedByTask {
    /// Those of task (i, j), sorted.
    pub fn of_task(&self, task: (u32, u32)) -> &[(u32, u32)] {
        &self.1[self.place_of(task)]
    }

    /// Where those of task (i, j) stand among [all](Self::pairs).
    pub fn place_of(&self, (i, j): (u32, u32)) -> Range<usize> {
        let from = self.0.partition_point(|(task, _)| *task < (j, i));
        from..self.0.partition_point(|(task, _)| *task <= (j, i))
    }

    /// Those of all tasks.
    pub fn pairs(&self) -> &[(u32, u32)] {
        &self.1
    }

    /// Deals the excluded pairs of a rectangular `job` to its tasks.
    pub fn of_job(job: &GramJob<'_>) -> Self {
        let Some((_, columns)) = job.b.filter(|_| !job.excluded.is_empty()) else {
            return Self(Vec::new(), Vec::new());
        };
        let (rows, columns) = (job.a.1.places(), columns.places());
        let mut all: Vec<_> = job
            .excluded
            .iter()
            .map(|&(i, j)| {
                let ((bi, i), (bj, j)) = (rows[i as usize], columns[j as usize]);
                ((bj as u32, bi as u32), (i, j))
            })
            .collect();
        all.sort_unstable();
        all.dedup();
        let local = all.iter().map(|(_, pair)| *pair).collect();
        Self(all, local)
    }
}
