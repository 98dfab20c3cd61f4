//! What those who search ask, from a job to its tasks and from what they found to its state.

use super::epilogue::{Asked, FoundPositions, Sampled, sample_size};
use super::group_counts::GroupCounts;
use super::layout::{Block, Layout};
use super::nearest_lists::NearestLists;
use super::operand::{Blocks, Operand, Worker};
use super::standing::Standing;
use super::state::{Above, CosineCounts, InGroup, SearchState, TopK};
use super::tasks::GramJob;
use super::{Cancelled, Watch, ordered};
use crate::kernel::{Aligned, Exponents, Kernel};

/// What a walk is asked beside its sums.
pub(super) struct Seeking<'a> {
    job: &'a GramJob<'a>,
    standing: Option<Standing>,
    nearest: Option<NearestLists>,
    counts: Option<GroupCounts>,
}

impl<'a> Seeking<'a> {
    /// By `job`, if it asks for anything.
    pub(super) fn new(job: &'a GramJob<'a>) -> Option<Self> {
        let k = kept(job);
        job.searches().then(|| Self {
            job,
            standing: Standing::new(job),
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
        // Rows are in a random order: the first ones are a sample.
        let sample = Block {
            start: 0,
            end: sample_size(lists.k(), a.rows.dim(), b.order.len()),
            group: 0,
        };
        if sample.len() == 0 {
            return Ok(());
        }
        let rows = self.job.a.1.blocks();
        let worker = || {
            let worker = Worker::new(kernel, a.rows.dim(), &Exponents::plan(&[]));
            (worker, Aligned::default())
        };
        let task = |(worker, largest): &mut (Worker<K>, Aligned), id: usize| {
            let blocks = Blocks {
                a,
                rows: rows[id],
                b,
                columns: sample,
                diagonal: false,
            };
            let mut sampled = Sampled {
                k: lists.k(),
                blocks,
                one_set: self.job.b.is_none(),
                bounds: lists.bounds(),
                largest,
            };
            worker.sweep(blocks, &mut sampled);
        };
        ordered::run(rows.len(), &mut (), watch, worker, task, |(), ()| 0)
    }

    /// By task number `id`.
    pub(super) fn of_task(&self, id: usize) -> Asked<'_> {
        Asked {
            task: self.job.plan.tasks()[id],
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
        (rows, columns): (Block, Block),
        found: FoundPositions,
    ) {
        if let Some(standing) = &self.standing {
            let seen = standing.seen();
            stand(state, seen.0.numbers(rows), &found.0, columns.group);
            stand(state, seen.1.numbers(columns), &found.1, rows.group);
        }
    }

    /// What all tasks found together.
    pub(super) fn finish(self, state: &mut SearchState) {
        if let Some(lists) = self.nearest {
            state.nearest = lists.finish(self.job.a.1.order());
        }
        if let Some(counts) = self.counts {
            state.cosines = counts.finish();
        }
    }
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
