//! A document's tables as LaTeX, for papers: `booktabs` rules, plain columns, nothing else to load.
//!
//! Tables alone: title, card, texts and notes stand above and below them as comments, so that the file can be `\input`.

use super::document::{ABSENT, Block, Cell, ColumnKind, Document, Table};
use super::number::percent;
use super::text::printable;

/// The document's tables; each needs `\usepackage{booktabs}` in the preamble.
pub(super) fn latex(document: &Document) -> String {
    let mut out =
        String::from("% Needs \\usepackage{booktabs}. Cite: spherecheck --generate bibtex\n");
    let comment = |text: &str| format!("% {}\n", printable(text));
    out += &comment(&document.title);
    for block in document.on_page() {
        match block {
            Block::Table(table) => out += &tabular(table),
            Block::Heading(text) | Block::Text(text) | Block::Foot(text) => out += &comment(text),
            Block::Card(entries) => entries
                .iter()
                .for_each(|(name, text)| out += &comment(&format!("{name}: {text}"))),
            Block::Remarks(_, texts) => texts.iter().for_each(|text| out += &comment(text)),
            Block::Notes(notes) => notes.iter().for_each(|(_, text)| out += &comment(text)),
        }
    }
    out
}

/// One `tabular`. Columns that are joined are one.
fn tabular(table: &Table) -> String {
    let columns = table.page_columns(|column| column.kind != ColumnKind::Bar);
    let line = |cell: &dyn Fn(usize) -> String| {
        format!("  {} \\\\\n", table.joined(&columns, cell).join(" & "))
    };
    let aligned = table.firsts(&columns).into_iter();
    let aligned: String = aligned
        .map(|k| if table.columns[k].right { 'r' } else { 'l' })
        .collect();
    let mut out = format!("\\begin{{tabular}}{{{aligned}}}\n  \\toprule\n");
    out += &line(&|k| escaped(&table.columns[k].head));
    out += "  \\midrule\n";
    for cells in table.page_rows() {
        out += &line(&|k| written(&cells[k]));
    }
    out += "  \\bottomrule\n\\end{tabular}\n";
    for text in table.page_legends() {
        out += &format!("% {}\n", printable(text));
    }
    out
}

fn written(cell: &Cell) -> String {
    match cell {
        Cell::Empty => String::new(),
        Cell::Absent => escaped(ABSENT),
        Cell::Text(text) => escaped(text),
        Cell::Label(text) => format!("\\texttt{{{}}}", escaped(text)),
        Cell::Word(word, _) => escaped(word),
        Cell::Share(share) => escaped(&percent(*share)),
    }
}

/// With every character that TeX takes for a command spelled out, signs of numbers as in mathematics, and the characters
/// of our own tables as commands, so that pdfTeX sets them with any input encoding.
fn escaped(text: &str) -> String {
    let text = printable(text);
    let mut out = String::with_capacity(text.len());
    let mut before = ' ';
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let number = chars.peek().is_some_and(char::is_ascii_digit);
        match c {
            '\\' => out += "\\textbackslash{}",
            '~' => out += "\\textasciitilde{}",
            '^' => out += "\\textasciicircum{}",
            '{' | '}' | '$' | '&' | '#' | '%' | '_' => out.extend(['\\', c]),
            '<' => out += "$<$",
            '>' => out += "$>$",
            '|' => out += "$|$",
            '"' => out += "\\textquotedbl{}",
            // One at the start of a line would be an argument of the line break before it.
            '[' | ']' => out.extend(['{', c, '}']),
            '-' | '\u{2212}' if number && !before.is_alphanumeric() => out += "$-$",
            '+' if number => out += "$+$",
            '±' => out += "$\\pm$",
            '–' => out += "--",
            '·' => out += "$\\cdot$",
            '×' => out += "$\\times$",
            '→' => out += "$\\to$",
            '≤' => out += "$\\leq$",
            '≥' => out += "$\\geq$",
            '√' => out += "$\\surd$",
            '²' => out += "$^2$",
            c => out.push(c),
        }
        before = c;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::document::{Column, Tone};

    #[test]
    fn names_cannot_become_commands() {
        assert_eq!(
            escaped(r"\input{x} 50% a_b #1 $y$ ~^&"),
            r"\textbackslash{}input\{x\} 50\% a\_b \#1 \$y\$ \textasciitilde{}\textasciicircum{}\&"
        );
        assert_eq!(
            escaped("a\n\\end{tabular}"),
            "a\\textbackslash{}n\\textbackslash{}end\\{tabular\\}"
        );
        assert_eq!(escaped("[1, 2]"), "{[}1, 2{]}");
        assert_eq!(escaped("-1.5 ± 0.2 x-3"), "$-$1.5 $\\pm$ 0.2 x-3");
    }

    #[test]
    fn a_table_has_rules_columns_and_comments() {
        let mut table = Table::new([Column::left("metric"), Column::right("value")]);
        table.push([
            Cell::Label("uniformity{t=2}".to_owned()),
            Cell::from("-3.1"),
        ]);
        table.push([Cell::Word("worse", Tone::Bad), Cell::Absent]);
        let mut document = Document {
            title: "Audit of x\ny".to_owned(),
            ..Document::default()
        };
        document.push(Block::Table(table));
        document.push(Block::Foot("made on 2 threads".to_owned()));
        let expected = r"% Needs \usepackage{booktabs}. Cite: spherecheck --generate bibtex
% Audit of x\ny
\begin{tabular}{lr}
  \toprule
  metric & value \\
  \midrule
  \texttt{uniformity\{t=2\}} & $-$3.1 \\
  worse & -- \\
  \bottomrule
\end{tabular}
% made on 2 threads
";
        assert_eq!(latex(&document), expected);
    }
}
