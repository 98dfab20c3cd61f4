//! What a gate found: one finding for each rule, and one decision.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::rule::{Level, Rule, Undecided};
use crate::estimate::holm;
use crate::metric::Direction;
use crate::result::{Difference, Interval, Note};

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
pub struct Judged {
    /// The rule, with the parameters and the side that it came to mean.
    pub rule: Rule,
    /// The slice; none for the whole audit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slice: Option<String>,
    /// The number; none where it would be one of a baseline that is yet to be made.
    pub value: Option<f64>,
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

impl Judged {
    /// A rule that nothing is known of yet.
    pub(super) fn of(rule: Rule) -> Self {
        Self {
            rule,
            slice: None,
            value: None,
            se: None,
            interval: None,
            baseline: None,
            difference: None,
            p: None,
            outcome: Outcome::Met,
            why: String::new(),
        }
    }

    /// `uniformity{t=2} mean in de`.
    pub fn label(&self) -> String {
        self.rule.label_in(self.slice.as_deref())
    }

    /// The difference from the baseline, turned so that above 0 is worse.
    pub(super) fn worse(&self) -> Option<Difference> {
        let difference = self.difference?;
        let value = match self.rule.metric.spec().better {
            Direction::Higher => -difference.value,
            Direction::Lower | Direction::Neutral => difference.value,
        };
        Some(Difference {
            value,
            ..difference
        })
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
    pub findings: Vec<Judged>,
    /// Warnings of the candidate's audit, and what the policy cannot see.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<Note>,
    /// Who judged.
    pub tool: String,
}

impl Verdict {
    /// Whether the candidate is better than the baseline: significantly in one of the numbers that may not be worse,
    /// and worse in none of them, by whatever amount. A ratchet never slips.
    pub fn better_than_baseline(&self) -> bool {
        let findings = self.findings.iter();
        let tested: Vec<(f64, Difference)> = findings
            .filter_map(|f| Some((f.rule.confidence, f.worse()?)))
            .collect();
        let p = |(_, worse): &(f64, Difference)| {
            let better = Difference {
                value: -worse.value,
                ..*worse
            };
            better.p_larger().unwrap_or(f64::from(better.value <= 0.0))
        };
        let corrected = holm(&tested.iter().map(p).collect::<Vec<_>>());
        let mut tests = tested.iter().zip(corrected);
        tests.any(|((confidence, _), p)| p <= 1.0 - confidence)
            && tested.iter().all(|(_, worse)| worse.value <= 0.0)
    }
}

/// Findings by level, for a line that sums up.
pub(crate) fn counts(findings: &[Judged]) -> BTreeMap<&'static str, usize> {
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
