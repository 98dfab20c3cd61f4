//! Audit, policy and baseline to a verdict.
//!
//! - A limit is met where the whole interval keeps it, broken where the whole interval breaks it, and undecided where
//!   the limit lies inside. A number without an error of its own (a count) is held against the limit itself.
//! - A number is worse than the baseline's where the difference is beyond the absolute floor, beyond the relative one,
//!   and significant: one-sided, with Holm's correction over all such rules of the policy, so that a gate with many
//!   rules is no more easily set off by chance than one with a single rule. Beyond a floor above 0 without being
//!   significant, it is undecided.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::baseline::Baseline;
use super::policy::Policy;
use super::rule::{Bound, Level, Rule, Tolerance, Undecided};
use super::select::{measure, places};
use crate::audit::{Audit, Difference, Interval, Measure, Numbers, Side, freedom_of, label};
use crate::estimate::holm;
use crate::metric::{Direction, MetricId};
use crate::theory::student_quantile;

/// Version of the JSON form.
pub const VERDICT_SCHEMA: &str = "spherecheck.verdict/1";

/// What became of a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// The number keeps the limit.
    Met,
    /// It does not.
    Broken,
    /// The data cannot tell.
    Undecided,
    /// There is no baseline yet.
    Skipped,
}

/// What the gate does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Decision {
    /// Ship.
    Pass,
    /// Do not: a rule of level fail is broken.
    Violated,
    /// Not known: no rule of level fail is broken, but one is undecided and its policy says that this is not enough.
    Undecided,
}

impl Decision {
    /// The program's exit status: 0, 1 and 3.
    pub fn code(self) -> u8 {
        match self {
            Decision::Pass => 0,
            Decision::Violated => 1,
            Decision::Undecided => 3,
        }
    }

    /// `PASS`, `FAIL`, `UNDECIDED`.
    pub fn word(self) -> &'static str {
        match self {
            Decision::Pass => "PASS",
            Decision::Violated => "FAIL",
            Decision::Undecided => "UNDECIDED",
        }
    }
}

/// One rule, judged.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    /// The rule, with the parameters and the side that it came to mean.
    pub rule: Rule,
    /// The slice; none for the whole audit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slice: Option<String>,
    /// The number.
    pub value: f64,
    /// Its standard error.
    pub se: Option<f64>,
    /// Its interval at the rule's confidence.
    pub interval: Option<Interval>,
    /// The baseline's number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub baseline: Option<f64>,
    /// The number less the baseline's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub difference: Option<Difference>,
    /// One-sided p-value of "worse", corrected by Holm.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub p: Option<f64>,
    /// What became of it.
    pub outcome: Outcome,
    /// Why, in words.
    pub why: String,
}

impl Finding {
    /// `uniformity{t=2} mean in de`.
    pub fn label(&self) -> String {
        let mut text = label(self.rule.metric, &self.rule.params);
        text += self.rule.side.map_or("", |side| match side {
            Side::A => " a",
            Side::B => " b",
            Side::Mean => " mean",
            Side::Cross => " cross",
        });
        match &self.slice {
            Some(slice) => format!("{text} in {slice}"),
            None => text,
        }
    }

    /// What it does to the gate by itself.
    pub fn decision(&self) -> Decision {
        match (self.rule.level, self.outcome) {
            (Level::Fail, Outcome::Broken) => Decision::Violated,
            (Level::Fail, Outcome::Undecided) if self.rule.on_undecided == Undecided::Fail => {
                Decision::Undecided
            }
            _ => Decision::Pass,
        }
    }

    /// Whether it passes with a warning.
    pub fn warns(&self) -> bool {
        match (self.rule.level, self.outcome) {
            (Level::Warn, Outcome::Broken) => true,
            (Level::Warn | Level::Fail, Outcome::Undecided) => {
                self.rule.on_undecided != Undecided::Pass && self.decision() == Decision::Pass
            }
            _ => false,
        }
    }
}

/// All rules, judged.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Verdict {
    /// [`VERDICT_SCHEMA`].
    pub schema: String,
    /// What the gate does; the exit status is its [`Decision::code`].
    pub decision: Decision,
    /// Name of the candidate.
    pub subject: String,
    /// The policy's file.
    pub policy: String,
    /// The baseline's file and the name of its model.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub baseline: Option<(String, String)>,
    /// Whether differences from the baseline are paired.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paired: Option<bool>,
    /// One for each rule (for each slice).
    pub findings: Vec<Finding>,
    /// Who judged.
    pub tool: String,
}

impl Verdict {
    /// Whether the candidate is better than the baseline: significantly in one of the numbers that may not be worse,
    /// and worse in none of them, by whatever amount. A ratchet never slips.
    pub fn better_than_baseline(&self) -> bool {
        let tested = || {
            self.findings
                .iter()
                .filter_map(|f| Some((f, f.difference?)))
        };
        let worse = |finding: &Finding, difference: &Difference| {
            difference.value * sign(finding.rule.metric)
        };
        let tests: Vec<f64> = tested()
            .map(|(f, d)| {
                let better = Difference {
                    value: -worse(f, &d),
                    ..d
                };
                better.p_larger().unwrap_or(f64::from(better.value <= 0.0))
            })
            .collect();
        let clear =
            |((finding, _), p): ((&Finding, Difference), f64)| p <= 1.0 - finding.rule.confidence;
        tested().zip(holm(&tests)).any(clear) && tested().all(|(f, d)| worse(f, &d) <= 0.0)
    }
}

/// Why a policy cannot be applied to an audit.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum GateError {
    /// The audit lacks the number.
    #[error(
        "the rule of line {line} is about {label}, which the audit does not have (of {metric} it has: {found}); audit with it, or change the rule"
    )]
    Absent {
        /// Line of the policy.
        line: usize,
        /// What was asked for.
        label: String,
        /// The metric's name.
        metric: &'static str,
        /// What there is of it.
        found: String,
    },
    /// The rule could mean several numbers.
    #[error(
        "the rule of line {line} is about {label}, of which the audit has several: name its {what} ({found})"
    )]
    Ambiguous {
        /// Line of the policy.
        line: usize,
        /// What was asked for.
        label: String,
        /// `side` or `parameters`.
        what: &'static str,
        /// What there is.
        found: String,
    },
    /// The audit lacks the slice.
    #[error(
        "the rule of line {line} is about slice {slice:?}, which the audit does not have (it has: {found}); give --slices, or lower --slice-min"
    )]
    NoSlice {
        /// Line of the policy.
        line: usize,
        /// What was asked for.
        slice: String,
        /// What there is.
        found: String,
    },
    /// A rule against a baseline, and none given.
    #[error(
        "the rule of line {line} compares with a baseline; give --baseline FILE (and --update-baseline to make the first one)"
    )]
    NoBaseline {
        /// Line of the policy.
        line: usize,
    },
    /// A rule against a baseline that lacks the number.
    #[error(
        "the rule of line {line} compares {label} with a baseline that does not have it; write the baseline again with --update-baseline"
    )]
    NotInBaseline {
        /// Line of the policy.
        line: usize,
        /// What was asked for.
        label: String,
    },
}

/// A baseline that fits the audit, as [`Baseline::fits`] says.
#[derive(Clone, Copy)]
pub struct Against<'a> {
    /// The file.
    pub path: &'a str,
    /// The baseline; none where it is yet to be made.
    pub baseline: Option<&'a Baseline>,
    /// Whether differences are paired.
    pub paired: bool,
}

/// Judges an audit by a policy. Pure: the same three give the same verdict.
///
/// # Errors
/// [`GateError`].
pub fn judge(
    audit: &Audit,
    policy: &Policy,
    against: Option<Against<'_>>,
) -> Result<Verdict, GateError> {
    let mut findings = Vec::new();
    for rule in &policy.rules {
        for (slice, numbers) in places(audit, rule)? {
            let found = measure(numbers, rule)?;
            let mut finding = start(rule, slice.map(|slice| slice.name.clone()), found);
            match rule.bound {
                Bound::AtMost(_) | Bound::AtLeast(_) => hold(&mut finding),
                Bound::NoWorseThanBaseline(_) => {
                    compare(&mut finding, (numbers, found), against)?;
                }
            }
            findings.push(finding);
        }
    }
    correct(&mut findings);
    let decisions = || findings.iter().map(Finding::decision);
    let decision = if decisions().any(|d| d == Decision::Violated) {
        Decision::Violated
    } else if decisions().any(|d| d == Decision::Undecided) {
        Decision::Undecided
    } else {
        Decision::Pass
    };
    let baseline = against.filter(|against| against.baseline.is_some());
    Ok(Verdict {
        schema: VERDICT_SCHEMA.to_owned(),
        decision,
        subject: audit.subject.name.clone(),
        policy: policy.source.clone(),
        baseline: baseline.and_then(|against| {
            let name = against.baseline?.audit.subject.name.clone();
            Some((against.path.to_owned(), name))
        }),
        paired: baseline.map(|against| against.paired),
        findings,
        tool: audit.provenance.tool.clone(),
    })
}

fn start(rule: &Rule, slice: Option<String>, found: &Measure) -> Finding {
    Finding {
        rule: Rule {
            params: found.params.clone(),
            side: Some(found.side),
            ..rule.clone()
        },
        slice,
        value: found.value,
        se: found.se,
        interval: interval(found, rule.confidence),
        baseline: None,
        difference: None,
        p: None,
        outcome: Outcome::Met,
        why: String::new(),
    }
}

/// The measure's interval at another level.
fn interval(measure: &Measure, level: f64) -> Option<Interval> {
    let interval = measure.interval?;
    if interval.level == level {
        return Some(interval);
    }
    let reach = student_quantile(level, freedom_of(measure)) * measure.se?;
    let centre = (interval.low + interval.high) / 2.0;
    reach.is_finite().then_some(Interval {
        low: centre - reach,
        high: centre + reach,
        level,
    })
}

/// Holds a number against a limit.
fn hold(finding: &mut Finding) {
    let (limit, most) = match finding.rule.bound {
        Bound::AtMost(limit) => (limit, true),
        Bound::AtLeast(limit) | Bound::NoWorseThanBaseline(Tolerance { abs: limit, .. }) => {
            (limit, false)
        }
    };
    let (low, high) = finding
        .interval
        .map_or((finding.value, finding.value), |i| (i.low, i.high));
    let (kept, broken) = if most {
        (high <= limit, low > limit)
    } else {
        (low >= limit, high < limit)
    };
    let what = match finding.interval {
        Some(interval) => format!("the {} interval", percent(interval.level)),
        None => "the value".to_owned(),
    };
    let outside = if most { "above" } else { "below" };
    (finding.outcome, finding.why) = match (kept, broken) {
        (true, _) => (Outcome::Met, format!("{what} keeps the limit")),
        (_, true) => (Outcome::Broken, format!("{what} is {outside} the limit")),
        _ => (
            Outcome::Undecided,
            format!("the limit lies inside {what}: more rows would tell"),
        ),
    };
}

/// 1 where larger is worse, -1 where smaller is.
fn sign(metric: MetricId) -> f64 {
    match metric.spec().better {
        Direction::Higher => -1.0,
        Direction::Lower | Direction::Neutral => 1.0,
    }
}

fn compare(
    finding: &mut Finding,
    (numbers, found): (Numbers<'_>, &Measure),
    against: Option<Against<'_>>,
) -> Result<(), GateError> {
    let line = finding.rule.line;
    let against = against.ok_or(GateError::NoBaseline { line })?;
    let Some(baseline) = against.baseline else {
        finding.outcome = Outcome::Skipped;
        finding.why = "there is no baseline yet".to_owned();
        return Ok(());
    };
    let missing = || GateError::NotInBaseline {
        line,
        label: finding.label(),
    };
    let base = match &finding.slice {
        None => Numbers::from(&baseline.audit),
        Some(name) => {
            let slice = baseline
                .audit
                .slices
                .iter()
                .find(|slice| slice.name == *name);
            Numbers::from(slice.ok_or_else(missing)?)
        }
    };
    let old = base.find(found).ok_or_else(missing)?;
    let difference = Difference::between(base, numbers, found, against.paired);
    let difference = difference.ok_or_else(missing)?;
    finding.baseline = Some(old.value);
    finding.difference = Some(difference);
    let worse = Difference {
        value: difference.value * sign(finding.rule.metric),
        ..difference
    };
    finding.p = worse.p_larger();
    Ok(())
}

/// Corrects the p-values of the comparisons and decides them.
fn correct(findings: &mut [Finding]) {
    let raw: Vec<f64> = findings.iter().map(|f| f.p.unwrap_or(f64::NAN)).collect();
    for (finding, p) in findings.iter_mut().zip(holm(&raw)) {
        let (Some(difference), Some(old)) = (finding.difference, finding.baseline) else {
            continue;
        };
        finding.p = finding.p.map(|_| p);
        let Bound::NoWorseThanBaseline(floors) = finding.rule.bound else {
            continue;
        };
        let worse = difference.value * sign(finding.rule.metric);
        let floor = floors.abs.max(floors.rel * old.abs());
        // A count has no error: any difference is a fact.
        let counts = matches!(
            finding.rule.metric,
            MetricId::DuplicateRows | MetricId::DuplicatePairs
        );
        let significant = finding.p.map(|p| p <= 1.0 - finding.rule.confidence);
        (finding.outcome, finding.why) = if worse <= 0.0 {
            (Outcome::Met, "no worse than the baseline".to_owned())
        } else if worse <= floor {
            (Outcome::Met, "worse, but within the tolerance".to_owned())
        } else {
            match significant {
                Some(true) => (
                    Outcome::Broken,
                    "worse beyond the tolerance, and significantly".to_owned(),
                ),
                None if counts => (Outcome::Broken, "worse beyond the tolerance".to_owned()),
                Some(false) if floor > 0.0 => (
                    Outcome::Undecided,
                    "worse beyond the tolerance, but not significantly: more rows would tell"
                        .to_owned(),
                ),
                Some(false) => (Outcome::Met, "not significantly worse".to_owned()),
                None => (
                    Outcome::Undecided,
                    "worse, and without an error to judge it by".to_owned(),
                ),
            }
        };
    }
}

fn percent(level: f64) -> String {
    // The product may carry rounding: 0.999 * 100.
    format!("{} %", (level * 100.0 * 1e9).round() / 1e9)
}

/// Findings by level, for a line that sums up.
pub(crate) fn counts(findings: &[Finding]) -> BTreeMap<&'static str, usize> {
    let mut out = BTreeMap::new();
    for finding in findings {
        let word = match (finding.outcome, finding.decision()) {
            (_, Decision::Violated) => "failed",
            (_, Decision::Undecided) => "undecided",
            (Outcome::Skipped, _) => "skipped",
            _ if finding.warns() => "warned",
            _ => "passed",
        };
        *out.entry(word).or_default() += 1;
    }
    out
}
