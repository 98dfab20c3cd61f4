//! Markdown: tables, code, and text that cannot become markup.

use super::text::printable;

/// Lines of cells as a table with a heading, the first `left` columns to the left, the others to the right.
pub(super) fn table(lines: &[Vec<String>], left: usize) -> String {
    let mut out = String::new();
    for (k, line) in lines.iter().enumerate() {
        let cells: Vec<String> = line.iter().map(|cell| escaped(cell)).collect();
        out += &format!("| {} |\n", cells.join(" | "));
        if k == 0 {
            let rule = (0..line.len()).map(|c| if c < left { ":--" } else { "--:" });
            out += &format!("|{}|\n", rule.collect::<Vec<_>>().join("|"));
        }
    }
    out
}

/// As code, unless the text would end the code or the cell.
pub(super) fn code(text: &str) -> String {
    if text.contains(['`', '|']) {
        escaped(text)
    } else {
        format!("`{}`", printable(text))
    }
}

/// With every character that Markdown or HTML could take for markup behind a backslash.
pub(super) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in printable(text).chars() {
        if matches!(
            c,
            '\\' | '`' | '*' | '_' | '<' | '>' | '|' | '[' | ']' | '&' | '#' | '~' | '@' | '$'
        ) {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_cannot_become_markup() {
        assert_eq!(escaped("a|b`c*d_e<f>"), r"a\|b\`c\*d\_e\<f\>");
        assert_eq!(escaped("[x](y)\n# z"), r"\[x\](y)\\n\# z");
        assert_eq!(code("uniformity{t=2}"), "`uniformity{t=2}`");
        assert_eq!(code("a`|"), r"a\`\|");
    }
}
