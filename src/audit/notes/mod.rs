//! What a reader must know beside the numbers.

mod errors;
mod positives;
mod rows;

use super::found::Found;
use crate::metric::MetricId;
use crate::result::{Measure, Note, Severity, Side};

/// Rows and pairs that a note names one by one.
pub(super) const NAMED: usize = 5;

/// Warnings about parts that an audit prints; the rest stands with the parts.
const OF_PARTS: usize = 10;

/// Notes on their way.
#[derive(Default)]
struct Said(Vec<Note>);

impl Said {
    fn warn(&mut self, text: String) {
        self.say(Severity::Warning, text);
    }

    fn info(&mut self, text: String) {
        self.say(Severity::Info, text);
    }

    fn say(&mut self, severity: Severity, text: String) {
        self.0.push(Note { severity, text });
    }
}

/// Notes, warnings first.
pub(super) fn notes(found: &Found<'_>, measures: &[Measure]) -> Vec<Note> {
    let mut said = Said::default();
    rows::collapse(measures, &mut said);
    errors::bias(found, measures, &mut said);
    errors::few_rows(found, &mut said);
    errors::skewed(found, measures, &mut said);
    positives::identical(found, &mut said);
    positives::sentinels(found, &mut said);
    positives::at_chance(found, measures, &mut said);
    positives::without(found, &mut said);
    rows::dropped(found, &mut said);
    rows::tiny(found, &mut said);
    rows::unsigned(found, measures, &mut said);
    rows::norms(found, &mut said);
    if found.data.positives.is_none() {
        said.info(
            "No positives were given, so alignment and the contrastive limit are absent; give --pairs, --labels or \
             a second view."
                .to_owned(),
        );
    }
    said.0.sort_by_key(|note| std::cmp::Reverse(note.severity));
    said.0
}

/// Leaves in `own` the warnings that are not those of the whole too.
pub(super) fn keep_own(own: &mut Vec<Note>, whole: &[Note]) {
    own.retain(|note| note.severity == Severity::Warning && !whole.contains(note));
}

/// Adds the warnings of the parts of the data, called by their names, to those of the whole: the first of them.
pub(super) fn add_parts(whole: &mut Vec<Note>, parts: &[(String, &[Note])]) {
    let each = parts
        .iter()
        .flat_map(|(name, notes)| notes.iter().map(move |note| (name, note)));
    let count = each.clone().count();
    whole.extend(each.take(OF_PARTS).map(|(name, note)| Note {
        severity: note.severity,
        text: format!("{name}: {}", note.text),
    }));
    if count > OF_PARTS {
        whole.push(Note {
            severity: Severity::Warning,
            text: format!(
                "{} more warnings are of parts of the rows.",
                count - OF_PARTS
            ),
        });
    }
    whole.sort_by_key(|note| std::cmp::Reverse(note.severity));
}

/// The number of a side that has no parameter.
fn plain(measures: &[Measure], metric: MetricId, side: Side) -> Option<&Measure> {
    measures
        .iter()
        .find(|m| m.metric == metric && m.side == side && m.params.is_empty())
}

/// `Side a: `, or nothing where there is one side only.
fn prefix(found: &Found<'_>, side: Side) -> String {
    if found.data.b.is_some() {
        format!("Side {}: ", side.name())
    } else {
        String::new()
    }
}

/// `rows 5, 23`, `rows 0, 2, 3, 7, 9, ...`: the first few of them.
fn listed(rows: impl ExactSizeIterator<Item = usize>) -> String {
    let count = rows.len();
    let first: Vec<String> = rows.take(NAMED).map(|row| row.to_string()).collect();
    format!(
        "{} {}{}",
        if count == 1 { "row" } else { "rows" },
        first.join(", "),
        if count > NAMED { ", ..." } else { "" }
    )
}
