//! One task of the all-pairs pass: a block of rows against a block of columns.
//!
//! LOOP 1 sub-blocks of packed columns that stay in the second-level cache
//! LOOP 2   strips of MR rows
//! LOOP 3     panels of NR columns: one tile each (kernel), then the sums made from it
//!
//! Exponentials are summed in f32 while sums are short (a strip for rows, [`FLUSH`] strips for columns) and in f64
//! from there on.

use crate::data::UnitRows;
use crate::kernel::{Aligned, COLUMNS, Exponents, Kernel, Panel, Precision, Sums, Tile, pack};

use super::encode;
use super::layout::Block;
use super::mask::Masked;
use super::near;
use super::square::add_moments;
use super::tally::Tally;

/// Strips of rows after which column sums move to f64: 64 strips add 64·MR terms to a lane.
pub(super) const FLUSH: usize = 64;

/// Bytes of packed columns that are swept by one strip of rows: they should stay in the second-level cache.
const CACHED: usize = 640 * 1024;

/// What a task needs to know.
#[derive(Clone, Copy)]
pub(super) struct Wanted<'a> {
    pub(super) exponents: &'a Exponents,
    /// Pairs with a cosine above are looked at again.
    pub(super) near: f32,
    /// Pairs with a cosine above are duplicates, where they are counted.
    pub(super) duplicates: Option<f64>,
    /// Bins of the histogram, if wanted.
    pub(super) bins: Option<u16>,
    /// Whether cosines and their squares are summed.
    pub(super) moments: bool,
}

/// Which pairs of a task do not count.
#[derive(Clone, Copy, Default)]
pub(super) struct Left<'a> {
    /// Sorted positions within the blocks.
    pub(super) excluded: &'a [(u32, u32)],
    /// Items of the blocks' rows and columns: pairs of one item are near-duplicates or not, and nothing else.
    pub(super) items: Option<(&'a [u32], &'a [u32])>,
}

/// One operand: unit rows in the order of a layout.
#[derive(Clone, Copy)]
pub(super) struct Side<'a> {
    pub(super) rows: &'a UnitRows,
    pub(super) order: &'a [u32],
    /// All rows in that order in the kernel's words, when they are few enough to be kept.
    pub(super) cache: Option<&'a Aligned>,
    /// Position of the first row of the cache.
    pub(super) base: usize,
}

impl<'a> Side<'a> {
    /// Rows of `block`, and `extra` more behind them whose values do not matter: straight from the cache, or read
    /// into `buffer`.
    fn rows<'b, K: Kernel>(
        &self,
        kernel: K,
        block: Block,
        extra: usize,
        buffer: &'b mut Staged,
    ) -> &'b [f32]
    where
        'a: 'b,
    {
        let words = K::words(self.rows.dim());
        if let Some(cache) = self.cache {
            let (start, end) = (block.start - self.base, block.end + extra - self.base);
            return &cache.values()[start * words..end * words];
        }
        let len = (block.len() + extra) * words;
        buffer.words.reserve(len);
        let staged = &mut buffer.words.values_mut()[..len];
        let order = &self.order[block.start..block.end];
        for (&row, out) in order.iter().zip(staged.chunks_exact_mut(words)) {
            encode::read(kernel, self.rows, row as usize, &mut buffer.raw, out);
        }
        staged
    }
}

/// Rows on their way from the source into a kernel's words.
#[derive(Default)]
struct Staged {
    words: Aligned,
    raw: Vec<f32>,
}

/// A thread's buffers for tasks with kernel K.
pub(super) struct Worker<K> {
    kernel: K,
    staged: Staged,
    packed: Aligned,
    packed_block: Option<usize>,
    strip_sums: Aligned,
    folded: Vec<f64>,
    column_sums: Aligned,
    tile: Tile,
    mask: Aligned,
    bins: Vec<u16>,
}

impl<K: Kernel> Worker<K> {
    pub(super) fn new(kernel: K, exponents: &Exponents) -> Self {
        Self {
            kernel,
            staged: Staged::default(),
            packed: Aligned::default(),
            packed_block: None,
            strip_sums: Aligned::zeros(exponents.gentle() * K::MR * K::LANES),
            folded: vec![0.0; exponents.gentle() * K::MR],
            column_sums: Aligned::default(),
            tile: Tile::new(exponents),
            mask: Aligned::zeros(K::MR * K::NR),
            bins: vec![0; K::MR * K::NR],
        }
    }

    /// Packs the columns of `block` into panels, unless the last task had the same.
    fn pack(&mut self, side: Side<'_>, block: Block) {
        if self.packed_block == Some(block.start) {
            return;
        }
        let dim = K::words(side.rows.dim());
        self.packed
            .reserve(block.len().next_multiple_of(K::NR) * dim);
        let panels = self.packed.values_mut().chunks_exact_mut(K::NR * dim);
        for (panel, start) in panels.zip((block.start..block.end).step_by(K::NR)) {
            let part = Block {
                start,
                end: block.end.min(start + K::NR),
                ..block
            };
            let rows = side.rows(self.kernel, part, 0, &mut self.staged);
            pack::<K>(rows, dim, panel);
        }
        self.packed_block = Some(block.start);
    }

    /// All pairs (row of `rows`, row of `columns`) but those to leave out; within one block (`diagonal`) only pairs
    /// i < j.
    pub(super) fn run(
        &mut self,
        wanted: Wanted<'_>,
        (row_side, rows): (Side<'_>, Block),
        (column_side, columns): (Side<'_>, Block),
        diagonal: bool,
        left: Left<'_>,
    ) -> Tally {
        let dim = K::words(row_side.rows.dim());
        self.pack(column_side, columns);
        let strips = rows.len().div_ceil(K::MR);
        let mut buffer = std::mem::take(&mut self.staged);
        let missing = strips * K::MR - rows.len();
        let staged = row_side.rows(self.kernel, rows, missing, &mut buffer);

        let count = wanted.exponents.len();
        let (n, m) = (rows.len() as u64, columns.len() as u64);
        let mut found = Tally {
            rows,
            columns,
            row_sums: vec![0.0; count * rows.len()],
            column_sums: vec![0.0; count * columns.len()],
            pairs: if diagonal {
                n * (n - 1) / 2
            } else {
                n * m - left.excluded.len() as u64
            },
            histogram: wanted
                .bins
                .map_or(Vec::new(), |bins| vec![0; usize::from(bins) + 2]),
            duplicates: Vec::new(),
            doubtful: Vec::new(),
            moments: [0.0; 2],
        };
        let panels = columns.len().div_ceil(K::NR);
        let group = (CACHED / (4 * dim * COLUMNS)).max(1) * COLUMNS / K::NR;
        for first in (0..panels).step_by(group) {
            let last = panels.min(first + group);
            self.sweep(
                wanted,
                first..last,
                (staged, dim),
                diagonal,
                left,
                &mut found,
            );
        }
        self.staged = buffer;
        if let Some(limit) = wanted.duplicates {
            let a = (row_side.rows, row_side.order);
            let b = (column_side.rows, column_side.order);
            near::confirm(&mut found, a, b, (a.0.dim(), limit));
        }
        found
    }

    /// LOOP 2 and 3 for one sub-block of panels.
    fn sweep(
        &mut self,
        wanted: Wanted<'_>,
        panels: std::ops::Range<usize>,
        (staged, dim): (&[f32], usize),
        diagonal: bool,
        left: Left<'_>,
        found: &mut Tally,
    ) {
        let gentle = wanted.exponents.gentle();
        let (n, m) = (found.rows.len(), found.columns.len());
        let width = gentle * K::NR;
        self.column_sums.reserve(panels.len() * width);
        self.column_sums.values_mut()[..panels.len() * width].fill(0.0);
        // Rows below the last column of a diagonal block meet no pair i < j.
        let strips = n.div_ceil(K::MR);
        let strips = if diagonal {
            strips.min((panels.end * K::NR).div_ceil(K::MR))
        } else {
            strips
        };
        for strip in 0..strips {
            let i = strip * K::MR;
            let strip_excluded = {
                let excluded = left.excluded;
                let at = |row: usize| excluded.partition_point(|&(r, _)| (r as usize) < row);
                if excluded.is_empty() {
                    excluded
                } else {
                    &excluded[at(i)..at(i + K::MR)]
                }
            };
            // Panels wholly left of a diagonal strip meet no pair i < j either.
            let from = if diagonal {
                panels.start.max(i / K::NR)
            } else {
                panels.start
            };
            let ahead = (strip + 1).min(strips - 1) * K::MR * dim;
            let ahead = &staged[ahead..ahead + K::MR * dim];
            let share = (ahead.len() / (panels.end - from).max(1)).next_multiple_of(16);
            let fetch = |panel: usize| ((panel - from) * share).min(ahead.len());
            let rows = &staged[i * dim..(i + K::MR) * dim];
            self.strip_sums.values_mut().fill(0.0);
            for panel in from..panels.end {
                let pairs = Masked {
                    i,
                    n,
                    m,
                    diagonal,
                    excluded: strip_excluded,
                    items: left.items,
                };
                let masked = pairs.set::<K>(panel, &mut self.mask);
                let next = &ahead[fetch(panel)..fetch(panel + 1)];
                let size = K::NR * dim;
                let columns = &self.packed.values()[panel * size..(panel + 1) * size];
                let columns = Panel::new(columns, dim);
                let at = (panel - panels.start) * width;
                let sums = Sums {
                    rows: self.strip_sums.values_mut(),
                    columns: &mut self.column_sums.values_mut()[at..at + width],
                };
                let (kernel, tile, limit) = (self.kernel, &mut self.tile, wanted.near);
                let whole = masked.then(|| self.mask.values());
                let near = kernel.gram(rows, columns, next, limit, tile)
                    && near::look_again(kernel, (rows, columns), whole, limit, tile);
                let j = panel * K::NR;
                if near && let Some(above) = wanted.duplicates {
                    if K::PRECISION == Precision::F32 {
                        near::duplicates::<K>(tile, (dim, above), whole, (i, j), found);
                    } else {
                        near::candidates::<K>(tile, limit, whole, (i, j), found);
                    }
                }
                let (masked, taken) = pairs.take_items::<K>(panel, masked, &mut self.mask);
                found.pairs -= taken;
                let mask = masked.then(|| self.mask.values());
                kernel.exponentials(tile, mask, wanted.exponents, sums);
                for (k, &c) in wanted.exponents.steep().iter().enumerate() {
                    steep(kernel, tile, mask, (c, gentle + k), (i, n), (j, m), found);
                }
                if wanted.moments {
                    add_moments(tile.cosines::<K>(), mask, &mut found.moments);
                }
                if let Some(bins) = wanted.bins {
                    kernel.bin(tile, bins, &mut self.bins);
                    count_bins(&self.bins, mask, &mut found.histogram);
                }
                if near {
                    tile.forget();
                }
            }
            self.kernel.fold(self.strip_sums.values(), &mut self.folded);
            for (k, sums) in self.folded.chunks_exact(K::MR).enumerate() {
                let live = K::MR.min(n - i);
                let out = &mut found.row_sums[k * n + i..k * n + i + live];
                for (out, v) in out.iter_mut().zip(sums) {
                    *out += v;
                }
            }
            if (strip + 1) % FLUSH == 0 || strip + 1 == strips {
                self.flush_columns(&panels, width, m, found);
            }
        }
    }

    fn flush_columns(
        &mut self,
        panels: &std::ops::Range<usize>,
        width: usize,
        m: usize,
        found: &mut Tally,
    ) {
        for (panel, sums) in panels
            .clone()
            .zip(self.column_sums.values_mut().chunks_exact_mut(width.max(1)))
        {
            let j = panel * K::NR;
            for (k, sums) in sums.chunks_exact(K::NR).enumerate() {
                let live = K::NR.min(m - j);
                let out = &mut found.column_sums[k * m + j..k * m + j + live];
                for (out, v) in out.iter_mut().zip(sums) {
                    *out += f64::from(*v);
                }
            }
            sums.fill(0.0);
        }
    }
}

/// One steep coefficient, the k-th of all, of one tile, in f64.
pub(super) fn steep<K: Kernel>(
    kernel: K,
    tile: &Tile,
    mask: Option<&[f32]>,
    (c, k): (f64, usize),
    (i, n): (usize, usize),
    (j, m): (usize, usize),
    found: &mut Tally,
) {
    let (mut rows, mut columns) = ([0.0; 8], [0.0; COLUMNS]);
    kernel.steep(tile, mask, c, &mut rows[..K::MR], &mut columns[..K::NR]);
    for (out, v) in found.row_sums[k * n + i..(k + 1) * n]
        .iter_mut()
        .zip(&rows[..K::MR])
    {
        *out += v;
    }
    for (out, v) in found.column_sums[k * m + j..(k + 1) * m]
        .iter_mut()
        .zip(&columns[..K::NR])
    {
        *out += v;
    }
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
