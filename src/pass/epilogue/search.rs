//! What those who search ask of a tile: who stands above a positive, who is nearest, how cosines are spread.

use crate::kernel::{Bounds, COLUMNS, Counts, Kernel, Tile};
use crate::pass::operand::Blocks;
use crate::pass::search::{Searched, TaskFound};
use crate::pass::state::{CosineCounts, NearestList};
use crate::pass::sweep::Tiled;

/// A thread's room for it.
pub(in crate::pass) struct SearchBuffers {
    /// Cosines of a tile, not numbers where they do not count.
    seen: Vec<f32>,
    flags: Vec<u8>,
    bins: Vec<u16>,
    /// Zeros between tasks.
    counts: Vec<u32>,
}

impl SearchBuffers {
    pub(in crate::pass) fn new<K: Kernel>() -> Self {
        Self {
            seen: vec![0.0; K::MR * K::NR],
            flags: vec![0; K::MR * K::NR],
            bins: vec![0; K::MR * K::NR],
            counts: Vec::new(),
        }
    }
}

/// One task.
pub(in crate::pass) struct SearchTask<'a> {
    searched: &'a Searched<'a>,
    blocks: Blocks<'a>,
    buffers: &'a mut SearchBuffers,
    rows: Ranks,
    columns: Ranks,
    /// Counts of the rows of a strip in parts, a layer after the other.
    lanes: [Vec<u32>; 2],
    near: (Near, Near),
    /// The first bin that was touched, and the last.
    touched: (u16, u16),
}

/// Where the positives of the rows of a block stand. A row's first positive is in the first layer, and so on.
struct Ranks {
    layers: usize,
    /// Rows, and a few that are none.
    width: usize,
    low: Vec<f32>,
    high: Vec<f32>,
    at_least: Vec<u32>,
    above: Vec<u32>,
    /// Whether a tile's rows look for anything, layer after layer.
    used: Vec<bool>,
    /// Rows of a tile.
    unit: usize,
}

impl Ranks {
    fn new(
        searched: &Searched<'_>,
        blocks: Blocks<'_>,
        second: bool,
        (layers, unit): (usize, usize),
    ) -> Self {
        let block = if second { blocks.columns } else { blocks.rows };
        let width = block.len().next_multiple_of(COLUMNS);
        let mut out = Self {
            layers,
            width,
            low: vec![f32::INFINITY; layers * width],
            high: vec![f32::INFINITY; layers * width],
            at_least: vec![0; layers * width],
            above: vec![0; layers * width],
            used: vec![false; layers * width / unit],
            unit,
        };
        for (row, wanted) in searched.thresholds(block, second).enumerate() {
            for (layer, threshold) in wanted.iter().enumerate() {
                let at = layer * width + row;
                (out.low[at], out.high[at]) = (threshold.low, threshold.high);
                out.used[at / unit] = true;
            }
        }
        out
    }

    fn used(&self, layer: usize, row: usize) -> bool {
        self.used[(layer * self.width + row) / self.unit]
    }
}

/// The nearest of the rows of a block.
struct Near {
    lists: Vec<NearestList>,
    /// What a cosine has to reach.
    floors: Vec<f32>,
}

impl Near {
    fn new(searched: &Searched<'_>, blocks: Blocks<'_>, second: bool) -> Self {
        let block = if second { blocks.columns } else { blocks.rows };
        let mut floors = searched.floors(block, second);
        let lists = vec![NearestList::default(); floors.len()];
        floors.resize(floors.len().next_multiple_of(COLUMNS), f32::INFINITY);
        Self { lists, floors }
    }

    fn offer(&mut self, k: usize, row: usize, new: (u32, f32)) {
        if new.1 >= self.floors[row] {
            let list = &mut self.lists[row];
            list.offer(k, new);
            if let Some(floor) = list.floor(k) {
                self.floors[row] = self.floors[row].max(floor);
            }
        }
    }
}

impl<'a> SearchTask<'a> {
    pub(in crate::pass) fn new<K: Kernel>(
        searched: &'a Searched<'a>,
        blocks: Blocks<'a>,
        buffers: &'a mut SearchBuffers,
    ) -> Self {
        let longest = |block, second| searched.thresholds(block, second).map(<[_]>::len).max();
        let layers = longest(blocks.rows, false).max(longest(blocks.columns, true));
        let layers = layers.unwrap_or(0);
        let lanes = vec![0; layers * K::MR * K::LANES];
        if searched.search.cosine_counts {
            buffers.counts.resize(CosineCounts::BINS, 0);
        }
        Self {
            searched,
            blocks,
            buffers,
            rows: Ranks::new(searched, blocks, false, (layers, K::MR)),
            columns: Ranks::new(searched, blocks, true, (layers, K::NR)),
            lanes: [lanes.clone(), lanes],
            near: (
                Near::new(searched, blocks, false),
                Near::new(searched, blocks, true),
            ),
            touched: (u16::MAX, 0),
        }
    }

    /// A strip of rows begins.
    pub(super) fn strip(&mut self) {
        self.lanes.iter_mut().for_each(|lanes| lanes.fill(0));
    }

    /// Takes in a tile; `mask` is without regard to items.
    pub(super) fn tile<K: Kernel>(
        &mut self,
        kernel: K,
        tile: &Tile,
        mask: Option<&[f32]>,
        at: Tiled,
    ) {
        let cosines = tile.cosines::<K>();
        if let Some(mask) = mask {
            let both = cosines.iter().zip(mask);
            for (seen, (&s, &counts)) in self.buffers.seen.iter_mut().zip(both) {
                *seen = if counts == 0.0 { f32::NAN } else { s };
            }
        }
        if self.rows.layers > 0 {
            self.count(kernel, mask.is_none().then_some(cosines), at);
        }
        if self.searched.k > 0 {
            // Between two sets a positive is a neighbour like any other.
            let masked = mask.is_some() && self.searched.one_set;
            self.approach(kernel, (!masked).then_some(cosines), at);
        }
    }

    /// Counts what stands above positives; without `cosines` in the masked tile.
    fn count<K: Kernel>(&mut self, kernel: K, cosines: Option<&[f32]>, at: Tiled) {
        let size = K::MR * K::LANES;
        let Self {
            rows,
            columns,
            lanes,
            buffers,
            ..
        } = self;
        let cosines = cosines.unwrap_or(&buffers.seen);
        for layer in 0..rows.layers {
            if !rows.used(layer, at.i) && !columns.used(layer, at.j) {
                continue;
            }
            let from = layer * rows.width + at.i;
            let of_rows = from..from + K::MR;
            let from = layer * columns.width + at.j;
            let of_columns = from..from + K::NR;
            let bounds = Bounds {
                rows: [&rows.low[of_rows.clone()], &rows.high[of_rows]],
                columns: [
                    &columns.low[of_columns.clone()],
                    &columns.high[of_columns.clone()],
                ],
            };
            let part = layer * size..(layer + 1) * size;
            let [at_least, above] = &mut *lanes;
            let counts = Counts {
                rows: [&mut at_least[part.clone()], &mut above[part]],
                columns: [
                    &mut columns.at_least[of_columns.clone()],
                    &mut columns.above[of_columns],
                ],
            };
            kernel.count(cosines, bounds, counts);
        }
    }

    /// Offers what is near; without `cosines` those of the masked tile.
    fn approach<K: Kernel>(&mut self, kernel: K, cosines: Option<&[f32]>, at: Tiled) {
        let Self {
            searched,
            near: (rows, columns),
            buffers: SearchBuffers { seen, flags, .. },
            ..
        } = self;
        let cosines = cosines.unwrap_or(seen);
        let floors = (
            &rows.floors[at.i..at.i + K::MR],
            &columns.floors[at.j..at.j + K::NR],
        );
        if !kernel.flag(cosines, floors, flags) {
            return;
        }
        let numbers = self.blocks.numbers();
        let (live, width) = (at.rows::<K>(), at.columns::<K>());
        for (part, flags) in flags.as_chunks::<8>().0.iter().enumerate() {
            let mut left = u64::from_le_bytes(*flags);
            while left != 0 {
                let cell = 8 * part + left.trailing_zeros() as usize / 8;
                left &= left - 1;
                let (r, c) = (cell / K::NR, cell % K::NR);
                if r >= live || c >= width {
                    continue;
                }
                let ((i, j), s) = ((at.i + r, at.j + c), cosines[cell]);
                rows.offer(searched.k, i, (numbers.1[j], s));
                columns.offer(searched.k, j, (numbers.0[i], s));
            }
        }
    }

    /// Counts the cosines of a tile; `mask` leaves pairs of one item out.
    pub(super) fn spread<K: Kernel>(&mut self, kernel: K, tile: &Tile, mask: Option<&[f32]>) {
        if !self.searched.search.cosine_counts {
            return;
        }
        let SearchBuffers { bins, counts, .. } = &mut *self.buffers;
        let (least, most) = kernel.fine(tile.cosines::<K>(), bins);
        self.touched = (self.touched.0.min(least), self.touched.1.max(most));
        match mask {
            None => bins.iter().for_each(|&bin| counts[usize::from(bin)] += 1),
            Some(mask) => {
                for (&bin, &live) in bins.iter().zip(mask) {
                    counts[usize::from(bin)] += u32::from(live != 0.0);
                }
            }
        }
    }

    /// The strip of rows from `i` on has met all panels of a sub-block.
    pub(super) fn fold<K: Kernel>(&mut self, i: usize) {
        let size = K::MR * K::LANES;
        for layer in 0..self.rows.layers {
            let from = layer * self.rows.width + i;
            let sums = [&mut self.rows.at_least, &mut self.rows.above];
            for (sums, lanes) in sums.into_iter().zip(&self.lanes) {
                let parts = lanes[layer * size..(layer + 1) * size].chunks_exact(K::LANES);
                for (sum, part) in sums[from..from + K::MR].iter_mut().zip(parts) {
                    *sum += part.iter().sum::<u32>();
                }
            }
        }
    }

    /// What was found.
    pub(super) fn finish(self) -> TaskFound {
        let blocks = (self.blocks.rows, self.blocks.columns);
        let mut above = Vec::new();
        for (block, second, ranks) in [
            (blocks.0, false, &self.rows),
            (blocks.1, true, &self.columns),
        ] {
            for (row, wanted) in self.searched.thresholds(block, second).enumerate() {
                for (layer, threshold) in wanted.iter().enumerate() {
                    let at = layer * ranks.width + row;
                    above.push(threshold.found(ranks.at_least[at], ranks.above[at]));
                }
            }
        }
        let (first, last) = (usize::from(self.touched.0), usize::from(self.touched.1));
        let counts = &mut self.buffers.counts;
        let cosines = (first <= last).then(|| {
            let found = counts[first..=last].to_vec();
            counts[first..=last].fill(0);
            (first, found)
        });
        TaskFound {
            blocks,
            above,
            nearest: (self.near.0.lists, self.near.1.lists),
            cosines,
        }
    }
}
