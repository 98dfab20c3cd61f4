//! Whole rows of cosines, for chosen rows only: the cosines themselves, or the nearest of each row.

use rayon::prelude::*;

use super::encode::Encoded;
use super::epilogue::{NearestTask, RowTiles};
use super::layout::RowBlock;
use super::operand::{Blocks, Operand, Worker};
use super::ordered;
use super::pairs::squared_distance;
use super::state::{NearestList, TopK};
use super::{Cancelled, Watch};
use crate::data::UnitRows;
use crate::kernel::{COLUMNS, Choice, Exponents, Kernel, WithKernel};

/// Chosen rows that share each reading of the others.
const BLOCK: usize = 64;
/// Other rows at a time.
const CHUNK: usize = 10 * COLUMNS;

/// What becomes of the rows of cosines.
pub trait Seeing: Sync {
    /// What is kept of a row while it is walked.
    type State: Send;
    /// What is left of it.
    type Found: Send;
    /// Before chosen row `k`.
    fn start(&self, k: usize) -> Self::State;
    /// Cosines of chosen row `k` with the rows from `first` on.
    fn see(&self, state: &mut Self::State, k: usize, first: usize, cosines: &[f32]);
    /// After its last cosine.
    fn finish(&self, k: usize, state: Self::State) -> Self::Found;
}

/// Shows `seeing` the cosines of the rows `chosen` of a with all rows of b (of itself too, where a is b), on the current
/// rayon pool. What is found does not depend on the number of threads.
///
/// Cost: chosen x rows of b x d multiply-adds.
///
/// # Errors
/// [`Cancelled`] when the watcher asked to stop.
pub fn anchors<S: Seeing>(
    kernel: Choice,
    (a, b): (&UnitRows, &UnitRows),
    chosen: &[u32],
    seeing: &S,
    watch: &dyn Watch,
) -> Result<Vec<S::Found>, Cancelled> {
    kernel.run(WalkAnchors {
        sides: ChosenRows {
            a,
            b,
            chosen,
            watch,
        },
        seeing,
    })
}

/// Whose nearest rows are looked for, where, and how many of each (all, where there are fewer).
#[derive(Clone, Copy)]
pub enum NearestJob<'a> {
    /// Of every row of the first set those in the second. No row of the first is sought there.
    Between(&'a UnitRows, &'a UnitRows, usize),
    /// Of these rows of a set the others in it.
    Within(&'a UnitRows, &'a [u32], usize),
}

/// The rows with the largest cosines; those of all rows of a set are also [counted](super::Search) beside sums, each pair
/// once.
///
/// Cosines are f32. On the current rayon pool; what is found does not depend on the number of threads.
///
/// Cost: rows x rows of the other set x d multiply-adds.
///
/// # Errors
/// [`Cancelled`] when the watcher asked to stop.
pub fn nearest(kernel: Choice, job: NearestJob<'_>, watch: &dyn Watch) -> Result<TopK, Cancelled> {
    let all: Vec<u32>;
    let (a, b, chosen, k) = match job {
        NearestJob::Between(a, b, k) => {
            all = (0..a.rows() as u32).collect();
            (a, b, &all[..], k.min(b.rows()))
        }
        NearestJob::Within(rows, chosen, k) => (rows, rows, chosen, k.min(rows.rows() - 1)),
    };
    let one_set = matches!(job, NearestJob::Within(..));
    let lists = kernel.run(WalkNearest {
        sides: ChosenRows {
            a,
            b,
            chosen,
            watch,
        },
        k,
        one_set,
    })?;
    let mut state = TopK::empty(chosen.len(), k);
    for (row, list) in lists.into_iter().enumerate() {
        state.add(row, list);
    }
    Ok(state)
}

/// Cosines of listed pairs, in f64 from their differences; of rows in the ball their inner products.
pub fn pair_cosines((a, b): (&UnitRows, &UnitRows), list: &[(u32, u32)]) -> Vec<f64> {
    let unit = a.on_sphere() && b.on_sphere();
    list.par_iter()
        .with_min_len(256)
        .map_init(
            || (vec![0.0; a.dim()], vec![0.0; b.dim()]),
            |(x, y), &(i, j)| {
                a.row_f64(i as usize, x);
                b.row_f64(j as usize, y);
                match unit {
                    true => 1.0 - squared_distance(x, y) / 2.0,
                    false => x.iter().zip(y).map(|(x, y)| *x * *y).sum(),
                }
            },
        )
        .collect()
}

/// Chosen rows of a against all of b.
struct ChosenRows<'a> {
    a: &'a UnitRows,
    b: &'a UnitRows,
    chosen: &'a [u32],
    watch: &'a dyn Watch,
}

impl ChosenRows<'_> {
    /// For each block of chosen rows: `start` makes what is kept of each row, `sweep` takes in one chunk of the others
    /// after another, `finish` says what is left.
    fn walk<K: Kernel, W, S, F: Send>(
        &self,
        kernel: K,
        room: impl Fn() -> W + Sync,
        start: impl Fn(usize) -> S + Sync,
        sweep: impl Fn(&mut Worker<K>, &mut W, Blocks<'_>, &mut [S]) + Sync,
        finish: impl Fn(usize, S) -> F + Sync,
    ) -> Result<Vec<F>, Cancelled> {
        let Self { a, b, chosen, .. } = *self;
        let order: Vec<u32> = (0..b.rows() as u32).collect();
        let encoded = Encoded::new(kernel, b, &order);
        let others = Operand::new(b, &order, &encoded);
        let chosen_rows = Operand {
            rows: a,
            order: chosen,
            cache: None,
            base: 0,
        };
        let block = |start: usize, size: usize, rows: usize| RowBlock {
            start,
            end: rows.min(start + size),
            group: 0,
        };
        let worker = || {
            let worker = Worker::new(kernel, a.dim(), &Exponents::plan(&[]));
            (worker, room())
        };
        let task = |(worker, room): &mut (Worker<K>, W), id: usize| {
            let rows = block(id * BLOCK, BLOCK, chosen.len());
            let mut states: Vec<S> = (rows.start..rows.end).map(&start).collect();
            for first in (0..b.rows()).step_by(CHUNK) {
                let blocks = Blocks {
                    a: chosen_rows,
                    rows,
                    b: others,
                    columns: block(first, CHUNK, b.rows()),
                    diagonal: false,
                };
                sweep(worker, room, blocks, &mut states);
            }
            let found = (rows.start..rows.end).zip(states);
            found.map(|(k, state)| finish(k, state)).collect::<Vec<F>>()
        };
        let commit = |all: &mut Vec<F>, found: Vec<F>| {
            let count = found.len() as u64;
            all.extend(found);
            count
        };
        let mut all = Vec::with_capacity(chosen.len());
        let tasks = chosen.len().div_ceil(BLOCK);
        ordered::run(tasks, &mut all, self.watch, worker, task, commit)?;
        Ok(all)
    }
}

struct WalkAnchors<'a, S> {
    sides: ChosenRows<'a>,
    seeing: &'a S,
}

impl<S: Seeing> WithKernel for WalkAnchors<'_, S> {
    type Output = Result<Vec<S::Found>, Cancelled>;

    fn run<K: Kernel>(self, kernel: K) -> Self::Output {
        let sweep = |worker: &mut Worker<K>,
                     cosines: &mut Vec<f32>,
                     blocks: Blocks<'_>,
                     states: &mut [S::State]| {
            let width = CHUNK;
            worker.sweep(blocks, &mut RowTiles { cosines, width });
            let lines = cosines.chunks_exact(CHUNK);
            for ((k, state), line) in (blocks.rows.start..).zip(states).zip(lines) {
                let seen = &line[..blocks.columns.len()];
                self.seeing.see(state, k, blocks.columns.start, seen);
            }
        };
        self.sides.walk(
            kernel,
            || vec![0.0; BLOCK * CHUNK],
            |k| self.seeing.start(k),
            sweep,
            |k, state| self.seeing.finish(k, state),
        )
    }
}

struct WalkNearest<'a> {
    sides: ChosenRows<'a>,
    k: usize,
    one_set: bool,
}

impl WithKernel for WalkNearest<'_> {
    type Output = Result<Vec<NearestList>, Cancelled>;

    fn run<K: Kernel>(self, kernel: K) -> Self::Output {
        let sweep =
            |worker: &mut Worker<K>, (): &mut (), blocks: Blocks<'_>, lists: &mut [NearestList]| {
                let mut nearest = NearestTask {
                    k: self.k,
                    numbers: blocks.numbers(),
                    one_set: self.one_set,
                    lists,
                };
                worker.sweep(blocks, &mut nearest);
            };
        let none = |_| NearestList::default();
        self.sides.walk(kernel, || (), none, sweep, |_, list| list)
    }
}
