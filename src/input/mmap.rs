//! Files as bytes, without reading them: the one unsafe place of this room.

#![expect(
    unsafe_code,
    reason = "mapping a file is unsafe: its bytes may change underneath"
)]

use std::path::Path;

use memmap2::Mmap;

use super::InputError;
use super::document::{refused, regular};

/// The bytes of a file, paged in when they are touched.
///
/// The file must not be truncated or rewritten in place while it is mapped: a truncation ends the process with
/// SIGBUS, a rewrite changes numbers that were already checked. Writers that rename a finished file into place
/// are safe.
pub(super) fn map(path: &Path) -> Result<Mmap, InputError> {
    let (file, size) = regular(path)?;
    if size == 0 {
        let path = path.display().to_string();
        return Err(InputError::Empty { path });
    }
    // SAFETY: the map is private to this process's reading and never written through. That nobody truncates the
    // file meanwhile cannot be proved here; it is asked of the caller in the documentation of this function and
    // of the doors, as every tool that maps its input must.
    unsafe { Mmap::map(&file) }.map_err(|cause| refused(path, cause))
}
