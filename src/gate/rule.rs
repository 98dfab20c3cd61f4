//! One rule of a policy: which number, its limit, and what to do about it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::metric::{Blind, Direction, Kind, MetricId};
use crate::result::{FindingId, Side, label};

/// How much a broken rule matters.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    Default,
    strum::IntoStaticStr,
)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
pub enum Level {
    /// Shown only.
    Info,
    /// Shown as a warning; the gate passes.
    Warn,
    /// The gate fails.
    #[default]
    Fail,
}

impl Level {
    /// `info`, `warn`, `fail`.
    pub fn name(self) -> &'static str {
        self.into()
    }
}

/// What to do where the data cannot tell on which side of the limit the number is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "lowercase")]
pub enum Undecided {
    /// Count the rule as met.
    Pass,
    /// Warn; the gate passes.
    #[default]
    Warn,
    /// Do not pass: the gate is undecided, unless another rule is broken.
    Fail,
}

/// The limit of a rule.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Bound {
    /// The number may not be larger.
    AtMost(f64),
    /// The number may not be smaller.
    AtLeast(f64),
    /// The number may not be worse than the baseline's.
    NoWorseThanBaseline(Tolerance),
    /// The finding must be absent; the rule's metric is the one that it rests on.
    Absent(FindingId),
}

/// What counts as worse than the baseline: a difference beyond both floors, and significant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Tolerance {
    /// Differences up to this are no matter.
    pub abs: f64,
    /// Differences up to this share of the baseline's number are no matter.
    pub rel: f64,
}

/// One rule.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Rule {
    /// Which metric.
    pub metric: MetricId,
    /// Its parameters; those that are not named may be any, if the audit leaves no choice.
    pub params: BTreeMap<String, f64>,
    /// Which rows; none where the audit leaves no choice.
    pub side: Option<Side>,
    /// Only the rows of this slice; `*` is each of them.
    pub slice: Option<String>,
    /// The limit.
    pub bound: Bound,
    /// How much it matters.
    pub level: Level,
    /// Level of the interval that is held against a limit; of the one-sided test against a baseline.
    pub confidence: f64,
    /// What to do where the data cannot tell.
    pub on_undecided: Undecided,
    /// Line of the policy file, from 1 on.
    pub line: usize,
}

impl Rule {
    /// `uniformity{t=2} mean`, and the slice.
    pub fn label(&self) -> String {
        self.label_in(self.slice.as_deref())
    }

    /// The same in another slice, or in none.
    pub(super) fn label_in(&self, slice: Option<&str>) -> String {
        if let Bound::Absent(id) = self.bound {
            return id.name().to_owned();
        }
        let mut text = label(self.metric, &self.params);
        if let Some(side) = self.side {
            text += &format!(" {}", side.name());
        }
        if let Some(slice) = slice {
            text += &format!(" in {slice}");
        }
        text
    }

    /// Whether embeddings of this kind of worthlessness could ever break the rule and fail the gate: its level is fail,
    /// it bounds what is bad about its metric, and that metric tells.
    pub(super) fn sees(&self, worthless: Blind) -> bool {
        let spec = self.metric.spec();
        let bad_end = match self.bound {
            Bound::AtMost(_) => spec.better == Direction::Lower,
            Bound::AtLeast(_) => spec.better == Direction::Higher,
            Bound::NoWorseThanBaseline(_) => true,
            Bound::Absent(id) => {
                use FindingId::{Collapse, NarrowCone, NoiseLike, PositivesAtChance};
                let tells = match worthless {
                    Blind::ToCollapse => matches!(id, Collapse | NarrowCone),
                    Blind::ToNoise => matches!(id, NoiseLike | PositivesAtChance),
                    Blind::Never | Blind::ToBoth => false,
                };
                return self.level == Level::Fail && tells;
            }
        };
        self.level == Level::Fail
            && bad_end
            && spec.blind != worthless
            && spec.blind != Blind::ToBoth
    }

    /// Whether the rule is about a baseline's number.
    pub(super) fn needs_baseline(&self) -> bool {
        matches!(self.bound, Bound::NoWorseThanBaseline(_))
            || self.metric.spec().kind == Kind::Overlap
    }
}
