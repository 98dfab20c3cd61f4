//! Plain text, one line for each row.

use std::path::Path;

use super::InputError;
use super::lines::without_mark;
use super::open_bytes;
use crate::data::Names;

/// Whether a file is taken for lines of text: by its name, since text has no first bytes of its own.
pub(super) fn are_in(path: &Path) -> bool {
    path.extension()
        .is_some_and(|extension| extension.eq_ignore_ascii_case("txt"))
}

/// The lines, without what ends them (LF or CRLF); an empty line is a row, what follows the last end is none.
pub(super) fn lines(path: &Path) -> Result<Names, InputError> {
    let name = path.display().to_string();
    let bytes = open_bytes(path)?;
    let bytes = (*bytes).as_ref();
    let bytes = without_mark(bytes);
    let whole = bytes.strip_suffix(b"\n").unwrap_or(bytes);
    let text = |(row, line): (usize, &[u8])| {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let text = std::str::from_utf8(line).map_err(|_| InputError::NoText {
            source_name: name.clone(),
            row,
        })?;
        Ok(text.to_owned())
    };
    let lines = whole.split(|byte| *byte == b'\n').enumerate();
    let values = lines.map(text).collect::<Result<_, InputError>>()?;
    Ok(Names { name, values })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> Result<Vec<String>, InputError> {
        let dir = tempfile::tempdir().expect("a directory");
        let path = dir.path().join("words.TXT");
        std::fs::write(&path, bytes).expect("written");
        assert!(are_in(&path));
        lines(&path).map(|names| names.values)
    }

    #[test]
    fn a_line_is_a_row_whatever_ends_it() {
        for (bytes, rows) in [
            ("a\nb", &["a", "b"][..]),
            ("a\nb\n", &["a", "b"]),
            ("a\r\n\r\nb\r\n", &["a", "", "b"]),
            ("\u{feff}\u{e4}, \"b\"\tc\n\n", &["\u{e4}, \"b\"\tc", ""]),
            ("\n", &[""]),
        ] {
            assert_eq!(read(bytes.as_bytes()).expect("text"), rows, "{bytes:?}");
        }
    }

    #[test]
    fn what_is_no_text_is_refused_with_its_row() {
        let refused = read(b"a\n\xff\nb\n").expect_err("no UTF-8");
        assert!(
            matches!(refused, InputError::NoText { row: 1, .. }),
            "{refused}"
        );
        assert!(matches!(read(b""), Err(InputError::Empty { .. })));
    }
}
