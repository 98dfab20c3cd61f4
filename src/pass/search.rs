//! What those who search ask, from a job to its tasks and from what they found to its state.

use super::epilogue::{
    FoundPositions, NearestOfColumns, NearestTask, Sample, SampleTask, SearchTask,
};
use super::group_counts::GroupCounts;
use super::layout::{Layout, RowBlock};
use super::nearest_lists::NearestLists;
use super::operand::{Blocks, Operand, Worker};
use super::standing::JobPositives;
use super::state::{Above, CosineCounts, InGroup, NearestList, SearchState, TopK};
use super::tasks::GramJob;
use super::{Cancelled, Watch, ordered};
use crate::kernel::{Aligned, COLUMNS, Exponents, Kernel};

/// Rows that are looked at again at a time.
const AT_ONCE: usize = 10 * COLUMNS;

/// What a walk is asked beside its sums.
pub(super) struct Seeking<'a> {
    job: &'a GramJob<'a>,
    standing: Option<JobPositives>,
    nearest: Option<NearestLists>,
    counts: Option<GroupCounts>,
}

impl<'a> Seeking<'a> {
    /// By `job`, if it asks for anything.
    pub(super) fn new(job: &'a GramJob<'a>) -> Option<Self> {
        let k = kept(job);
        job.searches().then(|| Self {
            job,
            standing: JobPositives::new(job),
            nearest: (k > 0).then(|| NearestLists::new(job.a.1, k)),
            counts: job
                .search
                .cosine_counts
                .map(|lowest| GroupCounts::zeros(groups(job), lowest)),
        })
    }

    /// Bounds for the nearest of all rows, by a sample of the others: where a walk began without, almost all that it met
    /// at first would be offered.
    pub(super) fn sample<K: Kernel>(
        &self,
        kernel: K,
        (a, b): (Operand<'_>, Operand<'_>),
        watch: &dyn Watch,
    ) -> Result<(), Cancelled> {
        let Some(lists) = &self.nearest else {
            return Ok(());
        };
        let Some(sample) = Sample::new(lists.k(), b.order, self.whole()) else {
            return Ok(());
        };
        let columns = RowBlock {
            start: 0,
            end: sample.rows.len(),
            group: 0,
        };
        let sampled = Operand {
            order: &sample.rows,
            cache: None,
            base: 0,
            ..b
        };
        let rows = self.job.a.1.blocks();
        let worker = || {
            let worker = Worker::new(kernel, a.rows.dim(), &Exponents::plan(&[]));
            (worker, Aligned::default())
        };
        let task = |(worker, cosines): &mut (Worker<K>, Aligned), id: usize| {
            let blocks = Blocks {
                a,
                rows: rows[id],
                b: sampled,
                columns,
                diagonal: false,
            };
            let mut sampled = SampleTask {
                sample: &sample,
                rows: rows[id],
                numbers: self.job.b.is_none().then(|| blocks.numbers().0),
                bounds: lists.bounds(),
                cosines,
            };
            worker.sweep(blocks, &mut sampled);
        };
        ordered::run(rows.len(), &mut (), watch, worker, task, |(), ()| 0)
    }

    /// Whether the walk meets all pairs: which rows have too few near ones is known then.
    fn whole(&self) -> bool {
        let rows = self.job.a.1.blocks().len();
        let all = self.job.b.map_or(rows * (rows + 1) / 2, |(_, layout)| {
            rows * layout.blocks().len()
        });
        self.job.plan.tasks().len() == all
    }

    /// By this task.
    pub(super) fn of_task(&self, task: (u32, u32)) -> SearchTask<'_> {
        SearchTask {
            task,
            standing: self.standing.as_ref(),
            nearest: self.nearest.as_ref(),
            one_set: self.job.b.is_none(),
            counts: self.counts.as_ref(),
        }
    }

    /// Adds the positions that were found among the pairs of two blocks.
    pub(super) fn commit(
        &self,
        state: &mut SearchState,
        (rows, columns): (RowBlock, RowBlock),
        found: FoundPositions,
    ) {
        if let Some(standing) = &self.standing {
            let seen = standing.seen();
            stand(state, seen.0.numbers(rows), &found.0, columns.group);
            stand(state, seen.1.numbers(columns), &found.1, rows.group);
        }
    }

    /// What all tasks found together. Rows of which fewer than k others reached what their nearest were taken to reach are
    /// looked at again.
    pub(super) fn finish<K: Kernel>(
        self,
        kernel: K,
        operands: (Operand<'_>, Operand<'_>),
        watch: &dyn Watch,
        state: &mut SearchState,
    ) -> Result<(), Cancelled> {
        let whole = self.whole();
        if let Some(lists) = self.nearest {
            state.nearest = lists.finish(self.job.a.1.order());
            if whole {
                look_again(kernel, self.job, operands, watch, &mut state.nearest)?;
            }
        }
        if let Some(counts) = self.counts {
            state.cosines = counts.finish();
        }
        Ok(())
    }
}

/// Seeks the nearest of rows of which too few are known.
fn look_again<K: Kernel>(
    kernel: K,
    job: &GramJob<'_>,
    (a, b): (Operand<'_>, Operand<'_>),
    watch: &dyn Watch,
    nearest: &mut TopK,
) -> Result<(), Cancelled> {
    // Few: they are the columns, which are packed; the others are as they are.
    let (few, k) = (nearest.short(), nearest.k());
    let columns = Operand {
        order: &few,
        cache: None,
        base: 0,
        ..a
    };
    let others = job.b.unwrap_or(job.a).1.blocks();
    for (start, part) in (0..).step_by(AT_ONCE).zip(few.chunks(AT_ONCE)) {
        let worker = || Worker::new(kernel, a.rows.dim(), &Exponents::plan(&[]));
        let task = |worker: &mut Worker<K>, id: usize| {
            let blocks = Blocks {
                a: b,
                rows: others[id],
                b: columns,
                columns: RowBlock {
                    start,
                    end: start + part.len(),
                    group: 0,
                },
                diagonal: false,
            };
            let mut lists = vec![NearestList::default(); part.len()];
            let mut epilogue = NearestOfColumns(NearestTask {
                k,
                numbers: blocks.numbers(),
                one_set: job.b.is_none(),
                lists: &mut lists,
            });
            worker.sweep(blocks, &mut epilogue);
            lists
        };
        let mut found = TopK::empty(part.len(), k);
        let commit = |found: &mut TopK, lists: Vec<NearestList>| {
            let lists = lists.into_iter().enumerate();
            lists.for_each(|(row, list)| found.add(row, list));
            0
        };
        ordered::run(others.len(), &mut found, watch, worker, task, commit)?;
        nearest.replace(part, found);
    }
    Ok(())
}

/// Adds counts of above, and of above or tied, among rows of `group` to the positives that they are of.
fn stand(state: &mut SearchState, numbers: &[u32], counts: &[[i32; 2]], group: usize) {
    let positives = state.from_rows.len();
    // Hardly any row is above a positive.
    let counted = numbers
        .iter()
        .zip(counts)
        .filter(|(_, counts)| counts[1] > 0);
    for (&number, &[above, also]) in counted {
        let number = number as usize;
        let (of, groups, at) = if number < positives {
            (&mut state.from_rows, &mut state.from_rows_by_group, number)
        } else {
            let at = number - positives;
            (
                &mut state.from_columns,
                &mut state.from_columns_by_group,
                at,
            )
        };
        let found = Above {
            above: above as u32,
            tied: (also - above) as u32,
        };
        of[at] += found;
        let count = groups.len() / positives;
        groups[at * count + group] += InGroup::of(found);
    }
}

/// How many nearest rows of each there are, of those that `job` asks for.
fn kept(job: &GramJob<'_>) -> usize {
    let others = job
        .b
        .map_or_else(|| job.a.0.rows().saturating_sub(1), |(rows, _)| rows.rows());
    job.search.nearest.min(others)
}

/// Jackknife groups of the rows of `job`.
fn groups(job: &GramJob<'_>) -> usize {
    let groups = |layout: &Layout| layout.group_sizes().len();
    groups(job.a.1).max(job.b.map_or(0, |(_, layout)| groups(layout)))
}

impl SearchState {
    /// Zeros of the shape that `job` yields.
    pub(super) fn empty(job: &GramJob<'_>) -> Self {
        if !job.searches() {
            return Self::default();
        }
        let positives = job.search.positives.len();
        let none = vec![Above::default(); positives];
        let in_no_group = vec![InGroup::default(); positives * groups(job)];
        Self {
            from_rows: none.clone(),
            from_columns: none,
            from_rows_by_group: in_no_group.clone(),
            from_columns_by_group: in_no_group,
            nearest: if job.search.nearest > 0 {
                TopK::empty(job.a.0.rows(), kept(job))
            } else {
                TopK::default()
            },
            // Made by the walk: they are large.
            cosines: CosineCounts::default(),
        }
    }
}
