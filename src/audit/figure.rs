//! One number on its way to a measure: value, error, interval.

use std::collections::BTreeMap;

use super::model::{Interval, Measure, Side};
use crate::metric::{GroupedStatistic, MetricId};
use crate::theory::student_quantile;

/// Degrees of freedom that the error of a mean over all pairs is given at most: where its rows are nearly alike its
/// variance is known no better than that (seen by simulation, `benches/coverage.rs`).
const PAIR_MEAN_FREEDOM: f64 = 30.0;

/// A statistic with what is known of its error.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Figure {
    pub(super) value: f64,
    pub(super) se: Option<f64>,
    corrected: Option<f64>,
    interval: Option<Interval>,
}

impl Figure {
    /// A number without an error of its own.
    pub(super) fn plain(value: f64) -> Self {
        Self {
            value,
            se: None,
            corrected: None,
            interval: None,
        }
    }

    /// With the interval `value ± q se`, q the quantile of Student's t with `freedom` degrees of freedom.
    pub(super) fn new(value: f64, se: Option<f64>, freedom: f64, level: f64) -> Self {
        // An error that could not be computed is absent, never NaN.
        let se = se.filter(|se| se.is_finite());
        Self {
            value,
            se,
            corrected: None,
            interval: se.and_then(|se| around(value, se, freedom, level)),
        }
    }

    /// A mean over all pairs of `rows` rows.
    pub(super) fn over_pairs(value: f64, se: Option<f64>, rows: u64, level: f64) -> Self {
        let freedom = (rows as f64 - 1.0).min(PAIR_MEAN_FREEDOM);
        Self::new(value, se, freedom, level)
    }

    /// Delete-a-group jackknife, of a statistic without a bias worth correcting.
    pub(super) fn grouped(statistic: &GroupedStatistic, level: f64) -> Self {
        let se = statistic.jackknife().map(|jackknife| jackknife.se);
        let freedom = statistic.sizes.len() as f64 - 1.0;
        Self::new(statistic.value, se, freedom, level)
    }

    /// Delete-a-group jackknife; the interval is centred on the value less its bias.
    pub(super) fn corrected(statistic: &GroupedStatistic, level: f64) -> Self {
        let Some(jackknife) = statistic.jackknife() else {
            return Self::plain(statistic.value);
        };
        let freedom = statistic.sizes.len() as f64 - 1.0;
        Self {
            value: statistic.value,
            se: Some(jackknife.se),
            corrected: Some(jackknife.corrected),
            interval: around(jackknife.corrected, jackknife.se, freedom, level),
        }
    }

    pub(super) fn interval(&self) -> Option<Interval> {
        self.interval
    }

    pub(super) fn measure(
        self,
        metric: MetricId,
        params: BTreeMap<String, f64>,
        (side, n): (Side, u64),
        (ideal, collapsed): (Option<f64>, Option<f64>),
    ) -> Measure {
        Measure {
            metric,
            params,
            side,
            value: self.value,
            se: self.se,
            corrected: self.corrected,
            interval: self.interval,
            n,
            ideal,
            collapsed,
        }
    }
}

fn around(centre: f64, se: f64, freedom: f64, level: f64) -> Option<Interval> {
    let reach = student_quantile(level, freedom) * se;
    (centre.is_finite() && reach.is_finite()).then_some(Interval {
        low: centre - reach,
        high: centre + reach,
        level,
    })
}
