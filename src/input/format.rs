//! Which format a file has: by its first bytes, and by its name only where text has no such bytes.

use std::path::Path;

use super::InputError;
use super::npy;

/// A format some reader of this room understands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    Npy,
    Npz,
    Safetensors,
    Table(Table),
}

/// A format made of columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Table {
    Csv,
    Tsv,
    Parquet,
}

impl Table {
    pub(super) fn name(self) -> &'static str {
        match self {
            Table::Csv => "CSV",
            Table::Tsv => "TSV",
            Table::Parquet => "Parquet",
        }
    }
}

/// The largest header the safetensors format allows.
pub(super) const SAFETENSORS_MAX_HEADER: u64 = 100_000_000;

/// Decides the format of `bytes`, the contents of `path`.
pub(super) fn sniff(path: &Path, bytes: &[u8]) -> Result<Format, InputError> {
    let name = || path.display().to_string();
    let suffix = path
        .extension()
        .map(|s| s.to_string_lossy().to_ascii_lowercase())
        .unwrap_or_default();
    let text = match suffix.as_str() {
        "csv" => Some(Table::Csv),
        "tsv" => Some(Table::Tsv),
        _ => None,
    };
    if bytes.starts_with(npy::MAGIC) {
        return Ok(Format::Npy);
    }
    if bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(b"PK\x05\x06") {
        return Ok(Format::Npz);
    }
    if bytes.starts_with(b"version https://git-lfs") {
        return Err(InputError::LfsPointer { path: name() });
    }
    // A table of text may begin with the letters PAR1, but it does not end with them too.
    if bytes.starts_with(b"PAR1") && (text.is_none() || bytes.ends_with(b"PAR1")) {
        return Ok(Format::Table(Table::Parquet));
    }
    if looks_like_safetensors(bytes) {
        return Ok(Format::Safetensors);
    }
    if looks_like_pickle(bytes, &suffix) {
        return Err(InputError::Pickle { path: name() });
    }
    if let Some(table) = text {
        return Ok(Format::Table(table));
    }
    let (claimed, expected) = match suffix.as_str() {
        "npy" => (".npy", r"\x93NUMPY"),
        "npz" => (".npz", r"PK\x03\x04 (a zip archive)"),
        "safetensors" => (".safetensors", "an 8-byte header length and `{`"),
        "parquet" => (".parquet", "PAR1"),
        _ => {
            return Err(InputError::UnknownFormat {
                path: name(),
                found: first_bytes(bytes),
            });
        }
    };
    Err(InputError::WrongMagic {
        path: name(),
        claimed,
        expected,
        found: first_bytes(bytes),
    })
}

fn looks_like_safetensors(bytes: &[u8]) -> bool {
    let Some((length, rest)) = bytes.split_first_chunk::<8>() else {
        return false;
    };
    u64::from_le_bytes(*length) <= SAFETENSORS_MAX_HEADER && rest.first() == Some(&b'{')
}

fn looks_like_pickle(bytes: &[u8], suffix: &str) -> bool {
    // Protocols 2 to 5 begin with the opcode PROTO and end with STOP; old checkpoints append their tensors.
    matches!(bytes, [0x80, 2..=5, ..])
        && (bytes.ends_with(b".")
            || matches!(suffix, "pt" | "pth" | "bin" | "ckpt" | "pkl" | "pickle"))
}

fn first_bytes(bytes: &[u8]) -> String {
    let head = &bytes[..bytes.len().min(8)];
    format!("`{}`", head.escape_ascii())
}
