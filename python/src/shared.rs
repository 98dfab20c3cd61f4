//! Memory that Python holds, as bytes that the library reads: the one unsafe place of this crate.

#![expect(
    unsafe_code,
    reason = "whether others write to a buffer meanwhile is beyond what the compiler sees"
)]

use std::slice;

use pyo3::PyResult;
use pyo3::buffer::PyBuffer;
use pyo3::exceptions::PyBufferError;
use pyo3::prelude::*;

/// The bytes of an object with Python's buffer protocol. While this lives the object lives, and does not move them.
///
/// - its bytes lie one after the other.
pub(crate) struct Shared(PyBuffer<u8>);

impl Shared {
    /// Those of `object`, whose items are unsigned bytes.
    pub(crate) fn of(object: &Bound<'_, PyAny>) -> PyResult<Self> {
        let buffer = PyBuffer::get(object)?;
        match buffer.is_c_contiguous() {
            true => Ok(Self(buffer)),
            false => Err(PyBufferError::new_err(
                "expected bytes that lie one after the other",
            )),
        }
    }
}

impl AsRef<[u8]> for Shared {
    fn as_ref(&self) -> &[u8] {
        let (start, len) = (self.0.buf_ptr().cast::<u8>(), self.0.len_bytes());
        if len == 0 || start.is_null() {
            return &[];
        }
        // SAFETY: the buffer protocol promises `len` readable bytes at `start` until the buffer is released, which happens
        // when `self` is dropped; `of` saw that they have no gaps. That nobody writes to them during a run cannot be proved
        // here; it is asked of callers in the documentation, as it is of files that are mapped.
        unsafe { slice::from_raw_parts(start, len) }
    }
}
