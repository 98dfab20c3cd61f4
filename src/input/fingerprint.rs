//! Which files a path stands for, and what is in them: to know later that they are the same.

use std::fmt::Write;
use std::io::Read;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::document::{refused, regular};
use super::error::InputError;
use super::shards::{Resolved, find};
use super::wanted::Wanted;

/// Bytes that are read at once.
const CHUNK: usize = 1 << 20;

/// The files that a path of an argument stands for: itself, those in a folder, or those that a pattern names.
///
/// # Errors
/// [`InputError`].
pub fn files_of(path: &Path, tensor: Option<&str>) -> Result<Vec<PathBuf>, InputError> {
    Ok(match find(path, tensor, Wanted::Embeddings)? {
        Resolved::File(file, _) => vec![file],
        Resolved::Shards(shards) => shards.files,
    })
}

/// The size of a file in bytes.
///
/// # Errors
/// [`InputError`], also of pipes and devices.
pub fn size(path: &Path) -> Result<u64, InputError> {
    Ok(regular(path)?.1)
}

/// The size of a file in bytes, and the SHA-256 of its contents in hexadecimal.
///
/// Cost: one reading of the file.
///
/// # Errors
/// [`InputError`], also of pipes and devices: they are not there again.
pub fn fingerprint(path: &Path) -> Result<(u64, String), InputError> {
    let (mut file, _) = regular(path)?;
    let (mut hash, mut buffer, mut size) = (Sha256::new(), vec![0; CHUNK], 0);
    loop {
        let read = file.read(&mut buffer);
        match read.map_err(|cause| refused(path, cause))? {
            0 => break,
            count => {
                size += count as u64;
                hash.update(&buffer[..count]);
            }
        }
    }
    let sum = hash.finalize();
    let hexadecimal = sum.iter().fold(String::new(), |mut text, byte| {
        // A string takes everything.
        let _ = write!(text, "{byte:02x}");
        text
    });
    Ok((size, hexadecimal))
}
