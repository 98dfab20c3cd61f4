//! Documents that are read whole: JSON and TOML, which are small or not what they are taken for.

use crate::num::counted;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

use super::{InputError, lent, remote};

/// Bytes of the largest JSON document that is read: a saved audit with hundreds of slices has some tens of megabytes.
pub const MOST_JSON: u64 = 256 << 20;
/// Bytes of the largest TOML document that is read: policies and plans have a few kilobytes.
pub const MOST_TOML: u64 = 1 << 20;

/// The bytes of a regular file of at most `most` bytes; it may be empty.
///
/// # Errors
/// [`InputError`]: no such file, no regular one (which might never end), or a larger one.
pub fn read_document(path: &Path, most: u64) -> Result<Vec<u8>, InputError> {
    let too_large = |found: String| InputError::TooLarge {
        path: path.display().to_string(),
        most: most >> 20,
        found,
    };
    if let Some(bytes) = lent::contents(path)? {
        let bytes = (*bytes).as_ref();
        return match bytes.len() as u64 > most {
            true => Err(too_large(counted(bytes.len(), "byte"))),
            false => Ok(bytes.to_vec()),
        };
    }
    let (file, size) = regular(path)?;
    if size > most {
        return Err(too_large(counted(size, "byte")));
    }
    let mut bytes = Vec::new();
    // A file may grow, and some that are called regular do not tell their size.
    let read = file.take(most + 1).read_to_end(&mut bytes);
    read.map_err(|cause| refused(path, cause))?;
    if bytes.len() as u64 > most {
        return Err(too_large("more".to_owned()));
    }
    Ok(bytes)
}

/// A regular file, opened, and its size in bytes.
pub(super) fn regular(path: &Path) -> Result<(File, u64), InputError> {
    if let Some(address) = remote::address(path) {
        return remote::fetched(address);
    }
    // Asked before opening: opening a pipe would wait for its writer.
    let about = fs::metadata(path).map_err(|cause| refused(path, cause))?;
    let name = || path.display().to_string();
    if about.is_dir() {
        return Err(InputError::Directory { path: name() });
    }
    if !about.is_file() {
        return Err(InputError::NotRegular { path: name() });
    }
    let file = File::open(path).map_err(|cause| refused(path, cause))?;
    Ok((file, about.len()))
}

pub(super) fn refused(path: &Path, cause: io::Error) -> InputError {
    let path = path.display().to_string();
    match cause.kind() {
        io::ErrorKind::NotFound => InputError::Missing { path },
        io::ErrorKind::PermissionDenied => InputError::Forbidden { path },
        _ => InputError::Unreadable { path, cause },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_is_read_up_to_its_limit() {
        let dir = tempfile::tempdir().expect("a directory");
        let path = dir.path().join("policy.toml");
        for size in [0, (1 << 20) - 1, 1 << 20] {
            fs::write(&path, vec![b'#'; size]).expect("written");
            assert_eq!(read_document(&path, MOST_TOML).expect("read").len(), size);
        }
        fs::write(&path, vec![b'#'; (1 << 20) + 1]).expect("written");
        let refusal = read_document(&path, MOST_TOML).expect_err("one byte too many");
        let said = refusal.to_string();
        assert!(
            said.contains("at most 1 MiB, found 1,048,577 bytes"),
            "{said}"
        );
    }

    /// Neither ends, and one says that it holds nothing.
    #[cfg(unix)]
    #[test]
    fn what_does_not_end_is_refused() {
        let refusal = read_document(Path::new("/dev/zero"), MOST_TOML).expect_err("a device");
        assert!(
            matches!(refusal, InputError::NotRegular { .. }),
            "{refusal}"
        );
        let dir = tempfile::tempdir().expect("a directory");
        let path = dir.path().join("sparse.json");
        let file = File::create(&path).expect("made");
        file.set_len(1 << 33).expect("a sparse file");
        let refusal = read_document(&path, MOST_JSON).expect_err("8 GiB");
        assert!(matches!(refusal, InputError::TooLarge { .. }), "{refusal}");
    }
}
