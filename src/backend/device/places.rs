//! One allocation for everything that a walk has on a device.

use super::{Device, DeviceError};

/// Things that lie one after the other, from an address on: from 0 to learn how much room they take.
pub(super) struct Places {
    start: u64,
    next: u64,
}

impl Places {
    pub(super) fn from(start: u64) -> Self {
        Self { start, next: start }
    }

    /// Where the next `bytes` bytes begin; never nothing, so that every address is valid.
    pub(super) fn take(&mut self, bytes: u64) -> u64 {
        let at = self.next;
        self.next += bytes.max(1).next_multiple_of(256);
        at
    }

    /// Bytes of all.
    pub(super) fn bytes(&self) -> u64 {
        self.next - self.start
    }
}

/// Copies `bytes` to an address of the device.
pub(super) fn put(device: &dyn Device, to: u64, bytes: &[u8]) -> Result<(), DeviceError> {
    if bytes.is_empty() {
        return Ok(());
    }
    device.upload(to, bytes.len(), &mut |buffer| buffer.copy_from_slice(bytes))
}
