//! Every metric and every finding in one line: what `spherecheck explain` prints by itself.

use super::document::{Block, Document};
use super::format::Style;
use super::terminal::terminal;
use crate::metric::METRICS;
use crate::result::FINDINGS;

/// A line for each metric, for a terminal: its summary up to the first colon; and one for each finding. The rest stands on
/// the page of each.
pub fn metrics(style: Style) -> String {
    let mut document = Document::default();
    document.push(Block::card(METRICS.iter().map(|spec| {
        let summary = spec.summary.split(':').next().unwrap_or(spec.summary);
        (spec.label(), summary.trim_end_matches('.').to_owned())
    })));
    document.push(Block::Heading("findings of an audit".to_owned()));
    let findings = FINDINGS.iter();
    document.push(Block::card(
        findings.map(|spec| (spec.id.name(), spec.says.to_owned())),
    ));
    let more = "`spherecheck explain NAME` tells more about one of them.";
    document.push(Block::Foot(more.to_owned()));
    terminal(&document, style)
}
