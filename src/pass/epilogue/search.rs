//! What those who search ask of a sweep beside its sums: positions of positives, nearest rows, fine counts of cosines.

use super::bins::FineCounts;
use super::neighbours::{NeighbourBuffers, Neighbours};
use super::positions::{FoundPositions, PositionBuffers, Positions};
use crate::kernel::{Aligned, Kernel, Tile};
use crate::pass::group_counts::GroupCounts;
use crate::pass::nearest_lists::NearestLists;
use crate::pass::operand::Blocks;
use crate::pass::standing::Standing;
use crate::pass::sweep::Tiled;

/// Cosines of a tile above any limit up to which they are looked at one by one.
const FEW: u32 = 40;

/// What a task is asked.
#[derive(Clone, Copy)]
pub(in crate::pass) struct Asked<'a> {
    /// Row block and column block.
    pub(in crate::pass) task: (u32, u32),
    pub(in crate::pass) standing: Option<&'a Standing>,
    /// Where nearest rows go.
    pub(in crate::pass) nearest: Option<&'a NearestLists>,
    /// Whether both operands are one set.
    pub(in crate::pass) one_set: bool,
    /// Where fine counts go.
    pub(in crate::pass) counts: Option<&'a GroupCounts>,
}

/// A thread's room for it.
#[derive(Default)]
pub(in crate::pass) struct SearchBuffers {
    /// Cosines of a tile, minus infinity where they do not count.
    masked: Aligned,
    /// The lower of the limits of positions and of nearest rows, for each row and for each column, and bits of what is above.
    limits: (Aligned, Aligned),
    bits: Vec<u64>,
    positions: PositionBuffers,
    neighbours: NeighbourBuffers,
    counts: FineCounts,
}

/// One task's.
pub(super) struct TaskSearch<'a> {
    masked: &'a mut Aligned,
    limits: &'a mut (Aligned, Aligned),
    bits: &'a mut Vec<u64>,
    positions: Option<Positions<'a>>,
    neighbours: Option<Neighbours<'a>>,
    counts: Option<(&'a mut FineCounts, &'a GroupCounts)>,
    /// Of the rows and of the columns.
    groups: (usize, usize),
}

impl<'a> TaskSearch<'a> {
    pub(super) fn new<K: Kernel>(
        asked: Asked<'a>,
        blocks: Blocks<'a>,
        buffers: &'a mut SearchBuffers,
    ) -> Self {
        let SearchBuffers {
            masked,
            limits,
            bits,
            positions,
            neighbours,
            counts,
        } = buffers;
        masked.reserve(K::MR * K::NR);
        bits.resize(K::MR, 0);
        limits.0.reserve(blocks.rows.len().next_multiple_of(K::MR));
        limits
            .1
            .reserve(blocks.columns.len().next_multiple_of(K::NR));
        let positions = asked
            .standing
            .map(|standing| Positions::new::<K>(standing, asked.task, blocks, positions));
        let neighbours = asked.nearest.map(|lists| {
            Neighbours::new::<K>(lists, (asked.task, asked.one_set), blocks, neighbours)
        });
        let mut task = Self {
            masked,
            limits,
            bits,
            positions,
            neighbours,
            counts: asked
                .counts
                .map(|of_walk| (counts.begin(of_walk, K::MR * K::NR), of_walk)),
            groups: (blocks.rows.group, blocks.columns.group),
        };
        task.lay();
        task
    }

    /// Lays the lower of both limits.
    fn lay(&mut self) {
        let (Some(neighbours), Some(positions)) = (&self.neighbours, &self.positions) else {
            return;
        };
        let lay = |out: &mut Aligned, one: &[f32], other: &[f32]| {
            let lower = one.iter().zip(other).map(|(one, other)| one.min(*other));
            out.values_mut()
                .iter_mut()
                .zip(lower)
                .for_each(|(out, lower)| *out = lower);
        };
        let (near, stand) = (neighbours.limits(), positions.lowest());
        lay(&mut self.limits.0, near.0, stand.0);
        lay(&mut self.limits.1, near.1, stand.1);
    }

    pub(super) fn strip<K: Kernel>(&mut self, i: usize) {
        if let Some(positions) = &mut self.positions {
            positions.strip::<K>(i);
        }
    }

    /// Takes in a tile as the kernel made it; `mask` leaves out pairs, but not those of one item.
    ///
    /// Not inlined: it would take registers from tiles of walks that seek nothing.
    #[inline(never)]
    pub(super) fn whole<K: Kernel>(
        &mut self,
        kernel: K,
        at: Tiled,
        tile: &Tile,
        mask: Option<&[f32]>,
    ) {
        let cosines = tile.cosines::<K>();
        if mask.is_none() && self.few(kernel, at, cosines) {
            return;
        }
        if let Some(neighbours) = &mut self.neighbours {
            neighbours.tile(kernel, at, cosines);
            if neighbours.make_room() {
                self.lay();
            }
        }
        let Some(positions) = &mut self.positions else {
            return;
        };
        let Some(mask) = mask else {
            positions.tile(kernel, at, cosines);
            return;
        };
        let masked = &mut self.masked.values_mut()[..cosines.len()];
        for ((masked, &s), &keep) in masked.iter_mut().zip(cosines).zip(mask) {
            *masked = if keep == 0.0 { f32::NEG_INFINITY } else { s };
        }
        positions.tile(kernel, at, masked);
    }

    /// Takes in a tile, all pairs of which count, with one look for positions and nearest rows, if both are sought and few of
    /// its cosines are above any limit; returns whether that was so.
    #[inline]
    fn few<K: Kernel>(&mut self, kernel: K, at: Tiled, cosines: &[f32]) -> bool {
        let (Some(neighbours), Some(positions)) = (&mut self.neighbours, &mut self.positions)
        else {
            return false;
        };
        let rows = &self.limits.0.values()[at.i..at.i + K::MR];
        let columns = &self.limits.1.values()[at.j..at.j + K::NR];
        if !kernel.above(cosines, rows, columns, self.bits) {
            return true;
        }
        if self.bits.iter().map(|bits| bits.count_ones()).sum::<u32>() > FEW {
            return false;
        }
        let mut stands = false;
        for (r, (bits, line)) in self
            .bits
            .iter()
            .zip(cosines.chunks_exact(K::NR))
            .enumerate()
        {
            let mut bits = *bits;
            while bits != 0 {
                let c = bits.trailing_zeros() as usize;
                bits &= bits - 1;
                let (i, j) = (at.i + r, at.j + c);
                neighbours.pair((i, j), line[c]);
                let lowest = positions.lowest();
                stands |= (line[c] > lowest.0[i]) | (line[c] > lowest.1[j]);
            }
        }
        if stands {
            positions.tile(kernel, at, cosines);
        }
        if neighbours.make_room() {
            self.lay();
        }
        true
    }

    /// Takes in the pairs of a tile that count in its sums.
    #[inline(never)]
    pub(super) fn summed<K: Kernel>(&mut self, kernel: K, tile: &Tile, mask: Option<&[f32]>) {
        if let Some((counts, _)) = &mut self.counts {
            counts.tile(kernel, tile.cosines::<K>(), mask);
        }
    }

    pub(super) fn fold<K: Kernel>(&mut self, kernel: K, i: usize) {
        if let Some(positions) = &mut self.positions {
            positions.fold(kernel, i);
        }
        if let Some((counts, _)) = &mut self.counts {
            counts.count(kernel);
        }
    }

    /// Hands over what does not wait for its turn, of so many pairs that count, and returns what does.
    pub(super) fn finish<K: Kernel>(self, pairs: u64) -> FoundPositions {
        if let Some(neighbours) = self.neighbours {
            neighbours.finish();
        }
        if let Some((counts, of_walk)) = self.counts {
            counts.finish(self.groups, pairs, of_walk);
        }
        let positions = self.positions.map(Positions::finish::<K>);
        positions.unwrap_or_default()
    }
}
