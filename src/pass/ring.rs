//! A balanced part of all pairs: blocks of rows in a ring, each against the next few.
//!
//! Rows stand in a random order, cut into Q blocks. Round o pairs every block with the one o places further on, so each
//! round uses every row equally often: what rows have in common with all others cancels, and the error of a mean over P
//! such pairs is that of P independent ones, though the pairs come out of the fast kernel. Rounds 1 to (Q-1)/2 visit
//! all pairs of different blocks once; any first few of them are a sample without replacement.
//!
//! Blocks are dealt to the jackknife groups in turn, so a row's partners lie in different groups.
//!
//! Source: the balanced incomplete U-statistic of Blom, Biometrika 63 (1976).

use std::collections::BTreeMap;

use super::encode::{PADDING, read};
use super::epilogue::{GramTask, Left, TaskSums};
use super::gram::GramWorker;
use super::layout::{Layout, RowBlock};
use super::operand::{Blocks, Operand};
use super::ordered;
use super::state::{Duplicates, GramState, RingState, RowSums, SearchState};
use super::{Cancelled, Watch};
use crate::data::UnitRows;
use crate::kernel::{Aligned, Choice, Exponents, Kernel, WithKernel};

/// Blocks that one task holds as rows: few enough for the caches, many enough that those on its edge, which the next
/// task reads again, do not matter.
const RUN: (usize, usize) = (16, 96);

/// What to walk and what to sum.
#[derive(Clone, Copy)]
pub struct RingJob<'a> {
    /// First operand.
    pub a: (&'a UnitRows, &'a Layout),
    /// Second operand, in as many blocks; without one, pairs lie within the first.
    pub b: Option<(&'a UnitRows, &'a Layout)>,
    /// Pairs (row of a, row of b) to leave out, sorted.
    pub excluded: &'a [(u32, u32)],
    /// Coefficients c of the sums of e^(c s).
    pub exponents: &'a Exponents,
    /// For each coefficient, whether its sums are kept apart by jackknife group.
    pub grouped: &'a [bool],
}

impl RingState {
    /// Of no pair yet.
    ///
    /// Memory: 8 bytes for each row and coefficient, times the groups where its sums are kept apart; the sums of the
    /// second operand never are.
    pub fn empty(job: &RingJob<'_>) -> Self {
        let (a, b) = (job.a.1, job.b.map(|(_, layout)| layout));
        let groups = b.unwrap_or(a).group_sizes().len();
        let whole = vec![false; job.grouped.len()];
        Self {
            gram: GramState {
                coefficients: job.exponents.coefficients().collect(),
                rows: RowSums::zeros(a.order(), groups, job.grouped),
                columns: b.map(|b| RowSums::zeros(b.order(), a.group_sizes().len(), &whole)),
                pairs: 0,
                histogram: Vec::new(),
                duplicates: Duplicates::default(),
                search: SearchState::default(),
            },
            moments: [0.0; 2],
        }
    }
}

/// Walks rounds `first..=last` (from 1) on the current rayon pool and adds what they find to `state`; between two views
/// each round goes both ways round. The state does not depend on the number of threads.
///
/// Cost: about rows x 48 pairs for each round, twice that between two views.
///
/// # Errors
/// [`Cancelled`] when the watcher asked to stop; the state then holds a part of the rounds.
pub fn ring(
    job: RingJob<'_>,
    rounds: (usize, usize),
    kernel: Choice,
    watch: &dyn Watch,
    state: &mut RingState,
) -> Result<(), Cancelled> {
    for turned in [false, true] {
        if turned && job.b.is_none() {
            break;
        }
        kernel.run(Rounds {
            job,
            turned,
            rounds,
            watch,
            state,
        })?;
    }
    Ok(())
}

struct Rounds<'a, 's> {
    job: RingJob<'a>,
    /// Whether the second operand stands first: its block k meets block k + o of the first operand.
    turned: bool,
    rounds: (usize, usize),
    watch: &'a dyn Watch,
    state: &'s mut RingState,
}

impl WithKernel for Rounds<'_, '_> {
    type Output = Result<(), Cancelled>;

    fn run<K: Kernel>(self, kernel: K) -> Self::Output {
        let Self {
            job,
            turned,
            rounds: (first, last),
            watch,
            state,
        } = self;
        let b = job.b.unwrap_or(job.a);
        let (left, right) = if turned { (b, job.a) } else { (job.a, b) };
        let excluded = ExcludedByBlocks::new(&job, turned, (first, last));
        let blocks = left.1.blocks().len();
        let run = (2 * (last + 1 - first)).clamp(RUN.0, RUN.1);
        let wanted = GramTask {
            exponents: job.exponents,
            near: f32::INFINITY,
            duplicates: None,
            bins: None,
            moments: true,
        };
        let task = |mine: &mut Mine<K>, id: usize| {
            let (from, to) = (id * run, blocks.min((id + 1) * run));
            // Within one set of rows most blocks stand on both sides: they are read once.
            let shared = job.b.is_none() && first <= run;
            let read = if shared { to + last } else { to };
            let rows = Stretch::load(kernel, left, (from, read), &mut mine.left);
            let other = (from + first, if shared { from + first } else { to + last });
            let other = Stretch::load(kernel, right, other, &mut mine.right);
            let (columns, start) = if shared {
                (&rows, from)
            } else {
                (&other, from + first)
            };
            let mut out = Vec::new();
            for j in from + first..to + last {
                // Blocks that meet block j in one of the rounds.
                for i in from.max(j.saturating_sub(last))..to.min(j + 1 - first) {
                    let diagonal = i == j && job.b.is_none();
                    let pair = Blocks {
                        a: rows.operand(left),
                        rows: rows.blocks[i - from],
                        b: columns.operand(right),
                        columns: columns.blocks[j - start],
                        diagonal,
                    };
                    let not = Left {
                        diagonal,
                        excluded: excluded.of(i, j % blocks),
                        items: None,
                    };
                    out.push(mine.worker.run(wanted, (pair, not, None), None));
                }
            }
            out
        };
        let (rows, columns) = (left.1.rows(), right.1.rows());
        let commit = |state: &mut RingState, found: Vec<TaskSums>| {
            found
                .into_iter()
                .map(|found| add(state, turned, (rows, columns), found))
                .sum()
        };
        let worker = || Mine {
            worker: GramWorker::new(kernel, left.0.dim(), job.exponents),
            left: Aligned::default(),
            right: Aligned::default(),
        };
        let tasks = blocks.div_ceil(run);
        let ended = ordered::run(tasks, &mut *state, watch, worker, task, commit);
        state.gram.close();
        ended
    }
}

struct Mine<K> {
    worker: GramWorker<K>,
    left: Aligned,
    right: Aligned,
}

/// Blocks that follow each other round the ring, their rows read; positions go on beyond the end where it closes.
struct Stretch<'a> {
    blocks: Vec<RowBlock>,
    values: &'a Aligned,
}

impl<'a> Stretch<'a> {
    fn load<K: Kernel>(
        kernel: K,
        (rows, layout): (&UnitRows, &Layout),
        (from, to): (usize, usize),
        buffer: &'a mut Aligned,
    ) -> Self {
        let (all, words) = (layout.blocks(), K::words(rows.dim()));
        let blocks: Vec<RowBlock> = (from..to)
            .map(|k| {
                let (lap, block) = (k / all.len() * layout.rows(), all[k % all.len()]);
                RowBlock {
                    start: block.start + lap,
                    end: block.end + lap,
                    group: block.group,
                }
            })
            .collect();
        let len: usize = blocks.iter().map(|block| block.len()).sum();
        buffer.reserve((len + PADDING) * words);
        let order = blocks.iter().flat_map(|block| block.start..block.end);
        let mut raw = Vec::new();
        for (at, out) in order.zip(buffer.values_mut().chunks_exact_mut(words)) {
            let row = layout.order()[at % layout.rows()] as usize;
            read(kernel, rows, row, &mut raw, out);
        }
        Self {
            blocks,
            values: buffer,
        }
    }

    fn operand<'b>(&self, (rows, layout): (&'b UnitRows, &'b Layout)) -> Operand<'b>
    where
        'a: 'b,
    {
        Operand {
            rows,
            order: layout.order(),
            cache: Some(self.values),
            base: self.blocks.first().map_or(0, |block| block.start),
        }
    }
}

/// Adds what a pair of blocks gave; returns its pairs.
fn add(
    state: &mut RingState,
    turned: bool,
    (rows, columns): (usize, usize),
    found: TaskSums,
) -> u64 {
    let gram = &mut state.gram;
    let (left, right) = match &mut gram.columns {
        None => (&mut gram.rows, None),
        Some(columns) if turned => (columns, Some(&mut gram.rows)),
        Some(columns) => (&mut gram.rows, Some(columns)),
    };
    let (i, j) = (found.rows, found.columns);
    left.add(j.group, i.start % rows, i.len(), &found.row_sums);
    right
        .unwrap_or(left)
        .add(i.group, j.start % columns, j.len(), &found.column_sums);
    gram.pairs += found.pairs;
    state.moments[0] += found.moments[0];
    state.moments[1] += found.moments[1];
    found.pairs
}

/// Excluded pairs as positions within their blocks, by pair of blocks.
struct ExcludedByBlocks(BTreeMap<(usize, usize), Vec<(u32, u32)>>);

impl ExcludedByBlocks {
    fn new(job: &RingJob<'_>, turned: bool, (first, last): (usize, usize)) -> Self {
        let mut by_blocks: BTreeMap<_, Vec<(u32, u32)>> = BTreeMap::new();
        if let Some((_, b)) = job.b.filter(|_| !job.excluded.is_empty()) {
            let (a, b) = (job.a.1.places(), b.places());
            for &(i, j) in job.excluded {
                let ((bi, i), (bj, j)) = (a[i as usize], b[j as usize]);
                let (blocks, pair) = if turned {
                    ((bj, bi), (j, i))
                } else {
                    ((bi, bj), (i, j))
                };
                let count = job.a.1.blocks().len();
                let ahead = (blocks.1 + count - blocks.0) % count;
                if (first..=last).contains(&ahead) {
                    by_blocks.entry(blocks).or_default().push(pair);
                }
            }
            by_blocks
                .values_mut()
                .for_each(|pairs| pairs.sort_unstable());
        }
        Self(by_blocks)
    }

    fn of(&self, i: usize, j: usize) -> &[(u32, u32)] {
        self.0.get(&(i, j)).map_or(&[], |pairs| pairs)
    }
}
