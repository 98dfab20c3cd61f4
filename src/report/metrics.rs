//! Every metric and every finding in one line: what `spherecheck explain` prints by itself.

use super::document::{Block, Column, Document, Table};
use super::format::Style;
use super::terminal::terminal;
use crate::metric::METRICS;
use crate::result::FINDINGS;

/// A line for each metric, for a terminal: its summary up to the first colon; and one for each finding. The rest stands on
/// the page of each.
pub fn metrics(style: Style) -> String {
    let mut table = Table::new(["", ""].map(Column::left));
    for spec in METRICS {
        let summary = spec.summary.split(':').next().unwrap_or(spec.summary);
        let summary = summary.trim_end_matches('.');
        table.push([spec.label().into(), summary.into()]);
    }
    let mut document = Document::default();
    document.push(Block::Table(table));
    let mut table = Table::new(["", ""].map(Column::left));
    for spec in FINDINGS {
        table.push([spec.id.name().into(), spec.says.into()]);
    }
    document.push(Block::Heading("findings of an audit".to_owned()));
    document.push(Block::Table(table));
    let more = "`spherecheck explain NAME` tells more about one of them.";
    document.push(Block::Foot(more.to_owned()));
    terminal(&document, style)
}
