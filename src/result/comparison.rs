//! The result of a comparison: plain data that serialises.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::audited::{Definitions, Note, PositivesCard};
use super::difference::Difference;
use super::finding_id::FindingId;
use super::measure::{Interval, Measure, Side};
use super::parity::Parity;
use super::ported::PortedThreshold;
use crate::metric::{Direction, Kind, MetricId};
use crate::num::Storage;

/// Version of the JSON form.
pub const COMPARISON_SCHEMA: &str = "spherecheck.comparison/1";

/// Two or more audits side by side.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Comparison {
    /// [`COMPARISON_SCHEMA`].
    pub schema: String,
    /// What is compared; the first is the base.
    pub models: Vec<Model>,
    /// What the base's numbers follow: those of the others follow the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub definitions: Option<Definitions>,
    /// Positives of the base, if any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub positives: Option<PositivesCard>,
    /// Level of the intervals, and one less the chance of even one wrong verdict.
    pub confidence: f64,
    /// Tests among which verdicts were corrected.
    pub tests: u64,
    /// One for each number that the base has.
    pub lines: Vec<Line>,
    /// How alike two models see the same items.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub similarities: Vec<Similarity>,
    /// Candidates row by row beside the base, when asked for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parity: Vec<Parity>,
    /// Thresholds of the base that were given, for each candidate.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub thresholds: Vec<PortedThreshold>,
    /// Numbers of the first columns only.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub prefixes: Vec<PrefixCurve>,
    /// What a reader must know beside the numbers.
    pub notes: Vec<Note>,
    /// Who counted.
    pub tool: String,
    /// Seed of the groups of rows that are left out.
    pub seed: u64,
}

/// One model.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Model {
    /// Short name, unlike the others'.
    pub name: String,
    /// File.
    pub source: String,
    /// Rows audited.
    pub rows: u64,
    /// Columns.
    pub dim: u64,
    /// Whether differences from the base are paired; none for the base.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paired: Option<bool>,
    /// Findings of the model that are not good ones, the most serious first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<FindingId>,
    /// Bytes that one row of the first view takes, where the audit says it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub row_bytes: Option<u64>,
    /// What was given as its accuracy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accuracy: Option<f64>,
    /// The form in which it is a copy of the base's rows; none where it is a model of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub copied: Option<Storage>,
}

/// One number of every model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Line {
    /// What was measured.
    pub metric: MetricId,
    /// With which parameters.
    pub params: BTreeMap<String, f64>,
    /// On which rows.
    pub side: Side,
    /// The perfect encoder's value on the base's sphere.
    pub ideal: Option<f64>,
    /// The collapsed one's.
    pub collapsed: Option<f64>,
    /// One for each model; none where it lacks the number.
    pub cells: Vec<Option<ModelValue>>,
}

impl Line {
    /// Share of the way from collapsed to ideal that one unit of the number is, above 0 where more is better.
    pub fn scale(&self) -> Option<f64> {
        scale(self.metric, &self.params, self.ideal.zip(self.collapsed))
    }
}

/// A difference of `measure` as a share of the way from its collapsed to its ideal value, above 0 where better.
pub(super) fn share_of_way(measure: &Measure, difference: f64) -> Option<f64> {
    let ends = measure.ideal.zip(measure.collapsed);
    scale(measure.metric, &measure.params, ends).map(|scale| scale * difference)
}

/// Where ideal and collapsed are alike (alignment), the way is that from unrelated pairs to the ideal. None for numbers
/// that are neither good nor bad, for tests, and where there is no way.
fn scale(
    metric: MetricId,
    params: &BTreeMap<String, f64>,
    ends: Option<(f64, f64)>,
) -> Option<f64> {
    let sign = match metric.spec().better {
        Direction::Lower => -1.0,
        Direction::Higher => 1.0,
        Direction::Neutral => return None,
    };
    if matches!(metric.spec().kind, Kind::Test(_) | Kind::PValue(_)) {
        return None;
    }
    let (ideal, collapsed) = ends?;
    let way = (ideal - metric.worthless(params, Some(collapsed))?).abs();
    (way > 1e-9).then_some(sign / way)
}

/// One number of one model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ModelValue {
    /// The number.
    pub value: f64,
    /// Its standard error.
    pub se: Option<f64>,
    /// The perfect encoder's value on this model's sphere, where it is not the base's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ideal: Option<f64>,
    /// Less the base's; none for the base.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub against: Option<Versus>,
}

/// A number against the base's.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Versus {
    /// The difference.
    pub difference: Difference,
    /// Where the true difference lies; of this number alone, not corrected for the number of tests.
    pub interval: Option<Interval>,
    /// Two-sided p-value, corrected by Holm for the number of tests.
    pub p: Option<f64>,
    /// What the difference means.
    pub verdict: Change,
    /// Where the two models have different ideals: the difference of what they exceed their own by.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub excess: Option<Excess>,
    /// The difference (with `excess`: that one) as a share of the base's way from collapsed to ideal, above 0 where
    /// better; none for numbers that are neither good nor bad.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub effect: Option<f64>,
    /// What the test could see; none without a test, or where its error is 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub power: Option<Power>,
    /// Rows or positive pairs that the number rests on, in the smaller of the two models.
    #[serde(default)]
    pub n: u64,
    /// Whether rows or positive pairs.
    #[serde(default)]
    pub unit: Unit,
}

impl Versus {
    /// The difference that effect and picture show: that of the excesses over the own ideals where these differ.
    pub fn shown(&self) -> Difference {
        self.excess
            .as_ref()
            .map_or(self.difference, |excess| excess.difference)
    }
}

/// A difference of excesses over the own ideals.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Excess {
    /// The difference.
    pub difference: Difference,
    /// Two-sided p-value, corrected by Holm for the number of tests.
    pub p: Option<f64>,
}

/// What a test could see.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Power {
    /// The smallest true difference that has a chance of 80 % or more of a verdict.
    pub smallest: f64,
    /// As a share of the way from collapsed to ideal.
    pub share: Option<f64>,
    /// Rows or pairs, see [`Versus::unit`], from which on half of it would have that chance; none where rounding
    /// hides it.
    pub needed: Option<u64>,
}

/// What a number rests on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Unit {
    /// Rows.
    #[default]
    Rows,
    /// Positive pairs.
    Pairs,
}

impl Unit {
    /// `row`, `pair`.
    pub fn name(self) -> &'static str {
        match self {
            Unit::Rows => "row",
            Unit::Pairs => "pair",
        }
    }
}

/// What a difference means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, strum::IntoStaticStr)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
pub enum Change {
    /// Significantly better.
    Better,
    /// Significantly worse.
    Worse,
    /// Significantly different, in a number that is neither good nor bad.
    Differs,
    /// No significant difference.
    Same,
    /// There is a difference, and no error to judge it by.
    Untested,
}

impl Change {
    /// `better`, `worse`, ...
    pub fn name(self) -> &'static str {
        self.into()
    }
}

/// How alike two models see the same items.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Similarity {
    /// `cka`, `knn_overlap` or `row_cosine`.
    pub name: String,
    /// Names of the two models.
    pub between: (String, String),
    /// The number: 1 for models that see items alike.
    pub value: f64,
    /// Its standard error.
    pub se: Option<f64>,
    /// Where the true value lies.
    pub interval: Option<Interval>,
    /// Its value for models that have nothing in common.
    pub chance: f64,
    /// What it is, in words.
    pub definition: String,
}

impl Similarity {
    /// Whether it is that of models which have nothing in common, within three errors, and these errors are small enough
    /// to tell.
    pub fn at_chance(&self) -> bool {
        const ERRORS: f64 = 3.0;
        const LITTLE: f64 = 0.25;
        let reach = ERRORS * self.se.unwrap_or(f64::INFINITY);
        let most = self.chance + LITTLE;
        most < 0.75 && self.value - reach <= self.chance && self.value + reach <= most
    }
}

/// One number of one model along prefixes of its columns.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PrefixCurve {
    /// Name of the model.
    pub model: String,
    /// What was measured.
    pub metric: MetricId,
    /// With which parameters.
    pub params: BTreeMap<String, f64>,
    /// On which rows.
    pub side: Side,
    /// Ascending; the last is the whole row.
    pub points: Vec<PrefixPoint>,
}

/// One prefix.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PrefixPoint {
    /// Columns.
    pub dim: u64,
    /// The number on rows of these columns only, normalised again.
    pub value: f64,
    /// Its standard error.
    pub se: Option<f64>,
    /// The perfect encoder's value in so many dimensions.
    pub ideal: Option<f64>,
    /// Less the number of the whole row, paired; none for the whole row.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from_whole: Option<Difference>,
}
