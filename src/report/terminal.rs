//! A document on a terminal: coloured where that is wanted, and no wider than the terminal.

use super::document::{Block, Document, Shown, Tone};
use super::format::Style;
use super::grid::Grid;
use super::page::{GAP, Page};
use super::text::{columns, printable, wrap};
use crate::result::Severity;

/// Columns of a name that has its text beside it; longer ones stand above.
const BESIDE: usize = 20;

/// The document for people.
pub(super) fn terminal(document: &Document, style: Style) -> String {
    let indent = if document.title.is_empty() { 0 } else { 2 };
    let page = Page::new(style, indent);
    let mut out = String::new();
    lead(&page, &mut out, document);
    let mut attached = out.is_empty();
    for (shown, block) in &document.blocks {
        if *shown == Shown::Page {
            continue;
        }
        if !attached && !matches!(block, Block::Text(_) | Block::Remarks("", _)) {
            out.push('\n');
        }
        attached = matches!(block, Block::Heading(_));
        match block {
            Block::Heading(text) => {
                for line in wrap(text, page.width - page.indent) {
                    let line = page.ink(Tone::Plain.ink().bold(), &line);
                    page.line(&mut out, &line);
                }
            }
            Block::Card(entries) => {
                let beside = |names: &str| Some(columns(names)).filter(|&name| name <= BESIDE);
                let names = entries.iter().filter_map(|(name, _)| beside(name)).max();
                for (name, text) in entries {
                    page.entry(&mut out, (name, Tone::Quiet), names.unwrap_or(0), text);
                }
            }
            Block::Table(table) => {
                Grid::new(table, &page).write(&mut out);
            }
            Block::Text(text) | Block::Foot(text) => page.quiet(&mut out, text, page.indent),
            Block::Remarks("", texts) => texts
                .iter()
                .for_each(|text| page.quiet(&mut out, text, page.indent)),
            Block::Remarks(word, texts) => texts
                .iter()
                .for_each(|text| page.entry(&mut out, (word, Tone::Quiet), columns(word), text)),
            Block::Notes(notes) => {
                for (severity, text) in notes {
                    let (word, tone) = match severity {
                        Severity::Warning => ("warning", Tone::Warning),
                        Severity::Info => ("note", Tone::Note),
                    };
                    page.entry(&mut out, (word, tone), "warning".len(), text);
                }
            }
        }
    }
    out
}

/// What it is about: on one line, or the rest beside a short beginning or below a long one.
fn lead(page: &Page, out: &mut String, document: &Document) {
    let (text, tone) = &document.lead;
    let (lead, rest) = (printable(text), &document.about);
    let bold = |text: &str| page.ink(tone.ink().bold(), text);
    let beside = columns(&lead) + GAP;
    if lead.is_empty() {
    } else if rest.is_empty() {
        *out += &format!("{}\n", bold(&lead));
    } else if beside <= page.width / 2 || beside + columns(&printable(rest)) <= page.width {
        for (k, line) in wrap(rest, page.width - beside).iter().enumerate() {
            *out += &match k {
                0 => format!("{}{:GAP$}{line}\n", bold(&lead), ""),
                _ => format!("{:beside$}{line}\n", ""),
            };
        }
    } else {
        for line in wrap(&lead, page.width) {
            *out += &format!("{}\n", bold(&line));
        }
        *out += &format!("{}\n", printable(rest));
    }
}
