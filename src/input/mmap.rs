//! Files as bytes, without reading them: the one unsafe place of this room.

#![expect(
    unsafe_code,
    reason = "mapping a file is unsafe: its bytes may change underneath"
)]

use std::fs::{self, File};
use std::io;
use std::path::Path;

use memmap2::Mmap;

use super::InputError;

/// The bytes of a file, paged in when they are touched.
///
/// The file must not be truncated or rewritten in place while it is mapped: a truncation ends the process with
/// SIGBUS, a rewrite changes numbers that were already checked. Writers that rename a finished file into place
/// are safe.
pub(super) fn map(path: &Path) -> Result<Mmap, InputError> {
    let refused = |cause: io::Error| {
        let path = path.display().to_string();
        match cause.kind() {
            io::ErrorKind::NotFound => InputError::Missing { path },
            io::ErrorKind::PermissionDenied => InputError::Forbidden { path },
            _ => InputError::Unreadable { path, cause },
        }
    };
    // Asked before opening: opening a pipe would wait for its writer.
    let about = fs::metadata(path).map_err(refused)?;
    let name = || path.display().to_string();
    if about.is_dir() {
        return Err(InputError::Directory { path: name() });
    }
    if !about.is_file() {
        return Err(InputError::NotRegular { path: name() });
    }
    if about.len() == 0 {
        return Err(InputError::Empty { path: name() });
    }
    let file = File::open(path).map_err(refused)?;
    // SAFETY: the map is private to this process's reading and never written through. That nobody truncates the
    // file meanwhile cannot be proved here; it is asked of the caller in the documentation of this function and
    // of the doors, as every tool that maps its input must.
    unsafe { Mmap::map(&file) }.map_err(refused)
}
