//! Tables of a page.

use super::prose::{CELL, quiet};
use crate::metric::MetricId;
use crate::report::document::{ABSENT, Cell, ColumnKind, Shown, Table, Tone};
use crate::report::markup::escaped;
use crate::report::number::{counted, percent};
use crate::report::text::cut;

/// A table, or one for each group of its rows, of which all but the first are folded; `name` is what screen readers call it.
pub(super) fn table(of: &Table, most: usize, name: &str) -> String {
    let mut out = String::new();
    if of.groups.is_empty() {
        let rows: Vec<&[Cell]> = of.page_rows().collect();
        out += &lines(of, &rows, most, name);
    }
    for (k, (group, members)) in of.groups.iter().enumerate() {
        let rows = members.iter().filter_map(|row| of.rows.get(*row));
        let rows = rows.filter(|(shown, _)| *shown != Shown::Terminal);
        let rows: Vec<&[Cell]> = rows.map(|(_, cells)| &cells[..]).collect();
        if rows.is_empty() {
            continue;
        }
        let open = if k == 0 { " open" } else { "" };
        let size = counted(rows.len(), "row");
        let group = group.replace('_', " ");
        out += &format!(
            "<details{open}>\n<summary>{group} <span class=\"quiet\">{size}</span></summary>\n{}</details>\n",
            lines(of, &rows, most, &format!("{name}, {group}"))
        );
    }
    for text in of.page_legends() {
        out += &quiet(text);
    }
    out
}

fn lines(of: &Table, rows: &[&[Cell]], most: usize, name: &str) -> String {
    let columns = of.page_columns(|_| true);
    let class = |k: usize| match (of.columns[k].right, of.columns[k].kind) {
        (true, _) => " class=\"right\"",
        (_, ColumnKind::Below) => " class=\"words\"",
        _ => "",
    };
    let firsts = of.firsts(&columns);
    let cells = |tag: &str, texts: Vec<String>| -> String {
        let cells = firsts.iter().zip(texts).map(|(k, text)| {
            let keyed = matches!(of.columns[*k].kind, ColumnKind::Key { .. }) && tag == "td";
            let (tag, scope) = match (keyed, tag) {
                (true, _) => ("th", " scope=\"row\""),
                // A column without a name has no head.
                (_, "th") if !text.is_empty() => ("th", " scope=\"col\""),
                _ => ("td", ""),
            };
            format!("<{tag}{scope}{}>{text}</{tag}>", class(*k))
        });
        format!("<tr>{}</tr>\n", cells.collect::<String>())
    };
    let heads = of.joined(&columns, &|k| escaped(&cut(&of.columns[k].head, CELL)));
    let label = escaped(name);
    let mut out = format!(
        "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"{label}\">\n<table>\n<thead>\n{}</thead>\n<tbody>\n",
        cells("th", heads)
    );
    for row in rows.iter().take(most) {
        out += &cells(
            "td",
            of.joined(&columns, &|k| written(&row[k], of.columns[k].kind)),
        );
    }
    out += "</tbody>\n</table>\n</div>\n";
    if rows.len() > most {
        let more = counted(rows.len() - most, "more row");
        out += &quiet(&format!(
            "{more} have no room on this page: CSV and JSON have them."
        ));
    }
    out
}

fn written(cell: &Cell, kind: ColumnKind) -> String {
    match cell {
        Cell::Empty => String::new(),
        Cell::Absent if kind == ColumnKind::Bar => String::new(),
        Cell::Absent => ABSENT.to_owned(),
        Cell::Text(text) => escaped(&cut(text, CELL)),
        Cell::Label(text) => {
            let metric = text.split('{').next().unwrap_or_default();
            let told = MetricId::parse(metric)
                .ok()
                .map(|metric| format!(" title=\"{}\"", escaped(metric.spec().summary)));
            let told = told.unwrap_or_default();
            format!("<code{told}>{}</code>", escaped(&cut(text, CELL)))
        }
        Cell::Word(word, tone) => {
            let class = match tone {
                Tone::Fine => "fine",
                Tone::Better => "better",
                Tone::Bad => "bad",
                Tone::Undecided => "undecided",
                Tone::Differs => "differs",
                Tone::Warning => "warning-word",
                Tone::Plain | Tone::Quiet | Tone::Note => return escaped(word),
            };
            format!("<b class=\"{class}\">{}</b>", escaped(word))
        }
        Cell::Share(share) if kind == ColumnKind::Bar => {
            let width = (100.0 * share).clamp(0.0, 100.0);
            format!(
                "<span class=\"bar\" aria-hidden=\"true\"><span style=\"width:{width:.0}%\"></span></span>"
            )
        }
        Cell::Share(share) => escaped(&percent(*share)),
    }
}
