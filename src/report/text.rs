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

/// The text with all that could act on who reads it spelled out, so that a name from a file drives neither a terminal
/// nor a CI run, and looks like no other.
///
/// Spelled out are control characters (line ends too), characters that reorder or hide text or end lines, and the second
/// character of what begins a command to CI runners: `::` where a word begins, `##` anywhere. Text that has been through
/// this comes out the same.
pub fn printable(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut before = [' ', ' '];
    for c in text.chars() {
        let commands = match (before, c) {
            ([start, ':'], ':') => start.is_whitespace(),
            ([_, '#'], '#') => true,
            _ => false,
        };
        if commands {
            out.extend(c.escape_unicode());
        } else if acts(c) {
            out.extend(c.escape_default());
        } else {
            out.push(c);
        }
        // What is spelled out ends no word.
        before = [before[1], if acts(c) { '\\' } else { c }];
    }
    out
}

/// Whether a character does something rather than being seen: controls, and Unicode's formatting characters but for the
/// joiners that Persian, Indic scripts and emoji are written with.
pub(super) fn acts(c: char) -> bool {
    c.is_control()
        || matches!(
            u32::from(c),
            0xad | 0x61c
                | 0x180e
                | 0x200b
                | 0x200e..=0x200f
                | 0x2028..=0x202e
                | 0x2060..=0x206f
                | 0xfeff
                | 0xfff9..=0xfffb
                | 0xe0000..=0xe007f
        )
}

/// The text, cut and with an ellipsis where it is wider than `width` columns.
pub(super) fn cut(text: &str, width: usize) -> String {
    if columns(text) <= width {
        return text.to_owned();
    }
    let mut used = 0;
    let fits = |c: &char| {
        used += char_columns(*c);
        used < width
    };
    text.chars().take_while(fits).collect::<String>() + "…"
}

/// The text made [`printable`] and broken into lines of at most `width` columns, at spaces where it can.
pub(super) fn wrap(text: &str, width: usize) -> Vec<String> {
    let text = printable(text);
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
        for (at, c) in word.char_indices() {
            let wide = char_columns(c);
            // A line that began so could be a command to a CI runner.
            if used + wide > width && !word[at..].starts_with("::") {
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
    fn names_drive_neither_a_terminal_nor_a_ci_run() {
        for (name, shown) in [
            ("a\x1b[31mb\nc\u{202e}d", "a\\u{1b}[31mb\\nc\\u{202e}d"),
            ("\u{9b}2J\u{7f}\u{feff}", "\\u{9b}2J\\u{7f}\\u{feff}"),
            ("::error::x", r":\u{3a}error::x"),
            ("x ::add-mask::y", r"x :\u{3a}add-mask::y"),
            ("a##vso[task]##[error]", r"a#\u{23}vso[task]#\u{23}[error]"),
            (
                "ü漢.npy 👨\u{200d}👩 a::b #1 C:",
                "ü漢.npy 👨\u{200d}👩 a::b #1 C:",
            ),
        ] {
            assert_eq!(printable(name), shown);
            assert_eq!(printable(shown), shown);
        }
    }

    #[test]
    fn no_line_is_broken_where_a_command_would_begin() {
        assert_eq!(wrap("abcd::error::x", 4), ["abcd:", ":err", "or::", "x"]);
        assert_eq!(wrap("abcd ::e", 4), ["abcd", r":\u{", "3a}e"]);
    }

    #[test]
    fn what_is_too_wide_is_cut() {
        assert_eq!(cut("german", 6), "german");
        assert_eq!(cut("german", 5), "germ…");
        assert_eq!(cut("漢字漢字", 6), "漢字…");
    }
}
