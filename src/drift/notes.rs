//! What a reader must know beside the numbers of drift.

use super::set::Set;
use crate::audit::Prepared;
use crate::num::{count, counted};
use crate::result::{DriftCard, Note, Severity};

pub(super) fn notes(card: &DriftCard, sets: [&Set; 2], new: &Prepared) -> Vec<Note> {
    let mut notes = Vec::new();
    let mut say = |severity, text: String| notes.push(Note::new(severity, text));
    let all = sets.map(|set| set.rows.rows() as u64);
    if card.permuted != all {
        let [old, new] = card.permuted.map(count);
        say(
            Severity::Info,
            format!(
                "drift_p and drift_auc are of {old} of {} rows of the reference and {new} of {} new rows, drawn with seed \
                 {}: as exact a test as of all rows, which sees less; drift_mmd is of all rows.",
                count(all[0]),
                count(all[1]),
                card.seed
            ),
        );
    }
    if card.shared_pairs > 0 {
        let source = &card.source;
        say(
            Severity::Warning,
            format!(
                "{} of a row of {source} and a new row are the same (cosine above 1 - 1e-6). If they are the same \
                 inputs, the sets are not independent draws, and drift_p is too large: leave inputs that both have out of \
                 one. For two models of the same rows use spherecheck compare.",
                counted(card.shared_pairs, "pair")
            ),
        );
    }
    if new.items_of_pairs() {
        say(
            Severity::Warning,
            "drift takes every row for a draw of its own, also those that --pairs joins: drift_p is then too small. Give \
             --groups and --drift-groups."
                .to_owned(),
        );
    }
    if new.has_second_view() {
        say(
            Severity::Info,
            "Drift is that of the rows of the first view.".to_owned(),
        );
    }
    if card.classifier.is_none() {
        say(
            Severity::Info,
            "drift_auc is absent: it takes at least 8 rows (or groups) of each set, half of them to train on.".to_owned(),
        );
    }
    notes
}
