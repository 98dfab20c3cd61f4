//! Second moments: of all pairs without visiting them, and of the pairs of a tile.
//!
//! The mean over pairs of cos^2 is ||X'X||^2 less what rows have with themselves: O(n d^2) in place of O(n^2 d).

use super::ordered;
use super::{Cancelled, Watch};
use crate::data::UnitRows;
use crate::kernel::{Aligned, Choice, Exponents, Kernel, Panel, Tile, WithKernel};

/// Rows whose products are summed in f32.
const DEPTH: usize = 512;
/// Such sums of one task.
const RUN: usize = 8;

/// X'X of unit rows: d x d values, row after row, symmetric.
#[derive(Clone, Debug, PartialEq)]
pub struct SecondMoments {
    dim: usize,
    values: Vec<f64>,
}

impl SecondMoments {
    /// Reads all rows once, through the tiles of `kernel`, on the current rayon pool.
    ///
    /// Cost: n d^2 flops. Memory: 8 d^2 bytes for each thread.
    ///
    /// # Errors
    /// [`Cancelled`] when the watcher asked to stop.
    pub fn of(rows: &UnitRows, kernel: Choice, watch: &dyn Watch) -> Result<Self, Cancelled> {
        kernel.run(Walk { rows, watch })
    }

    /// Sum over rows x of these and rows y of the others of (x.y)^2.
    pub fn squares(&self, other: &Self) -> f64 {
        let products: Vec<f64> = self
            .values
            .iter()
            .zip(&other.values)
            .map(|(a, b)| a * b)
            .collect();
        crate::num::pairwise_sum(&products)
    }
}

struct Walk<'a> {
    rows: &'a UnitRows,
    watch: &'a dyn Watch,
}

/// A thread's buffers.
struct Buffers {
    read: Vec<f32>,
    left: Aligned,
    panels: Aligned,
    tile: Tile,
}

impl WithKernel for Walk<'_> {
    type Output = Result<SecondMoments, Cancelled>;

    fn run<K: Kernel>(self, kernel: K) -> Self::Output {
        let dim = self.rows.dim();
        let (left, right) = (dim.next_multiple_of(K::MR), dim.next_multiple_of(K::NR));
        let mut whole = SecondMoments {
            dim,
            values: vec![0.0; dim * dim],
        };
        let step = DEPTH * RUN;
        let buffers = || Buffers {
            read: vec![0.0; dim],
            left: Aligned::zeros(left * DEPTH),
            panels: Aligned::zeros(right * DEPTH),
            tile: Tile::new(&Exponents::plan(&[])),
        };
        let task = |buffers: &mut Buffers, id: usize| {
            let mut sums = vec![0.0; dim * dim];
            let last = self.rows.rows().min((id + 1) * step);
            for first in (id * step..last).step_by(DEPTH) {
                let depth = DEPTH.min(last - first);
                self.load::<K>(buffers, first, depth);
                add_tiles(kernel, buffers, (dim, depth), &mut sums);
            }
            sums
        };
        let commit = |whole: &mut SecondMoments, sums: Vec<f64>| {
            whole.values.iter_mut().zip(sums).for_each(|(a, b)| *a += b);
            1
        };
        let tasks = self.rows.rows().div_ceil(step);
        ordered::run(tasks, &mut whole, self.watch, buffers, task, commit)?;
        // Only tiles that meet the upper triangle were computed.
        for i in 0..dim {
            for j in 0..i {
                whole.values[i * dim + j] = whole.values[j * dim + i];
            }
        }
        Ok(whole)
    }
}

impl Walk<'_> {
    /// Rows `first..first + depth`, once as lines of columns and once as panels of them.
    fn load<K: Kernel>(&self, buffers: &mut Buffers, first: usize, depth: usize) {
        let Buffers {
            read, left, panels, ..
        } = buffers;
        let (left, panels) = (left.values_mut(), panels.values_mut());
        for k in 0..depth {
            self.rows.row_f32(first + k, read);
            for (panel, part) in read.chunks(K::NR).enumerate() {
                let start = (panel * depth + k) * K::NR;
                panels[start..start + part.len()].copy_from_slice(part);
                panels[start + part.len()..start + K::NR].fill(0.0);
            }
            for (column, &v) in read.iter().enumerate() {
                left[column * depth + k] = v;
            }
        }
    }
}

fn add_tiles<K: Kernel>(
    kernel: K,
    buffers: &mut Buffers,
    (dim, depth): (usize, usize),
    sums: &mut [f64],
) {
    let (left, panels) = (buffers.left.values(), buffers.panels.values());
    for (panel, columns) in panels[..dim.next_multiple_of(K::NR) * depth]
        .chunks_exact(K::NR * depth)
        .enumerate()
    {
        let j = panel * K::NR;
        let columns = Panel::new(columns, depth);
        let width = K::NR.min(dim - j);
        for i in (0..dim.min(j + K::NR)).step_by(K::MR) {
            let lines = &left[i * depth..(i + K::MR) * depth];
            kernel.gram(lines, columns, &[], f32::INFINITY, &mut buffers.tile);
            let tile = buffers.tile.cosines::<K>().chunks_exact(K::NR);
            for (r, line) in tile.take(K::MR.min(dim - i)).enumerate() {
                let start = (i + r) * dim + j;
                for (sum, v) in sums[start..start + width].iter_mut().zip(line) {
                    *sum += f64::from(*v);
                }
            }
        }
    }
}

/// Short sums in f32, eight side by side; the long one in f64.
pub(super) fn add_moments(cosines: &[f32], mask: Option<&[f32]>, moments: &mut [f64; 2]) {
    let (mut first, mut second) = ([0.0_f32; 8], [0.0_f32; 8]);
    let (chunks, _) = cosines.as_chunks::<8>();
    let masks = mask.map(|mask| mask.as_chunks::<8>().0);
    for (k, chunk) in chunks.iter().enumerate() {
        for lane in 0..8 {
            let s = chunk[lane] * masks.map_or(1.0, |masks| masks[k][lane]);
            first[lane] += s;
            second[lane] += s * s;
        }
    }
    let sum = |lanes: [f32; 8]| lanes.iter().map(|v| f64::from(*v)).sum::<f64>();
    moments[0] += sum(first);
    moments[1] += sum(second);
}
