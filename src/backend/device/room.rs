//! What lies on a device while a walk lasts.

use super::sums::DeviceSums;
use super::{Memory, Mode, STAGE};

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
    pub(super) fn new(mode: Mode, dim: usize, rows: usize) -> Self {
        let (count, size) = mode.planes();
        let pitch = (dim as u64 * size).next_multiple_of(STAGE);
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

/// Everything on the device that lasts as long as the walk.
pub(super) struct Room<'a> {
    pub(super) slot: Slot,
    pub(super) planes: Memory<'a>,
    pub(super) exact: Memory<'a>,
    pub(super) tasks: Memory<'a>,
    pub(super) excluded: Memory<'a>,
    pub(super) runs: Memory<'a>,
    pub(super) run_count: u32,
    pub(super) steep: Memory<'a>,
    pub(super) gentle_partials: Memory<'a>,
    pub(super) steep_partials: Memory<'a>,
    pub(super) histogram: Memory<'a>,
    pub(super) duplicates: Memory<'a>,
    pub(super) repeats: Memory<'a>,
    pub(super) order: Memory<'a>,
    pub(super) rows: DeviceSums<'a>,
    /// None within one set of rows.
    pub(super) columns: Option<DeviceSums<'a>>,
}
