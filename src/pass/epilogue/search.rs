//! What those who search ask of a sweep beside its sums: positions of positives, nearest rows, fine counts of cosines.

use super::bins::FineCounts;
use super::neighbours::{NeighbourBuffers, NeighbourTask};
use super::positions::{FoundPositions, PositionBuffers, Positions};
use crate::kernel::{Aligned, CELLS, Kernel, Tile};
use crate::pass::group_counts::GroupCounts;
use crate::pass::nearest_lists::NearestLists;
use crate::pass::operand::Blocks;
use crate::pass::standing::JobPositives;
use crate::pass::sweep::Tiled;

/// Cells of a tile above any limit up to which they are looked at one by one.
const FEW: usize = 40;

/// What a task is asked.
#[derive(Clone, Copy)]
pub(in crate::pass) struct SearchTask<'a> {
    /// Row block and column block.
    pub(in crate::pass) task: (u32, u32),
    pub(in crate::pass) standing: Option<&'a JobPositives>,
    /// Where nearest rows go.
    pub(in crate::pass) nearest: Option<&'a NearestLists>,
    /// Whether both operands are one set.
    pub(in crate::pass) one_set: bool,
    /// Where fine counts go.
    pub(in crate::pass) counts: Option<&'a GroupCounts>,
}

/// Cells of a tile that are above any limit, and those of them above limits of positives.
struct Cells {
    above: [u16; CELLS],
    stand: [u16; CELLS],
}

impl Default for Cells {
    fn default() -> Self {
        let (above, stand) = ([0; CELLS], [0; CELLS]);
        Self { above, stand }
    }
}

/// A thread's room for it.
#[derive(Default)]
pub(in crate::pass) struct SearchBuffers {
    /// Cosines of a tile, minus infinity where they do not count.
    masked: Aligned,
    /// The lower of the limits of positions and of nearest rows, for each row and for each column.
    limits: (Aligned, Aligned),
    cells: Cells,
    positions: PositionBuffers,
    neighbours: NeighbourBuffers,
    counts: FineCounts,
}

/// One task's.
pub(super) struct TaskSearch<'a> {
    masked: &'a mut Aligned,
    limits: &'a mut (Aligned, Aligned),
    cells: &'a mut Cells,
    positions: Option<Positions<'a>>,
    neighbours: Option<NeighbourTask<'a>>,
    counts: Option<(&'a mut FineCounts, &'a GroupCounts)>,
    /// Of the rows and of the columns.
    groups: (usize, usize),
}

impl<'a> TaskSearch<'a> {
    pub(super) fn new<K: Kernel>(
        asked: SearchTask<'a>,
        blocks: Blocks<'a>,
        buffers: &'a mut SearchBuffers,
    ) -> Self {
        let SearchBuffers {
            masked,
            limits,
            cells,
            positions,
            neighbours,
            counts,
        } = buffers;
        masked.reserve(K::MR * K::NR);
        limits.0.reserve(blocks.rows.len().next_multiple_of(K::MR));
        limits
            .1
            .reserve(blocks.columns.len().next_multiple_of(K::NR));
        let positions = asked
            .standing
            .map(|standing| Positions::new::<K>(standing, asked.task, blocks, positions));
        let neighbours = asked.nearest.map(|lists| {
            NeighbourTask::new::<K>(lists, (asked.task, asked.one_set), blocks, neighbours)
        });
        let mut task = Self {
            masked,
            limits,
            cells,
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
        let near = self.neighbours.as_ref().map(NeighbourTask::limits);
        let stand = self.positions.as_ref().map(Positions::lowest);
        let lay = |out: &mut Aligned, near: Option<&[f32]>, stand: Option<&[f32]>| {
            let out = out.values_mut();
            match (near, stand) {
                (Some(near), Some(stand)) => {
                    for (out, (near, stand)) in out.iter_mut().zip(near.iter().zip(stand)) {
                        *out = near.min(*stand);
                    }
                }
                (Some(limits), None) | (None, Some(limits)) => {
                    out.iter_mut().zip(limits).for_each(|(out, v)| *out = *v);
                }
                (None, None) => out.fill(f32::INFINITY),
            }
        };
        lay(
            &mut self.limits.0,
            near.map(|of| of.0),
            stand.map(|of| of.0),
        );
        lay(
            &mut self.limits.1,
            near.map(|of| of.1),
            stand.map(|of| of.1),
        );
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
        if self.neighbours.is_none() && self.positions.is_none() {
            return;
        }
        let cosines = tile.cosines::<K>();
        let rows = &self.limits.0.values()[at.i..at.i + K::MR];
        let columns = &self.limits.1.values()[at.j..at.j + K::NR];
        let Cells { above, stand } = &mut *self.cells;
        let count = kernel.above(cosines, rows, columns, above);
        if count == 0 {
            return;
        }
        if count <= FEW {
            let above = &above[..count];
            if let Some(neighbours) = &mut self.neighbours {
                neighbours.take::<K>(at, cosines, (above, mask.is_some()));
            }
            if let Some(positions) = &mut self.positions {
                let standing = positions.standing::<K>(at, cosines, (above, mask), stand);
                if standing > 0 {
                    positions.count_each::<K>(at, cosines, &stand[..standing]);
                }
            }
        } else {
            // Positives stand low here, or little is known of the nearest rows yet.
            if let Some(neighbours) = &mut self.neighbours {
                let count = neighbours.above(kernel, at, cosines, above);
                neighbours.take::<K>(at, cosines, (&above[..count], mask.is_some()));
            }
            if let Some(positions) = &mut self.positions {
                let masked = &mut self.masked.values_mut()[..cosines.len()];
                let counted = match mask {
                    None => cosines,
                    Some(mask) => {
                        for ((masked, &s), &keep) in masked.iter_mut().zip(cosines).zip(mask) {
                            *masked = if keep == 0.0 { f32::NEG_INFINITY } else { s };
                        }
                        masked
                    }
                };
                positions.count_all(kernel, at, counted);
            }
        }
        if let Some(neighbours) = &mut self.neighbours {
            let limits = &mut *self.limits;
            let stand = self.positions.as_ref().map(Positions::lowest);
            neighbours.make_room(kernel, |raised| {
                let (limits, stand) = if raised.of_row {
                    (&mut limits.0, stand.map(|of| of.0))
                } else {
                    (&mut limits.1, stand.map(|of| of.1))
                };
                let (at, near) = (raised.at, raised.limit);
                limits.values_mut()[at] = stand.map_or(near, |stand| near.min(stand[at]));
            });
        }
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
    pub(super) fn finish<K: Kernel>(self, kernel: K, pairs: u64) -> FoundPositions {
        if let Some(neighbours) = self.neighbours {
            neighbours.finish(kernel);
        }
        if let Some((counts, of_walk)) = self.counts {
            counts.finish(self.groups, pairs, of_walk);
        }
        let positions = self.positions.map(Positions::finish::<K>);
        positions.unwrap_or_default()
    }
}
