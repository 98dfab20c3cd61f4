//! Of the positives: at chance, in another order, apart.

use super::super::audited::{Audit, CosineHistogram};
use super::super::contrast::Contrast;
use super::super::finding::{Evidence, Look, Weight};
use super::super::measure::Side;

/// Share of the rows that may have a near partner by chance where it is counted how many have one.
const BY_CHANCE: f64 = 0.05;
/// Share of the rows with a near partner elsewhere from which the order is in doubt: midway from that of independent rows
/// (0.05) to the least of eight encoders with their rows shuffled (0.25).
const PARTNERED: f64 = 0.15;

const NONE_GIVEN: &str = "positives (none were given)";

fn contrast(audit: &Audit) -> Option<Contrast> {
    Contrast::of(&audit.measures, audit.subject.b.is_some())
}

/// alignment{alpha=2} of the positives, and that of any two rows.
fn numbers(contrast: Contrast) -> Vec<Evidence> {
    vec![
        Evidence {
            se: Some(contrast.se),
            ..Evidence::plain("alignment{alpha=2}", contrast.side, contrast.alignment)
        },
        Evidence::plain(
            "mean squared distance of any two rows",
            contrast.side,
            contrast.unrelated,
        ),
    ]
}

/// Found where the positives are so.
fn where_they(audit: &Audit, weight: Weight, are: impl Fn(&Contrast) -> bool) -> Look {
    match contrast(audit) {
        None => Look::Unseen(NONE_GIVEN),
        Some(contrast) => Look::of(weight, are(&contrast).then(|| numbers(contrast))),
    }
}

pub(super) fn at_chance(audit: &Audit) -> Look {
    where_they(audit, Weight::Warning, Contrast::at_chance)
}

pub(super) fn identical(audit: &Audit) -> Look {
    where_they(audit, Weight::Warning, Contrast::identical)
}

pub(super) fn apart(audit: &Audit) -> Look {
    where_they(audit, Weight::Good, |contrast| {
        contrast.clearly_less(contrast.alignment)
    })
}

pub(super) fn shuffled(audit: &Audit) -> Look {
    let Some(contrast) = contrast(audit) else {
        return Look::Unseen(NONE_GIVEN);
    };
    if !contrast.at_chance() || audit.subject.b.is_none() {
        return Look::Clear;
    }
    let rows = audit.subject.a.rows as f64;
    match partnered(&audit.distributions.cosines, rows) {
        None => Look::Unseen("order of rows (--out)"),
        Some(Some(share)) if share > PARTNERED => {
            let what = "share of rows with a near partner in another place";
            let mut all = vec![Evidence::plain(what, Side::Cross, share)];
            all.extend(numbers(contrast));
            Look::Found(Weight::Warning, all)
        }
        Some(_) => Look::Clear,
    }
}

/// Pairs across the views, for each row, above the cosine that within a view one row in twenty reaches with another: where
/// every row has its partner somewhere in the other view, nearly every row has such a pair.
///
/// None without the histograms; nothing inside where the highest cosines are too common to tell.
fn partnered(histograms: &[CosineHistogram], rows: f64) -> Option<Option<f64>> {
    let of = |side| histograms.iter().find(|h| h.side == side);
    let (a, b, cross) = (of(Side::A)?, of(Side::B)?, of(Side::Cross)?);
    let total = |h: &CosineHistogram| h.counts.iter().sum::<u64>() as f64;
    let (in_a, in_b, all) = (total(a), total(b), total(cross));
    let mut above = [0.0; 3];
    let mut share = None;
    let bins = a.counts.iter().zip(&b.counts).zip(&cross.counts);
    for ((a, b), cross) in bins.rev() {
        for (sum, count) in above.iter_mut().zip([a, b, cross]) {
            *sum += *count as f64;
        }
        let expected = f64::max(above[0] / in_a, above[1] / in_b) * all;
        if expected.is_nan() || expected > BY_CHANCE * rows {
            break;
        }
        share = Some(above[2] / rows);
    }
    Some(share)
}
