//! Formats that are known by their first bytes but not read, each with the line that converts it.

use std::path::Path;

use super::InputError;
use super::ending;
use super::lines::without_mark;

/// How files of a format begin, what it is called, and a line that makes a file of ours of it. In the line `FILE` stands
/// for the file's name and `OUT` for the name without its ending.
const KNOWN: &[(&[u8], &str, &str)] = &[
    (b"BZh", "compressed with bzip2", "bunzip2 FILE"),
    (b"\xfd7zXZ\0", "compressed with xz", "unxz FILE"),
    (b"\x04\x22\x4d\x18", "compressed with lz4", "lz4 -d FILE"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive", "7z x FILE"),
    (
        b"\x89HDF\r\n\x1a\n",
        "HDF5",
        r#"np.save("OUT.npy", h5py.File("FILE")["NAME"][:]), where list(h5py.File("FILE")) gives the names"#,
    ),
    (
        b"FEA1",
        "Feather (version 1)",
        r#"np.save("OUT.npy", pd.read_feather("FILE").to_numpy("float32"))"#,
    ),
    (
        b"ORC",
        "ORC",
        r#"np.save("OUT.npy", np.stack(pd.read_orc("FILE")["NAME"]).astype("float32"))"#,
    ),
    (
        b"Obj\x01",
        "Avro",
        r#"np.save("OUT.npy", np.array([row["NAME"] for row in fastavro.reader(open("FILE", "rb"))], "float32"))"#,
    ),
    (
        b"MATLAB",
        "a MATLAB file",
        r#"np.save("OUT.npy", scipy.io.loadmat("FILE")["NAME"])"#,
    ),
    (
        b"SQLite format 3\0",
        "an SQLite database",
        r#"np.save("OUT.npy", np.stack([np.frombuffer(row[0], "float32") for row in sqlite3.connect("FILE").execute("select NAME from TABLE")]))"#,
    ),
    (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        "an Excel workbook (.xls)",
        WORKBOOK,
    ),
    (
        b"IxF",
        "a FAISS index",
        r#"index = faiss.read_index("FILE"); np.save("OUT.npy", index.reconstruct_n(0, index.ntotal))"#,
    ),
    (
        b"GGUF",
        "GGUF (weights of a model)",
        "these are no embeddings: encode your items and save the vectors with np.save",
    ),
];

const PICKLE: &str = r#"safetensors.torch.save_file({"x": torch.load("FILE")["NAME"]}, "OUT.safetensors"), or, if pandas or pickle wrote it, np.save("OUT.npy", np.asarray(pd.read_pickle("FILE")))"#;
const WORKBOOK: &str = r#"np.save("OUT.npy", pd.read_excel("FILE").to_numpy())"#;
const LINES: &str =
    r#"np.save("OUT.npy", np.array([json.loads(line) for line in open("FILE")], "float32"))"#;
const JSON: &str = r#"np.save("OUT.npy", np.array(json.load(open("FILE")), "float32")), after picking the list of vectors out of it"#;
const UTF16: &str =
    r#"open("OUT-utf8.csv", "w", encoding="utf-8").write(open("FILE", encoding="utf-16").read())"#;
const TAR: &str = "tar -xf FILE";
const PAGE: &str =
    "this is no data: the download went wrong (a login or an error page); fetch the file again";
pub(super) const RAW: &str = r#"write it again, or, if these are raw numbers without a header, as tofile and np.memmap write them, add one: np.save("OUT-new.npy", np.fromfile("FILE", "float32").reshape(-1, COLUMNS))"#;

/// Refuses contents that are known but not read.
pub(super) fn check(path: &Path, suffix: &str, bytes: &[u8]) -> Result<(), InputError> {
    let mut known = KNOWN.iter();
    let found = known.find(|(magic, ..)| bytes.starts_with(magic));
    let found = found.map(|&(_, format, line)| (format, line));
    match found.or_else(|| by_shape(suffix, bytes)) {
        None => Ok(()),
        Some((format, line)) => Err(refused(path, format, line)),
    }
}

/// What is packed (a tar archive apart, whose program unpacks it) must be unpacked before the line can be used.
fn refused(path: &Path, format: &'static str, line: &str) -> InputError {
    let line = match ending::inner(path) {
        Some(inner) if line != TAR => {
            format!("unpack it, then {}", filled(line, Path::new(inner)))
        }
        _ => filled(line, path),
    };
    InputError::Foreign {
        path: path.display().to_string(),
        format,
        line,
    }
}

/// Refuses a pickle, which is known by more than its first bytes.
pub(super) fn pickle(path: &Path) -> InputError {
    InputError::Pickle {
        path: path.display().to_string(),
        line: filled(PICKLE, path),
    }
}

/// Refuses a workbook, which is a zip archive as .npz is.
pub(super) fn workbook(path: &Path) -> InputError {
    refused(path, "an Excel workbook", WORKBOOK)
}

/// Formats without a fixed beginning.
fn by_shape(suffix: &str, bytes: &[u8]) -> Option<(&'static str, &'static str)> {
    let text = without_mark(bytes);
    let text = text.trim_ascii_start();
    let lower = text.get(..14).unwrap_or(text).to_ascii_lowercase();
    if lower.starts_with(b"<!doctype html") || lower.starts_with(b"<html") {
        return Some(("a web page (HTML)", PAGE));
    }
    let table = matches!(suffix, "csv" | "tsv");
    let object = text.starts_with(b"{") && is_next(&text[1..], b"\"}");
    let list = text.starts_with(b"[") && is_next(&text[1..], b"[{]\"-0123456789");
    if suffix == "json" || (!table && (object || list)) {
        // Lines of objects are read.
        return Some(match list && matches!(suffix, "jsonl" | "ndjson") {
            true => ("JSON lines of lists instead of objects", LINES),
            false => ("JSON", JSON),
        });
    }
    // A byte order mark, and a first character that is a letter or a digit.
    if matches!(
        bytes,
        [0xff, 0xfe, 1..=255, 0, ..] | [0xfe, 0xff, 0, 1..=255, ..]
    ) {
        return Some(("text in UTF-16", UTF16));
    }
    (bytes.get(257..262) == Some(b"ustar")).then_some(("a tar archive", TAR))
}

/// Whether the first byte that is no white space is one of `wanted`.
fn is_next(text: &[u8], wanted: &[u8]) -> bool {
    let next = text.trim_ascii_start().first();
    next.is_some_and(|byte| wanted.contains(byte))
}

/// A line with the names of a file in it.
pub(super) fn filled(line: &str, path: &Path) -> String {
    let named = |part: Option<&std::ffi::OsStr>| {
        part.unwrap_or(path.as_os_str())
            .to_string_lossy()
            .into_owned()
    };
    line.replace("FILE", &named(path.file_name()))
        .replace("OUT", &named(path.file_stem()))
}
