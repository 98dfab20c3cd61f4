//! Blocks of rows on their way into a sweep: as strips of rows, and packed into panels of columns.

use super::encode::{self, Encoded};
use super::layout::RowBlock;
use super::sweep::{Epilogue, Extent, Packed, TaskCosines, show, sweep};
use crate::data::UnitRows;
use crate::kernel::{Aligned, Exponents, Kernel, Tile, pack};

/// Unit rows in the order in which they are walked.
#[derive(Clone, Copy)]
pub(super) struct Operand<'a> {
    pub(super) rows: &'a UnitRows,
    /// Row at each position.
    pub(super) order: &'a [u32],
    /// All rows in that order in the kernel's words, when they are few enough to be kept.
    pub(super) cache: Option<&'a Aligned>,
    /// Position of the first row of the cache.
    pub(super) base: usize,
}

impl<'a> Operand<'a> {
    /// All rows, as `encoded`.
    pub(super) fn new(rows: &'a UnitRows, order: &'a [u32], encoded: &'a Encoded) -> Self {
        Self {
            rows,
            order,
            cache: encoded.cache.as_ref(),
            base: 0,
        }
    }

    /// Rows of `block`, and `extra` more behind them whose values do not matter: straight from the cache, or read
    /// into `staged`.
    fn words<'b, K: Kernel>(
        &self,
        kernel: K,
        block: RowBlock,
        extra: usize,
        staged: &'b mut Staged,
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
        staged.words.reserve(len);
        let out = &mut staged.words.values_mut()[..len];
        let order = &self.order[block.start..block.end];
        for (&row, out) in order.iter().zip(out.chunks_exact_mut(words)) {
            encode::read(kernel, self.rows, row as usize, &mut staged.raw, out);
        }
        out
    }
}

/// Rows read from the source.
#[derive(Default)]
struct Staged {
    words: Aligned,
    raw: Vec<f32>,
}

/// Two blocks to sweep.
#[derive(Clone, Copy)]
pub(super) struct Blocks<'a> {
    pub(super) a: Operand<'a>,
    pub(super) rows: RowBlock,
    pub(super) b: Operand<'a>,
    pub(super) columns: RowBlock,
    /// Whether they are one, of which only pairs i < j are wanted.
    pub(super) diagonal: bool,
}

impl<'a> Blocks<'a> {
    /// How many pairs of them count.
    fn extent(&self) -> Extent {
        Extent {
            n: self.rows.len(),
            m: self.columns.len(),
            diagonal: self.diagonal,
        }
    }

    /// Number of each row, and of each column.
    pub(super) fn numbers(&self) -> (&'a [u32], &'a [u32]) {
        let of = |operand: Operand<'a>, block: RowBlock| &operand.order[block.start..block.end];
        (of(self.a, self.rows), of(self.b, self.columns))
    }
}

/// A thread's packed operands, and its tile. Its blocks are all of one pair of operands: what was packed for the last
/// task serves the next one where it is the same block.
pub(super) struct Worker<K> {
    kernel: K,
    /// Where the segments of the rows' values end.
    ends: Vec<usize>,
    staged: Staged,
    strips: Aligned,
    strips_of: Option<RowBlock>,
    panels: Aligned,
    panels_of: Option<usize>,
    tile: Tile,
}

impl<K: Kernel> Worker<K> {
    /// For tiles of whole rows of `dim` values.
    pub(super) fn new(kernel: K, dim: usize, exponents: &Exponents) -> Self {
        Self::in_segments(kernel, vec![K::words(dim)], exponents)
    }

    /// For tiles of the segments of the rows' values that end at `ends`.
    pub(super) fn in_segments(kernel: K, ends: Vec<usize>, exponents: &Exponents) -> Self {
        Self {
            kernel,
            ends,
            staged: Staged::default(),
            strips: Aligned::default(),
            strips_of: None,
            panels: Aligned::default(),
            panels_of: None,
            tile: Tile::new(exponents),
        }
    }

    /// Shows `epilogue` the tiles of two blocks.
    pub(super) fn sweep<E: Epilogue<K>>(&mut self, blocks: Blocks<'_>, epilogue: &mut E) {
        let Blocks { a, rows, b, .. } = blocks;
        let words = K::words(a.rows.dim());
        self.pack(b, blocks.columns);
        // Whole rows that are kept in memory are strips as they are.
        let missing = rows.len().next_multiple_of(K::MR) - rows.len();
        let as_they_are = a.cache.is_some() && self.ends == [words];
        if !as_they_are && self.strips_of != Some(rows) {
            let read = a.words(self.kernel, rows, missing, &mut self.staged);
            self.strips.reserve(read.len());
            cut::<K>(read, words, &self.ends, self.strips.values_mut());
            self.strips_of = Some(rows);
        }
        let strips = if as_they_are {
            a.words(self.kernel, rows, missing, &mut self.staged)
        } else {
            self.strips.values()
        };
        let packed = Packed {
            strips,
            panels: self.panels.values(),
            words,
            ends: &self.ends,
        };
        sweep(
            self.kernel,
            packed,
            blocks.extent(),
            &mut self.tile,
            epilogue,
        );
    }

    /// Shows `epilogue` the tiles of two blocks whose cosines were made elsewhere.
    pub(super) fn show<E: Epilogue<K>>(
        &mut self,
        blocks: Blocks<'_>,
        made: TaskCosines<'_>,
        epilogue: &mut E,
    ) {
        show(self.kernel, made, blocks.extent(), &mut self.tile, epilogue);
    }

    /// Packs the columns of `block` into panels, unless they are.
    fn pack(&mut self, operand: Operand<'_>, block: RowBlock) {
        if self.panels_of == Some(block.start) {
            return;
        }
        let words = K::words(operand.rows.dim());
        let columns = block.len().next_multiple_of(K::NR);
        self.panels.reserve(columns * words);
        let panels = self.panels.values_mut().chunks_exact_mut(K::NR * words);
        for (panel, start) in panels.zip((block.start..block.end).step_by(K::NR)) {
            let part = RowBlock {
                start,
                end: block.end.min(start + K::NR),
                ..block
            };
            let rows = operand.words(self.kernel, part, 0, &mut self.staged);
            pack::<K>(rows, words, panel);
        }
        self.panels_of = Some(block.start);
    }
}

/// Rows into strips: within one segment after segment, within one row after row.
fn cut<K: Kernel>(rows: &[f32], words: usize, ends: &[usize], out: &mut [f32]) {
    let strips = rows.chunks_exact(K::MR * words);
    for (strip, out) in strips.zip(out.chunks_exact_mut(K::MR * words)) {
        for (r, row) in strip.chunks_exact(words).enumerate() {
            let mut from = 0;
            for &to in ends {
                let at = K::MR * from + r * (to - from);
                out[at..at + to - from].copy_from_slice(&row[from..to]);
                from = to;
            }
        }
    }
}
