//! Sums of exponentials for prefixes of the rows: the products of one segment after another add up, and after each the
//! tile is that of a prefix, but for its norms.

use std::ops::Range;

use super::mask::Left;
use super::near::DuplicateRule;
use super::sums::{GentleSums, TaskSums};
use crate::kernel::{Aligned, Exponents, Kernel, Tile, dot_error};
use crate::pass::operand::Blocks;
use crate::pass::sweep::{Epilogue, Made, Tiled};

/// One over the norm of each prefix of each row: `p * rows + position`.
#[derive(Clone, Copy)]
pub(in crate::pass) struct Scales<'a> {
    pub(in crate::pass) values: &'a [f32],
    /// Rows there are.
    pub(in crate::pass) rows: usize,
}

impl<'a> Scales<'a> {
    /// Of prefix `p`, from a position on.
    fn of(self, p: usize, position: usize) -> &'a [f32] {
        &self.values[p * self.rows + position..]
    }
}

/// What a task needs to know.
#[derive(Clone, Copy)]
pub(in crate::pass) struct PrefixWanted<'a> {
    pub(in crate::pass) exponents: &'a Exponents,
    /// Pairs with a cosine above are duplicates, where they are counted.
    pub(in crate::pass) duplicates: Option<f64>,
    /// Values of each prefix.
    pub(in crate::pass) dims: &'a [usize],
    /// Of the rows, and of the columns.
    pub(in crate::pass) scales: (Scales<'a>, Scales<'a>),
}

/// A thread's room for it.
pub(in crate::pass) struct PrefixBuffers {
    sums: Vec<GentleSums>,
    products: Vec<f32>,
    mask: Aligned,
    /// The mask without pairs of one item.
    between: Aligned,
}

impl PrefixBuffers {
    pub(in crate::pass) fn new<K: Kernel>(exponents: &Exponents, prefixes: usize) -> Self {
        let sums = |_| GentleSums::new::<K>(exponents);
        Self {
            sums: (0..prefixes).map(sums).collect(),
            products: vec![0.0; K::MR * K::NR],
            mask: Aligned::zeros(K::MR * K::NR),
            between: Aligned::zeros(K::MR * K::NR),
        }
    }
}

/// One task.
pub(in crate::pass) struct Prefixes<'a> {
    wanted: PrefixWanted<'a>,
    blocks: Blocks<'a>,
    left: Left<'a>,
    /// Of the present strip.
    strip: Left<'a>,
    /// Of the present tile: whether each of the two masks is set.
    masked: (bool, bool),
    buffers: &'a mut PrefixBuffers,
    found: Vec<TaskSums>,
}

impl<'a> Prefixes<'a> {
    pub(in crate::pass) fn new(
        wanted: PrefixWanted<'a>,
        blocks: Blocks<'a>,
        left: Left<'a>,
        buffers: &'a mut PrefixBuffers,
    ) -> Self {
        let blank = |_: &usize| TaskSums::new(blocks, wanted.exponents, left.excluded.len());
        Self {
            wanted,
            blocks,
            left,
            strip: left,
            masked: (false, false),
            buffers,
            found: wanted.dims.iter().map(blank).collect(),
        }
    }

    /// What was found of each prefix, duplicates decided.
    pub(in crate::pass) fn finish(mut self) -> Vec<TaskSums> {
        if let Some(limit) = self.wanted.duplicates {
            for (found, &dim) in self.found.iter_mut().zip(self.wanted.dims) {
                found
                    .near
                    .confirm(self.blocks, DuplicateRule { dim, limit });
            }
        }
        self.found
    }

    /// Adds the products of segment `p` to those before, and makes cosines of them in their place. Returns whether any
    /// is above `limit`.
    fn cosines<K: Kernel>(&mut self, p: usize, at: Tiled, limit: f32, tile: &mut Tile) -> bool {
        let (scales, blocks) = (self.wanted.scales, self.blocks);
        let row_scales = scales.0.of(p, blocks.rows.start + at.i);
        let column_scales = scales.1.of(p, blocks.columns.start + at.j);
        let column_scales = &column_scales[..at.columns::<K>()];
        let mut near = false;
        let products = self.buffers.products.chunks_exact_mut(K::NR);
        let lines = tile.cosines_mut::<K>().chunks_exact_mut(K::NR);
        for (r, (line, sums)) in lines.zip(products).enumerate() {
            if p == 0 {
                sums.copy_from_slice(line);
            } else {
                sums.iter_mut().zip(&*line).for_each(|(sum, v)| *sum += v);
            }
            // What has no row or column is 0 and masked.
            line.fill(0.0);
            if r < at.rows::<K>() {
                let scale = row_scales[r];
                for ((cosine, sum), column) in line.iter_mut().zip(&*sums).zip(column_scales) {
                    *cosine = sum * scale * column;
                    near |= *cosine > limit;
                }
            }
        }
        near
    }
}

impl<K: Kernel> Epilogue<K> for Prefixes<'_> {
    fn begin(&mut self, panels: Range<usize>) {
        for sums in &mut self.buffers.sums {
            sums.begin::<K>(panels.clone());
        }
    }

    fn strip(&mut self, i: usize) {
        self.strip = self.left.in_strip(i, K::MR);
    }

    fn tile(&mut self, kernel: K, made: Made<'_>, tile: &mut Tile) {
        let (wanted, p, at) = (self.wanted, made.segment, made.at);
        if p == 0 {
            // One mask serves the tiles of all prefixes.
            let PrefixBuffers { mask, between, .. } = &mut *self.buffers;
            let masked = self.strip.set::<K>(at, mask);
            if masked {
                between.values_mut().copy_from_slice(mask.values());
            }
            let (apart, taken) = self.strip.take_items::<K>(at, masked, between);
            self.found.iter_mut().for_each(|found| found.pairs -= taken);
            self.masked = (masked, apart);
        }
        // Its products are rounded like others, its scales besides.
        let width = wanted.dims.last().copied().unwrap_or(0);
        let above = |limit: f64| (limit - 2.0 * dot_error(width)) as f32;
        let limit = wanted.duplicates.map_or(f32::INFINITY, above);
        let near = self.cosines::<K>(p, at, limit, tile);

        let (buffers, found) = (&mut *self.buffers, &mut self.found[p]);
        let whole = self.masked.0.then(|| buffers.mask.values());
        let mask = self.masked.1.then(|| buffers.between.values());
        let sums = buffers.sums[p].of_tile::<K>(at);
        kernel.exponentials(tile, mask, wanted.exponents, sums);
        found.add_steep(kernel, tile, mask, wanted.exponents, at);
        if near {
            found.near.add_candidates::<K>(tile, whole, at, limit);
        }
    }

    fn fold(&mut self, kernel: K, i: usize) {
        for (sums, found) in self.buffers.sums.iter_mut().zip(&mut self.found) {
            sums.fold(kernel, i, found);
        }
    }

    fn flush(&mut self) {
        for (sums, found) in self.buffers.sums.iter_mut().zip(&mut self.found) {
            sums.flush::<K>(found);
        }
    }
}
