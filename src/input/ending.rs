//! Endings of names of files.

use std::ffi::OsStr;
use std::path::Path;

/// Endings of packed files.
const PACKED: [&str; 4] = ["gz", "gzip", "zst", "zstd"];

fn ending(path: &Path) -> String {
    let ending = path.extension();
    ending.map_or_else(String::new, |s| s.to_string_lossy().to_ascii_lowercase())
}

/// The name of what is packed in a file that is called as packed ones are: `x.jsonl` for `x.jsonl.gz`.
pub(super) fn inner(path: &Path) -> Option<&OsStr> {
    let packed = PACKED.contains(&ending(path).as_str());
    path.file_stem().filter(|_| packed)
}

/// The ending that tells the format of a file, in lower case: of `x.jsonl.gz` it is `jsonl`.
pub(super) fn suffix(path: &Path) -> String {
    ending(inner(path).map_or(path, Path::new))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ending_before_that_of_a_packed_file_tells_the_format() {
        for (name, expected) in [
            ("a/x.npy", "npy"),
            ("a.b/x.JSONL.GZ", "jsonl"),
            ("x.snappy.parquet", "parquet"),
            ("x.csv.zst", "csv"),
            ("x.gz", ""),
            ("x.npy.gz.gz", "gz"),
            ("x", ""),
            (".gz", ""),
        ] {
            assert_eq!(suffix(Path::new(name)), expected, "{name}");
        }
    }
}
