//! Of rows that were not taken as items.

use crate::audit::facts::{Facts, Ungrouped};
use crate::audit::grouping::few;
use crate::data::Positives;
use crate::num::count;
use crate::result::{Note, Severity};

/// What a reader must know of rows that were not taken as items.
pub(crate) fn notes(data: &Facts) -> Vec<Note> {
    let small_classes = match &data.positives {
        Some(Positives::Groups(classes)) if data.grouping.is_none() => {
            let largest = classes.members().iter().map(Vec::len).max().unwrap_or(0);
            few(largest, data.a.rows()) && classes.pairs() > 0
        }
        _ => false,
    };
    let text = match data.ungrouped {
        Some(Ungrouped::TooMany { largest, rows }) => format!(
            "Rows count as independent draws, because listed pairs join up to {} of {} rows, which is no item \
             but a chain or a class. Where rows belong together (views, captions, passages of a document), errors are too \
             small: say which with --groups, or that none do with --groups none.",
            count(largest),
            count(rows)
        ),
        Some(Ungrouped::Estimate) => "Rows that listed pairs join count as independent draws, because estimates \
             (--budget, --max-error) cannot leave items out yet: errors are too small, and pairs of one item are \
             counted in uniformity and the uniform term. Audit all pairs for either."
            .to_owned(),
        None if small_classes => "Rows count as independent draws, although few share a label. If rows of one label are \
             one item (its views, its captions), errors are too small and pairs of one item lift uniformity: give the \
             same file with --groups, or --groups none if they are not."
            .to_owned(),
        None => return Vec::new(),
    };
    // Whoever said that no rows belong together knows.
    let severity = Severity::Warning;
    vec![Note::new(severity, text)]
}
