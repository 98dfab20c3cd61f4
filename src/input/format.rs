//! Which format a file has: by its first bytes, and by its name only where it has no such bytes.

use std::path::Path;

use super::InputError;
use super::ending::suffix;
use super::foreign::{self, RAW, filled};
use super::vectors::{self, Vectors};
use super::wanted::Wanted;
use super::words::Words;
use super::{arrow, json_lines, npy};

/// A format some reader of this room understands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FileFormat {
    Npy,
    Npz,
    Safetensors,
    Table(TableFormat),
    JsonLines,
    Vectors(Vectors),
    Words(Words),
}

/// A format made of columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TableFormat {
    Csv,
    Tsv,
    Parquet,
    /// A file (Feather version 2) or a stream.
    Arrow,
}

impl TableFormat {
    pub(super) fn name(self) -> &'static str {
        match self {
            TableFormat::Csv => "CSV",
            TableFormat::Tsv => "TSV",
            TableFormat::Parquet => "Parquet",
            TableFormat::Arrow => "Arrow",
        }
    }

    /// The line of Python that makes an array of embeddings of `bytes`.
    pub(super) fn to_array(self, path: &Path, bytes: &[u8]) -> String {
        let line = match self {
            TableFormat::Csv if is_numbers(bytes, b',') => {
                r#"np.save("OUT.npy", np.loadtxt("FILE", "float32", delimiter=","))"#
            }
            TableFormat::Csv => r#"np.save("OUT.npy", pd.read_csv("FILE").to_numpy("float32"))"#,
            TableFormat::Tsv if is_numbers(bytes, b'\t') => {
                r#"np.save("OUT.npy", np.loadtxt("FILE", "float32"))"#
            }
            TableFormat::Tsv => {
                r#"np.save("OUT.npy", pd.read_csv("FILE", sep="\t").to_numpy("float32"))"#
            }
            TableFormat::Parquet => {
                r#"np.save("OUT.npy", np.stack(pd.read_parquet("FILE")["NAME"]).astype("float32"))"#
            }
            TableFormat::Arrow if bytes.starts_with(arrow::FILE) => {
                r#"np.save("OUT.npy", np.stack(pd.read_feather("FILE")["NAME"]).astype("float32"))"#
            }
            TableFormat::Arrow => {
                r#"np.save("OUT.npy", np.stack(pyarrow.ipc.open_stream("FILE").read_pandas()["NAME"]).astype("float32"))"#
            }
        };
        filled(line, path)
    }
}

/// Whether the first line holds numbers only, so that it is no header.
fn is_numbers(bytes: &[u8], separator: u8) -> bool {
    let line = bytes
        .split(|&byte| byte == b'\n')
        .next()
        .unwrap_or_default();
    line.split(|&byte| byte == separator).all(|field| {
        let field = std::str::from_utf8(field.trim_ascii());
        field.is_ok_and(|field| field.parse::<f64>().is_ok())
    })
}

/// The largest header the safetensors format allows.
pub(super) const SAFETENSORS_MAX_HEADER: u64 = 100_000_000;

/// Decides the format of `bytes`, the contents of `path`.
pub(super) fn sniff(path: &Path, bytes: &[u8], wanted: Wanted) -> Result<FileFormat, InputError> {
    let name = || path.display().to_string();
    let suffix = suffix(path);
    let text = match suffix.as_str() {
        "csv" => Some(TableFormat::Csv),
        "tsv" => Some(TableFormat::Tsv),
        _ => None,
    };
    let vectors = vectors::named(&suffix);
    if let Some(vectors) = vectors.filter(|vectors| vectors.fits(bytes)) {
        return Ok(FileFormat::Vectors(vectors));
    }
    if bytes.starts_with(npy::MAGIC) {
        return Ok(FileFormat::Npy);
    }
    if bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(b"PK\x05\x06") {
        return Ok(FileFormat::Npz);
    }
    if bytes.starts_with(b"version https://git-lfs") {
        return Err(InputError::LfsPointer { path: name() });
    }
    // A table of text may begin with the letters PAR1, but it does not end with them too.
    if bytes.starts_with(b"PAR1") && (text.is_none() || bytes.ends_with(b"PAR1")) {
        return Ok(FileFormat::Table(TableFormat::Parquet));
    }
    if arrow::looks_like(bytes, &suffix) {
        return Ok(FileFormat::Table(TableFormat::Arrow));
    }
    if looks_like_safetensors(bytes, suffix == "safetensors") {
        return Ok(FileFormat::Safetensors);
    }
    if looks_like_pickle(bytes, &suffix) {
        return Err(foreign::pickle(path));
    }
    if json_lines::looks_like(bytes, &suffix) {
        return Ok(FileFormat::JsonLines);
    }
    // A table may begin with any letters, also with those that are the magic of another format.
    let letters = bytes
        .iter()
        .take(4)
        .all(|b| b.is_ascii_graphic() && *b != b'<');
    if text.is_none() || !letters {
        foreign::check(path, &suffix, bytes)?;
    }
    if let Some(table) = text {
        return Ok(FileFormat::Table(table));
    }
    // What is wrong with it is said where it is read.
    if let Some(vectors) = vectors {
        return Ok(FileFormat::Vectors(vectors));
    }
    let advice = match looks_like_text(bytes) {
        true => text_to_ours(wanted, path),
        false => filled(RAW, path),
    };
    let (claimed, expected) = match suffix.as_str() {
        "npy" => (".npy", r"\x93NUMPY"),
        "npz" => (".npz", r"PK\x03\x04 (a zip archive)"),
        "safetensors" => (".safetensors", "an 8-byte header length and `{`"),
        "parquet" => (".parquet", "PAR1"),
        "arrow" => (".arrow", arrow::EXPECTED),
        "arrows" => (".arrows", arrow::EXPECTED),
        "feather" => (".feather", arrow::EXPECTED),
        "jsonl" => (".jsonl", "`{` (one JSON object a line)"),
        "ndjson" => (".ndjson", "`{` (one JSON object a line)"),
        _ => {
            if matches!(wanted, Wanted::Embeddings | Wanted::Names)
                && let Some(words) = Words::of(bytes)
            {
                return Ok(FileFormat::Words(words));
            }
            return Err(InputError::UnknownFormat {
                path: name(),
                expected: match wanted {
                    Wanted::Embeddings => {
                        ".npy, .npz, .safetensors, .parquet, Arrow, JSON lines, word vectors, .csv, .tsv, .fvecs or .fbin"
                    }
                    _ => ".npy, .npz, .safetensors, Arrow, JSON lines, .csv, .tsv or .parquet",
                },
                found: first_bytes(bytes),
                advice,
            });
        }
    };
    Err(InputError::WrongMagic {
        path: name(),
        claimed,
        expected,
        found: first_bytes(bytes),
        advice,
    })
}

fn looks_like_safetensors(bytes: &[u8], named: bool) -> bool {
    let Some((length, rest)) = bytes.split_first_chunk::<8>() else {
        return false;
    };
    let length = u64::from_le_bytes(*length);
    // Raw integers may begin with a small number and 123, which is `{`.
    let header = match rest {
        [b'{', next, ..] => named || b"\"} \t\r\n".contains(next),
        _ => false,
    };
    header && (named || length >= 2) && length <= SAFETENSORS_MAX_HEADER
}

fn looks_like_pickle(bytes: &[u8], suffix: &str) -> bool {
    // Protocols 2 to 5 begin with the opcode PROTO and end with STOP; old checkpoints append their tensors.
    matches!(bytes, [0x80, 2..=5, ..])
        && (bytes.ends_with(b".")
            || matches!(suffix, "pt" | "pth" | "bin" | "ckpt" | "pkl" | "pickle"))
}

/// Whether the first bytes are printed ones: numbers hold zeros, or bytes that no text has.
fn looks_like_text(bytes: &[u8]) -> bool {
    let head = &bytes[..bytes.len().min(256)];
    let printed = |b: &u8| b.is_ascii_graphic() || b.is_ascii_whitespace();
    head.iter().all(printed) || (!head.contains(&0) && std::str::from_utf8(bytes).is_ok())
}

fn text_to_ours(wanted: Wanted, path: &Path) -> String {
    match wanted {
        Wanted::Embeddings => filled(
            r#"write it again, or, if these are numbers as text, np.save("OUT-new.npy", np.loadtxt("FILE", "float32"))"#,
            path,
        ),
        _ => "write it again, or, if this is a table of text, give it a name that ends in .csv or .tsv"
            .to_owned(),
    }
}

fn first_bytes(bytes: &[u8]) -> String {
    let head = &bytes[..bytes.len().min(8)];
    format!("`{}`", head.escape_ascii())
}
