//! Page-locked memory, which a card reads and writes by itself.

#![expect(unsafe_code, reason = "the driver is C")]

use std::ffi::c_void;

use cudarc::driver::{DriverError, result, sys};

/// Least bytes of it: a panel of 1,536 rows of 1,024 columns. It takes the driver longer to grow it than to have it.
const LEAST: usize = 6 << 20;

/// What is on its way to the card, or from it.
pub(super) struct Staging {
    memory: *mut c_void,
    room: usize,
    /// Passes when the card is done with it.
    pub(super) free: sys::CUevent,
    /// Whose turn it is among several.
    pub(super) turn: u64,
}

impl Staging {
    pub(super) fn new(free: sys::CUevent, turn: u64) -> Self {
        Self {
            memory: std::ptr::null_mut(),
            room: 0,
            free,
            turn,
        }
    }

    /// So many bytes of it; the card must be done with it, and the context current.
    pub(super) fn bytes(&mut self, bytes: usize) -> Result<&mut [u8], DriverError> {
        if self.room < bytes {
            let room = bytes.max(LEAST);
            let old = std::mem::replace(&mut self.memory, std::ptr::null_mut());
            self.room = 0;
            // SAFETY: `old` came from malloc_host (or is null, and then stays); the new buffer replaces it.
            unsafe {
                if !old.is_null() {
                    result::free_host(old)?;
                }
                self.memory = result::malloc_host(room, 0)?;
                std::ptr::write_bytes(self.memory.cast::<u8>(), 0, room);
            }
            self.room = room;
        }
        // SAFETY: the buffer has at least `bytes` initialised bytes, starts on a page, and is borrowed with `self`.
        Ok(unsafe { std::slice::from_raw_parts_mut(self.memory.cast::<u8>(), bytes) })
    }

    /// Gives back what the driver gave.
    ///
    /// # Safety
    /// The context is current, the card is done with the memory, and nobody uses `self` any more.
    pub(super) unsafe fn give_back(&mut self) {
        // SAFETY: the caller's promise; each is given back once. Errors have nobody left to tell.
        unsafe {
            if !self.memory.is_null() {
                let _ = result::free_host(self.memory);
            }
            let _ = result::event::destroy(self.free);
        }
    }
}
