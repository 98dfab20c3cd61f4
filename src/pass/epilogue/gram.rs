//! Sums of exponentials of all cosines, and what else is counted in the same look at them.

use std::ops::Range;

use super::mask::Left;
use super::near::{self, Sought};
use super::search::{SearchBuffers, SearchTask};
use super::sums::{GentleSums, TaskSums};
use crate::kernel::{Aligned, Exponents, Kernel, Precision, Tile};
use crate::pass::operand::Blocks;
use crate::pass::search::{Searched, TaskFound};
use crate::pass::sweep::{Epilogue, Made};

/// What a task needs to know.
#[derive(Clone, Copy)]
pub(in crate::pass) struct Wanted<'a> {
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
    search: SearchBuffers,
}

impl GramBuffers {
    pub(in crate::pass) fn new<K: Kernel>(exponents: &Exponents) -> Self {
        Self {
            sums: GentleSums::new::<K>(exponents),
            mask: Aligned::zeros(K::MR * K::NR),
            bins: vec![0; K::MR * K::NR],
            search: SearchBuffers::new::<K>(),
        }
    }
}

/// One task.
pub(in crate::pass) struct Gram<'a> {
    wanted: Wanted<'a>,
    blocks: Blocks<'a>,
    left: Left<'a>,
    /// Of the present strip.
    strip: Left<'a>,
    sums: &'a mut GentleSums,
    mask: &'a mut Aligned,
    bins: &'a mut Vec<u16>,
    search: Option<SearchTask<'a>>,
    found: TaskSums,
}

impl<'a> Gram<'a> {
    pub(in crate::pass) fn new<K: Kernel>(
        (wanted, searched): (Wanted<'a>, Option<&'a Searched<'a>>),
        blocks: Blocks<'a>,
        left: Left<'a>,
        buffers: &'a mut GramBuffers,
    ) -> Self {
        let mut found = TaskSums::new(blocks, wanted.exponents, left.excluded.len());
        let counts = |bins| vec![0; usize::from(bins) + 2];
        found.histogram = wanted.bins.map_or(Vec::new(), counts);
        let GramBuffers {
            sums,
            mask,
            bins,
            search,
        } = buffers;
        Self {
            wanted,
            blocks,
            left,
            strip: left,
            sums,
            mask,
            bins,
            search: searched.map(|searched| SearchTask::new::<K>(searched, blocks, search)),
            found,
        }
    }

    /// What was found, duplicates decided; and what those who search asked for.
    pub(in crate::pass) fn finish(mut self) -> (TaskSums, Option<TaskFound>) {
        if let Some(limit) = self.wanted.duplicates {
            let dim = self.blocks.a.rows.dim();
            let sought = Sought { dim, limit };
            self.found.near.confirm(self.blocks, sought);
        }
        (self.found, self.search.map(SearchTask::finish))
    }
}

impl<K: Kernel> Epilogue<K> for Gram<'_> {
    fn limit(&self) -> f32 {
        self.wanted.near
    }

    fn begin(&mut self, panels: Range<usize>) {
        self.sums.begin::<K>(panels);
    }

    fn strip(&mut self, i: usize) {
        self.strip = self.left.in_strip(i, K::MR);
        self.sums.strip();
        if let Some(search) = &mut self.search {
            search.strip();
        }
    }

    #[inline(always)]
    fn tile(&mut self, kernel: K, made: Made<'_>, tile: &mut Tile) {
        let (wanted, at) = (self.wanted, made.at);
        let Self {
            sums,
            mask,
            bins,
            strip,
            found,
            search,
            ..
        } = self;
        let masked = strip.set::<K>(at, mask);

        // The rare pairs that are near, of one item or not: where f32 lost their digits, the tile gets them back.
        let whole = masked.then(|| mask.values());
        let limit = wanted.near;
        let near = made.above && near::look_again(kernel, made, whole, limit, tile);
        if near && let Some(above) = wanted.duplicates {
            if K::PRECISION == Precision::F32 {
                let sought = Sought {
                    dim: made.columns.dim(),
                    limit: above,
                };
                found.near.add_refined::<K>(tile, whole, at, sought);
            } else {
                found.near.add_candidates::<K>(tile, whole, at, limit);
            }
        }

        if let Some(search) = search {
            search.tile(kernel, tile, whole, at);
        }

        // All pairs that count.
        let (masked, taken) = strip.take_items::<K>(at, masked, mask);
        found.pairs -= taken;
        let mask = masked.then(|| mask.values());
        kernel.exponentials(tile, mask, wanted.exponents, sums.of_tile::<K>(at));
        found.add_steep(kernel, tile, mask, wanted.exponents, at);
        if wanted.moments {
            add_moments(tile.cosines::<K>(), mask, &mut found.moments);
        }
        if let Some(count) = wanted.bins {
            kernel.bin(tile, count, bins);
            count_bins(bins, mask, &mut found.histogram);
        }
        if let Some(search) = search {
            search.spread(kernel, tile, mask);
        }
        if near {
            tile.forget();
        }
    }

    fn fold(&mut self, kernel: K, i: usize) {
        self.sums.fold(kernel, i, &mut self.found);
        if let Some(search) = &mut self.search {
            search.fold::<K>(i);
        }
    }

    fn flush(&mut self) {
        self.sums.flush::<K>(&mut self.found);
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

fn count_bins(bins: &[u16], mask: Option<&[f32]>, histogram: &mut [u32]) {
    let last = histogram.len() - 1;
    match mask {
        None => bins
            .iter()
            .for_each(|&bin| histogram[usize::from(bin).min(last)] += 1),
        Some(mask) => {
            for (&bin, &live) in bins.iter().zip(mask) {
                histogram[usize::from(bin).min(last)] += u32::from(live != 0.0);
            }
        }
    }
}
