//! Of the rows by themselves: collapse, noise, cones, hubs, repeats, columns, norms.

use super::super::audited::{Audit, Provenance};
use super::super::contrast::Contrast;
use super::super::finding::{Evidence, Look, Weight};
use super::super::measure::{Measure, Side};
use super::super::offenders::Offence;
use super::positives::shuffled;
use crate::metric::MetricId;

/// Share of the way from collapsed to ideal below which rows are called collapsed: a third of what the least uniform
/// encoder of the calibration has (6 %), which still finds 81 % of the positives first.
pub(crate) const COLLAPSED: f64 = 0.02;
/// Standard deviations within which rows cannot be told from uniform ones.
const UNIFORM: f64 = 3.0;
/// Mean cosine above which rows share a cone: between the 0.30 of the widest good cone and the 0.65 of the narrowest bad
/// one, see `docs/findings.md`.
const CONE: f64 = 0.5;
/// Skewness above which hubs are called so: midway from the 2.57 that the highest of seven encoders has to the 3.16 of
/// CLS pooling.
const HUBBED: f64 = 2.9;

const NO_SEARCH: &str = "hubs (--search)";
/// The same where few rows searched, or a part of the pairs was seen.
const SAMPLED: &str = "hubs (--search with --queries all, without --budget and --max-error)";
const NO_OFFENDERS: &str = "columns and false negatives (--offenders)";

/// Numbers of one metric, in the order of the audit.
pub(super) fn all(audit: &Audit, metric: MetricId) -> impl Iterator<Item = &Measure> {
    audit.measures.iter().filter(move |m| m.metric == metric)
}

/// Of each view by itself.
fn of_views(audit: &Audit, metric: MetricId) -> impl Iterator<Item = &Measure> {
    all(audit, metric).filter(|m| matches!(m.side, Side::A | Side::B))
}

/// The largest, of equal ones the first; none where there is none.
fn largest<'a>(measures: impl Iterator<Item = &'a Measure>) -> Option<&'a Measure> {
    measures.reduce(|most, m| if m.value > most.value { m } else { most })
}

/// Share of the way from all rows alike to the ideal.
pub(crate) fn spread(uniformity: &Measure) -> Option<f64> {
    let ideal = uniformity.ideal.filter(|ideal| *ideal < 0.0)?;
    Some(uniformity.value / ideal)
}

pub(super) fn collapse(audit: &Audit) -> Look {
    let mut seen = false;
    for measure in of_views(audit, MetricId::Uniformity) {
        let Some(spread) = spread(measure) else {
            continue;
        };
        seen = true;
        if spread < COLLAPSED {
            return Look::Found(Weight::Warning, vec![Evidence::of(measure)]);
        }
    }
    match seen {
        true => Look::Clear,
        false => Look::Unseen("spread (--t)"),
    }
}

pub(super) fn noise_like(audit: &Audit) -> Look {
    let mut numbers = Vec::new();
    for side in [Side::A, Side::B] {
        let Some(measure) = all(audit, MetricId::Uniformity).find(|m| m.side == side) else {
            continue;
        };
        let same = |m: &&Measure| m.side == side && m.params == measure.params;
        let test = all(audit, MetricId::UniformityZ).find(same);
        let inside = measure.interval.zip(measure.ideal);
        let inside = inside.map(|(i, ideal)| i.low <= ideal && ideal <= i.high);
        // Below the ideal rows repel each other, which random ones do not.
        let like = test.map(|z| z.value.abs() < UNIFORM).or(inside);
        match like {
            Some(true) => numbers.push(Evidence::of(measure)),
            Some(false) => return Look::Clear,
            None => {}
        }
    }
    if numbers.is_empty() {
        return Look::Unseen("spread (--t)");
    }
    let contrast = Contrast::of(&audit.measures, audit.subject.b.is_some());
    // Rows with partners in another place have structure.
    let partners = matches!(shuffled(audit), Look::Found(..));
    let like = !partners && contrast.is_none_or(|contrast| contrast.at_chance());
    Look::of(Weight::Warning, like.then_some(numbers))
}

/// The mean cosine that speaks for the model.
fn cosine(audit: &Audit) -> Option<&Measure> {
    let of = |side| all(audit, MetricId::MeanCosine).find(|m| m.side == side);
    of(Side::Mean).or_else(|| of(Side::A))
}

/// Whether the whole interval lies above the cone's edge.
fn is_cone(cosine: &Measure) -> bool {
    cosine.interval.map_or(cosine.value, |i| i.low) > CONE
}

pub(super) fn narrow_cone(audit: &Audit) -> Look {
    match cosine(audit) {
        None => Look::Unseen("mean cosine"),
        Some(m) => Look::of(Weight::Warning, is_cone(m).then(|| vec![Evidence::of(m)])),
    }
}

pub(super) fn cls_or_prefix(audit: &Audit) -> Look {
    let Some(m) = cosine(audit) else {
        return Look::Unseen("mean cosine");
    };
    let Some(contrast) = Contrast::of(&audit.measures, audit.subject.b.is_some()) else {
        return Look::Unseen("positives (none were given)");
    };
    let mean = 1.0 - contrast.alignment / 2.0;
    let positives = Evidence {
        se: Some(contrast.se / 2.0),
        ..Evidence::plain("mean cosine of positives", contrast.side, mean)
    };
    let apart = is_cone(m) && !contrast.at_chance();
    Look::of(
        Weight::Fact,
        apart.then(|| vec![Evidence::of(m), positives]),
    )
}

pub(super) fn hubs(audit: &Audit) -> Look {
    match largest(of_views(audit, MetricId::HubnessSkewness)) {
        None => Look::Unseen(match audit.provenance {
            Provenance {
                queries: None,
                estimate: None,
                ..
            } => NO_SEARCH,
            _ => SAMPLED,
        }),
        Some(m) => {
            // Hubs come with dimension: what uniform rows have is nobody's fault.
            let beside = m.interval.zip(m.ideal);
            let own = m.value > HUBBED && beside.is_none_or(|(i, ideal)| i.low > ideal);
            Look::of(Weight::Warning, own.then(|| vec![Evidence::of(m)]))
        }
    }
}

/// A warning where the repeats move uniformity by more than half the width of its interval.
pub(super) fn duplicates(audit: &Audit) -> Look {
    let Some(rows) = largest(of_views(audit, MetricId::DuplicateRows)) else {
        return Look::Unseen("duplicates (only without --budget and --max-error)");
    };
    let pairs = all(audit, MetricId::DuplicatePairs).find(|m| m.side == rows.side);
    let share = pairs.map_or(0.0, |pairs| pairs.value / pairs.n.max(1) as f64);
    // A pair of equal rows has the potential 1, so the mean potential exp(u) is larger by about their share.
    let moved = of_views(audit, MetricId::Uniformity).any(|u| {
        let half = u.interval.map(|i| (i.high - i.low) / 2.0);
        u.side == rows.side && half.is_some_and(|half| share / u.value.exp() > half)
    });
    let weight = if moved { Weight::Warning } else { Weight::Fact };
    let numbers = std::iter::once(rows).chain(pairs).map(Evidence::of);
    Look::of(weight, (rows.value > 0.0).then(|| numbers.collect()))
}

/// How many a list of rows to blame has, of the worse view; none where they were not looked for.
pub(super) fn blamed(audit: &Audit, kind: Offence) -> Option<(Side, u64)> {
    let lists = audit.offenders.as_ref()?.lists.iter();
    let counts = lists.filter(|list| list.kind == kind);
    let counts = counts.map(|list| (list.side, list.found.unwrap_or(list.rows.len() as u64)));
    counts.reduce(|most, of| if of.1 > most.1 { of } else { most })
}

pub(super) fn dead_columns(audit: &Audit) -> Look {
    match blamed(audit, Offence::ConstantColumn) {
        None => Look::Unseen(NO_OFFENDERS),
        Some((side, found)) => {
            let count = Evidence::plain("constant columns", side, found as f64);
            Look::of(Weight::Fact, (found > 0).then(|| vec![count]))
        }
    }
}

/// A warning where there are more than one for each row.
pub(super) fn false_negatives(audit: &Audit) -> Look {
    let Some((side, found)) = blamed(audit, Offence::FalseNegative) else {
        return Look::Unseen(match audit.subject.positives {
            Some(_) => NO_OFFENDERS,
            None => "positives (none were given)",
        });
    };
    let many = found > audit.subject.a.rows;
    let weight = if many { Weight::Warning } else { Weight::Fact };
    let what = "pairs that are no positives and closer than the worst twentieth of them";
    let count = Evidence::plain(what, side, found as f64);
    Look::of(weight, (found > 0).then(|| vec![count]))
}

pub(super) fn not_normalised(audit: &Audit) -> Look {
    let uneven = |m: &&Measure| {
        let mut views = audit.subject.views();
        views.any(|(side, view)| side == m.side && !view.is_unit())
    };
    let norms = largest(of_views(audit, MetricId::NormCv).filter(uneven));
    Look::of(Weight::Fact, norms.map(|m| vec![Evidence::of(m)]))
}
