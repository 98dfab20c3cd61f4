//! Sums of rows and of their products: what is linear in the rows, or in products of their columns, needs no pairs.
//!
//! The mean cosine is E over i < j of cos = (||sum x||^2 - sum ||x||^2) / (n(n-1)); the mean over pairs of cos^2 is
//! ||X'X||^2 less what rows have with themselves, in O(n d^2) in place of O(n^2 d); linear CKA is made of X'X, Y'Y, X'Y.

use ndarray::linalg::general_mat_mul;
use ndarray::{Array2, ArrayViewMut2};
use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64;
use rayon::prelude::*;

use super::epilogue::ProductSums;
use super::ordered;
use super::pairs::in_lanes;
use super::state::RowMoments;
use super::sweep::{Extent, Packed, sweep};
use super::{Cancelled, Watch};
use crate::data::UnitRows;
use crate::kernel::{Aligned, Choice, Exponents, Kernel, Tile, WithKernel};
use crate::num::{Merge, Moments};

/// Rows that are summed in one go; also the order of the additions.
const CHUNK: usize = 512;

/// Rows whose products with those of another set are summed in one go.
const CROSS: usize = 256;

/// Rows whose products are summed in f32.
const DEPTH: usize = 512;
/// Such sums of one task.
const RUN: usize = 8;

impl RowMoments {
    /// The sum of all rows. Reads them once, in parallel, adding in a fixed order.
    ///
    /// # Errors
    /// [`Cancelled`] when the watcher asked to stop.
    pub fn sums(rows: &UnitRows, watch: &dyn Watch) -> Result<Self, Cancelled> {
        let chunks: Vec<Self> = (0..rows.rows().div_ceil(CHUNK))
            .into_par_iter()
            .map(|chunk| {
                let range = chunk * CHUNK..rows.rows().min((chunk + 1) * CHUNK);
                let mut sum = vec![0.0; rows.dim()];
                let mut row = vec![0.0; rows.dim()];
                let count = range.len() as u64;
                for i in range {
                    rows.row_f64(i, &mut row);
                    add(&mut sum, &row);
                }
                Self {
                    rows: count,
                    x: sum,
                    ..Self::default()
                }
            })
            .collect();
        if watch.cancelled() {
            return Err(Cancelled);
        }
        let mut whole = Self::default();
        chunks.into_iter().for_each(|chunk| whole.merge(chunk));
        Ok(whole)
    }

    /// X'X of all rows. Reads them once, through the tiles of `kernel`, on the current rayon pool.
    ///
    /// Cost: n d^2 flops. Memory: 8 d^2 bytes for each thread.
    ///
    /// # Errors
    /// [`Cancelled`] when the watcher asked to stop.
    pub fn products(rows: &UnitRows, kernel: Choice, watch: &dyn Watch) -> Result<Self, Cancelled> {
        kernel.run(WalkProducts { rows, watch })
    }

    /// All sums over these items, each a row of x and a row of y, in f64, added in their order.
    pub fn between((x, y): (&UnitRows, &UnitRows), items: &[(u32, u32)]) -> Self {
        let (p, q) = (x.dim(), y.dim());
        let mut state = Self {
            rows: items.len() as u64,
            x: vec![0.0; p],
            y: vec![0.0; q],
            xx: vec![0.0; p * p],
            yy: vec![0.0; q * q],
            xy: vec![0.0; p * q],
        };
        for chunk in items.chunks(CROSS) {
            let mut a = Array2::zeros((chunk.len(), p));
            let mut b = Array2::zeros((chunk.len(), q));
            let rows = a.outer_iter_mut().zip(b.outer_iter_mut());
            for ((mut a, mut b), &(i, j)) in rows.zip(chunk) {
                if let (Some(a), Some(b)) = (a.as_slice_mut(), b.as_slice_mut()) {
                    x.row_f64(i as usize, a);
                    y.row_f64(j as usize, b);
                    add(&mut state.x, a);
                    add(&mut state.y, b);
                }
            }
            for (left, right, sum) in [
                (&a, &a, &mut state.xx),
                (&b, &b, &mut state.yy),
                (&a, &b, &mut state.xy),
            ] {
                let shape = (left.ncols(), right.ncols());
                if let Ok(mut sum) = ArrayViewMut2::from_shape(shape, sum) {
                    general_mat_mul(1.0, &left.t(), right, 1.0, &mut sum);
                }
            }
        }
        state
    }
}

pub(super) fn add(sums: &mut [f64], values: &[f64]) {
    for (sum, v) in sums.iter_mut().zip(values) {
        *sum += v;
    }
}

struct WalkProducts<'a> {
    rows: &'a UnitRows,
    watch: &'a dyn Watch,
}

/// A thread's buffers: some rows, once as strips of columns and once as panels of them. What a sweep takes for the
/// length of its rows is their number here.
struct Buffers {
    read: Vec<f32>,
    strips: Aligned,
    panels: Aligned,
    tile: Tile,
}

impl WithKernel for WalkProducts<'_> {
    type Output = Result<RowMoments, Cancelled>;

    fn run<K: Kernel>(self, kernel: K) -> Self::Output {
        let (rows, dim) = (self.rows, self.rows.dim());
        let mut whole = vec![0.0; dim * dim];
        let step = DEPTH * RUN;
        let buffers = || Buffers {
            read: vec![0.0; dim],
            strips: Aligned::zeros(dim.next_multiple_of(K::MR) * DEPTH),
            panels: Aligned::zeros(dim.next_multiple_of(K::NR) * DEPTH),
            tile: Tile::new(&Exponents::plan(&[])),
        };
        // Only tiles that meet the upper triangle are computed.
        let extent = Extent {
            n: dim,
            m: dim,
            diagonal: true,
        };
        let task = |buffers: &mut Buffers, id: usize| {
            let mut sums = vec![0.0; dim * dim];
            let last = rows.rows().min((id + 1) * step);
            for first in (id * step..last).step_by(DEPTH) {
                let depth = DEPTH.min(last - first);
                buffers.load::<K>(rows, first, depth);
                let packed = Packed {
                    strips: buffers.strips.values(),
                    panels: buffers.panels.values(),
                    words: depth,
                    ends: &[depth],
                };
                let mut products = ProductSums { sums: &mut sums };
                sweep(kernel, packed, extent, &mut buffers.tile, &mut products);
            }
            sums
        };
        let commit = |whole: &mut Vec<f64>, sums: Vec<f64>| {
            add(whole, &sums);
            1
        };
        let tasks = rows.rows().div_ceil(step);
        ordered::run(tasks, &mut whole, self.watch, buffers, task, commit)?;
        for i in 0..dim {
            for j in 0..i {
                whole[i * dim + j] = whole[j * dim + i];
            }
        }
        Ok(RowMoments {
            rows: rows.rows() as u64,
            xx: whole,
            ..RowMoments::default()
        })
    }
}

impl Buffers {
    /// Rows `first..first + depth`.
    fn load<K: Kernel>(&mut self, rows: &UnitRows, first: usize, depth: usize) {
        let (strips, panels) = (self.strips.values_mut(), self.panels.values_mut());
        for k in 0..depth {
            rows.row_f32(first + k, &mut self.read);
            for (panel, part) in self.read.chunks(K::NR).enumerate() {
                let start = (panel * depth + k) * K::NR;
                panels[start..start + part.len()].copy_from_slice(part);
                panels[start + part.len()..start + K::NR].fill(0.0);
            }
            for (column, &v) in self.read.iter().enumerate() {
                strips[column * depth + k] = v;
            }
        }
    }
}

/// For each row x of `rows`: the sum of its cosines with the rows behind the sums of `others`. Where the rows are among
/// them, that includes the cosine with itself, which is 1.
pub fn means(rows: &UnitRows, others: &RowMoments) -> Vec<f64> {
    (0..rows.rows())
        .into_par_iter()
        .with_min_len(64)
        .map_init(
            || vec![0.0; rows.dim()],
            |row, i| {
                rows.row_f64(i, row);
                in_lanes(row, &others.x, |a, b| a * b)
            },
        )
        .collect()
}

/// Pairs that the variance of single cosines is measured on.
const SPREAD_PAIRS: usize = 16_384;

/// Variance of the cosine of two different rows: over all pairs where they are few, else over 16,384 that `seed` draws,
/// which know it to about 1 %. It serves errors only, never a value. 0 for fewer than two rows.
pub fn cosine_spread(rows: &UnitRows, seed: u64) -> f64 {
    let n = rows.rows();
    let pairs: Vec<(usize, usize)> = if n * n.saturating_sub(1) / 2 <= SPREAD_PAIRS {
        (0..n).flat_map(|i| (0..i).map(move |j| (i, j))).collect()
    } else {
        let mut rng = Pcg64::seed_from_u64(seed);
        let pair = |k: usize| {
            let i = k * n / SPREAD_PAIRS;
            (i, (i + rng.random_range(1..n)) % n)
        };
        (0..SPREAD_PAIRS).map(pair).collect()
    };
    let cosines: Vec<f64> = pairs
        .into_par_iter()
        .with_min_len(256)
        .map_init(
            || (vec![0.0_f32; rows.dim()], vec![0.0; rows.dim()]),
            |(x, y), (i, j)| {
                let factor = rows.row_scaled(i, x) * rows.row_scaled(j, y);
                factor * in_lanes(x, y, |x, y| f64::from(x) * f64::from(y))
            },
        )
        .collect();
    let moments: Moments = cosines.into_iter().collect();
    let pairs = moments.count() as f64;
    moments
        .variance()
        .map_or(0.0, |variance| variance * (pairs - 1.0) / pairs)
}

/// Gives `finish` the sums over all items, and over all items without each group; groups are walked twice, so that no
/// more than a few of them are held at once.
///
/// Cost: items x (p^2 + q^2 + p q) multiply-adds, twice; memory: that many numbers for each thread.
///
/// # Errors
/// [`Cancelled`] when the watcher asked to stop.
pub fn without_each_group<T: Send>(
    rows: (&UnitRows, &UnitRows),
    groups: &[Vec<(u32, u32)>],
    watch: &dyn Watch,
    finish: impl Fn(&RowMoments) -> T + Sync,
) -> Result<(T, Vec<T>), Cancelled> {
    let mut whole = RowMoments::default();
    // A few at a time, merged in order: bits do not depend on the number of threads.
    for part in groups.chunks(rayon::current_num_threads().max(1)) {
        let states: Vec<RowMoments> = part
            .par_iter()
            .map(|items| RowMoments::between(rows, items))
            .collect();
        states.into_iter().for_each(|state| whole.merge(state));
        if watch.cancelled() {
            return Err(Cancelled);
        }
    }
    let left: Vec<T> = groups
        .par_iter()
        .map(|items| finish(&whole.without(&RowMoments::between(rows, items))))
        .collect();
    if watch.cancelled() {
        return Err(Cancelled);
    }
    Ok((finish(&whole), left))
}
