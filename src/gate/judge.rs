//! Audit, policy and baseline to a verdict.
//!
//! - A limit is met where the whole interval keeps it, broken where the whole interval breaks it, and undecided where
//!   the limit lies inside. A number without an error of its own (a count) is held against the limit itself.
//! - A number is worse than the baseline's where the difference is beyond the absolute floor, beyond the relative one,
//!   and significant: one-sided, with Holm's correction over all such rules of the policy, so that a gate with many
//!   rules is no more easily set off by chance than one with a single rule. Beyond a floor above 0 without being
//!   significant, it is undecided.

use super::baseline::Baseline;
use super::policy::Policy;
use super::rule::{Bound, Rule, Tolerance};
use super::select::{measure, places};
use super::verdict::{Decision, Finding, Outcome, VERDICT_SCHEMA, Verdict, sign};
use crate::audit::{Audit, Difference, Measure, Numbers};
use crate::estimate::holm;
use crate::metric::MetricId;

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
    /// A slice that is not the baseline's.
    #[error(
        "the rule of line {line} is about {label}, but that slice has other rows in the baseline; give the same --slices, or a new baseline"
    )]
    OtherSlice {
        /// Line of the policy.
        line: usize,
        /// What was asked for.
        label: String,
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
        interval: found.interval_at(rule.confidence),
        baseline: None,
        difference: None,
        p: None,
        outcome: Outcome::Met,
        why: String::new(),
    }
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
    // A slice of the same name may hold other rows.
    let ids = |numbers: Numbers<'_>| numbers.pairing.and_then(|pairing| pairing.ids.clone());
    if finding.slice.is_some() && ids(base) != ids(numbers) {
        return Err(GateError::OtherSlice {
            line,
            label: finding.label(),
        });
    }
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
