//! The result of a probe: plain data that serialises, and all that reports see.

use serde::{Deserialize, Serialize};

/// Version of the JSON form. A change that breaks readers raises the number.
pub const PROBE_SCHEMA: &str = "spherecheck.probe/1";

/// What probes read from embeddings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ProbeReport {
    /// [`PROBE_SCHEMA`].
    pub schema: String,
    /// Short name: the stem of the file.
    pub name: String,
    /// File, and tensor or member within it.
    pub source: String,
    /// Rows probed (after dropping).
    pub rows: u64,
    /// Columns.
    pub dim: u64,
    /// Rows left out because their norm is zero.
    pub dropped_zero_rows: u64,
    /// Rows left out because their class is none of those that were asked for.
    #[serde(default)]
    pub other_classes: u64,
    /// What was to be read from them.
    pub target: TargetCard,
    /// Which rows were trained on.
    pub split: SplitCard,
    /// What the linear probe read: `rows divided by their L2 norm` or `rows as they are in the file`.
    pub features: String,
    /// How intervals were made and what they speak of.
    pub intervals: String,
    /// The numbers.
    pub scores: Vec<Score>,
    /// What a reader must know beside the numbers.
    pub notes: Vec<String>,
    /// `spherecheck 0.1.0`.
    pub tool: String,
    /// Kernel of the neighbour search.
    pub kernel: String,
    /// Threads.
    pub threads: u64,
    /// Seed of the split and of the folds.
    pub seed: u64,
    /// Seconds from the first row read to the last number.
    pub seconds: f64,
}

/// Classes or real numbers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TargetCard {
    /// File, and tensor or column; the first of several columns.
    pub source: String,
    /// Number of columns of real targets; none for classes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub columns: Option<u64>,
    /// Number of classes; none for real targets.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub classes: Option<u64>,
}

/// Rows to train on and to test on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SplitCard {
    /// `drawn, stratified by label, seed 0`, `each of 10 parts in turn, ...`, or the file with the marks, or that with the rows to
    /// test on.
    pub source: String,
    /// Rows trained on; of parts in turn the fewest at a time.
    pub train: u64,
    /// Rows tested on; of parts in turn all of them together.
    pub test: u64,
}

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Quantity {
    /// Share of test rows whose class is told right; higher is better.
    Accuracy,
    /// Share of test rows whose class is among the five that the probe finds likeliest; higher is better. Told where there
    /// are more than five classes.
    #[serde(rename = "top5_accuracy")]
    TopFive,
    /// Mean squared error over test rows, of several columns of targets the mean of theirs; lower is better.
    Mse,
}

impl Quantity {
    /// `accuracy`, `top5_accuracy`, `mse`.
    pub fn name(self) -> &'static str {
        match self {
            Quantity::Accuracy => "accuracy",
            Quantity::TopFive => "top5_accuracy",
            Quantity::Mse => "mse",
        }
    }
}

/// One probe's number.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Score {
    /// `knn`, `knn_weighted` (votes weighed by exp(cos / 0.07)), `logistic` (to the minimum of the penalised loss), `adam`
    /// (the same classifier by minibatches, a fixed number of walks, no penalty), `ridge`, or `baseline`: always the most
    /// frequent class, or the mean, of the rows trained on.
    pub probe: String,
    /// Its one parameter: `k`, `C` (inverse strength of the penalty), `epochs`, or `alpha` (strength of the penalty). Of parts
    /// in turn it is left out where they chose differently, and a note names them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub param: Option<(String, f64)>,
    /// What `value` counts.
    pub quantity: Quantity,
    /// The number, over the test rows.
    pub value: f64,
    /// Lower end of the interval.
    pub low: f64,
    /// Upper end of the interval.
    pub high: f64,
    /// Level of the interval, e.g. 0.95.
    pub level: f64,
    /// Test rows it rests on.
    pub n: u64,
    /// Explained share of the variance of the test rows' targets, `1 - mse / variance` (of several columns the mean
    /// variance); real targets only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub r2: Option<f64>,
}

impl Score {
    /// `knn{k=5}`, `logistic{C=100} top 5`.
    pub fn label(&self) -> String {
        let five = match self.quantity {
            Quantity::TopFive => " top 5",
            Quantity::Accuracy | Quantity::Mse => "",
        };
        format!("{}{five}", self.named())
    }

    fn named(&self) -> String {
        match &self.param {
            Some((name, value)) if (1e-3..1e6).contains(value) => {
                format!("{}{{{name}={}}}", self.probe, round(*value))
            }
            Some((name, value)) => format!("{}{{{name}={value:.2e}}}", self.probe),
            None => self.probe.clone(),
        }
    }
}

/// To three significant digits.
fn round(value: f64) -> f64 {
    format!("{value:.2e}").parse().unwrap_or(value)
}
