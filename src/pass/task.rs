//! One task of the all-pairs pass: a block of rows against a block of columns.
//!
//! LOOP 1 sub-blocks of packed columns that stay in the second-level cache
//! LOOP 2   strips of MR rows
//! LOOP 3     panels of NR columns: one tile each (kernel), then the sums made from it
//!
//! Exponentials are summed in f32 while sums are short (a strip for rows, [`FLUSH`] strips for columns) and in f64
//! from there on.

use crate::data::UnitRows;
use crate::kernel::{Aligned, COLUMNS, Exponents, Kernel, Panel, Sums, Tile, pack};

use super::layout::Block;
use super::mask::Masked;

/// Strips of rows after which column sums move to f64: 64 strips add 64·MR terms to a lane.
pub(super) const FLUSH: usize = 64;

/// Bytes of packed columns that are swept by one strip of rows: they should stay in the second-level cache.
const CACHED: usize = 640 * 1024;

/// What a task needs to know.
#[derive(Clone, Copy)]
pub(super) struct Wanted<'a> {
    pub(super) exponents: &'a Exponents,
    /// Cosines above are duplicates; infinity when they are not counted.
    pub(super) duplicate_limit: f32,
    /// Bins of the histogram, if wanted.
    pub(super) bins: Option<u16>,
}

/// One operand: unit rows in the order of a layout.
#[derive(Clone, Copy)]
pub(super) struct Side<'a> {
    pub(super) rows: &'a UnitRows,
    pub(super) order: &'a [u32],
    /// All rows in that order as f32, when they are few enough to be kept.
    pub(super) cache: Option<&'a Aligned>,
}

/// Rows of zeros behind the last row of a cache, so that the last strip of any kernel can be read whole.
pub(super) const PADDING: usize = 8;

impl<'a> Side<'a> {
    /// Rows of `block`, and `extra` more behind them whose values do not matter: straight from the cache, or read
    /// into `buffer`.
    fn rows<'b>(&self, block: Block, extra: usize, buffer: &'b mut Aligned) -> &'b [f32]
    where
        'a: 'b,
    {
        let dim = self.rows.dim();
        if let Some(cache) = self.cache {
            return &cache.values()[block.start * dim..(block.end + extra) * dim];
        }
        let len = (block.len() + extra) * dim;
        buffer.reserve(len);
        let staged = &mut buffer.values_mut()[..len];
        let order = &self.order[block.start..block.end];
        for (row, out) in order.iter().zip(staged.chunks_exact_mut(dim)) {
            self.rows.row_f32(*row as usize, out);
        }
        staged
    }
}

/// What a task found.
pub(super) struct Found {
    pub(super) rows: Block,
    pub(super) columns: Block,
    /// For each coefficient, for each row of the block.
    pub(super) row_sums: Vec<f64>,
    /// For each coefficient, for each column of the block.
    pub(super) column_sums: Vec<f64>,
    pub(super) pairs: u64,
    /// One count for each bin, and one before and after; empty when not wanted.
    pub(super) histogram: Vec<u32>,
    /// Positions within the blocks of pairs above the limit.
    pub(super) duplicates: Vec<(u32, u32)>,
}

/// A thread's buffers for tasks with kernel K.
pub(super) struct Worker<K> {
    kernel: K,
    staged: Aligned,
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
            staged: Aligned::default(),
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
        let dim = side.rows.dim();
        self.packed
            .reserve(block.len().next_multiple_of(K::NR) * dim);
        let panels = self.packed.values_mut().chunks_exact_mut(K::NR * dim);
        for (panel, start) in panels.zip((block.start..block.end).step_by(K::NR)) {
            let part = Block {
                start,
                end: block.end.min(start + K::NR),
                ..block
            };
            pack::<K>(side.rows(part, 0, &mut self.staged), dim, panel);
        }
        self.packed_block = Some(block.start);
    }

    /// All pairs (row of `rows`, row of `columns`); within one block (`diagonal`) only pairs i < j. `excluded` are
    /// positions within the blocks of pairs to leave out, sorted.
    pub(super) fn run(
        &mut self,
        wanted: Wanted<'_>,
        (row_side, rows): (Side<'_>, Block),
        (column_side, columns): (Side<'_>, Block),
        diagonal: bool,
        excluded: &[(u32, u32)],
    ) -> Found {
        let dim = row_side.rows.dim();
        self.pack(column_side, columns);
        let strips = rows.len().div_ceil(K::MR);
        let mut buffer = std::mem::take(&mut self.staged);
        let staged = row_side.rows(rows, strips * K::MR - rows.len(), &mut buffer);

        let count = wanted.exponents.len();
        let (n, m) = (rows.len() as u64, columns.len() as u64);
        let mut found = Found {
            rows,
            columns,
            row_sums: vec![0.0; count * rows.len()],
            column_sums: vec![0.0; count * columns.len()],
            pairs: if diagonal {
                n * (n - 1) / 2
            } else {
                n * m - excluded.len() as u64
            },
            histogram: wanted
                .bins
                .map_or(Vec::new(), |bins| vec![0; usize::from(bins) + 2]),
            duplicates: Vec::new(),
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
                excluded,
                &mut found,
            );
        }
        self.staged = buffer;
        found
    }

    /// LOOP 2 and 3 for one sub-block of panels.
    fn sweep(
        &mut self,
        wanted: Wanted<'_>,
        panels: std::ops::Range<usize>,
        (staged, dim): (&[f32], usize),
        diagonal: bool,
        excluded: &[(u32, u32)],
        found: &mut Found,
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
                };
                let masked = pairs.set::<K>(panel, &mut self.mask);
                let mask = masked.then(|| self.mask.values());
                let next = &ahead[fetch(panel)..fetch(panel + 1)];
                let size = K::NR * dim;
                let columns = &self.packed.values()[panel * size..(panel + 1) * size];
                let at = (panel - panels.start) * width;
                let sums = Sums {
                    rows: self.strip_sums.values_mut(),
                    columns: &mut self.column_sums.values_mut()[at..at + width],
                };
                let (kernel, tile, limit) = (self.kernel, &mut self.tile, wanted.duplicate_limit);
                let near = kernel.gram(rows, Panel::new(columns, dim), next, limit, tile);
                kernel.exponentials(tile, mask, wanted.exponents, sums);
                let j = panel * K::NR;
                for (k, &c) in wanted.exponents.steep().iter().enumerate() {
                    steep(kernel, tile, mask, (c, gentle + k), (i, n), (j, m), found);
                }
                if near {
                    duplicates::<K>(tile, limit, mask, (i, j), found);
                }
                if let Some(bins) = wanted.bins {
                    kernel.bin(tile, bins, &mut self.bins);
                    count_bins(&self.bins, mask, &mut found.histogram);
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
        found: &mut Found,
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
    found: &mut Found,
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

pub(super) fn duplicates<K: Kernel>(
    tile: &Tile,
    limit: f32,
    mask: Option<&[f32]>,
    (i, j): (usize, usize),
    found: &mut Found,
) {
    for (at, &s) in tile.cosines::<K>().iter().enumerate() {
        if s > limit && mask.is_none_or(|mask| mask[at] != 0.0) {
            found
                .duplicates
                .push(((i + at / K::NR) as u32, (j + at % K::NR) as u32));
        }
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
