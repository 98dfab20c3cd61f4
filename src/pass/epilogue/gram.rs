//! Sums of exponentials of all cosines, and what else is counted in the same look at them.

use std::ops::Range;

use super::bins::count_bins;
use super::mask::Left;
use super::near::{self, DuplicateRule};
use super::search::{SearchBuffers, SearchTask, TaskSearch};
use super::sums::{GentleSums, TaskSums};
use crate::kernel::{Aligned, Exponents, Kernel, Precision, Tile};
use crate::pass::operand::Blocks;
use crate::pass::sweep::{Epilogue, Made};

/// What a task needs to know.
#[derive(Clone, Copy)]
pub(in crate::pass) struct GramTask<'a> {
    pub(in crate::pass) exponents: &'a Exponents,
    /// Pairs with a cosine above are looked at again.
    pub(in crate::pass) near: f32,
    /// Pairs with a cosine above are duplicates, where they are counted.
    pub(in crate::pass) duplicates: Option<f64>,
    /// Bins of the histogram, if wanted.
    pub(in crate::pass) bins: Option<u16>,
    /// Whether cosines and their squares are summed.
    pub(in crate::pass) moments: bool,
}

/// A thread's room for it.
pub(in crate::pass) struct GramBuffers {
    sums: GentleSums,
    mask: Aligned,
    bins: Vec<u16>,
}

impl GramBuffers {
    pub(in crate::pass) fn new<K: Kernel>(exponents: &Exponents) -> Self {
        Self {
            sums: GentleSums::new::<K>(exponents),
            mask: Aligned::zeros(K::MR * K::NR),
            bins: vec![0; K::MR * K::NR],
        }
    }
}

/// One task.
pub(in crate::pass) struct Gram<'a> {
    wanted: GramTask<'a>,
    blocks: Blocks<'a>,
    left: Left<'a>,
    /// Of the present strip.
    strip: Left<'a>,
    buffers: &'a mut GramBuffers,
    search: Option<TaskSearch<'a>>,
    found: TaskSums,
}

impl<'a> Gram<'a> {
    pub(in crate::pass) fn new(
        wanted: GramTask<'a>,
        blocks: Blocks<'a>,
        left: Left<'a>,
        buffers: &'a mut GramBuffers,
    ) -> Self {
        let mut found = TaskSums::new(blocks, wanted.exponents, left.excluded.len());
        let counts = |bins| vec![0; usize::from(bins)];
        found.histogram = wanted.bins.map_or(Vec::new(), counts);
        Self {
            wanted,
            blocks,
            left,
            strip: left,
            buffers,
            search: None,
            found,
        }
    }

    /// The same task, asked more.
    pub(in crate::pass) fn asked<K: Kernel>(
        self,
        asked: SearchTask<'a>,
        buffers: &'a mut SearchBuffers,
    ) -> Self {
        let search = Some(TaskSearch::new::<K>(asked, self.blocks, buffers));
        Self { search, ..self }
    }

    /// What was found, duplicates decided.
    pub(in crate::pass) fn finish<K: Kernel>(mut self, kernel: K) -> TaskSums {
        if let Some(search) = self.search.take() {
            self.found.positions = search.finish(kernel, self.found.pairs);
        }
        if let Some(limit) = self.wanted.duplicates {
            let dim = self.blocks.a.rows.dim();
            let sought = DuplicateRule { dim, limit };
            self.found.near.confirm(self.blocks, sought);
        }
        self.found
    }
}

impl<K: Kernel> Epilogue<K> for Gram<'_> {
    fn limit(&self) -> f32 {
        self.wanted.near
    }

    fn begin(&mut self, panels: Range<usize>) {
        self.buffers.sums.begin::<K>(panels);
    }

    fn strip(&mut self, i: usize) {
        self.strip = self.left.in_strip(i, K::MR);
        if let Some(search) = &mut self.search {
            search.strip::<K>(i);
        }
    }

    #[inline(always)]
    fn tile(&mut self, kernel: K, made: Made<'_>, tile: &mut Tile) {
        let (wanted, found, at) = (self.wanted, &mut self.found, made.at);
        let GramBuffers { sums, mask, bins } = &mut *self.buffers;
        let masked = self.strip.set::<K>(at, mask);
        if let Some(search) = &mut self.search {
            search.whole(kernel, at, tile, masked.then(|| mask.values()));
        }

        // The rare pairs that are near, of one item or not: where f32 lost their digits, the tile gets them back.
        let whole = masked.then(|| mask.values());
        let limit = wanted.near;
        let near = made.above && near::look_again(kernel, made, whole, limit, tile);
        if near && let Some(above) = wanted.duplicates {
            if K::PRECISION == Precision::F32 {
                let sought = DuplicateRule {
                    dim: made.columns.dim(),
                    limit: above,
                };
                found.near.add_refined::<K>(tile, whole, at, sought);
            } else {
                found.near.add_candidates::<K>(tile, whole, at, limit);
            }
        }

        // All pairs that count.
        let (masked, taken) = self.strip.take_items::<K>(at, masked, mask);
        found.pairs -= taken;
        let mask = masked.then(|| mask.values());
        kernel.exponentials(tile, mask, wanted.exponents, sums.of_tile::<K>(at));
        found.add_steep(kernel, tile, mask, wanted.exponents, at);
        if wanted.moments {
            add_moments(tile.cosines::<K>(), mask, &mut found.moments);
        }
        if let Some(count) = wanted.bins {
            kernel.bin(tile.cosines::<K>(), (u32::from(count), 0.0), bins);
            count_bins(bins, mask, &mut found.histogram);
        }
        if let Some(search) = &mut self.search {
            search.summed(kernel, tile, mask);
        }
        if near {
            tile.forget();
        }
    }

    fn fold(&mut self, kernel: K, i: usize) {
        self.buffers.sums.fold(kernel, i, &mut self.found);
        if let Some(search) = &mut self.search {
            search.fold(kernel, i);
        }
    }

    fn flush(&mut self) {
        self.buffers.sums.flush::<K>(&mut self.found);
    }
}

/// Short sums in f32, eight side by side; the long one in f64.
fn add_moments(cosines: &[f32], mask: Option<&[f32]>, moments: &mut [f64; 2]) {
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
