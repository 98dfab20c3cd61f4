//! Small tables of text: columns as wide as their widest cell.

use super::text::columns;

/// Columns before the first cell.
pub(super) const INDENT: usize = 2;

/// The lines with their cells under each other, indented: the first `left` columns to the left, the others to the right.
pub(super) fn aligned(lines: &[Vec<String>], left: usize) -> Vec<String> {
    let count = lines.iter().map(Vec::len).max().unwrap_or(0);
    let width = |k: usize| {
        let cells = lines.iter().filter_map(|line| line.get(k));
        cells.map(|cell| columns(cell)).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..count).map(width).collect();
    lines
        .iter()
        .map(|line| {
            let mut text = " ".repeat(INDENT);
            for (k, (cell, width)) in line.iter().zip(&widths).enumerate() {
                let space = " ".repeat(width - columns(cell));
                if k > 0 {
                    text += "  ";
                }
                text += &if k < left {
                    format!("{cell}{space}")
                } else {
                    format!("{space}{cell}")
                };
            }
            text.trim_end().to_owned()
        })
        .collect()
}
