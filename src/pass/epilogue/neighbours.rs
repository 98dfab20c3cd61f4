//! The nearest rows of every row, beside other work: only cosines above what a row's nearest reach are looked at.

use crate::kernel::{Aligned, Kernel};
use crate::pass::layout::Block;
use crate::pass::nearest_lists::NearestLists;
use crate::pass::operand::Blocks;
use crate::pass::sweep::Tiled;

/// Pairs that are kept before they are offered to their rows: few enough to stay near.
const ROOM: usize = 1 << 12;

/// A thread's room for it.
#[derive(Default)]
pub(in crate::pass) struct NeighbourBuffers {
    /// What a cosine must be above, for each row and for each column: infinity where there is none, or none whose nearest
    /// are wanted.
    limits: (Aligned, Aligned),
    /// Bits of the cosines of a tile to be looked at, for each row.
    bits: Vec<u64>,
    /// Pairs that are above the limit of their row, and above that of their column.
    rows: Kept,
    columns: Kept,
}

/// Positions of row and column within their blocks, and the cosine.
type Pair = (u32, u32, f32);

/// Pairs that wait, and how many they are.
#[derive(Default)]
struct Kept(Vec<Pair>, usize);

impl Kept {
    /// Keeps `pair` if it is `above`: without a branch, since either is as likely.
    #[inline]
    fn push(&mut self, pair: Pair, above: bool) {
        if let Some(place) = self.0.get_mut(self.1) {
            *place = pair;
            self.1 += usize::from(above);
        }
    }

    /// Those that wait, which wait no longer.
    fn take(&mut self) -> &[Pair] {
        let kept = std::mem::take(&mut self.1);
        &self.0[..kept]
    }
}

/// One task.
pub(in crate::pass) struct Neighbours<'a> {
    lists: &'a NearestLists,
    /// Row block and column block.
    task: (u32, u32),
    /// Whether both blocks are of one set, whose rows are neighbours of each other.
    one_set: bool,
    blocks: Blocks<'a>,
    /// Number of each row of the block, and of each column.
    numbers: (&'a [u32], &'a [u32]),
    buffers: &'a mut NeighbourBuffers,
}

impl<'a> Neighbours<'a> {
    pub(in crate::pass) fn new<K: Kernel>(
        lists: &'a NearestLists,
        (task, one_set): ((u32, u32), bool),
        blocks: Blocks<'a>,
        buffers: &'a mut NeighbourBuffers,
    ) -> Self {
        let infinite = |limits: &mut Aligned, block: Block, step: usize| {
            let padded = block.len().next_multiple_of(step);
            limits.reserve(padded);
            limits.values_mut()[..padded].fill(f32::INFINITY);
        };
        infinite(&mut buffers.limits.0, blocks.rows, K::MR);
        infinite(&mut buffers.limits.1, blocks.columns, K::NR);
        buffers.bits.resize(K::MR, 0);
        for kept in [&mut buffers.rows, &mut buffers.columns] {
            kept.0.resize(ROOM + K::MR * K::NR, (0, 0, 0.0));
        }
        let mut task = Self {
            lists,
            task,
            one_set,
            numbers: blocks.numbers(),
            blocks,
            buffers,
        };
        task.read_bounds();
        task
    }

    fn read_bounds(&mut self) {
        let (bounds, limits) = (self.lists.bounds(), &mut self.buffers.limits);
        bounds.read(self.blocks.rows, limits.0.values_mut());
        if self.one_set {
            bounds.read(self.blocks.columns, limits.1.values_mut());
        }
    }

    /// Takes in the cosines of a tile, those too that do not count in sums: beyond the last row or column, or the diagonal.
    #[inline]
    pub(super) fn tile<K: Kernel>(&mut self, kernel: K, at: Tiled, cosines: &[f32]) {
        let NeighbourBuffers {
            limits,
            bits,
            rows,
            columns,
        } = &mut *self.buffers;
        let limits = (
            &limits.0.values()[at.i..at.i + K::MR],
            &limits.1.values()[at.j..at.j + K::NR],
        );
        if !kernel.above(cosines, limits.0, limits.1, bits) {
            return;
        }
        let there = u64::MAX >> (64 - at.columns::<K>());
        let lines = bits.iter().zip(cosines.chunks_exact(K::NR));
        for ((i, limit), (bits, line)) in (at.i..at.n).zip(limits.0).zip(lines) {
            let mut bits = bits & there;
            if self.blocks.diagonal && at.j <= i {
                // Those right of the diagonal.
                bits &= u64::MAX.checked_shl((i + 1 - at.j) as u32).unwrap_or(0);
            }
            while bits != 0 {
                let c = bits.trailing_zeros() as usize;
                bits &= bits - 1;
                let pair = (i as u32, (at.j + c) as u32, line[c]);
                rows.push(pair, line[c] > *limit);
                columns.push(pair, line[c] > limits.1[c]);
            }
        }
    }

    /// Takes in one pair of the blocks, by their rows and columns.
    #[inline]
    pub(super) fn pair(&mut self, (i, j): (usize, usize), s: f32) {
        let (rows, columns) = self.limits();
        let above = (s > rows[i], s > columns[j]);
        let pair = (i as u32, j as u32, s);
        self.buffers.rows.push(pair, above.0);
        self.buffers.columns.push(pair, above.1);
    }

    /// Makes room for all pairs of the next tile; returns whether limits may have risen.
    #[inline]
    pub(super) fn make_room(&mut self) -> bool {
        let full = self.buffers.rows.1.max(self.buffers.columns.1) > ROOM;
        if full {
            self.offer();
            self.read_bounds();
        }
        full
    }

    /// What a cosine must be above, for each row and for each column.
    #[inline]
    pub(super) fn limits(&self) -> (&[f32], &[f32]) {
        let (rows, columns) = &self.buffers.limits;
        (rows.values(), columns.values())
    }

    pub(super) fn finish(mut self) {
        self.offer();
    }

    /// Offers each pair's rows to each other.
    fn offer(&mut self) {
        let (rows, columns) = self.numbers;
        let pairs = self.buffers.rows.take().iter();
        let offers = pairs.map(|&(i, j, s)| (i, columns[j as usize], s));
        self.lists.take(self.task.0, offers);
        // Columns of another set have no limit that anything is above.
        let pairs = self.buffers.columns.take().iter();
        let offers = pairs.map(|&(i, j, s)| (j, rows[i as usize], s));
        if self.one_set {
            self.lists.take(self.task.1, offers);
        }
    }
}
