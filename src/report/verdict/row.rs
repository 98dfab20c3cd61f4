//! Findings, written out.

use crate::gate::{Bound, Decision, Judged, Level, Outcome, Verdict, counts};
use crate::metric::Direction;
use crate::report::document::ABSENT;
use crate::report::number::{Written, ends, plain, signed, written};

/// A finding, written out.
pub(super) struct Row {
    /// `FAIL`, `warn`, `ok`, ...
    pub(super) word: &'static str,
    pub(super) label: String,
    /// With its error.
    pub(super) value: Option<Written>,
    pub(super) interval: String,
    pub(super) limit: String,
    pub(super) why: String,
}

/// One word for what a finding does to the gate.
pub(super) fn word(finding: &Judged) -> &'static str {
    match (finding.outcome, finding.decision()) {
        (_, Decision::Violated) => "FAIL",
        (_, Decision::Undecided) => "UNDECIDED",
        (Outcome::Skipped, _) => "skipped",
        _ if finding.warns() => "warning",
        (Outcome::Broken | Outcome::Undecided, _) if finding.rule.level == Level::Info => "info",
        _ => "ok",
    }
}

/// What needs attention first: 0 for what fails the gate.
pub(super) fn rank(finding: &Judged) -> u8 {
    match word(finding) {
        "FAIL" => 0,
        "UNDECIDED" => 1,
        "warning" => 2,
        _ => 3,
    }
}

pub(super) fn row(finding: &Judged) -> Row {
    let value = finding.value.map(|value| written(value, finding.se));
    let interval = finding.interval.zip(value.as_ref());
    let interval = interval.map(|(i, value)| ends(i.low, i.high, value));
    Row {
        word: word(finding),
        label: finding.label(),
        value,
        interval: interval.unwrap_or(ABSENT.to_owned()),
        limit: limit(finding),
        why: why(finding),
    }
}

impl Row {
    /// What the finding rests on.
    pub(super) fn numbers(&self) -> String {
        let value = self.value.as_ref();
        let value = value.map_or(ABSENT.to_owned(), Written::to_string);
        format!("{value} ({}), {}", self.interval, self.limit)
    }
}

pub(super) fn limit(finding: &Judged) -> String {
    match finding.rule.bound {
        Bound::AtMost(limit) => format!("at most {limit}"),
        Bound::AtLeast(limit) => format!("at least {limit}"),
        Bound::Absent(_) => "absent".to_owned(),
        Bound::NoWorseThanBaseline(floors) => {
            let mut text = match finding.baseline {
                Some(old) => format!("baseline {}", written(old, finding.se).value),
                None => "baseline".to_owned(),
            };
            let floor = floors
                .abs
                .max(floors.rel * finding.baseline.unwrap_or(0.0).abs());
            if floor > 0.0 {
                let sign = match finding.rule.metric.spec().better {
                    Direction::Higher => "-",
                    Direction::Lower | Direction::Neutral => "+",
                };
                text += &format!(" {sign} {}", plain(floor, 4));
            }
            text
        }
    }
}

/// The reason, with what it rests on.
fn why(finding: &Judged) -> String {
    let Some(difference) = finding.difference else {
        return finding.why.clone();
    };
    let text = written(difference.value, difference.se);
    let mut out = format!("{}: {}", finding.why, signed(difference.value, &text));
    if text.se.is_some() {
        out += match difference.paired {
            true => " (paired)",
            false => " (not paired)",
        };
    }
    if let Some(p) = finding.p {
        out += &format!(", {}", p_value(p));
    }
    out
}

/// `p = 0.031`, `p < 0.0001`.
fn p_value(p: f64) -> String {
    if p < 1e-4 {
        "p < 0.0001".to_owned()
    } else if p < 0.0995 {
        let decimals = (1.0 - p.log10().floor()) as usize;
        format!("p = {p:.decimals$}")
    } else {
        format!("p = {p:.2}")
    }
}

/// `2 failed, 1 warned, 3 passed`.
pub(super) fn tally(verdict: &Verdict) -> String {
    let counts = counts(&verdict.findings);
    let order = ["failed", "undecided", "warned", "skipped", "passed"];
    let parts = order
        .iter()
        .filter_map(|word| Some(format!("{} {word}", counts.get(word)?)));
    parts.collect::<Vec<_>>().join(", ")
}

/// `spherecheck.toml, against baseline.json (minilm), paired`.
pub(super) fn against(verdict: &Verdict) -> String {
    let mut text = verdict.policy.clone();
    if let Some((path, name)) = &verdict.baseline {
        text += &format!(", against {} ({})", path, name);
        text += match verdict.paired {
            Some(true) => ", paired",
            _ => ", not paired",
        };
    }
    text
}
