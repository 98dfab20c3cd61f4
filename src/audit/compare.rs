//! Two or more audits side by side: the first is the base, the others are judged against it.

use std::collections::BTreeMap;

use super::comparison::{
    COMPARISON_SCHEMA, Cell, Change, Comparison, Line, Model, PrefixCurve, PrefixPoint, Versus,
};
use super::difference::{Difference, Incompatible, Numbers, paired};
use super::model::{Audit, Measure, Note, Severity};
use super::pairing::parent;
use crate::estimate::holm;
use crate::metric::{Direction, Kind, MetricId};

/// The metric's name with its parameters: `uniformity{t=2}`.
pub fn label(metric: MetricId, params: &BTreeMap<String, f64>) -> String {
    let name = metric.name();
    if params.is_empty() {
        return name.to_owned();
    }
    let params: Vec<String> = params.iter().map(|(k, v)| format!("{k}={v}")).collect();
    format!("{name}{{{}}}", params.join(","))
}

/// Compares audits with the first of them, with intervals and verdicts at the level `confidence`.
///
/// Verdicts hold together: with Holm's correction over all numbers of all models that have an error, the chance of even
/// one wrong `better`, `worse` or `differs` is one less the confidence.
///
/// # Errors
/// [`Incompatible`].
pub fn compare(audits: &[Audit], confidence: f64) -> Result<Comparison, Incompatible> {
    let Some(base) = audits.first() else {
        return Ok(empty(confidence));
    };
    let mut pairings = vec![None];
    for other in &audits[1..] {
        pairings.push(Some(paired(base, other)?));
    }
    let names = names(audits);
    let models = audits
        .iter()
        .zip(&pairings)
        .zip(names)
        .map(|((audit, &paired), name)| Model {
            name,
            source: audit.subject.a.source.clone(),
            rows: audit.subject.a.rows,
            dim: audit.subject.a.dim,
            paired,
        })
        .collect();
    let mut lines: Vec<Line> = base
        .measures
        .iter()
        .map(|measure| line(measure, audits, &pairings, confidence))
        .collect();
    let tests = correct(&mut lines, confidence);
    Ok(Comparison {
        models,
        tests,
        lines,
        notes: notes(audits, &pairings),
        seed: base.provenance.seed,
        ..empty(confidence)
    })
}

fn empty(confidence: f64) -> Comparison {
    Comparison {
        schema: COMPARISON_SCHEMA.to_owned(),
        models: Vec::new(),
        confidence,
        tests: 0,
        lines: Vec::new(),
        similarities: Vec::new(),
        prefixes: Vec::new(),
        notes: Vec::new(),
        tool: concat!("spherecheck ", env!("CARGO_PKG_VERSION")).to_owned(),
        seed: 0,
    }
}

/// Names of the audits, those that are alike told apart by a number.
fn names(audits: &[Audit]) -> Vec<String> {
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
    let base = Numbers::from(&audits[0]);
    let cells = audits
        .iter()
        .zip(pairings)
        .map(|(audit, paired)| {
            let numbers = Numbers::from(audit);
            let found = numbers.find(measure)?;
            let difference = paired.and_then(|paired| {
                let paired = paired && !without_pairing(measure.metric);
                Difference::between(base, numbers, measure, paired)
            });
            let against = difference.map(|difference| {
                let difference = match without_pairing(measure.metric) {
                    // Their errors are not those of the sample.
                    true => Difference {
                        se: None,
                        freedom: None,
                        ..difference
                    },
                    false => difference,
                };
                Versus {
                    difference,
                    interval: difference.interval(confidence),
                    p: difference.p_differs(),
                    verdict: Change::Untested,
                }
            });
            Some(Cell {
                value: found.value,
                se: found.se,
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

/// Numbers whose errors, if any, are not those of the sample.
fn without_pairing(metric: MetricId) -> bool {
    matches!(
        metric.spec().kind,
        Kind::MonteCarlo(_) | Kind::Test(_) | Kind::Unpaired(_)
    )
}

fn is_count(metric: MetricId) -> bool {
    metric.spec().kind == Kind::Count
}

/// Corrects the p-values and gives the verdicts; shifts of another number take that one's. Returns how many tests
/// there were.
fn correct(lines: &mut [Line], confidence: f64) -> u64 {
    let own = |line: &Line| parent(line.metric) == line.metric;
    let mut places = Vec::new();
    for (l, line) in lines.iter().enumerate().filter(|(_, line)| own(line)) {
        for (c, cell) in line.cells.iter().enumerate() {
            let p = cell.as_ref().and_then(|cell| cell.against.as_ref()?.p);
            places.extend(p.map(|p| (l, c, p)));
        }
    }
    let adjusted = holm(&places.iter().map(|(.., p)| *p).collect::<Vec<_>>());
    for (&(l, c, _), &p) in places.iter().zip(&adjusted) {
        let (metric, params, side) = (lines[l].metric, lines[l].params.clone(), lines[l].side);
        let same = |line: &&mut Line| {
            parent(line.metric) == metric && line.params == params && line.side == side
        };
        for line in lines.iter_mut().filter(same) {
            let cell = line.cells[c].as_mut();
            if let Some(against) = cell.and_then(|cell| cell.against.as_mut()) {
                against.p = Some(p);
            }
        }
    }
    for line in lines.iter_mut() {
        let (better, counts) = (line.metric.spec().better, is_count(line.metric));
        for against in line
            .cells
            .iter_mut()
            .flatten()
            .flat_map(|cell| &mut cell.against)
        {
            let value = against.difference.value;
            let clear = match against.p {
                Some(p) => p <= 1.0 - confidence,
                None if counts => value != 0.0,
                None => {
                    let same = value == 0.0;
                    against.verdict = if same { Change::Same } else { Change::Untested };
                    continue;
                }
            };
            against.verdict = match better {
                _ if !clear => Change::Same,
                Direction::Neutral => Change::Differs,
                Direction::Lower if value < 0.0 => Change::Better,
                Direction::Higher if value > 0.0 => Change::Better,
                _ => Change::Worse,
            };
        }
    }
    places.len() as u64
}

fn notes(audits: &[Audit], pairings: &[Option<bool>]) -> Vec<Note> {
    let mut notes = Vec::new();
    let base = &audits[0].subject;
    for (audit, paired) in audits.iter().zip(pairings) {
        let subject = &audit.subject;
        if *paired == Some(false) {
            let why = if audit.pairing.is_none() || audits[0].pairing.is_none() {
                "one of the audits was saved without what a paired test needs".to_owned()
            } else {
                format!("they have {} and {} rows", subject.a.rows, base.a.rows)
            };
            notes.push(Note {
                severity: Severity::Warning,
                text: format!(
                    "{} and {} are not paired, because {why}: errors are taken as independent, which finds only \
                     much larger differences.",
                    subject.name, base.name
                ),
            });
        }
        if subject.a.dim != base.a.dim {
            notes.push(Note {
                severity: Severity::Warning,
                text: format!(
                    "{} has {} dimensions and {} has {}: what an ideal encoder reaches differs, so read uniformity \
                     and contrastive terms beside their ideals.",
                    subject.name, subject.a.dim, base.name, base.a.dim
                ),
            });
        }
    }
    notes
}

/// Curves along prefixes: `prefixes` are audits of one model, the last of the whole row.
pub fn prefix_curves(model: &str, prefixes: &[Audit]) -> Vec<PrefixCurve> {
    let Some(whole) = prefixes.last() else {
        return Vec::new();
    };
    let numbers = Numbers::from(whole);
    let point = |audit: &Audit, measure: &Measure| {
        let found = Numbers::from(audit).find(measure)?;
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
