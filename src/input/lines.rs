//! Plain text, one line for each row.

use std::path::Path;

use super::InputError;
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
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
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
