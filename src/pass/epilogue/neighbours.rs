//! The nearest rows of every row, beside other work: only cosines above what a row's nearest reach are looked at.

use crate::kernel::{Aligned, Kernel};
use crate::pass::bounds::Bounds;
use crate::pass::operand::Blocks;
use crate::pass::state::insert_nearest;
use crate::pass::sweep::Tiled;

/// A thread's room for it.
#[derive(Default)]
pub(in crate::pass) struct NeighbourBuffers {
    rows: Kept,
    columns: Kept,
    /// Bits of the cosines of a tile to be looked at, for each row.
    bits: Vec<u64>,
}

/// The nearest so far of the rows of a block, and what a cosine must be above to be one of them.
#[derive(Default)]
struct Kept {
    /// Infinity where there is no row, or none whose nearest are wanted.
    limits: Aligned,
    /// k places for each row, and how many of them are taken.
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
        bounds.read(rows, buffers.rows.begin(k, rows.len(), K::MR));
        let of_columns = buffers.columns.begin(k, columns.len(), K::NR);
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
        (
            self.buffers.rows.found(self.k),
            self.buffers.columns.found(self.k),
        )
    }
}

impl Kept {
    /// None yet of `len` rows, in tiles of `step`; returns the rows' limits, which are infinity.
    fn begin(&mut self, k: usize, len: usize, step: usize) -> &mut [f32] {
        self.lens.clear();
        self.lens.resize(len, 0);
        // What stands there is of earlier tasks: `lens` says that none of it counts.
        self.lists.resize((k * len).max(self.lists.len()), (0, 0.0));
        let padded = len.next_multiple_of(step);
        self.limits.reserve(padded);
        let limits = &mut self.limits.values_mut()[..padded];
        limits.fill(f32::INFINITY);
        &mut limits[..len]
    }

    /// Takes a row in if it is one of the nearest of row `at`.
    fn offer(&mut self, k: usize, at: usize, new: (u32, f32)) {
        let limit = &mut self.limits.values_mut()[at];
        if new.1 <= *limit {
            return;
        }
        let (list, len) = (&mut self.lists[at * k..(at + 1) * k], &mut self.lens[at]);
        *len = insert_nearest(list, *len as usize, new) as u32;
        if *len as usize == k {
            *limit = limit.max(list[k - 1].1.next_down());
        }
    }

    fn found(&self, k: usize) -> Vec<Neighbour> {
        let lists = self.lists.chunks_exact(k).zip(&self.lens);
        let all = (0..).zip(lists).flat_map(|(at, (list, &len))| {
            let list = list[..len as usize].iter();
            list.map(move |near| (at, *near))
        });
        all.collect()
    }
}
