//! Audit, policy and baseline to a verdict.
//!
//! - A limit is met where the whole interval keeps it, broken where the whole interval breaks it, and undecided where
//!   the limit lies inside. A count, a test statistic or a p-value has no interval and is held against the limit itself; any other
//!   number without one is undecided. A number that is not finite is not judged at all.
//! - A number is worse than the baseline's where the difference is beyond the absolute floor, beyond the relative one,
//!   and significant: one-sided, with Holm's correction over all such rules of the policy, so that a gate with many
//!   rules is no more easily set off by chance than one with a single rule. Beyond a floor above 0 without being
//!   significant, it is undecided.
//! - A rule about a finding is met where the finding is absent; one that could not be looked for is no verdict.
//! - The overlap of neighbours with the baseline's is held against a lower limit that is well above chance.

use super::absent::absent;
use super::baseline::Baseline;
use super::error::{GateError, Unjudged};
use super::finite::no_number;
use super::policy::Policy;
use super::rule::{Bound, Rule};
use super::select::{measure, places};
use super::verdict::{Decision, Judged, Outcome, VERDICT_SCHEMA, Verdict};
use crate::estimate::holm;
use crate::metric::{Family, Kind};
use crate::num::counted;
use crate::result::{
    Audit, Difference, Interval, Measure, Neighbours, Note, NumberSource, Severity,
};
use crate::theory::student_quantile;

/// The share of neighbours that is well above chance: five times chance, rounded up.
pub(super) fn above_chance(chance: f64) -> f64 {
    (5.0 * chance * 1e3).ceil() / 1e3
}

/// A baseline that fits the audit, as [`Baseline::fits`] says.
#[derive(Clone, Copy)]
pub struct BaselineFit<'a> {
    /// The file.
    pub path: &'a str,
    /// The baseline; none where it is yet to be made.
    pub baseline: Option<&'a Baseline>,
    /// Whether differences are paired.
    pub paired: bool,
    /// Neighbours of the candidate's rows; none where no rule asks, and of a saved audit.
    pub neighbours: Option<&'a Neighbours>,
}

/// Judges an audit by a policy. Pure: the same three give the same verdict.
///
/// # Errors
/// [`GateError`].
pub fn judge(
    audit: &Audit,
    policy: &Policy,
    against: Option<BaselineFit<'_>>,
) -> Result<Verdict, GateError> {
    let mut findings = Vec::new();
    for rule in &policy.rules {
        let line = rule.line;
        let found = apply(rule, audit, against).map_err(|why| GateError { line, why })?;
        findings.extend(found);
    }
    correct(&mut findings);
    let decisions: Vec<Decision> = findings.iter().map(Judged::decision).collect();
    let worst = [Decision::Violated, Decision::Undecided];
    let worst = worst.into_iter().find(|bad| decisions.contains(bad));
    let baseline = against.filter(|against| against.baseline.is_some());
    let warning = |note: &&Note| note.severity == Severity::Warning;
    let mut notes: Vec<Note> = audit.notes.iter().filter(warning).cloned().collect();
    notes.extend(
        policy
            .blind()
            .into_iter()
            .map(|text| Note::new(Severity::Warning, text.to_owned())),
    );
    Ok(Verdict {
        schema: VERDICT_SCHEMA.to_owned(),
        decision: worst.unwrap_or(Decision::Pass),
        subject: audit.subject.name.clone(),
        policy: policy.source.clone(),
        baseline: baseline.and_then(|against| {
            let name = against.baseline?.audit.subject.name.clone();
            Some((against.path.to_owned(), name))
        }),
        paired: baseline.map(|against| against.paired),
        findings,
        notes,
        tool: audit.provenance.tool.clone(),
    })
}

/// What becomes of a rule, before the correction: one finding for each slice.
fn apply(
    rule: &Rule,
    audit: &Audit,
    against: Option<BaselineFit<'_>>,
) -> Result<Vec<Judged>, Unjudged> {
    if rule.metric.spec().kind == Kind::Overlap {
        return Ok(vec![share(rule, against)?]);
    }
    if let Bound::Absent(id) = rule.bound {
        return Ok(vec![absent(rule, audit, id)?]);
    }
    let mut findings = Vec::new();
    for (slice, numbers) in places(audit, rule)? {
        let found = measure(numbers, rule).map_err(|why| of_sample(why, rule, audit))?;
        may_fail(rule, audit)?;
        let mut finding = start(rule, slice.map(|slice| slice.name.clone()), found)?;
        match rule.bound {
            Bound::AtMost(limit) => hold(&mut finding, limit, true),
            Bound::AtLeast(limit) => hold(&mut finding, limit, false),
            Bound::NoWorseThanBaseline(_) => compare(&mut finding, (numbers, found), against)?,
            // Judged above: it is of no number.
            Bound::Absent(_) => {}
        }
        findings.push(finding);
    }
    Ok(findings)
}

/// Why an audit has no hubs, where that is why a number is absent.
fn of_sample(why: Unjudged, rule: &Rule, audit: &Audit) -> Unjudged {
    let made = &audit.provenance;
    let sample = made.queries.is_some() || made.estimate.is_some();
    match why {
        Unjudged::Absent { label, .. } if rule.metric.family() == Family::Hubs && sample => {
            Unjudged::HubsOfSample { label }
        }
        other => other,
    }
}

/// Refuses a limit that no p-value of this audit could be below.
fn may_fail(rule: &Rule, audit: &Audit) -> Result<(), Unjudged> {
    let tests = matches!(rule.metric.spec().kind, Kind::PValue(_));
    let (Bound::AtLeast(limit), Some(card)) = (rule.bound, audit.drift.as_ref().filter(|_| tests))
    else {
        return Ok(());
    };
    let least = 1.0 / (1.0 + card.permutations as f64);
    match least < limit {
        true => Ok(()),
        false => Err(Unjudged::FewDeals {
            label: rule.label(),
            limit: limit.to_string(),
            deals: card.permutations,
        }),
    }
}

fn start(rule: &Rule, slice: Option<String>, found: &Measure) -> Result<Judged, Unjudged> {
    let rule = Rule {
        params: found.params.clone(),
        side: Some(found.side),
        ..rule.clone()
    };
    let finding = Judged {
        slice,
        value: Some(found.value),
        se: found.se,
        interval: found
            .interval_at(rule.confidence)
            .or_else(|| drawn(found, rule.confidence)),
        ..Judged::of(rule)
    };
    sound(&finding, found, "the candidate")?;
    Ok(finding)
}

/// Refuses a number that nothing can be said of.
fn sound(finding: &Judged, measure: &Measure, whose: &'static str) -> Result<(), Unjudged> {
    match no_number(measure) {
        None => Ok(()),
        Some(what) => Err(Unjudged::NotFinite {
            label: finding.label(),
            whose,
            what,
        }),
    }
}

/// The interval of a number whose error is that of drawing pairs, of which there are many.
fn drawn(measure: &Measure, level: f64) -> Option<Interval> {
    const MANY: f64 = 1e6;
    let drawn = matches!(measure.metric.spec().kind, Kind::MonteCarlo(_));
    let reach = student_quantile(level, MANY) * measure.se.filter(|_| drawn)?;
    reach.is_finite().then_some(Interval {
        low: measure.value - reach,
        high: measure.value + reach,
        level,
    })
}

/// Holds a number against a limit: the most that it may be, or the least.
fn hold(finding: &mut Judged, limit: f64, most: bool) {
    let Some(value) = finding.value else { return };
    let kind = finding.rule.metric.spec().kind;
    if finding.interval.is_none()
        && !matches!(
            kind,
            Kind::Count | Kind::Test(_) | Kind::PValue(_) | Kind::Biased(_) | Kind::Worst
        )
    {
        finding.outcome = Outcome::Undecided;
        finding.why = "it has no error to judge it by: more rows or pairs give one".to_owned();
        return;
    }
    let (low, high) = finding.interval.map_or((value, value), |i| (i.low, i.high));
    let (kept, broken) = if most {
        (high <= limit, low > limit)
    } else {
        (low >= limit, high < limit)
    };
    let what = match (finding.interval, kind) {
        (Some(interval), Kind::MonteCarlo(_)) => {
            format!("the {} Monte Carlo interval", percent(interval.level))
        }
        (Some(interval), _) => format!("the {} interval", percent(interval.level)),
        (None, _) => "the value".to_owned(),
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

/// Holds the neighbours that candidate and baseline share against chance.
fn share(rule: &Rule, against: Option<BaselineFit<'_>>) -> Result<Judged, Unjudged> {
    let none = |whose, help| Unjudged::NoNeighbours { whose, help };
    let against = against.ok_or(Unjudged::NoBaseline)?;
    let new = against.neighbours.ok_or(none(
        "a saved audit",
        "give the embeddings themselves, or take the rule out",
    ))?;
    let Some(baseline) = against.baseline else {
        let mut finding = Judged::of(rule.clone());
        skip(&mut finding);
        return Ok(finding);
    };
    let old = baseline.neighbours.as_ref().ok_or(none(
        "the baseline",
        "make a new one from embeddings, with this policy and --update-baseline on a new file",
    ))?;
    let described = |neighbours: &Neighbours| {
        let ids = neighbours.ids.as_deref().unwrap_or("no ids");
        format!("{}, {ids}", counted(neighbours.items, "item"))
    };
    let found = old.overlap(new, rule.confidence);
    let found = found.ok_or_else(|| Unjudged::OtherNeighbours {
        expected: described(old),
        found: described(new),
    })?;
    let Bound::AtLeast(least) = rule.bound else {
        return Err(Unjudged::NoError {
            label: rule.label(),
        });
    };
    let least = least.max(above_chance(old.chance()));
    if least >= 1.0 {
        return Err(Unjudged::FewNeighbours { items: old.items });
    }
    let mut finding = start(rule, None, &found)?;
    finding.rule.bound = Bound::AtLeast(least);
    hold(&mut finding, least, false);
    finding.why += &format!(
        "; by chance models share {:.2} of the nearest {}",
        old.chance(),
        old.k
    );
    Ok(finding)
}

/// A rule against a baseline that is yet to be made.
fn skip(finding: &mut Judged) {
    finding.outcome = Outcome::Skipped;
    finding.why = "there is no baseline yet".to_owned();
}

fn compare(
    finding: &mut Judged,
    (numbers, found): (NumberSource<'_>, &Measure),
    against: Option<BaselineFit<'_>>,
) -> Result<(), Unjudged> {
    let against = against.ok_or(Unjudged::NoBaseline)?;
    let Some(baseline) = against.baseline else {
        skip(finding);
        return Ok(());
    };
    let missing = || Unjudged::NotInBaseline {
        label: finding.label(),
    };
    let base = match &finding.slice {
        None => NumberSource::from(&baseline.audit),
        Some(name) => {
            let mut slices = baseline.audit.slices.iter();
            let slice = slices.find(|slice| slice.name == *name);
            NumberSource::from(slice.ok_or_else(missing)?)
        }
    };
    // A slice of the same name may hold other rows.
    let ids = |numbers: NumberSource<'_>| numbers.pairing.and_then(|pairing| pairing.ids.clone());
    if finding.slice.is_some() && ids(base) != ids(numbers) {
        return Err(Unjudged::OtherSlice {
            label: finding.label(),
        });
    }
    let old = base.find(found).ok_or_else(missing)?;
    sound(finding, old, "the baseline")?;
    let difference = Difference::between(base, numbers, found, against.paired);
    let difference = difference.ok_or_else(missing)?;
    finding.baseline = Some(old.value);
    finding.difference = Some(difference);
    finding.p = finding.worse().and_then(|worse| worse.p_larger());
    let judged = difference.value.is_finite() && finding.p.is_some_and(f64::is_finite);
    if !judged && finding.rule.metric.spec().kind != Kind::Count {
        return Err(Unjudged::NoError {
            label: finding.label(),
        });
    }
    Ok(())
}

/// Corrects the p-values of the comparisons and decides them.
fn correct(findings: &mut [Judged]) {
    let raw: Vec<f64> = findings.iter().map(|f| f.p.unwrap_or(f64::NAN)).collect();
    for (finding, p) in findings.iter_mut().zip(holm(&raw)) {
        let (Some(worse), Some(old)) = (finding.worse(), finding.baseline) else {
            continue;
        };
        finding.p = finding.p.map(|_| p);
        let Bound::NoWorseThanBaseline(floors) = finding.rule.bound else {
            continue;
        };
        let worse = worse.value;
        let floor = floors.abs.max(floors.rel * old.abs());
        let significant = finding.p.map(|p| p <= 1.0 - finding.rule.confidence);
        let (outcome, why) = match significant {
            _ if worse <= 0.0 => (Outcome::Met, "no worse than the baseline"),
            _ if worse <= floor => (Outcome::Met, "worse, but within the tolerance"),
            Some(true) => (
                Outcome::Broken,
                "worse beyond the tolerance, and significantly",
            ),
            // A count has no error: any difference is a fact.
            None => (Outcome::Broken, "worse beyond the tolerance"),
            Some(false) if floor > 0.0 => (
                Outcome::Undecided,
                "worse beyond the tolerance, but not significantly: more rows would tell",
            ),
            Some(false) => (Outcome::Met, "not significantly worse"),
        };
        (finding.outcome, finding.why) = (outcome, why.to_owned());
    }
}

fn percent(level: f64) -> String {
    // The product may carry rounding: 0.999 * 100.
    format!("{} %", crate::num::percent(level))
}
