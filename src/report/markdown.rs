//! A document as GitHub-flavoured Markdown: for pull requests and step summaries.

use super::document::{ABSENT, Block, Cell, ColumnKind, Document, Table, Tone};
use super::number::percent;
use super::text::printable;
use crate::result::Severity;

/// The document for pages that take Markdown.
pub(super) fn markdown(document: &Document) -> String {
    let mut out = format!("## {}\n", escaped(&document.title));
    let entry = |name: &str, text: &str| format!("- **{}:** {}\n", escaped(name), escaped(text));
    for block in document.on_page() {
        out.push('\n');
        out += &match block {
            Block::Heading(text) => format!("### {}\n", escaped(&capitalised(text))),
            Block::Card(entries) => entries.iter().map(|(n, text)| entry(n, text)).collect(),
            Block::Table(of) => table(of),
            Block::Text(text) | Block::Foot(text) => format!("{}\n", escaped(text)),
            Block::Remarks(_, texts) => {
                let lines = texts.iter().map(|text| format!("- {}\n", escaped(text)));
                lines.collect()
            }
            Block::Notes(notes) => {
                let lines = notes.iter().map(|(severity, text)| match severity {
                    Severity::Warning => entry("warning", text),
                    Severity::Info => entry("note", text),
                });
                lines.collect()
            }
        };
    }
    out
}

fn capitalised(text: &str) -> String {
    let mut chars = text.chars();
    let first = chars.next().map(|c| c.to_uppercase().to_string());
    first.unwrap_or_default() + chars.as_str()
}

/// Columns that are joined are one.
fn table(table: &Table) -> String {
    let columns = table.page_columns(|column| column.kind != ColumnKind::Bar);
    let line = |cell: &dyn Fn(usize) -> String| {
        let cells = table.joined(&columns, cell).into_iter();
        let cells = cells.map(|cell| match cell.as_str() {
            "" => " ".to_owned(),
            cell => format!(" {cell} "),
        });
        format!("|{}|\n", cells.collect::<Vec<_>>().join("|"))
    };
    let mut out = line(&|k| escaped(&table.columns[k].head));
    for k in table.firsts(&columns) {
        out += if table.columns[k].right {
            "|--:"
        } else {
            "|:--"
        };
    }
    out += "|\n";
    for cells in table.page_rows() {
        out += &line(&|k| written(&cells[k]));
    }
    for text in table.page_legends() {
        out += &format!("\n{}\n", escaped(text));
    }
    out
}

fn written(cell: &Cell) -> String {
    match cell {
        Cell::Empty => String::new(),
        Cell::Absent => ABSENT.to_owned(),
        Cell::Text(text) => escaped(text),
        Cell::Label(text) => code(text),
        Cell::Word(word, Tone::Better | Tone::Bad | Tone::Undecided | Tone::Differs) => {
            format!("**{word}**")
        }
        Cell::Word(word, _) => (*word).to_owned(),
        Cell::Share(share) => percent(*share),
    }
}

/// As code, unless the text would end the code or the cell.
fn code(text: &str) -> String {
    if text.contains(['`', '|']) {
        escaped(text)
    } else {
        format!("`{}`", printable(text))
    }
}

/// With every character that Markdown or HTML could take for markup behind a backslash.
fn escaped(text: &str) -> String {
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
