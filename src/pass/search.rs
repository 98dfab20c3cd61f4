//! What those who search ask, from a job to its tasks and from what they found to its state.

use super::bounds::Bounds;
use super::epilogue::{Asked, FoundBySearch};
use super::layout::{Block, Layout};
use super::standing::Standing;
use super::state::{Above, CosineCounts, SearchState, TopK};
use super::tasks::GramJob;

/// What a walk is asked beside its sums.
pub(super) struct Seeking<'a> {
    job: &'a GramJob<'a>,
    standing: Option<Standing>,
    nearest: Option<(usize, Bounds)>,
}

impl<'a> Seeking<'a> {
    /// By `job`, if it asks for anything.
    pub(super) fn new(job: &'a GramJob<'a>) -> Option<Self> {
        let bounds = |k| (k, Bounds::new(job.a.0.rows()));
        job.searches().then(|| Self {
            job,
            standing: Standing::new(job),
            nearest: Some(kept(job)).filter(|&k| k > 0).map(bounds),
        })
    }

    /// By task number `id`.
    pub(super) fn of_task(&self, id: usize) -> Asked<'_> {
        let nearest = self.nearest.as_ref();
        Asked {
            task: self.job.plan.tasks()[id],
            standing: self.standing.as_ref(),
            nearest: nearest.map(|(k, bounds)| (*k, bounds)),
            one_set: self.job.b.is_none(),
            counts: self.job.search.cosine_counts,
        }
    }

    /// Adds what was found of the pairs of two blocks.
    pub(super) fn commit(
        &self,
        state: &mut SearchState,
        (rows, columns): (Block, Block),
        found: FoundBySearch,
    ) {
        if let Some(standing) = &self.standing {
            let (seen, positions) = (standing.seen(), found.positions);
            stand(state, seen.0.numbers(rows), &positions.0);
            stand(state, seen.1.numbers(columns), &positions.1);
        }
        if let Some((_, bounds)) = &self.nearest {
            let order = self.job.a.1.order();
            let (of_rows, of_columns) = found.neighbours;
            // Columns have neighbours within one set only, whose layout is the first.
            for (block, neighbours) in [(rows, of_rows), (columns, of_columns)] {
                for (at, near) in neighbours {
                    let position = block.start + at as usize;
                    let reach = state.nearest.offer(order[position] as usize, near);
                    if let Some(reach) = reach {
                        bounds.raise(position, reach);
                    }
                }
            }
        }
        let (first, counts) = found.counts;
        if !counts.is_empty() {
            state
                .cosines
                .add((rows.group, columns.group), first, &counts);
        }
    }
}

/// Adds counts of above, and of above or tied, to the positives that they are of.
fn stand(state: &mut SearchState, numbers: &[u32], counts: &[[i32; 2]]) {
    let positives = state.from_rows.len();
    for (&number, &[above, also]) in numbers.iter().zip(counts) {
        let number = number as usize;
        let of = if number < positives {
            &mut state.from_rows[number]
        } else {
            &mut state.from_columns[number - positives]
        };
        of.above += above as u32;
        of.tied += (also - above) as u32;
    }
}

/// How many nearest rows there are at most, of those that `job` asks for.
fn kept(job: &GramJob<'_>) -> usize {
    let others = job
        .b
        .map_or_else(|| job.a.0.rows().saturating_sub(1), |(rows, _)| rows.rows());
    job.search.nearest.min(others)
}

impl SearchState {
    /// Zeros of the shape that `job` yields.
    pub(super) fn empty(job: &GramJob<'_>) -> Self {
        if !job.searches() {
            return Self::default();
        }
        let none = vec![Above::default(); job.search.positives.len()];
        let groups = |layout: &Layout| layout.group_sizes().len();
        let groups = groups(job.a.1).max(job.b.map_or(0, |(_, layout)| groups(layout)));
        Self {
            from_rows: none.clone(),
            from_columns: none,
            nearest: if job.search.nearest > 0 {
                TopK::empty(job.a.0.rows(), kept(job))
            } else {
                TopK::default()
            },
            cosines: if job.search.cosine_counts {
                CosineCounts::zeros(groups)
            } else {
                CosineCounts::default()
            },
        }
    }
}
