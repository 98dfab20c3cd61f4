//! What a finding is: a name, how much it matters, the numbers it rests on and what to do about it, as plain data.

use serde::{Deserialize, Serialize};

use super::audited::Audit;
use super::finding_id::FindingId;
use super::measure::{Interval, Measure, Side};
use crate::metric::MetricId;

/// How much a finding matters.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, strum::IntoStaticStr,
)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
pub enum Weight {
    /// As it should be.
    Good,
    /// To be known: neither good nor bad by itself, or not calibrated.
    Fact,
    /// Something is wrong, or the numbers cannot be trusted.
    Warning,
}

impl Weight {
    /// `good`, `fact`, `warning`.
    pub fn name(self) -> &'static str {
        self.into()
    }
}

/// A number that a finding rests on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Evidence {
    /// The metric with its parameters, e.g. `uniformity{t=2}`, or what was counted, in words.
    pub what: String,
    /// Which rows.
    pub side: Side,
    /// The number.
    pub value: f64,
    /// Its standard error; none for counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub se: Option<f64>,
    /// Its interval, at the level of the audit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interval: Option<Interval>,
    /// Its ideal, where the metric has one: what a perfect encoder reaches.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ideal: Option<f64>,
}

impl Evidence {
    /// A number of the audit.
    pub(super) fn of(measure: &Measure) -> Self {
        Self {
            what: measure.label(),
            side: measure.side,
            value: measure.value,
            se: measure.se,
            interval: measure.interval,
            ideal: measure.ideal,
        }
    }

    /// A count, or another number without an error.
    pub(super) fn plain(what: &str, side: Side, value: f64) -> Self {
        Self {
            what: what.to_owned(),
            side,
            value,
            se: None,
            interval: None,
            ideal: None,
        }
    }
}

/// Something that an audit shows about the model, its data or its own numbers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    /// What was found.
    pub name: FindingId,
    /// How much it matters.
    pub severity: Weight,
    /// What it rests on, the most telling first; at least one.
    pub numbers: Vec<Evidence>,
    /// What it means: one sentence.
    pub meaning: String,
    /// What usually causes it.
    pub cause: String,
    /// What to do.
    #[serde(rename = "try")]
    pub remedy: String,
}

/// What a look for a finding ends in.
#[derive(Clone, Debug, PartialEq)]
pub enum Look {
    /// It is there.
    Found(Weight, Vec<Evidence>),
    /// It is not.
    Clear,
    /// The audit does not hold what it takes to tell; what is missing, in words, with the option that brings it.
    Unseen(&'static str),
}

impl Look {
    /// Found where there are numbers that say so.
    pub(super) fn of(weight: Weight, numbers: Option<Vec<Evidence>>) -> Self {
        match numbers {
            Some(numbers) => Self::Found(weight, numbers),
            None => Self::Clear,
        }
    }
}

/// One row of the table of findings.
#[derive(Clone, Copy, Debug)]
pub struct FindingSpec {
    /// The finding that the row is about.
    pub id: FindingId,
    /// A clause that says it in a list, e.g. `the rows share a narrow cone`.
    pub says: &'static str,
    /// The metric that it rests on, or that it makes doubtful.
    pub metric: MetricId,
    /// What it means: one sentence.
    pub meaning: &'static str,
    /// What usually causes it.
    pub cause: &'static str,
    /// What to do.
    pub remedy: &'static str,
    /// When it is found.
    pub rule: &'static str,
    /// Where the threshold comes from, and what it gets wrong.
    pub basis: &'static str,
    /// Findings that say it already: beside one of them reports leave it out.
    pub within: &'static [FindingId],
    /// Looks for it.
    pub look: fn(&Audit) -> Look,
}
