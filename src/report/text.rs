//! Text in columns: widths, wrapping, and names made safe to print.

/// Columns a terminal gives to the text.
///
/// East Asian wide characters and emoji take two, combining marks none; the rare rest is counted as one.
pub(super) fn columns(text: &str) -> usize {
    text.chars().map(char_columns).sum()
}

pub(super) fn char_columns(c: char) -> usize {
    match u32::from(c) {
        0x0300..=0x036f | 0x200b..=0x200f | 0xfe00..=0xfe0f => 0,
        0x1100..=0x115f
        | 0x2e80..=0xa4cf
        | 0xac00..=0xd7a3
        | 0xf900..=0xfaff
        | 0xfe30..=0xfe6f
        | 0xff00..=0xff60
        | 0xffe0..=0xffe6
        | 0x1f300..=0x1faff
        | 0x20000..=0x3fffd => 2,
        _ => 1,
    }
}

/// The text with control characters spelled out: a file name must not be able to drive the terminal.
pub(super) fn printable(text: &str) -> String {
    let reorders = |c: char| matches!(u32::from(c), 0x2028..=0x202e | 0x2066..=0x2069);
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_control() || reorders(c) {
            out.extend(c.escape_default());
        } else {
            out.push(c);
        }
    }
    out
}

/// Breaks printable text into lines of at most `width` columns, at spaces where it can.
pub(super) fn wrap(text: &str, width: usize) -> Vec<String> {
    let width = width.max(2);
    let mut lines = Vec::new();
    let mut line = String::new();
    let mut used = 0;
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        let long = columns(word);
        if used > 0 && used + 1 + long > width {
            lines.push(std::mem::take(&mut line));
            used = 0;
        }
        if used > 0 {
            line.push(' ');
            used += 1;
        }
        for c in word.chars() {
            let wide = char_columns(c);
            if used + wide > width {
                lines.push(std::mem::take(&mut line));
                used = 0;
            }
            line.push(c);
            used += wide;
        }
    }
    if !line.is_empty() || lines.is_empty() {
        lines.push(line);
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_kept_whole_unless_they_are_wider_than_a_line() {
        assert_eq!(wrap("all pairs i < j", 9), ["all pairs", "i < j"]);
        assert_eq!(wrap("a bbbbbbbbbb c", 4), ["a", "bbbb", "bbbb", "bb c"]);
        assert_eq!(wrap("", 10), [""]);
        assert_eq!(wrap("漢字漢字", 4), ["漢字", "漢字"]);
    }

    #[test]
    fn names_cannot_drive_the_terminal() {
        assert_eq!(
            printable("a\x1b[31mb\nc\u{202e}d"),
            "a\\u{1b}[31mb\\nc\\u{202e}d"
        );
        assert_eq!(printable("ü漢.npy"), "ü漢.npy");
    }
}
