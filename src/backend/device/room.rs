//! What lies on a device while a walk lasts.

use super::sums::DeviceSums;
use super::{Mode, Tiles};

/// Sizes of a slot.
#[derive(Clone, Copy)]
pub(super) struct Slot {
    /// Bytes of a row in each plane, and of all rows.
    pub(super) pitch: u64,
    pub(super) plane: u64,
    pub(super) planes: u64,
    /// The same of the rows in f32.
    pub(super) exact_pitch: u64,
    pub(super) exact: u64,
}

impl Slot {
    pub(super) fn new(mode: Mode, tiles: Tiles, dim: usize, rows: usize) -> Self {
        let (count, size) = mode.planes();
        let pitch = (dim as u64 * size).next_multiple_of(tiles.stage());
        let exact_pitch = 4 * dim as u64;
        Self {
            pitch,
            plane: pitch * rows as u64,
            planes: pitch * rows as u64 * count,
            exact_pitch,
            exact: (exact_pitch * rows as u64).next_multiple_of(16),
        }
    }

    pub(super) fn bytes(self) -> u64 {
        self.planes + self.exact
    }
}

/// Everything on the device that lasts as long as the walk: addresses within one allocation.
pub(super) struct Room {
    pub(super) slot: Slot,
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
