//! What lies on a device while a walk lasts, decided from sizes alone.

use super::arguments::runs;
use super::layout::{OperandSizes, TILE};
use super::places::Places;
use super::sums::DeviceSums;
use super::{COLUMN_GROUP, Mode, Tiles};
use crate::kernel::Exponents;
use crate::pass::HISTOGRAM_BINS;

/// Steps that may be under way at once: enough to keep a card busy while the host fills a panel, few enough to stop soon.
pub(super) const UNDER_WAY: usize = 6;

/// Steps whose tasks lie on the card: those under way, one that is on its way, and one that the host has just seen done.
pub(super) const STEPS: usize = UNDER_WAY + 2;

/// Bytes of `Task`.
pub(super) const TASK: u64 = 48;

/// Tiles of a task that have room for partial sums.
const TILES: u64 = 144;

/// Sizes of a slot.
#[derive(Clone, Copy)]
pub(super) struct SlotSizes {
    /// Bytes of a row in each plane, and of all rows.
    pub(super) pitch: u64,
    pub(super) plane: u64,
    pub(super) planes: u64,
    /// The same of the rows in f32.
    pub(super) exact_pitch: u64,
    pub(super) exact: u64,
}

impl SlotSizes {
    pub(super) fn new(mode: Mode, tiles: Tiles, dim: usize, rows: u64) -> Self {
        let (count, size) = mode.planes();
        let pitch = (dim as u64 * size).next_multiple_of(tiles.stage());
        let exact_pitch = 4 * dim as u64;
        Self {
            pitch,
            plane: pitch * rows,
            planes: pitch * rows * count,
            exact_pitch,
            exact: (exact_pitch * rows).next_multiple_of(16),
        }
    }

    pub(super) fn bytes(self) -> u64 {
        self.planes + self.exact
    }
}

/// What the memory of a walk depends on.
#[derive(Clone, Copy)]
pub(super) struct Sizes<'a> {
    pub(super) mode: Mode,
    pub(super) tiles: Tiles,
    pub(super) dim: usize,
    pub(super) a: OperandSizes,
    /// None within one set of rows.
    pub(super) b: Option<OperandSizes>,
    /// Coefficients, and which of them are summed by group.
    pub(super) exponents: &'a Exponents,
    pub(super) grouped: &'a [bool],
    pub(super) tasks: usize,
    /// Pairs that are left out.
    pub(super) excluded: usize,
    /// Rows that have a number, where repeats are looked for.
    pub(super) numbered: u64,
}

impl Sizes<'_> {
    pub(super) fn slot(&self) -> SlotSizes {
        let longest = self.b.map_or(0, |b| b.longest).max(self.a.longest);
        SlotSizes::new(self.mode, self.tiles, self.dim, longest)
    }

    /// Panels of all rows.
    pub(super) fn panels(&self) -> usize {
        self.a.blocks + self.b.map_or(0, |b| b.blocks)
    }

    /// Tasks of a step, at most.
    pub(super) fn step(&self) -> usize {
        COLUMN_GROUP.min(self.tasks)
    }

    /// Slots that `free` bytes have room for, at most one for each panel.
    pub(super) fn slots(&self, free: u64) -> usize {
        let left = free.saturating_sub(self.needed(0));
        (left / self.slot().bytes()).min(self.panels() as u64) as usize
    }

    /// Bytes that are enough for a walk with so many slots.
    pub(super) fn needed(&self, slots: usize) -> u64 {
        let mut places = Places::from(0);
        Room::plan(&mut places, self, 0);
        places.bytes() + slots as u64 * self.slot().bytes()
    }
}

/// Everything on the device that lasts as long as the walk: addresses within one allocation.
pub(super) struct Room {
    pub(super) slot: SlotSizes,
    pub(super) planes: u64,
    pub(super) exact: u64,
    pub(super) tasks: u64,
    pub(super) excluded: u64,
    pub(super) runs: u64,
    pub(super) run_count: u32,
    pub(super) steep: u64,
    pub(super) gentle_partials: u64,
    pub(super) steep_partials: u64,
    pub(super) histogram: u64,
    pub(super) duplicates: u64,
    pub(super) repeats: u64,
    pub(super) order: u64,
    pub(super) rows: DeviceSums,
    /// None within one set of rows.
    pub(super) columns: Option<DeviceSums>,
}

impl Room {
    /// Takes room for a walk with so many slots.
    pub(super) fn plan(places: &mut Places, sizes: &Sizes<'_>, slots: usize) -> Self {
        let (slot, (run_bytes, run_count)) = (sizes.slot(), runs(sizes.exponents));
        let (gentle, steep_count) = (sizes.exponents.gentle(), sizes.exponents.steep().len());
        // Of a tile and a coefficient: its rows, and its columns once or twice.
        let of_task = TILES * TILE as u64 * u64::from(1 + sizes.tiles.halves());
        let partials = sizes.step() as u64 * of_task;
        Self {
            slot,
            planes: places.take(slot.planes * slots as u64),
            exact: places.take(slot.exact * slots as u64),
            tasks: places.take((STEPS * sizes.step()) as u64 * TASK),
            excluded: places.take(4 * sizes.excluded as u64),
            runs: places.take(run_bytes.len() as u64),
            run_count,
            steep: places.take(8 * steep_count as u64),
            gentle_partials: places.take(partials * 4 * gentle as u64),
            steep_partials: places.take(partials * 8 * steep_count as u64),
            histogram: places.take(8 * u64::from(HISTOGRAM_BINS)),
            duplicates: places.take(8),
            repeats: places.take(4 * sizes.numbered),
            order: places.take(4 * sizes.numbered),
            rows: DeviceSums::plan(places, &sizes.a, sizes.grouped),
            columns: (sizes.b.as_ref()).map(|b| DeviceSums::plan(places, b, sizes.grouped)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pass::Layout;

    /// One view of 10,000,000 rows of 768 columns and the coefficients of an audit by default, on cards that leave so many GB
    /// to a walk: how many of the panels stay.
    #[test]
    fn ten_million_rows_are_walked_on_cards_of_every_size() {
        let blocks = Layout::blocks_of(10_000_000);
        let exponents = Exponents::plan(&[4.0, 8.0, 2.0, 1.0 / 0.07]);
        let sums = 10_001_920 * 8 * (2 + 2 * 20);
        for (mode, tiles, panel, cards) in [
            (
                Mode::Bf16x3,
                Tiles::Warps,
                1536 * 768 * 8,
                [(22, 1964), (75, 6520), (133, 6520)],
            ),
            (
                Mode::Bf16,
                Tiles::Warpgroups(132),
                1536 * 768 * 6,
                [(22, 2618), (75, 6520), (133, 6520)],
            ),
        ] {
            let sizes = Sizes {
                mode,
                tiles,
                dim: 768,
                a: OperandSizes::new(&blocks, 20),
                b: None,
                exponents: &exponents,
                grouped: &[false, false, true, true],
                tasks: blocks.len() * (blocks.len() + 1) / 2,
                excluded: 0,
                numbered: 10_001_920,
            };
            assert_eq!((sizes.panels(), sizes.slot().bytes()), (6520, panel));
            // Beside panels and sums: two numbers for each row, the tasks of eight steps, and 32 tasks' partial sums.
            let beside = sizes.needed(0) - sums - 8 * 10_001_920;
            assert!(beside < 64 << 20, "{beside}");
            for (gigabytes, stay) in cards {
                let free = gigabytes * 1_000_000_000;
                let slots = sizes.slots(free);
                assert_eq!(slots, stay, "{mode:?} in {gigabytes} GB");
                let mut places = Places::from(0);
                Room::plan(&mut places, &sizes, slots);
                assert!(places.bytes() <= free);
                assert!(slots == 6520 || sizes.needed(slots + 1) > free);
            }
        }
    }
}
