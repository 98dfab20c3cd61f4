//! What low precision did to the numbers.

use serde::{Deserialize, Serialize};

use super::measure::{Measure, Side};
use crate::metric::{Kind, MetricId};

/// What rows were rounded to, and what it did to the numbers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PrecisionCard {
    /// `f32`, `tf32`, `bf16` or `i8`.
    pub used: String,
    /// What was asked for: one of these, or `auto`.
    pub asked: String,
    /// Why it is what it is, where there was a choice.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Random rows of each side whose sums were compared; 0 where nothing was rounded.
    #[serde(default)]
    pub rows: u64,
    /// Farthest that the f32 sums they were compared with were from f64 (largest difference of a logarithm).
    #[serde(default)]
    pub reference: f64,
    /// Seconds that this took.
    #[serde(default)]
    pub seconds: f64,
    /// For every number that rounding touches.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<RoundingError>,
}

/// What rounding did to one number.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RoundingError {
    /// The metric that rounding moved.
    pub metric: MetricId,
    /// Its t or tau.
    pub param: f64,
    /// On which side.
    pub side: Side,
    /// Measured difference to f64.
    pub bias: f64,
    /// |bias| and two of its standard errors: what is added to both ends of the interval.
    pub error: f64,
}

impl PrecisionCard {
    /// The error of a measure, if rounding touches it.
    pub fn error(&self, measure: &Measure) -> Option<&RoundingError> {
        let base = measure.metric.rounded_as();
        let param = match measure.params.len() {
            1 => measure.params.values().next()?,
            _ => return None,
        };
        self.errors
            .iter()
            .find(|e| e.metric == base && e.param == *param && e.side == measure.side)
    }

    /// The largest error as a share of a standard error, and of which number.
    pub fn largest<'a>(&'a self, measures: &'a [Measure]) -> Option<(f64, &'a Measure)> {
        let judged = |m: &&Measure| m.metric.spec().kind == Kind::Sampled;
        measures
            .iter()
            .filter(judged)
            .filter_map(|m| Some((self.error(m)?.error / m.se?, m)))
            .max_by(|a, b| a.0.total_cmp(&b.0))
    }
}
