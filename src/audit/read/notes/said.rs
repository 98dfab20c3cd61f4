//! Notes on their way, and how they name rows and sides.

use crate::audit::read::found::Found;
use crate::metric::MetricId;
use crate::result::{FindingId, Measure, Note, Severity, Side};

/// Rows and pairs that a note names one by one.
pub(crate) const NAMED: usize = 5;

/// Notes on their way.
#[derive(Default)]
pub(crate) struct Said(pub(crate) Vec<Note>);

impl Said {
    pub(crate) fn warn(&mut self, text: String) {
        self.say(Severity::Warning, text);
    }

    /// Warns of what a finding warns of too, with more of it.
    pub(crate) fn warn_of(&mut self, finding: FindingId, text: String) {
        self.0
            .push(Note::new(Severity::Warning, text).about(finding));
    }

    pub(crate) fn info(&mut self, text: String) {
        self.say(Severity::Info, text);
    }

    pub(crate) fn say(&mut self, severity: Severity, text: String) {
        self.0.push(Note::new(severity, text));
    }
}

/// The number of a side that has no parameter.
pub(crate) fn plain(measures: &[Measure], metric: MetricId, side: Side) -> Option<&Measure> {
    measures
        .iter()
        .find(|m| m.metric == metric && m.side == side && m.params.is_empty())
}

/// `Side a: `, or nothing where there is one side only.
pub(crate) fn prefix(found: &Found<'_>, side: Side) -> String {
    if found.data.b.is_some() {
        format!("Side {}: ", side.name())
    } else {
        String::new()
    }
}

/// `rows 5, 23`, `rows 0, 2, 3, 7, 9, ...`: the first few of them.
pub(crate) fn listed(rows: impl ExactSizeIterator<Item = usize>) -> String {
    let count = rows.len();
    let first: Vec<String> = rows.take(NAMED).map(|row| row.to_string()).collect();
    format!(
        "{} {}{}",
        if count == 1 { "row" } else { "rows" },
        first.join(", "),
        if count > NAMED { ", ..." } else { "" }
    )
}
