//! The nearest rows of every row, beside other work: only cosines above what a row's nearest reach are looked at.

use crate::kernel::{Aligned, Kernel};
use crate::pass::bounds::Bounds;
use crate::pass::operand::Blocks;
use crate::pass::state::gather_nearest;
use crate::pass::sweep::Tiled;

/// Places of a list for each row that is wanted.
const ROOM: usize = 2;

/// A thread's room for it.
#[derive(Default)]
pub(in crate::pass) struct NeighbourBuffers {
    rows: Kept,
    columns: Kept,
    /// Bits of the cosines of a tile to be looked at, for each row.
    bits: Vec<u64>,
}

/// Rows that may be among the nearest of the rows of a block, and what a cosine must be above to be one of them.
///
/// A list takes rows in as they come, up to [`ROOM`] times as many as are wanted; only then the nearest are kept and the
/// limit rises: most rows that come early fall out again, and were better not put in order.
#[derive(Default)]
struct Kept {
    /// Infinity where there is no row, or none whose nearest are wanted.
    limits: Aligned,
    /// Places of each row.
    room: usize,
    /// These, row after row, and how many of them are taken.
    lists: Vec<(u32, f32)>,
    lens: Vec<u32>,
}

/// A row's neighbour: position of the row within its block, number and cosine of the other.
pub(in crate::pass) type Neighbour = (u32, (u32, f32));

/// One task.
pub(in crate::pass) struct Neighbours<'a> {
    /// How many of each row.
    k: usize,
    /// Whether both blocks are of one set, whose rows are neighbours of each other.
    one_set: bool,
    diagonal: bool,
    /// Number of each row of the block, and of each column.
    numbers: (&'a [u32], &'a [u32]),
    buffers: &'a mut NeighbourBuffers,
}

impl<'a> Neighbours<'a> {
    pub(in crate::pass) fn new<K: Kernel>(
        k: usize,
        (bounds, one_set): (&Bounds, bool),
        blocks: Blocks<'a>,
        buffers: &'a mut NeighbourBuffers,
    ) -> Self {
        let (rows, columns) = (blocks.rows, blocks.columns);
        let (n, m) = (rows.len(), columns.len());
        bounds.read(rows, buffers.rows.begin((k, m), n, K::MR));
        let of_columns = buffers.columns.begin((k, n), m, K::NR);
        if one_set {
            bounds.read(columns, of_columns);
        }
        buffers.bits.resize(K::MR, 0);
        Self {
            k,
            one_set,
            diagonal: blocks.diagonal,
            numbers: blocks.numbers(),
            buffers,
        }
    }

    /// Takes in the cosines of a tile, those too that do not count in sums: beyond the last row or column, or the diagonal.
    #[inline]
    pub(super) fn tile<K: Kernel>(&mut self, kernel: K, at: Tiled, cosines: &[f32]) {
        let (numbers, k) = (self.numbers, self.k);
        let NeighbourBuffers {
            rows,
            columns,
            bits,
        } = &mut *self.buffers;
        let limits = (
            &rows.limits.values()[at.i..at.i + K::MR],
            &columns.limits.values()[at.j..at.j + K::NR],
        );
        if !kernel.above(cosines, limits.0, limits.1, bits) {
            return;
        }
        let there = u64::MAX >> (64 - at.columns::<K>());
        let lines = bits.iter().zip(cosines.chunks_exact(K::NR));
        for (i, (bits, line)) in (at.i..at.n).zip(lines) {
            let mut bits = bits & there;
            while bits != 0 {
                let c = bits.trailing_zeros() as usize;
                bits &= bits - 1;
                let j = at.j + c;
                if self.diagonal && j <= i {
                    continue;
                }
                rows.offer(k, i, (numbers.1[j], line[c]));
                if self.one_set {
                    columns.offer(k, j, (numbers.0[i], line[c]));
                }
            }
        }
    }

    /// What was found, of the rows and of the columns.
    pub(super) fn finish(self) -> (Vec<Neighbour>, Vec<Neighbour>) {
        (self.buffers.rows.found(), self.buffers.columns.found())
    }
}

impl Kept {
    /// None yet of `len` rows in tiles of `step`, of which k are wanted and no more than `others` come; returns the rows'
    /// limits, which are infinity.
    fn begin(&mut self, (k, others): (usize, usize), len: usize, step: usize) -> &mut [f32] {
        self.room = others.min(ROOM * k);
        self.lens.clear();
        self.lens.resize(len, 0);
        // What stands there is of earlier tasks: `lens` says that none of it counts.
        let places = self.room * len;
        self.lists.resize(places.max(self.lists.len()), (0, 0.0));
        let padded = len.next_multiple_of(step);
        self.limits.reserve(padded);
        let limits = &mut self.limits.values_mut()[..padded];
        limits.fill(f32::INFINITY);
        &mut limits[..len]
    }

    /// Takes a row in if it may be one of the nearest of row `at`.
    fn offer(&mut self, k: usize, at: usize, new: (u32, f32)) {
        let limit = &mut self.limits.values_mut()[at];
        if new.1 <= *limit {
            return;
        }
        let list = &mut self.lists[self.room * at..self.room * (at + 1)];
        let len = &mut self.lens[at];
        list[*len as usize] = new;
        *len += 1;
        if *len as usize == list.len() && list.len() > k {
            // Equal cosines count: their rows' numbers decide.
            *limit = limit.max(gather_nearest(list, k).next_down());
            *len = k as u32;
        }
    }

    fn found(&self) -> Vec<Neighbour> {
        let lists = self.lists.chunks_exact(self.room).zip(&self.lens);
        let all = (0..).zip(lists).flat_map(|(at, (list, &len))| {
            let list = list[..len as usize].iter();
            list.map(move |near| (at, *near))
        });
        all.collect()
    }
}
