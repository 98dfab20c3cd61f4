//! One number on its way to a measure: value, error, interval.

use std::collections::BTreeMap;

use super::model::{Interval, Measure, Side, Support};
use crate::estimate::jackknife_of_pairs;
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
    monte_carlo: Option<f64>,
}

/// What seeing a part of the pairs adds to an error.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Sampled {
    /// Standard error of the estimate, as one of the statistic over all pairs.
    pub(super) monte_carlo: f64,
    /// What the jackknife over groups counts more than once: the error from single pairs of the blocks.
    pub(super) pairs: f64,
    /// The same of the statistic over all pairs.
    pub(super) all_pairs: f64,
    /// Bias from subsampled partners that was taken off.
    pub(super) bias: f64,
}

impl Figure {
    /// A number without an error of its own.
    pub(super) fn plain(value: f64) -> Self {
        Self {
            value,
            se: None,
            corrected: None,
            interval: None,
            monte_carlo: None,
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
            monte_carlo: None,
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
            monte_carlo: None,
        }
    }

    /// An estimate from a part of the pairs, whose jackknife counted their own error more than once; `exact` is a part of
    /// it that was not estimated, whose error is never lost among the noise of the rest.
    pub(super) fn sampled(
        statistic: &GroupedStatistic,
        sampled: Option<Sampled>,
        exact: Option<&GroupedStatistic>,
        level: f64,
    ) -> Self {
        let (Some(sampled), Some(jackknife)) = (sampled, statistic.jackknife()) else {
            return Self::corrected(statistic, level);
        };
        let groups = statistic.sizes.len();
        let pairs = jackknife_of_pairs(groups) * sampled.pairs.powi(2);
        let least = exact.and_then(|exact| exact.jackknife());
        let least = least.map_or(0.0, |jackknife| jackknife.se.powi(2));
        let rows = (jackknife.se.powi(2) - pairs).max(least) + sampled.all_pairs.powi(2);
        let se = rows.sqrt().hypot(sampled.monte_carlo);
        Self {
            value: statistic.value,
            se: Some(se),
            corrected: Some(jackknife.corrected),
            interval: around(jackknife.corrected, se, groups as f64 - 1.0, level),
            monte_carlo: Some(sampled.monte_carlo),
        }
    }

    /// The same of a statistic without a bias worth correcting.
    pub(super) fn sampled_plain(
        statistic: &GroupedStatistic,
        sampled: Sampled,
        level: f64,
    ) -> Self {
        let figure = Self::sampled(statistic, Some(sampled), None, level);
        let freedom = statistic.sizes.len() as f64 - 1.0;
        Self::new(figure.value, figure.se, freedom, level).estimated(sampled.monte_carlo)
    }

    pub(super) fn monte_carlo(&self) -> Option<f64> {
        self.monte_carlo
    }

    /// Says that the statistic was estimated, with this part of its error.
    pub(super) fn estimated(self, monte_carlo: f64) -> Self {
        Self {
            monte_carlo: Some(monte_carlo),
            ..self
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
            support: match self.monte_carlo {
                None => Support::Exact,
                Some(_) => Support::Estimated,
            },
            monte_carlo: self.monte_carlo,
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
