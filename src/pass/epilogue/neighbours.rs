//! The nearest rows of every row, beside other work: only cosines above what a row's nearest reach are looked at.

use crate::kernel::{Aligned, Kernel};
use crate::pass::layout::RowBlock;
use crate::pass::nearest_lists::{NearestLists, Offer, key};
use crate::pass::operand::Blocks;
use crate::pass::sweep::Tiled;

/// Pairs that are kept before they are offered to their rows: few enough to stay in the first-level cache.
const ROOM: usize = 1 << 8;

/// A thread's room for it.
#[derive(Default)]
pub(in crate::pass) struct NeighbourBuffers {
    /// What a cosine must be above, for each row and for each column: infinity where there is none, or none whose nearest
    /// are wanted.
    limits: (Aligned, Aligned),
    /// Pairs that are above the limit of their row, and above that of their column.
    rows: Kept,
    columns: Kept,
    /// Those of them that are being offered.
    offers: Vec<Offer>,
}

/// Positions of row and column within their blocks, and the cosine.
#[derive(Clone, Copy, Default)]
struct Pair {
    i: u32,
    j: u32,
    cosine: f32,
}

/// A limit that rose.
pub(super) struct Raised {
    /// Whether it is a row's, else a column's.
    pub(super) of_row: bool,
    /// Which one within the block.
    pub(super) at: usize,
    pub(super) limit: f32,
}

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
pub(in crate::pass) struct NeighbourTask<'a> {
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

impl<'a> NeighbourTask<'a> {
    pub(in crate::pass) fn new<K: Kernel>(
        lists: &'a NearestLists,
        (task, one_set): ((u32, u32), bool),
        blocks: Blocks<'a>,
        buffers: &'a mut NeighbourBuffers,
    ) -> Self {
        let infinite = |limits: &mut Aligned, block: RowBlock, step: usize| {
            let padded = block.len().next_multiple_of(step);
            limits.reserve(padded);
            limits.values_mut()[..padded].fill(f32::INFINITY);
        };
        infinite(&mut buffers.limits.0, blocks.rows, K::MR);
        infinite(&mut buffers.limits.1, blocks.columns, K::NR);
        for kept in [&mut buffers.rows, &mut buffers.columns] {
            kept.0.resize(ROOM + K::MR * K::NR, Pair::default());
        }
        let (bounds, limits) = (lists.bounds(), &mut buffers.limits);
        bounds.read(blocks.rows, limits.0.values_mut());
        if one_set {
            bounds.read(blocks.columns, limits.1.values_mut());
        }
        Self {
            lists,
            task,
            one_set,
            numbers: blocks.numbers(),
            blocks,
            buffers,
        }
    }

    /// The cells of a tile above limits, as a kernel finds them.
    pub(super) fn above<K: Kernel>(
        &self,
        kernel: K,
        at: Tiled,
        cosines: &[f32],
        out: &mut [u16],
    ) -> usize {
        let (rows, columns) = self.limits();
        let (rows, columns) = (&rows[at.i..at.i + K::MR], &columns[at.j..at.j + K::NR]);
        kernel.above(cosines, rows, columns, out)
    }

    /// Takes in cells of a tile; `partly` if some may lie beyond the last row or column, or left of the diagonal.
    #[inline]
    pub(super) fn take<K: Kernel>(
        &mut self,
        at: Tiled,
        cosines: &[f32],
        (cells, partly): (&[u16], bool),
    ) {
        let NeighbourBuffers {
            limits,
            rows,
            columns,
            ..
        } = &mut *self.buffers;
        let limits = (
            &limits.0.values()[at.i..at.i + K::MR],
            &limits.1.values()[at.j..at.j + K::NR],
        );
        for &cell in cells {
            let (r, c) = (usize::from(cell) / K::NR, usize::from(cell) % K::NR);
            let (i, j, s) = (at.i + r, at.j + c, cosines[usize::from(cell)]);
            if partly && !(i < at.n && j < at.m && (j > i || !self.blocks.diagonal)) {
                continue;
            }
            let pair = Pair {
                i: i as u32,
                j: j as u32,
                cosine: s,
            };
            rows.push(pair, s > limits.0[r]);
            columns.push(pair, s > limits.1[c]);
        }
    }

    /// Makes room for all pairs of the next tile, and tells of limits that rose.
    #[inline]
    pub(super) fn make_room<K: Kernel>(&mut self, kernel: K, raised: impl FnMut(Raised)) {
        if self.buffers.rows.1.max(self.buffers.columns.1) > ROOM {
            self.offer(kernel, raised);
        }
    }

    /// What a cosine must be above, for each row and for each column.
    #[inline]
    pub(super) fn limits(&self) -> (&[f32], &[f32]) {
        let (rows, columns) = &self.buffers.limits;
        (rows.values(), columns.values())
    }

    pub(super) fn finish<K: Kernel>(mut self, kernel: K) {
        self.offer(kernel, |_| ());
    }

    /// Offers each pair's rows to each other.
    fn offer<K: Kernel>(&mut self, kernel: K, mut raised: impl FnMut(Raised)) {
        let (lists, numbers) = (self.lists, self.numbers);
        let NeighbourBuffers {
            limits,
            rows,
            columns,
            offers,
        } = &mut *self.buffers;
        let mut raise = |of_row: bool, limits: &mut Aligned, at: usize, bound: f32| {
            // Equal cosines count: their rows' numbers decide.
            let limit = bound.next_down();
            limits.values_mut()[at] = limit;
            raised(Raised { of_row, at, limit });
        };
        offers.clear();
        let of_rows = rows.take().iter();
        offers.extend(of_rows.map(|p| (p.i, key(numbers.1[p.j as usize], p.cosine))));
        lists.take(kernel, self.task.0, offers, |at, bound| {
            raise(true, &mut limits.0, at, bound);
        });
        // Columns of another set have no limit that anything is above.
        if self.one_set {
            offers.clear();
            let of_columns = columns.take().iter();
            offers.extend(of_columns.map(|p| (p.j, key(numbers.0[p.i as usize], p.cosine))));
            lists.take(kernel, self.task.1, offers, |at, bound| {
                raise(false, &mut limits.1, at, bound);
            });
        }
    }
}
