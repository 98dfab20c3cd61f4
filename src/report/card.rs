//! The definition card and the lines about how the numbers were made: the words that every text report shares.

use super::number::{ESTIMATED, count, counted, plain, rate, seconds, share};
use crate::metric::MetricId;
use crate::num::Codes;
use crate::result::{Audit, Definitions, PositivesCard, Provenance, Subject, Verification, View};

/// The definition card for a terminal: how errors are computed stands on the page of each metric, and here with `details`.
pub(super) fn brief(audit: &Audit, details: bool) -> Vec<(&'static str, String)> {
    let mut card = card(audit);
    for (name, text) in &mut card {
        if *name == "errors" && !details {
            *text = "see `spherecheck explain METRIC`, or --details".to_owned();
        }
    }
    card
}

/// What was audited and what the numbers mean, as (name, text).
pub(super) fn card(audit: &Audit) -> Vec<(&'static str, String)> {
    let Subject {
        a,
        b,
        positives,
        joined,
        sampled,
        ..
    } = &audit.subject;
    let mut card = Vec::new();
    match b {
        None => card.push(("rows", view(a))),
        Some(b) => card.extend([("a", view(a)), ("b", view(b))]),
    }
    card.extend(joined.map(|joined| {
        let left_out = joined.left_out("a", "b");
        let rest = left_out.map_or("none left out".to_owned(), |rows| {
            format!("left out: {rows}")
        });
        let both = count(joined.rows);
        ("joined", format!("by id, {both} ids in both files; {rest}"))
    }));
    card.extend(sampled.map(|sampled| {
        let (rows, of) = (count(sampled.rows), count(sampled.of));
        (
            "sample",
            format!("{rows} of {of} rows, drawn with seed {}", sampled.seed),
        )
    }));
    card.extend(definitions(&audit.definitions, positives.as_ref()));
    card.extend(estimated(audit));
    card.extend(queries(audit).map(|text| ("queries", text)));
    card.extend(precision(audit).map(|text| ("precision", text)));
    card
}

/// What numbers mean, whatever rows they are of.
pub(super) fn definitions(
    words: &Definitions,
    positives: Option<&PositivesCard>,
) -> Vec<(&'static str, String)> {
    let found = positives.map_or("none: only the rows were audited".to_owned(), |p| {
        let pairs = counted(p.pairs, "pair");
        let dropped = match p.dropped {
            0 => String::new(),
            n => format!(
                ", {} more left out because they touch a left-out row",
                count(n)
            ),
        };
        format!("{} ({pairs}{dropped})", p.source)
    });
    let optional = [("cross", &words.cross), ("similarity", &words.similarity)];
    let optional = optional.map(|(name, text)| Some((name, text.clone()?)));
    let mut card = vec![
        ("positives", found),
        ("normalised", words.normalization.clone()),
        ("pairs", words.pairs.clone()),
    ];
    card.extend(optional.into_iter().flatten());
    card.extend([
        ("errors", words.errors.clone()),
        ("duplicates", words.duplicates.clone()),
    ]);
    card
}

/// What was seen for an estimate, and the part of the errors that comes from not seeing the rest.
fn estimated(audit: &Audit) -> Vec<(&'static str, String)> {
    let Some(card) = &audit.provenance.estimate else {
        return Vec::new();
    };
    let part = share(card.pairs_seen as f64 / card.pairs_all.max(1) as f64);
    let seen = format!(
        "pairwise metrics, marked {ESTIMATED}, from {} of {} pairs ({part}), {}, seed {}",
        count(card.pairs_seen),
        count(card.pairs_all),
        card.asked,
        card.seed
    );
    let told = [MetricId::Uniformity, MetricId::ContrastiveUniformTerm];
    let of = audit.measures.iter().filter(|m| told.contains(&m.metric));
    let errors = of.filter_map(|m| {
        let error = m.monte_carlo?;
        Some(format!("{} {} {error:.1e}", m.label(), m.side.name()))
    });
    let errors = errors.collect::<Vec<_>>().join(", ");
    let errors = format!("standard errors against all pairs: {errors}");
    vec![("estimated", seen), ("Monte Carlo", errors)]
}

/// Who searched, where that was a sample.
fn queries(audit: &Audit) -> Option<String> {
    let card = audit.provenance.queries.as_ref()?;
    let of = |sampled: u64, of: u64| format!("{} of {} rows", count(sampled), count(of));
    let second = card.sampled_b.zip(card.of_b);
    let second = second.map_or(String::new(), |(sampled, all)| {
        format!(" of a, {} of b", of(sampled, all))
    });
    Some(format!(
        "{}{second}, drawn with seed {}, against all rows ({}); numbers marked {ESTIMATED}",
        of(card.sampled, card.of),
        card.seed,
        card.asked
    ))
}

/// What rows were rounded to and what that did; nothing where nobody asked for it.
fn precision(audit: &Audit) -> Option<String> {
    let card = audit.provenance.precision.as_ref()?;
    if card.asked == "f32" {
        return None;
    }
    let mut text = card.used.clone();
    match (&card.reason, card.asked == "auto") {
        (Some(reason), true) => text += &format!(", chosen by auto: {reason}"),
        (Some(reason), false) => text += &format!(" instead of {}: {reason}", card.asked),
        (None, _) => {}
    }
    if card.rows > 0 {
        text += &format!(
            "; error against f64, measured on {} a side in {} and added to intervals",
            counted(card.rows, "row"),
            seconds(card.seconds),
        );
        if let Some((part, measure)) = card.largest(&audit.measures)
            && let Some(error) = card.error(measure)
        {
            text += &format!(
                ": at most {:.1e} for {} ({}), {} of its standard error",
                error.error,
                measure.label(),
                measure.side.name(),
                share(part),
            );
        }
    }
    Some(text)
}

fn view(v: &View) -> String {
    // Columns as they are stored.
    let columns = match v.codes {
        Some(Codes::Bits) => v.dim.div_ceil(8),
        _ => v.dim,
    };
    let mut text = format!(
        "{}: {} × {}, {}",
        v.source,
        count(v.rows),
        count(columns),
        v.dtype
    );
    if let Some(codes) = v.codes {
        text += &format!(", {}", codes.text(v.dim));
    }
    text += &match (plain(v.norm_min, 4), plain(v.norm_max, 4)) {
        (low, high) if low == high => format!(", norms {low}"),
        (low, high) => format!(", norms {low} to {high}"),
    };
    if v.dropped_zero_rows > 0 {
        text += &format!(", {} left out", counted(v.dropped_zero_rows, "zero row"));
    }
    text
}

/// One line: who counted, how much and how fast.
pub(super) fn provenance(p: &Provenance) -> String {
    let speed = if p.pass_seconds > 0.0 && p.pairs_visited > 0 {
        format!(
            " ({} pairs/s)",
            rate(p.pairs_visited as f64 / p.pass_seconds)
        )
    } else {
        String::new()
    };
    format!(
        "{} · {} {} · {} · seed {} · {} in {}{speed}, {} in all",
        p.tool,
        p.backend,
        p.kernel,
        counted(p.threads, "thread"),
        p.seed,
        counted(p.pairs_visited, "pair"),
        seconds(p.pass_seconds),
        seconds(p.total_seconds),
    )
}

/// How long the process did what, and a line for each card: how long the host did what for it.
pub(super) fn timeline(p: &Provenance) -> Vec<(&str, String)> {
    let told = |stages: &mut dyn Iterator<Item = (&str, f64)>| {
        let told = stages.map(|(stage, took)| format!("{stage} {}", seconds(took)));
        told.collect::<Vec<_>>().join(", ")
    };
    let process = p.process_seconds.iter();
    let process = process.map(|spent| ("process", told(&mut spent.stages().into_iter())));
    let cards = p.timeline.chunk_by(|one, other| one.device == other.device);
    let cards = cards.map(|stages| {
        let mut each = stages.iter().map(|of| (&*of.stage, of.seconds));
        (&*stages[0].device, told(&mut each))
    });
    process.chain(cards).collect()
}

/// One line: what the check in f64 found.
pub(super) fn verification(v: &Verification) -> String {
    format!(
        "{} recomputed in f64: {} log row means agree within {:.1e} (widest at {})",
        counted(v.rows, "random row"),
        count(v.compared),
        v.largest_difference,
        v.place
    )
}
