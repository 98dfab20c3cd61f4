//! Whole rows of cosines, for chosen rows only: a slice of the all-pairs pass, through the same kernels.

use rayon::prelude::*;

use super::encode::read;
use super::pairs::squared_distance;
use super::{Cancelled, Watch};
use crate::data::UnitRows;
use crate::kernel::{Aligned, COLUMNS, Choice, Exponents, Kernel, Panel, Tile, WithKernel, pack};

/// Chosen rows that share each reading of the others.
const BLOCK: usize = 64;
/// Other rows read at a time.
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
    kernel.run(Job {
        a,
        b,
        chosen,
        seeing,
        watch,
    })
}

/// Cosines of listed pairs, in f64 from their differences.
pub fn pair_cosines((a, b): (&UnitRows, &UnitRows), list: &[(u32, u32)]) -> Vec<f64> {
    list.par_iter()
        .with_min_len(256)
        .map_init(
            || (vec![0.0; a.dim()], vec![0.0; b.dim()]),
            |(x, y), &(i, j)| {
                a.row_f64(i as usize, x);
                b.row_f64(j as usize, y);
                1.0 - squared_distance(x, y) / 2.0
            },
        )
        .collect()
}

struct Job<'a, S> {
    a: &'a UnitRows,
    b: &'a UnitRows,
    chosen: &'a [u32],
    seeing: &'a S,
    watch: &'a dyn Watch,
}

impl<S: Seeing> WithKernel for Job<'_, S> {
    type Output = Result<Vec<S::Found>, Cancelled>;

    fn run<K: Kernel>(self, kernel: K) -> Self::Output {
        let blocks: Vec<Vec<S::Found>> = self
            .chosen
            .par_chunks(BLOCK)
            .enumerate()
            .map_init(
                || Buffers::new::<K>(K::words(self.a.dim())),
                |buffers, (block, chosen)| {
                    if self.watch.cancelled() {
                        return Vec::new();
                    }
                    let found = self.block(kernel, buffers, block * BLOCK, chosen);
                    self.watch.advance(chosen.len() as u64);
                    found
                },
            )
            .collect();
        if self.watch.cancelled() {
            return Err(Cancelled);
        }
        Ok(blocks.into_iter().flatten().collect())
    }
}

struct Buffers {
    raw: Vec<f32>,
    chosen: Aligned,
    others: Aligned,
    packed: Aligned,
    cosines: Vec<f32>,
    tile: Tile,
}

impl Buffers {
    fn new<K: Kernel>(dim: usize) -> Self {
        Self {
            raw: Vec::new(),
            chosen: Aligned::zeros(BLOCK.next_multiple_of(K::MR) * dim),
            others: Aligned::zeros(CHUNK * dim),
            packed: Aligned::zeros(CHUNK.next_multiple_of(K::NR) * dim),
            cosines: vec![0.0; BLOCK * CHUNK],
            tile: Tile::new(&Exponents::plan(&[])),
        }
    }
}

impl<S: Seeing> Job<'_, S> {
    fn block<K: Kernel>(
        &self,
        kernel: K,
        buffers: &mut Buffers,
        base: usize,
        chosen: &[u32],
    ) -> Vec<S::Found> {
        let dim = K::words(self.a.dim());
        let Buffers {
            raw,
            chosen: staged,
            others,
            packed,
            cosines,
            tile,
        } = buffers;
        for (&row, out) in chosen.iter().zip(staged.values_mut().chunks_exact_mut(dim)) {
            read(kernel, self.a, row as usize, raw, out);
        }
        let mut states: Vec<S::State> = (0..chosen.len())
            .map(|k| self.seeing.start(base + k))
            .collect();
        for first in (0..self.b.rows()).step_by(CHUNK) {
            let count = CHUNK.min(self.b.rows() - first);
            for (k, out) in others
                .values_mut()
                .chunks_exact_mut(dim)
                .take(count)
                .enumerate()
            {
                read(kernel, self.b, first + k, raw, out);
            }
            let rows = &others.values()[..count * dim];
            let panels = packed.values_mut().chunks_exact_mut(K::NR * dim);
            for (rows, panel) in rows.chunks(K::NR * dim).zip(panels) {
                pack::<K>(rows, dim, panel);
            }
            for strip in (0..chosen.len()).step_by(K::MR) {
                let rows = &staged.values()[strip * dim..(strip + K::MR) * dim];
                for at in (0..count).step_by(K::NR) {
                    let columns = &packed.values()[at * dim..(at + K::NR) * dim];
                    kernel.gram(rows, Panel::new(columns, dim), &[], f32::INFINITY, tile);
                    let live = K::NR.min(count - at);
                    for (r, line) in tile.cosines::<K>().chunks_exact(K::NR).enumerate() {
                        if strip + r < chosen.len() {
                            let start = (strip + r) * CHUNK + at;
                            cosines[start..start + live].copy_from_slice(&line[..live]);
                        }
                    }
                }
            }
            for (k, state) in states.iter_mut().enumerate() {
                let seen = &cosines[k * CHUNK..k * CHUNK + count];
                self.seeing.see(state, base + k, first, seen);
            }
        }
        states
            .into_iter()
            .enumerate()
            .map(|(k, state)| self.seeing.finish(base + k, state))
            .collect()
    }
}
