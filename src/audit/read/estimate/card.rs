//! What an estimate is, and what it lacks, in words.

use crate::audit::ask::Settings;
use crate::num::counted;
use crate::num::in_percent;
use crate::result::{Definitions, EstimateCard, Note, Severity};

/// The definitions of the exact audit, as far as they hold.
pub(crate) fn definitions(exact: Definitions) -> Definitions {
    Definitions {
        pairs: "U-statistic over pairs i < j of the whole set, no self-pairs; estimated from a balanced part of them"
            .to_owned(),
        errors: format!("{}; from sampling pairs and from sampling rows", exact.errors),
        duplicates: "not counted: not all pairs were seen".to_owned(),
        ..exact
    }
}

pub(crate) fn about(card: &EstimateCard) -> Note {
    let share = in_percent(card.pairs_seen as f64 / card.pairs_all as f64);
    let rows = match card.full_rows {
        0 => String::new(),
        rows => format!(", and {} against all others", counted(rows, "row")),
    };
    Note::new(
        Severity::Info,
        format!(
            "Pairwise metrics are estimated ({}) from {share} of all pairs: {} of blocks{rows}, drawn with \
             seed {}. Their errors count both what the pairs that were not seen may change (the Monte Carlo error) and \
             what other rows of the same kind would.",
            card.asked,
            counted(card.rounds, "round"),
            card.seed
        ),
    )
}

pub(crate) fn absent(settings: &Settings) -> Note {
    let mut absent = vec!["counts of duplicates"];
    if !settings.negatives.is_empty() {
        absent.push("the loss at finite numbers of negatives");
    }
    if !settings.compat.is_empty() {
        absent.push("the numbers of --compat");
    }
    if settings.histograms {
        absent.push("the histogram of cosines");
    }
    absent.push("what a paired comparison needs");
    Note::new(
        Severity::Info,
        format!(
            "An estimate leaves out {}: they come with all pairs only. Leave out --budget and --max-error to have them.",
            absent.join(", ")
        ),
    )
}
