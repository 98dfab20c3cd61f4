//! The first line of a table of text.

/// Whether the first line of a table of text names its columns. A line of integers (or, where those are wanted, of
/// `real` numbers) is data: taking it for names would lose a row without a word.
pub(super) fn has_header(bytes: &[u8], separator: u8, real: bool) -> bool {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let line = bytes.split(|&b| b == b'\n').next().unwrap_or_default();
    !line.split(|&b| b == separator).all(|field| {
        let field = String::from_utf8_lossy(field);
        let field = field.trim().trim_matches('"').trim();
        field.parse::<i128>().is_ok() || (real && field.parse::<f64>().is_ok())
    })
}
