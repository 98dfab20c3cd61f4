//! Files packed with gzip or zstd: unpacked into memory, whatever format they hold.

use std::io::{self, Read};
use std::path::Path;
use std::sync::Arc;

use flate2::bufread::MultiGzDecoder;

use super::InputError;
use super::ending::suffix;
use super::foreign;
use super::room::grow;
use super::vectors;
use super::wanted::Wanted;
use crate::data::Bytes;

/// Bytes that are unpacked at a time.
const STEP: usize = 1 << 18;
/// Numbers do not pack better than this, except such as are all alike.
const MOST_RATIO: usize = 200;
/// Contents up to this length may be all alike.
const HARMLESS: usize = 64 << 20;

/// How a file is packed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Packing {
    Gzip,
    Zstd,
}

impl Packing {
    /// That of `bytes`, the contents of `path`.
    fn of(path: &Path, bytes: &[u8]) -> Option<Self> {
        let packing = match bytes {
            [0x1f, 0x8b, 0x08, ..] => Self::Gzip,
            [0x28, 0xb5, 0x2f, 0xfd, ..] => Self::Zstd,
            _ => return None,
        };
        // Counts of vectors may be those bytes by chance.
        let vectors = vectors::named(&suffix(path));
        let plain = vectors.is_some_and(|vectors| vectors.fits(bytes));
        (!plain).then_some(packing)
    }

    fn name(self) -> &'static str {
        match self {
            Self::Gzip => "gzip",
            Self::Zstd => "zstd",
        }
    }

    /// The line that unpacks a file.
    fn line(self) -> &'static str {
        match self {
            Self::Gzip => "gunzip FILE",
            Self::Zstd => "zstd -d FILE",
        }
    }
}

/// `bytes`, the contents of `path`, or what is packed in them.
pub(super) fn unpacked(path: &Path, bytes: Bytes, wanted: Wanted) -> Result<Bytes, InputError> {
    let packed = (*bytes).as_ref();
    let Some(packing) = Packing::of(path, packed) else {
        return Ok(bytes);
    };
    let unpacking = Unpacking {
        path,
        packing,
        len: packed.len(),
    };
    let contents = match packing {
        Packing::Gzip => {
            let stream = MultiGzDecoder::new(packed);
            unpacking.read(stream, |stream| stream.get_ref().len())?
        }
        Packing::Zstd => zstd(&unpacking, packed, wanted)?,
    };
    if contents.is_empty() {
        let (name, place) = (path.display().to_string(), "what is packed in it");
        let (expected, advice) = ("at least one byte", "write the file again");
        return Err(InputError::row(name, place, expected, "none", advice));
    }
    if Packing::of(path, &contents).is_some() {
        return Err(InputError::Foreign {
            path: path.display().to_string(),
            format: "packed twice",
            line: foreign::filled(packing.line(), path),
        });
    }
    Ok(Arc::new(contents))
}

#[cfg(feature = "tables")]
fn zstd(unpacking: &Unpacking<'_>, packed: &[u8], _: Wanted) -> Result<Vec<u8>, InputError> {
    let stream = ::zstd::stream::read::Decoder::with_buffer(packed);
    let stream = stream.map_err(|cause| unpacking.failed(packed.len(), 0, cause))?;
    unpacking.read(stream, |stream| stream.get_ref().len())
}

#[cfg(not(feature = "tables"))]
fn zstd(unpacking: &Unpacking<'_>, _: &[u8], wanted: Wanted) -> Result<Vec<u8>, InputError> {
    Err(InputError::TablesNotBuilt {
        path: unpacking.path.display().to_string(),
        wanted: wanted.name(),
        format: "packed with zstd",
    })
}

/// A file that is being unpacked.
struct Unpacking<'a> {
    path: &'a Path,
    packing: Packing,
    /// Packed bytes.
    len: usize,
}

impl Unpacking<'_> {
    /// All that `stream` has; `left` tells how many packed bytes it did not look at yet.
    fn read<R: Read>(
        &self,
        mut stream: R,
        left: impl Fn(&R) -> usize,
    ) -> Result<Vec<u8>, InputError> {
        let name = self.path.display().to_string();
        let mut contents: Vec<u8> = Vec::new();
        loop {
            let before = contents.len();
            if contents.capacity() - before < STEP {
                grow(&name, &mut contents, STEP)?;
            }
            let read = (stream.by_ref())
                .take(STEP as u64)
                .read_to_end(&mut contents);
            read.map_err(|cause| self.failed(left(&stream), contents.len(), cause))?;
            let unpacked = contents.len();
            if unpacked == before {
                return Ok(contents);
            }
            if unpacked > HARMLESS && unpacked / MOST_RATIO > self.len {
                return Err(InputError::Bomb {
                    path: name,
                    format: self.packing.name(),
                    most: MOST_RATIO,
                    len: self.len,
                    unpacked,
                    line: foreign::filled(self.packing.line(), self.path),
                });
            }
        }
    }

    /// Refuses a stream that has `left` bytes which were not looked at.
    fn failed(&self, left: usize, unpacked: usize, cause: io::Error) -> InputError {
        InputError::Packed {
            path: self.path.display().to_string(),
            format: self.packing.name(),
            at: self.len.saturating_sub(left),
            len: self.len,
            unpacked,
            cause,
        }
    }
}
