//! How drift was measured, beside its numbers.

use super::number::{count, counted, plain, seconds};
use crate::result::DriftCard;

/// As (name, text).
pub(super) fn card(drift: &DriftCard) -> [(&'static str, String); 3] {
    let mut from = format!("{}: {}", drift.source, counted(drift.rows, "row"));
    if drift.dropped_zero_rows > 0 {
        from += &format!(
            ", {} left out",
            counted(drift.dropped_zero_rows, "zero row")
        );
    }
    if let Some([old, new]) = drift.groups {
        from += &format!(
            ", {} against {} of the new rows",
            counted(old, "group"),
            count(new)
        );
    }
    let [old, new] = drift.permuted;
    let dealt = if drift.groups.is_some() {
        "groups"
    } else {
        "rows"
    };
    let test = format!(
        "{} random deals of {dealt} ({} of the reference, {} new), seed {}; {} in all",
        count(drift.permutations),
        counted(old, "row"),
        count(new),
        drift.seed,
        seconds(drift.seconds),
    );
    let classifier = match &drift.classifier {
        None => "none: too few rows to train on some and to test on others".to_owned(),
        Some(made) => {
            let [a, b] = made.train.map(count);
            let [x, y] = made.test.map(count);
            format!(
                "logistic regression (C = {}) on {a} + {b} rows, tested on {x} + {y} others",
                plain(made.c, 4)
            )
        }
    };
    [
        ("drift from", from),
        ("drift_p", test),
        ("drift_auc", classifier),
    ]
}
