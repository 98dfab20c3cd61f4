//! Two or more audits side by side: the first is the base, the others are judged against it.

mod judged;
mod notes;
mod summary;

use super::audited::Audit;
use super::comparison::{
    COMPARISON_SCHEMA, Change, Comparison, Excess, Line, Model, ModelValue, PrefixCurve,
    PrefixPoint, Similarity, Unit, Versus, share_of_way,
};
use super::difference::{Difference, Incompatible, NumberSource, paired};
use super::finding::Weight;
use super::finding_id::FindingId;
use super::findings::findings;
use super::measure::Measure;
use super::pairing::parent;
use crate::metric::{Family, Kind, MetricId};
use notes::Relation;
pub use summary::summary;

/// Compares audits with the first of them, with intervals and verdicts at the level `confidence`.
///
/// Verdicts hold together: with Holm's correction over all numbers of all models that have an error, the chance of even
/// one wrong `better`, `worse` or `differs` is one less the confidence.
///
/// `similarities` are those of the first audit with others, by the names of [`model_names`]. Where they say that rows of
/// the same place or id have nothing in common, differences are not paired.
///
/// Where the widths of two models give a number different ideals, it is `better` or `worse` only if both the number and
/// its excess over the own ideal are; else a difference says no more than `differs`.
///
/// # Errors
/// [`Incompatible`].
pub fn compare(
    audits: &[Audit],
    similarities: Vec<Similarity>,
    confidence: f64,
) -> Result<Comparison, Incompatible> {
    let Some(base) = audits.first() else {
        return Ok(empty(confidence));
    };
    let names = model_names(audits);
    let mut pairings = vec![None];
    for other in &audits[1..] {
        pairings.push(Some(paired(base, other)?));
    }
    let relations: Vec<Relation> = names
        .iter()
        .map(|name| Relation::of(similarities.iter().filter(|s| s.between.1 == *name)))
        .collect();
    for (pairing, relation) in pairings.iter_mut().zip(&relations) {
        *pairing = pairing.map(|paired| paired && !relation.strangers);
    }
    let models: Vec<Model> = audits
        .iter()
        .zip(&pairings)
        .zip(names)
        .map(|((audit, &paired), name)| Model {
            name,
            source: audit.subject.a.source.clone(),
            rows: audit.subject.a.rows,
            dim: audit.subject.a.dim,
            paired,
            findings: shown(audit),
            row_bytes: audit.subject.a.row_bytes(),
            accuracy: None,
            copied: audit.subject.a.copied,
        })
        .collect();
    let mut lines: Vec<Line> = base
        .measures
        .iter()
        .map(|measure| line(measure, audits, &pairings, confidence))
        .collect();
    let tests = judged::judge(&mut lines, confidence);
    Ok(Comparison {
        notes: notes::notes(audits, &models, &relations, &lines),
        models,
        definitions: Some(base.definitions.clone()),
        positives: base.subject.positives.clone(),
        tests,
        lines,
        similarities,
        seed: base.provenance.seed,
        ..empty(confidence)
    })
}

/// The findings of a model that say something is wrong or must be known.
fn shown(audit: &Audit) -> Vec<FindingId> {
    let all = findings(audit).into_iter();
    let all = all.filter(|finding| finding.severity != Weight::Good);
    all.map(|finding| finding.name).collect()
}

fn empty(confidence: f64) -> Comparison {
    Comparison {
        schema: COMPARISON_SCHEMA.to_owned(),
        confidence,
        tool: concat!("spherecheck ", env!("CARGO_PKG_VERSION")).to_owned(),
        ..Comparison::default()
    }
}

/// Names of the audits, those that are alike told apart by a number.
pub fn model_names(audits: &[Audit]) -> Vec<String> {
    let mut names: Vec<String> = Vec::with_capacity(audits.len());
    for audit in audits {
        let name = &audit.subject.name;
        let taken = |name: &String| names.contains(name);
        let free = (2..)
            .map(|k| format!("{name} ({k})"))
            .find(|name| !taken(name));
        let chosen = if taken(name) { free } else { None };
        names.push(chosen.unwrap_or_else(|| name.clone()));
    }
    names
}

fn line(measure: &Measure, audits: &[Audit], pairings: &[Option<bool>], confidence: f64) -> Line {
    let base = &audits[0];
    let cells = audits
        .iter()
        .zip(pairings)
        .map(|(audit, paired)| {
            let found = NumberSource::from(audit).find(measure)?;
            let against = paired
                .and_then(|paired| versus((base, audit), (measure, found), paired, confidence));
            Some(ModelValue {
                value: found.value,
                se: found.se,
                ideal: found.ideal.filter(|_| found.ideal != measure.ideal),
                against,
            })
        })
        .collect();
    Line {
        metric: measure.metric,
        params: measure.params.clone(),
        side: measure.side,
        ideal: measure.ideal,
        collapsed: measure.collapsed,
        cells,
    }
}

/// A number against the base's, still to be judged.
fn versus(
    (base, other): (&Audit, &Audit),
    (x, y): (&Measure, &Measure),
    paired: bool,
    confidence: f64,
) -> Option<Versus> {
    let untested = without_pairing(x.metric);
    let noise = [base, other].iter().all(|audit| norms_are_noise(audit, x));
    let difference = Difference::between(base.into(), other.into(), x, paired && !untested)?;
    let difference = match untested || noise {
        // Their errors are not those of the sample.
        true => Difference {
            se: None,
            freedom: None,
            ..difference
        },
        false => difference,
    };
    let (pairs, rows) = (x.n.min(y.n), base.subject.a.rows.min(other.subject.a.rows));
    // Pairs of a label are as many as their rows allow, and tell no more than these.
    let (count, unit) = match is_of_pairs(x.metric) && pairs <= rows {
        true => (pairs, Unit::Pairs),
        false => (pairs.min(rows), Unit::Rows),
    };
    // Shifts by the ideal differ by the excess already.
    let moved = y.ideal.zip(x.ideal).map_or(0.0, |(y, x)| y - x);
    let excess = (moved != 0.0 && parent(x.metric) == x.metric).then_some(Difference {
        value: difference.value - moved,
        ..difference
    });
    Some(Versus {
        difference,
        interval: difference.interval(confidence),
        p: difference.p_differs(),
        verdict: match noise {
            true => Change::Same,
            false => Change::Untested,
        },
        effect: share_of_way(x, excess.unwrap_or(difference).value),
        excess: excess.map(|difference| Excess {
            difference,
            p: difference.p_differs(),
        }),
        power: None,
        n: count,
        unit,
    })
}

/// Whether it is a mean over positive pairs.
fn is_of_pairs(metric: MetricId) -> bool {
    parent(metric).family() == Family::Positives
}

/// Whether the measure is about norms, and these are 1 but for rounding.
fn norms_are_noise(audit: &Audit, measure: &Measure) -> bool {
    let mut views = audit.subject.views();
    measure.metric.family() == Family::Norms
        && views.any(|(side, view)| side == measure.side && view.is_unit())
}

/// Numbers whose errors, if any, are not those of the sample.
fn without_pairing(metric: MetricId) -> bool {
    matches!(
        metric.spec().kind,
        Kind::MonteCarlo(_) | Kind::Test(_) | Kind::PValue(_) | Kind::Biased(_) | Kind::Unpaired(_)
    )
}

/// Curves along prefixes: `prefixes` are audits of one model, the last of the whole row.
pub fn prefix_curves(model: &str, prefixes: &[Audit]) -> Vec<PrefixCurve> {
    let Some(whole) = prefixes.last() else {
        return Vec::new();
    };
    let numbers = NumberSource::from(whole);
    let point = |audit: &Audit, measure: &Measure| {
        let found = NumberSource::from(audit).find(measure)?;
        let is_whole = audit.subject.a.dim == whole.subject.a.dim;
        let paired = !without_pairing(measure.metric);
        let from_whole = (!is_whole)
            .then(|| Difference::between(numbers, audit.into(), measure, paired))
            .flatten();
        Some(PrefixPoint {
            dim: audit.subject.a.dim,
            value: found.value,
            se: found.se,
            ideal: found.ideal,
            from_whole,
        })
    };
    whole
        .measures
        .iter()
        .map(|measure| PrefixCurve {
            model: model.to_owned(),
            metric: measure.metric,
            params: measure.params.clone(),
            side: measure.side,
            points: prefixes
                .iter()
                .filter_map(|audit| point(audit, measure))
                .collect(),
        })
        .collect()
}
