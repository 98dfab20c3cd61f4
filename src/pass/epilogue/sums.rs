//! Sums of exponentials over the pairs of a task: in f32 while they are short, in f64 from there on.

use std::ops::Range;

use super::near::NearPairs;
use super::positions::FoundPositions;
use crate::kernel::{Aligned, COLUMNS, Exponents, Kernel, Sums, Tile};
use crate::pass::layout::RowBlock;
use crate::pass::operand::Blocks;
use crate::pass::sweep::Tiled;

/// What a task found.
pub(in crate::pass) struct TaskSums {
    pub(in crate::pass) rows: RowBlock,
    pub(in crate::pass) columns: RowBlock,
    /// For each coefficient, for each row of the block.
    pub(in crate::pass) row_sums: Vec<f64>,
    /// For each coefficient, for each column of the block.
    pub(in crate::pass) column_sums: Vec<f64>,
    pub(in crate::pass) pairs: u64,
    /// One count for each bin; empty when not wanted.
    pub(in crate::pass) histogram: Vec<u32>,
    /// Near-duplicates.
    pub(in crate::pass) near: NearPairs,
    /// Sum of the cosines and of their squares; zeros when not wanted.
    pub(in crate::pass) moments: [f64; 2],
    /// Where positives stand, for those who search.
    pub(in crate::pass) positions: FoundPositions,
}

impl TaskSums {
    /// Nothing summed yet over two blocks' pairs, of which `excluded` do not count.
    pub(super) fn new(blocks: Blocks<'_>, exponents: &Exponents, excluded: usize) -> Self {
        let (rows, columns) = (blocks.rows, blocks.columns);
        let (n, m) = (rows.len() as u64, columns.len() as u64);
        Self {
            rows,
            columns,
            row_sums: vec![0.0; exponents.len() * rows.len()],
            column_sums: vec![0.0; exponents.len() * columns.len()],
            pairs: if blocks.diagonal {
                n * (n - 1) / 2
            } else {
                n * m - excluded as u64
            },
            histogram: Vec::new(),
            near: NearPairs::default(),
            moments: [0.0; 2],
            positions: FoundPositions::default(),
        }
    }

    /// Adds the steep coefficients of a tile, in f64.
    #[inline]
    pub(super) fn add_steep<K: Kernel>(
        &mut self,
        kernel: K,
        tile: &Tile,
        mask: Option<&[f32]>,
        exponents: &Exponents,
        at: Tiled,
    ) {
        let Tiled { i, n, j, m } = at;
        for (k, &c) in (exponents.gentle()..).zip(exponents.steep()) {
            let (mut rows, mut columns) = ([0.0; 8], [0.0; COLUMNS]);
            let (rows, columns) = (&mut rows[..K::MR], &mut columns[..K::NR]);
            kernel.steep(tile, mask, c, rows, columns);
            add(&mut self.row_sums[k * n + i..(k + 1) * n], rows);
            add(&mut self.column_sums[k * m + j..(k + 1) * m], columns);
        }
    }
}

fn add(sums: &mut [f64], values: &[f64]) {
    for (sum, v) in sums.iter_mut().zip(values) {
        *sum += v;
    }
}

/// The gentle coefficients of a sweep in the making: f32 sums of one strip of rows, and of the columns of a sub-block.
pub(super) struct GentleSums {
    gentle: usize,
    rows: Aligned,
    columns: Aligned,
    folded: Vec<f64>,
    panels: Range<usize>,
}

impl GentleSums {
    pub(super) fn new<K: Kernel>(exponents: &Exponents) -> Self {
        let gentle = exponents.gentle();
        Self {
            gentle,
            rows: Aligned::zeros(gentle * K::MR * K::LANES),
            columns: Aligned::default(),
            folded: vec![0.0; gentle * K::MR],
            panels: 0..0,
        }
    }

    /// Zeros for a sub-block.
    pub(super) fn begin<K: Kernel>(&mut self, panels: Range<usize>) {
        let len = panels.len() * self.gentle * K::NR;
        self.columns.reserve(len);
        self.columns.values_mut()[..len].fill(0.0);
        self.panels = panels;
    }

    /// Those of a tile.
    #[inline(always)]
    pub(super) fn of_tile<K: Kernel>(&mut self, at: Tiled) -> Sums<'_> {
        let width = self.gentle * K::NR;
        let from = (at.j / K::NR - self.panels.start) * width;
        Sums {
            rows: self.rows.values_mut(),
            columns: &mut self.columns.values_mut()[from..from + width],
        }
    }

    /// Moves the sums of the strip of rows from `i` on to f64.
    pub(super) fn fold<K: Kernel>(&mut self, kernel: K, i: usize, out: &mut TaskSums) {
        kernel.fold(self.rows.values_mut(), &mut self.folded);
        let n = out.rows.len();
        for (k, sums) in self.folded.chunks_exact(K::MR).enumerate() {
            let live = K::MR.min(n - i);
            add(&mut out.row_sums[k * n + i..k * n + i + live], sums);
        }
    }

    /// Moves the sums of the columns to f64.
    pub(super) fn flush<K: Kernel>(&mut self, out: &mut TaskSums) {
        let m = out.columns.len();
        let width = (self.gentle * K::NR).max(1);
        let sums = self.columns.values_mut().chunks_exact_mut(width);
        for (panel, sums) in self.panels.clone().zip(sums) {
            let j = panel * K::NR;
            for (k, sums) in sums.chunks_exact(K::NR).enumerate() {
                let live = K::NR.min(m - j);
                let out = &mut out.column_sums[k * m + j..k * m + j + live];
                for (out, v) in out.iter_mut().zip(sums) {
                    *out += f64::from(*v);
                }
            }
            sums.fill(0.0);
        }
    }
}
