//! Policies: TOML to rules. Whatever is unknown is an error that names the line.

use std::collections::BTreeMap;
use std::ops::Range;

use serde::Deserialize;
use toml::Spanned;

use super::named::{Wrong, finding_of, known, metric_of};
use super::rule::{Bound, Level, Rule, Tolerance, Undecided};
use crate::metric::{Blind, Direction, Kind, MetricId};
use crate::result::Side;

/// The share of neighbours that a candidate must have in common with its baseline, unless a rule says another one.
pub(super) const LEAST_OVERLAP: f64 = 0.05;

/// A policy that could be read.
#[derive(Clone, Debug, PartialEq)]
pub struct Policy {
    /// File name, for messages.
    pub source: String,
    /// At least one.
    pub rules: Vec<Rule>,
}

/// A policy that could not.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PolicyError {
    /// No TOML, or keys and values that no policy has.
    #[error("{path}, line {line}: {what}")]
    Malformed {
        /// The file.
        path: String,
        /// From 1 on.
        line: usize,
        /// What is wrong, and what to do.
        what: String,
    },
    /// A policy that would pass everything.
    #[error(
        "{path}: expected at least one [[rule]], found none; `spherecheck gate AUDIT --init` writes a policy to start from"
    )]
    NoRules {
        /// The file.
        path: String,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    confidence: Option<Spanned<f64>>,
    #[serde(default)]
    on_undecided: Undecided,
    #[serde(default)]
    rule: Vec<Spanned<RuleTable>>,
}

// Messages call it what TOML does.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "struct Table")]
struct RuleTable {
    metric: Option<Spanned<String>>,
    finding: Option<Spanned<String>>,
    #[serde(default)]
    params: BTreeMap<Spanned<String>, Spanned<f64>>,
    side: Option<Side>,
    slice: Option<Spanned<String>>,
    at_most: Option<Spanned<f64>>,
    at_least: Option<Spanned<f64>>,
    no_worse_than_baseline: Option<Spanned<Floors>>,
    #[serde(default)]
    level: Level,
    confidence: Option<Spanned<f64>>,
    on_undecided: Option<Undecided>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Floors {
    abs: Option<Spanned<f64>>,
    rel: Option<Spanned<f64>>,
    confidence: Option<Spanned<f64>>,
}

impl Policy {
    /// Reads a policy; `source` is what messages call it.
    ///
    /// # Errors
    /// [`PolicyError`], with the line.
    pub fn parse(source: &str, text: &str) -> Result<Self, PolicyError> {
        let at = |offset: usize| text[..offset.min(text.len())].matches('\n').count() + 1;
        let malformed = |(span, what): Wrong| PolicyError::Malformed {
            path: source.to_owned(),
            line: at(span.start),
            what,
        };
        let file: File = toml::from_str(text).map_err(|error| {
            let span = error.span().unwrap_or_default();
            let mut what = error.message().replace('\n', " ");
            if text.parse::<toml::Table>().is_err() {
                what += "; policies are TOML, not YAML or JSON: a rule starts with [[rule]], followed by lines such as metric = \"uniformity\"";
            }
            malformed((span, what))
        })?;
        if file.rule.is_empty() {
            return Err(PolicyError::NoRules {
                path: source.to_owned(),
            });
        }
        let usual = match &file.confidence {
            Some(level) => confidence(level).map_err(malformed)?,
            None => 0.95,
        };
        let mut rules = Vec::new();
        for table in file.rule {
            let span = table.span();
            let read = rules_of(table.into_inner(), span.clone(), usual, file.on_undecided);
            for (span, mut rule) in read.map_err(malformed)? {
                rule.line = at(span.start);
                rules.push(rule);
            }
        }
        Ok(Self {
            source: source.to_owned(),
            rules,
        })
    }

    /// Why a candidate that is better by this policy's rules against the baseline may be worthless; none where such a
    /// rule tells random vectors, and one tells a collapsed encoder.
    pub fn slips(&self) -> Option<&'static str> {
        let against = |rule: &&Rule| matches!(rule.bound, Bound::NoWorseThanBaseline(_));
        let tells = |worthless| {
            let mut rules = self.rules.iter().filter(against);
            rules.any(|rule| rule.sees(worthless))
        };
        match (tells(Blind::ToNoise), tells(Blind::ToCollapse)) {
            (true, true) => None,
            (false, _) => Some(
                "no rule with no_worse_than_baseline needs positives, so random vectors would be better than any model",
            ),
            (_, false) => Some(
                "no rule with no_worse_than_baseline tells an encoder that maps everything to one point, which would be better than any model",
            ),
        }
    }

    /// What no rule of level fail could ever catch, in words for a warning.
    pub(super) fn blind(&self) -> Vec<&'static str> {
        let tells = |worthless| self.rules.iter().any(|rule| rule.sees(worthless));
        let mut out = Vec::new();
        if !tells(Blind::ToNoise) {
            out.push(
                "No rule of level fail needs positives or neighbours, so random vectors keep this policy best. Give \
                 positives and a rule on contrastive_limit, or a baseline and a rule on knn_overlap.",
            );
        }
        if !tells(Blind::ToCollapse) {
            out.push(
                "No rule of level fail tells an encoder that maps every row to one point. Add a rule on uniformity or \
                 contrastive_limit.",
            );
        }
        out
    }
}

/// The rules of one table: one for each limit in it.
fn rules_of(
    table: RuleTable,
    span: Range<usize>,
    usual: f64,
    on_undecided: Undecided,
) -> Result<Vec<(Range<usize>, Rule)>, Wrong> {
    let metric = match (&table.metric, &table.finding) {
        (Some(metric), None) => metric,
        (None, Some(finding)) => {
            let rule = absent(finding, &table, usual, on_undecided)?;
            return Ok(vec![(span, rule)]);
        }
        _ => {
            let what = "expected one of metric and finding in a rule";
            return Err((span, what.to_owned()));
        }
    };
    let (metric, mut params) = metric_of(metric)?;
    for (name, value) in &table.params {
        known(metric, name.get_ref(), name.span())?;
        params.insert(name.get_ref().clone(), *value.get_ref());
    }
    if let Some(slice) = &table.slice
        && slice.get_ref().is_empty()
    {
        return Err((
            slice.span(),
            "slice is empty; name one, or \"*\" for each".to_owned(),
        ));
    }
    let level = table.confidence.as_ref().map_or(Ok(usual), confidence)?;
    let mut bounds = Vec::new();
    let own = metric.spec().kind != Kind::Overlap;
    for (limit, bound) in [
        (&table.at_most, Bound::AtMost as fn(f64) -> Bound),
        (&table.at_least, Bound::AtLeast),
    ] {
        if let Some(limit) = limit.as_ref().filter(|_| own) {
            let value = finite(limit, "a limit")?;
            bounds.push((limit.span(), bound(value), level));
        }
    }
    if let (Some(most), Some(least)) = (&table.at_most, &table.at_least)
        && least.get_ref() > most.get_ref()
    {
        let what = "at_least is above at_most, so nothing can meet both";
        return Err((least.span(), what.to_owned()));
    }
    if metric.spec().kind == Kind::Overlap {
        bounds.push(least_overlap(&table, &span, level)?);
    }
    if let Some(floors) = &table.no_worse_than_baseline {
        comparable(metric).map_err(|what| (floors.span(), what))?;
        let Floors {
            abs,
            rel,
            confidence: own,
        } = floors.get_ref();
        let floor = |floor: &Option<Spanned<f64>>, name| match floor {
            None => Ok(0.0),
            Some(floor) => {
                finite(floor, name)?;
                number(floor, name, |value| value >= 0.0, "0 or more")
            }
        };
        let tolerance = Tolerance {
            abs: floor(abs, "abs")?,
            rel: floor(rel, "rel")?,
        };
        let level = own.as_ref().map_or(Ok(level), confidence)?;
        if level <= 0.5 {
            let span = own.as_ref().map_or(floors.span(), Spanned::span);
            let what = format!(
                "confidence is {level}; against a baseline expected more than 0.5, e.g. 0.95"
            );
            return Err((span, what));
        }
        bounds.push((floors.span(), Bound::NoWorseThanBaseline(tolerance), level));
    }
    if bounds.is_empty() {
        let what = "this rule has no limit; give at_most, at_least or no_worse_than_baseline = {}";
        return Err((span, what.to_owned()));
    }
    // With one limit the rule is where it begins; with several, each is where it stands.
    let single = bounds.len() == 1;
    Ok(bounds
        .into_iter()
        .map(|(at, bound, confidence)| {
            let rule = Rule {
                metric,
                params: params.clone(),
                side: table.side,
                slice: table.slice.as_ref().map(|slice| slice.get_ref().clone()),
                bound,
                level: table.level,
                confidence,
                on_undecided: table.on_undecided.unwrap_or(on_undecided),
                line: 0,
            };
            (if single { span.clone() } else { at }, rule)
        })
        .collect())
}

/// The rule that a finding must be absent, which has no limit and is about the whole audit.
fn absent(
    finding: &Spanned<String>,
    table: &RuleTable,
    confidence: f64,
    on_undecided: Undecided,
) -> Result<Rule, Wrong> {
    let id = finding_of(finding)?;
    let of_numbers = table.at_most.is_some()
        || table.at_least.is_some()
        || table.no_worse_than_baseline.is_some()
        || table.confidence.is_some()
        || table.slice.is_some()
        || table.side.is_some()
        || !table.params.is_empty();
    if of_numbers {
        let what = "a rule about a finding takes finding and level alone: it is kept where the finding is absent";
        return Err((finding.span(), what.to_owned()));
    }
    Ok(Rule {
        metric: id.spec().metric,
        params: BTreeMap::new(),
        side: None,
        slice: None,
        bound: Bound::Absent(id),
        level: table.level,
        confidence,
        on_undecided: table.on_undecided.unwrap_or(on_undecided),
        line: 0,
    })
}

/// Refuses a metric whose differences nothing can judge: such a rule could never fail, or fail for nothing.
fn comparable(metric: MetricId) -> Result<(), String> {
    let spec = metric.spec();
    if spec.better == Direction::Neutral {
        return Err(format!(
            "{} is neither good nor bad, so it cannot be worse than a baseline; use at_most or at_least",
            metric.name()
        ));
    }
    match spec.kind.incomparable() {
        None if spec.kind.of_reference() => Err(format!(
            "{} is a number of a candidate and its reference (--parity-with), and a baseline has none; use at_most or \
             at_least",
            metric.name()
        )),
        None => Ok(()),
        Some((why, instead)) => Err(format!(
            "{} cannot be compared with a baseline: {why}; use {} here, or at_most or at_least",
            metric.name(),
            instead.name()
        )),
    }
}

/// The one rule that there is about neighbours: a lower limit, 0.05 where none is given.
fn least_overlap(
    table: &RuleTable,
    span: &Range<usize>,
    level: f64,
) -> Result<(Range<usize>, Bound, f64), Wrong> {
    let refused = |span: Range<usize>, key: &str| {
        let what = format!(
            "knn_overlap takes no {key}: it is held against chance, over all rows, by at_least alone (0.05 unless stated)"
        );
        Err((span, what))
    };
    if let Some(limit) = &table.at_most {
        return refused(limit.span(), "at_most");
    }
    if let Some(floors) = &table.no_worse_than_baseline {
        return refused(floors.span(), "no_worse_than_baseline");
    }
    if let Some(slice) = &table.slice {
        return refused(slice.span(), "slice");
    }
    if table.side.is_some_and(|side| side != Side::A) {
        return refused(span.clone(), "side but a");
    }
    let Some(limit) = &table.at_least else {
        return Ok((span.clone(), Bound::AtLeast(LEAST_OVERLAP), level));
    };
    finite(limit, "a limit")?;
    let share = |least| (0.0..1.0).contains(&least);
    let expected = "a share of neighbours below 1, e.g. 0.05";
    let least = number(limit, "at_least", share, expected)?;
    Ok((limit.span(), Bound::AtLeast(least), level))
}

fn number(
    value: &Spanned<f64>,
    name: &str,
    fits: impl Fn(f64) -> bool,
    expected: &str,
) -> Result<f64, Wrong> {
    match *value.get_ref() {
        v if fits(v) => Ok(v),
        v => Err((value.span(), format!("{name} is {v}, expected {expected}"))),
    }
}

fn finite(value: &Spanned<f64>, name: &str) -> Result<f64, Wrong> {
    number(value, name, f64::is_finite, "a finite number")
}

fn confidence(level: &Spanned<f64>) -> Result<f64, Wrong> {
    let inside = |v| v > 0.0 && v < 1.0;
    number(
        level,
        "confidence",
        inside,
        "a level between 0 and 1, e.g. 0.95",
    )
}
