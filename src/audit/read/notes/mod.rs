//! What a reader must know beside the numbers.

mod errors;
pub(crate) mod items;
mod positives;
mod rows;
pub(crate) mod said;

use crate::audit::read::found::Found;
use crate::audit::read::notes::said::Said;
use crate::audit::states::looks::Looks;
use crate::result::{Measure, Note, Severity};

/// Warnings about parts that an audit prints; the rest stands with the parts.
const OF_PARTS: usize = 10;

/// Notes of the rows, their positives and errors.
pub(crate) fn notes(found: &Found<'_>, looks: &Looks, measures: &[Measure]) -> Vec<Note> {
    let mut said = Said::default();
    rows::collapse(measures, &mut said);
    errors::bias(found, measures, &mut said);
    errors::few_rows(found, &mut said);
    errors::skewed(found, measures, &mut said);
    positives::identical(found, &mut said);
    positives::sentinels(found, &mut said);
    positives::at_chance(found, looks, measures, &mut said);
    positives::without(found, &mut said);
    rows::chosen(found, &mut said);
    rows::dropped(found, &mut said);
    rows::tiny(found, &mut said);
    rows::unsigned(found, looks, measures, &mut said);
    rows::norms(found, &mut said);
    if found.data.positives.is_none() {
        said.info(
            "No positives were given, so alignment and the contrastive limit are absent; give --pairs, --labels or \
             a second view."
                .to_owned(),
        );
    }
    said.0
}

/// Leaves parts of the data, each given by its name, with the warnings that are not those of the whole too, and adds the
/// first of these to the whole.
pub(crate) fn of_parts<'a>(
    whole: &mut Vec<Note>,
    parts: impl Iterator<Item = (String, &'a mut Vec<Note>)>,
) {
    let mut all = Vec::new();
    for (name, notes) in parts {
        notes.retain(|note| note.severity == Severity::Warning && !whole.contains(note));
        let named = |note: &Note| Note::new(note.severity, format!("{name}: {}", note.text));
        all.extend(notes.iter().map(named));
    }
    let count = all.len();
    whole.extend(all.into_iter().take(OF_PARTS));
    if count > OF_PARTS {
        whole.push(Note::new(
            Severity::Warning,
            format!(
                "{} more warnings are of parts of the rows.",
                count - OF_PARTS
            ),
        ));
    }
    Note::gravest_first(whole);
}
