//! GitHub-flavoured Markdown: for pull requests and step summaries.

use super::format::Style;
use super::markup::{code, escaped, table};
use super::rows::{self, ABSENT, percent};
use super::slices::slices;
use super::{card, curves};
use crate::result::Audit;

pub(super) fn markdown(audit: &Audit, style: Style) -> String {
    let subject = &audit.subject;
    let mut out = format!("## Audit of {}\n\n", escaped(&subject.name));
    for (name, text) in card::card(audit) {
        out += &format!("- **{name}:** {}\n", escaped(&text));
    }
    out.push('\n');
    out += &measures(audit);
    out += &curves(audit);
    if let Some((lines, legend)) = slices(audit, style.details, usize::MAX) {
        out += &format!(
            "\n### Slices\n\n{}\n{}\n",
            table(&lines, 1),
            escaped(&legend)
        );
    }
    if let Some(against) = &audit.against {
        out += &super::zoo::against_markdown(against);
    }
    let notes = card::notes(audit);
    if !notes.is_empty() {
        out += "\n### Notes\n\n";
        for (_, word, text) in notes {
            out += &format!("- **{word}:** {}\n", escaped(text));
        }
    }
    out += &format!("\n{}\n", escaped(&card::provenance(&audit.provenance)));
    if let Some(v) = &audit.verification {
        out += &format!("\nVerified: {}\n", escaped(&card::verification(v)));
    }
    out
}

fn measures(audit: &Audit) -> String {
    let rows = rows::rows(audit);
    if rows.is_empty() {
        return "No measures.\n".to_owned();
    }
    let interval = rows::interval_heading(audit).unwrap_or("interval".to_owned());
    let mut out =
        format!("| metric | side | value ± se | {interval} | n | ideal | collapsed | to ideal |\n");
    out += "|:--|:--|--:|--:|--:|--:|--:|--:|\n";
    for row in rows {
        let value = match &row.se {
            Some(se) => format!("{} ± {}", row.value, se.replace('<', "\\<")),
            None => row.value.clone(),
        };
        let interval = match &row.interval[..] {
            [] => ABSENT.to_owned(),
            ends => ends.join(" to "),
        };
        let reached = row.reached.map_or(ABSENT.to_owned(), percent);
        let (label, side) = (code(&row.label), row.side);
        out += &format!(
            "| {label} | {side} | {value} | {interval} | {} | {} | {} | {reached} |\n",
            row.n, row.ideal, row.collapsed
        );
    }
    if rows::has_corrected(audit) {
        out += &format!("\n{}\n", escaped(card::CORRECTED));
    }
    out
}

fn curves(audit: &Audit) -> String {
    if audit.curves.is_empty() {
        return String::new();
    }
    let mut out = String::from("\n### Contrastive loss at M negatives\n\n");
    let row = |cells: &[String]| format!("| {} |\n", cells.join(" | "));
    out += &row(&curves::HEADINGS.map(str::to_owned));
    out += &row(&curves::HEADINGS.map(|_| "--:".to_owned()));
    for line in audit.curves.iter().flat_map(curves::lines) {
        out += &row(&line.map(|cell| cell.replace('<', "\\<")));
    }
    out.push('\n');
    for curve in &audit.curves {
        out += &format!("- {}\n", escaped(&curves::summary(curve)));
    }
    out += &format!("\n{}\n", escaped(curves::LEGEND));
    out
}
