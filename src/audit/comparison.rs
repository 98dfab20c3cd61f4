//! The result of a comparison: plain data that serialises.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::difference::Difference;
use super::model::{Interval, Note, Side};
use crate::metric::MetricId;

/// Version of the JSON form.
pub const COMPARISON_SCHEMA: &str = "spherecheck.comparison/1";

/// Two or more audits side by side.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Comparison {
    /// [`COMPARISON_SCHEMA`].
    pub schema: String,
    /// What is compared; the first is the base.
    pub models: Vec<Model>,
    /// Level of the intervals, and one less the chance of even one wrong verdict.
    pub confidence: f64,
    /// Tests among which verdicts were corrected.
    pub tests: u64,
    /// One for each number that the base has.
    pub lines: Vec<Line>,
    /// How alike two models see the same items.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub similarities: Vec<Similarity>,
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
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
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
    pub cells: Vec<Option<Cell>>,
}

/// One number of one model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Cell {
    /// The number.
    pub value: f64,
    /// Its standard error.
    pub se: Option<f64>,
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
}

/// What a difference means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
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
        match self {
            Change::Better => "better",
            Change::Worse => "worse",
            Change::Differs => "differs",
            Change::Same => "same",
            Change::Untested => "untested",
        }
    }
}

/// How alike two models see the same items.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Similarity {
    /// `cka` or `knn_overlap`.
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
