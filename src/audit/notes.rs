//! What a reader must know beside the numbers.

use super::found::Found;
use super::model::{Measure, Note, Severity, Side};
use crate::metric::MetricId;

/// Share of the way from collapse to the ideal below which a model is called close to collapse.
const NEAR_COLLAPSE: f64 = 0.1;

/// Notes, warnings first.
pub(super) fn notes(found: &Found<'_>, measures: &[Measure]) -> Vec<Note> {
    let mut notes = Vec::new();
    let mut note = |severity, text: String| notes.push(Note { severity, text });
    collapse(measures, &mut note);
    bias(found, measures, &mut note);
    identical(found, &mut note);
    duplicates(measures, &mut note);
    dropped(found, &mut note);
    norms(found, &mut note);
    if found.data.positives.is_none() {
        note(
            Severity::Info,
            "No positives were given, so alignment and the contrastive limit are absent; give --pairs, --labels or \
             a second view."
                .to_owned(),
        );
    }
    notes.sort_by_key(|note| std::cmp::Reverse(note.severity));
    notes
}

fn collapse(measures: &[Measure], note: &mut impl FnMut(Severity, String)) {
    let near = measures
        .iter()
        .filter(|m| m.metric == MetricId::Uniformity && m.side != Side::Mean)
        .filter(|m| m.ideal.is_some_and(|ideal| m.value / ideal < NEAR_COLLAPSE));
    for measure in near {
        note(
            Severity::Warning,
            format!(
                "Side {} is close to collapse: {} is {:.4}, less than a tenth of the way from 0 (all rows alike) to \
                 the ideal; alignment means nothing here.",
                measure.side.name(),
                measure.label(),
                measure.value
            ),
        );
    }
}

/// Positives at distance 0 are the same thing twice, not two views of it.
fn identical(found: &Found<'_>, note: &mut impl FnMut(Severity, String)) {
    let Some(state) = found.positives else { return };
    if state.distance.mean() == Some(0.0) {
        note(
            Severity::Warning,
            format!(
                "All {} positive pairs are identical rows, so alignment says nothing: are both views the same file, \
                 or was the encoder's noise (dropout, augmentation) off?",
                state.distance.count()
            ),
        );
    }
}

fn bias(found: &Found<'_>, measures: &[Measure], note: &mut impl FnMut(Severity, String)) {
    for &tau in &found.settings.taus {
        let of = |m: &&Measure| {
            let term = m.metric == MetricId::ContrastiveUniformTerm && m.side == Side::A;
            term && m.params.get("tau") == Some(&tau)
        };
        if let Some(term) = measures.iter().find(of)
            && let (Some(corrected), Some(se)) = (term.corrected, term.se)
            && let bias = term.value - corrected
            && bias.abs() > se
        {
            note(
                Severity::Warning,
                format!(
                    "At tau = {tau} these rows are too few for the uniform term: it is about {:.2} too {}, more than \
                     its standard error {se:.2}, because the mean of exponentials rests on a few near rows. Use more \
                     rows, or a larger tau.",
                    bias.abs(),
                    if bias < 0.0 { "low" } else { "high" },
                ),
            );
        }
    }
}

fn duplicates(measures: &[Measure], note: &mut impl FnMut(Severity, String)) {
    for measure in measures
        .iter()
        .filter(|m| m.metric == MetricId::DuplicateRows && m.value > 0.0)
    {
        note(
            Severity::Warning,
            format!(
                "Side {}: {} of {} rows repeat an earlier one. Repeated rows raise uniformity and, at small tau, \
                 dominate the uniform term; remove them if they are not meant.",
                measure.side.name(),
                measure.value,
                measure.n
            ),
        );
    }
}

fn dropped(found: &Found<'_>, note: &mut impl FnMut(Severity, String)) {
    let (a, b) = found.data.dropped;
    for (side, count, rows) in [
        ("a", a, Some(&found.data.a)),
        ("b", b, found.data.b.as_ref()),
    ]
    .into_iter()
    .filter(|(_, count, _)| *count > 0)
    {
        let name = rows.map_or("", |rows| rows.embeddings().name());
        note(
            Severity::Warning,
            format!(
                "Side {side}: {count} rows of {name} have no direction (norm 0 here or in the other view) and were left out."
            ),
        );
    }
    if found.data.positives_dropped > 0 {
        note(
            Severity::Warning,
            format!(
                "{} positive pairs touch rows that were left out; {} remain.",
                found.data.positives_dropped,
                found.positive_pairs()
            ),
        );
    }
}

fn norms(found: &Found<'_>, note: &mut impl FnMut(Severity, String)) {
    for (side, rows) in [
        (Side::A, Some(&found.data.a)),
        (Side::B, found.data.b.as_ref()),
    ] {
        let Some(rows) = rows else { continue };
        let side = prefix(found, side);
        let tolerance = rows.embeddings().dtype().unit_tolerance();
        let (low, high) = rows
            .norms()
            .iter()
            .fold((f64::INFINITY, 0.0_f64), |(l, h), &x| (l.min(x), h.max(x)));
        if (low - 1.0).abs() > tolerance || (high - 1.0).abs() > tolerance {
            note(
                Severity::Info,
                format!(
                    "{side}rows were not unit (norms {} to {}) and were normalised; the numbers hold for cosine \
                     similarity, not for raw dot products.",
                    norm(low),
                    norm(high)
                ),
            );
        }
    }
}

/// `Side a: `, or nothing where there is one side only.
fn prefix(found: &Found<'_>, side: Side) -> String {
    if found.data.b.is_some() {
        format!("Side {}: ", side.name())
    } else {
        String::new()
    }
}

/// Four decimals, unless these would be zeros, or come after hundreds of digits.
fn norm(x: f64) -> String {
    if (1e-2..1e7).contains(&x) {
        format!("{x:.4}")
    } else {
        format!("{x:.3e}")
    }
}
