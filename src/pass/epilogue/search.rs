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
    positions: PositionBuffers,
    neighbours: NeighbourBuffers,
    counts: FineCounts,
}

/// One task's.
pub(super) struct TaskSearch<'a> {
    masked: &'a mut Aligned,
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
            positions,
            neighbours,
            counts,
        } = buffers;
        masked.reserve(K::MR * K::NR);
        let positions = asked
            .standing
            .map(|standing| Positions::new::<K>(standing, asked.task, blocks, positions));
        let neighbours = asked.nearest.map(|lists| {
            Neighbours::new::<K>(lists, (asked.task, asked.one_set), blocks, neighbours)
        });
        Self {
            masked,
            positions,
            neighbours,
            counts: asked.counts.map(|of_walk| (counts.begin(), of_walk)),
            groups: (blocks.rows.group, blocks.columns.group),
        }
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
        if let Some(neighbours) = &mut self.neighbours {
            neighbours.tile(kernel, at, cosines);
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

    /// Takes in the pairs of a tile that count in its sums; `bins` is room for a number of each.
    #[inline(never)]
    pub(super) fn summed<K: Kernel>(
        &mut self,
        kernel: K,
        tile: &Tile,
        mask: Option<&[f32]>,
        bins: &mut [u16],
    ) {
        if let Some((counts, _)) = &mut self.counts {
            counts.tile(kernel, tile, mask, bins);
        }
    }

    pub(super) fn fold<K: Kernel>(&mut self, kernel: K, i: usize) {
        if let Some(positions) = &mut self.positions {
            positions.fold(kernel, i);
        }
    }

    /// Hands over what does not wait for its turn, and returns what does.
    pub(super) fn finish<K: Kernel>(self) -> FoundPositions {
        if let Some(neighbours) = self.neighbours {
            neighbours.finish();
        }
        if let Some((counts, of_walk)) = self.counts {
            counts.finish(self.groups, of_walk);
        }
        let positions = self.positions.map(Positions::finish::<K>);
        positions.unwrap_or_default()
    }
}
