//! Files as bytes, without reading them: the one unsafe place of this room.

#![expect(
    unsafe_code,
    reason = "mapping a file is unsafe: its bytes may change underneath"
)]

use std::io;
use std::path::Path;

use memmap2::Mmap;

use super::InputError;
use super::document::{refused, regular};

/// Has the process say why it ends, with status 2, when a file is cut short while it is read; for programs, once, before
/// they open files. Without it, and on other systems than Linux, the signal SIGBUS ends the process without a word.
///
/// Nothing can be caught and no output finished at that point: the bytes that were checked are gone.
pub fn say_if_cut_short() {
    #[cfg(target_os = "linux")]
    {
        const SAID: &[u8] = b"error: an input file could not be read to its end (SIGBUS): it was cut short or replaced \
in place while it was in use, or its disk failed; run again, and leave the files alone until the run ends\n";
        extern "C" fn cut_short(_: libc::c_int) {
            // SAFETY: only `write` and `_exit`, both of which a signal handler may call; the message is static.
            unsafe {
                libc::write(libc::STDERR_FILENO, SAID.as_ptr().cast(), SAID.len());
                libc::_exit(2);
            }
        }
        let handler: extern "C" fn(libc::c_int) = cut_short;
        // SAFETY: the handler is a function of the signature that `signal` asks for and never returns. Rust itself
        // tells overflowing stacks by SIGSEGV on Linux; no one else here handles SIGBUS.
        unsafe { libc::signal(libc::SIGBUS, handler as libc::sighandler_t) };
    }
}

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
    unsafe { Mmap::map(&file) }.map_err(|cause| match cause.kind() {
        io::ErrorKind::OutOfMemory => InputError::Memory {
            source_name: path.display().to_string(),
            bytes: size.into(),
            advice: "give the process more address space (ulimit -v), or read a smaller file",
        },
        _ => refused(path, cause),
    })
}
