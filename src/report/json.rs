//! Results as JSON: as they are.

use super::error::ReportError;
use super::text::acts;

/// Anything as indented JSON, ending in a newline, with characters that act on a terminal or begin a command to CI
/// runners as escapes: it reads back the same.
pub(super) fn pretty(value: &impl serde::Serialize, subject: &str) -> Result<Vec<u8>, ReportError> {
    let json = serde_json::to_string_pretty(value).map_err(|source| ReportError::Json {
        subject: subject.to_owned(),
        source,
    })?;
    let mut out = String::with_capacity(json.len() + 1);
    let mut before = ' ';
    for c in json.chars() {
        // Such characters stand in strings only, but for line ends between values.
        if (acts(c) && c != '\n') || (before, c) == ('#', '#') {
            for unit in c.encode_utf16(&mut [0; 2]) {
                out += &format!("\\u{unit:04x}");
            }
        } else {
            out.push(c);
        }
        before = c;
    }
    out.push('\n');
    Ok(out.into_bytes())
}
