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

use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_pcg::Pcg64;

use super::encode::{PADDING, read};
use super::layout::{Block, GROUPS, Layout};
use super::ordered;
use super::state::{GramState, RowSums};
use super::task::{Found, Side, Wanted, Worker};
use super::{Cancelled, Duplicates, Watch};
use crate::data::UnitRows;
use crate::kernel::{Aligned, COLUMNS, Choice, Exponents, Kernel, WithKernel};
use crate::num::Merge;

/// Longest block of a ring: of two views the larger one may have that many times longer blocks than the smaller.
pub const LONGEST_BLOCK: usize = 32 * COLUMNS;

/// Rows from which one short block among the others no longer matters.
const MANY: usize = 20_000;

/// Blocks that one task holds as rows: few enough for the caches, many enough that those on its edge, which the next
/// task reads again, do not matter.
const RUN: (usize, usize) = (16, 96);

/// Blocks of about [`COLUMNS`] rows that a ring of `rows` rows has.
pub fn ring_blocks(rows: usize) -> usize {
    rows.div_ceil(COLUMNS)
}

impl Layout {
    /// `rows` rows in random order, in `blocks` even blocks that belong to [`GROUPS`] groups in turn.
    pub fn ring(rows: usize, blocks: usize, seed: u64) -> Self {
        let mut order: Vec<u32> = (0..rows as u32).collect();
        order.shuffle(&mut Pcg64::seed_from_u64(seed));
        let groups = GROUPS.min(blocks);
        // Where rows are many, whole panels and one short block; where they are few, even blocks.
        let whole = blocks == ring_blocks(rows) && rows >= MANY;
        let cut = |k: usize| {
            if whole {
                rows.min(k * COLUMNS)
            } else {
                k * rows / blocks
            }
        };
        let blocks = (0..blocks).map(|k| (order[cut(k)..cut(k + 1)].to_vec(), k % groups));
        Self::of_blocks(blocks.collect(), groups)
    }

    /// The groups of [`Layout::of_given`], each cut into blocks of random rows of it; all blocks in random order.
    pub fn ring_of_given(given: &[u32], seed: u64) -> Self {
        let layout = Self::of_given(given, seed);
        let mut rng = Pcg64::seed_from_u64(seed.wrapping_add(1));
        let mut blocks = Vec::new();
        let mut start = 0;
        for (group, &size) in layout.group_sizes.iter().enumerate() {
            let mut rows = layout.order[start..start + size].to_vec();
            rows.shuffle(&mut rng);
            let count = ring_blocks(size);
            let cut = |k: usize| k * size / count;
            blocks.extend((0..count).map(|k| (rows[cut(k)..cut(k + 1)].to_vec(), group)));
            start += size;
        }
        blocks.shuffle(&mut rng);
        Self::of_blocks(blocks, layout.group_sizes.len())
    }

    fn of_blocks(parts: Vec<(Vec<u32>, usize)>, groups: usize) -> Self {
        let mut out = Self {
            order: Vec::new(),
            blocks: Vec::with_capacity(parts.len()),
            group_sizes: vec![0; groups],
        };
        for (mut rows, group) in parts {
            // Which rows a block has is random; that they follow each other is kinder to disks and caches.
            rows.sort_unstable();
            let start = out.order.len();
            out.order.extend_from_slice(&rows);
            out.group_sizes[group] += rows.len();
            out.blocks.push(Block {
                start,
                end: out.order.len(),
                group,
            });
        }
        out
    }

    /// Number of blocks.
    pub fn blocks_in_ring(&self) -> usize {
        self.blocks.len()
    }

    /// Rounds that a ring of this many blocks has: more would visit a pair twice.
    pub fn rounds(&self) -> usize {
        (self.blocks.len() - 1) / 2
    }
}

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

/// What rounds of a ring found. States of the same job and of rounds that follow each other merge.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RingState {
    /// Sums over the partners of each row.
    pub gram: GramState,
    /// Sum of the cosines of all pairs seen, and of their squares.
    pub moments: [f64; 2],
}

impl Merge for RingState {
    fn merge(&mut self, other: Self) {
        self.gram.merge(other.gram);
        self.moments[0] += other.moments[0];
        self.moments[1] += other.moments[1];
    }
}

/// Walks rounds `first..=last` (from 1) on the current rayon pool; between two views each round goes both ways round.
/// The state does not depend on the number of threads.
///
/// Cost: about rows x [`COLUMNS`] pairs for each round, twice that between two views.
///
/// # Errors
/// [`Cancelled`] when the watcher asked to stop.
pub fn ring(
    job: RingJob<'_>,
    rounds: (usize, usize),
    kernel: Choice,
    watch: &dyn Watch,
) -> Result<RingState, Cancelled> {
    let mut state = empty(&job);
    for turned in [false, true] {
        if turned && job.b.is_none() {
            break;
        }
        kernel.run(Walk {
            job,
            turned,
            rounds,
            weight: 1.0,
            watch,
            state: &mut state,
        })?;
    }
    Ok(state)
}

/// The pairs within each block, counted `weight` times. Where rows come in given groups, those of one group are the
/// more likely to share a block; with the share of the other pairs that was seen as their weight, all pairs count alike.
///
/// # Errors
/// [`Cancelled`] when the watcher asked to stop.
pub fn ring_within_blocks(
    job: RingJob<'_>,
    weight: f64,
    kernel: Choice,
    watch: &dyn Watch,
) -> Result<RingState, Cancelled> {
    let mut state = empty(&job);
    kernel.run(Walk {
        job,
        turned: false,
        rounds: (0, 0),
        weight,
        watch,
        state: &mut state,
    })?;
    Ok(state)
}

fn empty(job: &RingJob<'_>) -> RingState {
    let sums = |layout: &Layout, met: &Layout| {
        RowSums::zeros(layout.order(), met.group_sizes().len(), job.grouped)
    };
    let (a, b) = (job.a.1, job.b.map(|(_, layout)| layout));
    RingState {
        gram: GramState {
            coefficients: job.exponents.coefficients().collect(),
            rows: sums(a, b.unwrap_or(a)),
            columns: b.map(|b| sums(b, a)),
            pairs: 0,
            histogram: Vec::new(),
            duplicates: Duplicates::default(),
        },
        moments: [0.0; 2],
    }
}

struct Walk<'a, 's> {
    job: RingJob<'a>,
    /// Whether the second operand stands first: its block k meets block k + o of the first operand.
    turned: bool,
    rounds: (usize, usize),
    weight: f64,
    watch: &'a dyn Watch,
    state: &'s mut RingState,
}

impl WithKernel for Walk<'_, '_> {
    type Output = Result<(), Cancelled>;

    fn run<K: Kernel>(self, kernel: K) -> Self::Output {
        let Self {
            job,
            turned,
            rounds: (first, last),
            weight,
            watch,
            state,
        } = self;
        let b = job.b.unwrap_or(job.a);
        let (left, right) = if turned { (b, job.a) } else { (job.a, b) };
        let excluded = Excluded::new(&job, turned, (first, last));
        let blocks = left.1.blocks().len();
        let run = (2 * (last + 1 - first)).clamp(RUN.0, RUN.1);
        let wanted = Wanted {
            exponents: job.exponents,
            near: f32::INFINITY,
            confirmed: None,
            bins: None,
            moments: true,
        };
        let task = |mine: &mut Mine<K>, id: usize| {
            let (from, to) = (id * run, blocks.min((id + 1) * run));
            let rows = Stretch::load(kernel, left, (from, to), &mut mine.left);
            let columns = Stretch::load(kernel, right, (from + first, to + last), &mut mine.right);
            let mut out = Vec::new();
            for j in from + first..to + last {
                // Blocks that meet block j in one of the rounds.
                for i in from.max(j.saturating_sub(last))..to.min(j + 1 - first) {
                    let leave = excluded.of(i, j % blocks);
                    let diagonal = i == j && job.b.is_none();
                    let rows = (rows.side(left), rows.blocks[i - from]);
                    let columns = (columns.side(right), columns.blocks[j - from - first]);
                    out.push(mine.worker.run(wanted, rows, columns, diagonal, leave));
                }
            }
            out
        };
        let (rows, columns) = (left.1.rows(), right.1.rows());
        let commit = |state: &mut RingState, found: Vec<Found>| {
            found
                .into_iter()
                .map(|found| add(state, turned, (rows, columns), weight, found))
                .sum()
        };
        let worker = || Mine {
            worker: Worker::new(kernel, job.exponents),
            left: Aligned::default(),
            right: Aligned::default(),
        };
        ordered::run(blocks.div_ceil(run), state, watch, worker, task, commit)
    }
}

struct Mine<K> {
    worker: Worker<K>,
    left: Aligned,
    right: Aligned,
}

/// Blocks that follow each other round the ring, their rows read; positions go on beyond the end where it closes.
struct Stretch<'a> {
    blocks: Vec<Block>,
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
        let blocks: Vec<Block> = (from..to)
            .map(|k| {
                let (lap, block) = (k / all.len() * layout.rows(), all[k % all.len()]);
                Block {
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

    fn side<'b>(&self, (rows, layout): (&'b UnitRows, &'b Layout)) -> Side<'b>
    where
        'a: 'b,
    {
        Side {
            rows,
            order: layout.order(),
            cache: Some(self.values),
            base: self.blocks[0].start,
        }
    }
}

/// Adds what a pair of blocks gave; returns its pairs.
fn add(
    state: &mut RingState,
    turned: bool,
    (rows, columns): (usize, usize),
    weight: f64,
    mut found: Found,
) -> u64 {
    if weight != 1.0 {
        let sums = found.row_sums.iter_mut().chain(&mut found.column_sums);
        sums.chain(&mut found.moments).for_each(|v| *v *= weight);
        found.pairs = (found.pairs as f64 * weight).round() as u64;
    }
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
struct Excluded(BTreeMap<(usize, usize), Vec<(u32, u32)>>);

impl Excluded {
    fn new(job: &RingJob<'_>, turned: bool, (first, last): (usize, usize)) -> Self {
        let mut by_blocks: BTreeMap<_, Vec<(u32, u32)>> = BTreeMap::new();
        if let Some((_, b)) = job.b.filter(|_| !job.excluded.is_empty()) {
            let (a, b) = (places(job.a.1), places(b));
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

/// For each row its block and its place within it.
fn places(layout: &Layout) -> Vec<(usize, u32)> {
    let mut out = vec![(0, 0); layout.rows()];
    for (b, block) in layout.blocks().iter().enumerate() {
        for (k, &row) in layout.order()[block.start..block.end].iter().enumerate() {
            out[row as usize] = (b, k as u32);
        }
    }
    out
}

/// How many partners each row has met, by jackknife group of the partner.
#[derive(Clone, Debug, PartialEq)]
pub struct Met {
    order: Vec<u32>,
    blocks: Vec<Block>,
    /// For each block, for each group.
    by_group: Vec<Vec<f64>>,
    /// Rows that were not paired with one of their partners, and its group.
    lost: Vec<(u32, u32)>,
}

impl Met {
    /// For the rows of `a` after rounds 1 to `rounds` against those of `b` (which may be the same), and with the pairs
    /// within blocks counted `within` times; the excluded are pairs (row of a, row of b).
    pub fn new(
        a: &Layout,
        b: &Layout,
        (rounds, within): (usize, f64),
        excluded: impl Iterator<Item = (u32, u32)>,
    ) -> Self {
        let count = a.blocks.len();
        let by_group = (0..count)
            .map(|k| {
                let mut met = vec![0.0; b.group_sizes.len()];
                met[b.blocks[k].group] += within * (b.blocks[k].len() as f64 - 1.0);
                for o in 1..=rounds {
                    for other in [k + o, k + count - o] {
                        let block = b.blocks[other % count];
                        met[block.group] += block.len() as f64;
                    }
                }
                met
            })
            .collect();
        let mut excluded = excluded.peekable();
        let mut lost = Vec::new();
        if excluded.peek().is_some() {
            let (places_a, places_b) = (places(a), places(b));
            for (i, j) in excluded {
                let (k, other) = (places_a[i as usize].0, places_b[j as usize].0);
                let apart = (k + count - other) % count;
                if (1..=rounds).contains(&apart.min(count - apart)) {
                    lost.push((i, b.blocks[other].group as u32));
                }
            }
        }
        Self {
            order: a.order.clone(),
            blocks: a.blocks.clone(),
            by_group,
            lost,
        }
    }

    /// Number of groups that partners lie in.
    pub fn groups(&self) -> usize {
        self.by_group.first().map_or(0, Vec::len)
    }

    /// Partners of each row of which `keep` holds for the group.
    pub fn counts(&self, keep: impl Fn(usize) -> bool) -> Vec<f64> {
        let mut out = vec![0.0; self.order.len()];
        for (block, met) in self.blocks.iter().zip(&self.by_group) {
            let kept = met.iter().enumerate().filter(|(g, _)| keep(*g));
            let count = kept.map(|(_, count)| count).sum();
            for &row in &self.order[block.start..block.end] {
                out[row as usize] = count;
            }
        }
        for &(row, group) in &self.lost {
            if keep(group as usize) {
                out[row as usize] -= 1.0;
            }
        }
        out
    }
}
