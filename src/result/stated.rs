//! One number on its way to a measure: value, error, interval.

use std::collections::BTreeMap;

use super::measure::{Interval, Measure, Side, Support};
use super::ported::PortedNumber;
use crate::estimate::{
    jackknife_of_pairs, leave_items_out, score_interval, squared_distance_interval,
};
use crate::metric::{GroupedStatistic, MetricId};
use crate::theory::student_quantile;

/// Degrees of freedom that the error of a mean over all pairs is given at most: where its rows are nearly alike its
/// variance is known no better than that (seen by simulation, `benches/coverage.rs`).
pub(crate) const PAIR_MEAN_FREEDOM: f64 = 30.0;

/// Errors that are 0 but for the rounding of sums.
const SAME: f64 = 1e-12;

/// A statistic with what is known of its error.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Stated {
    pub(crate) value: f64,
    pub(crate) se: Option<f64>,
    freedom: Option<f64>,
    corrected: Option<f64>,
    interval: Option<Interval>,
    bias: Option<f64>,
    monte_carlo: Option<f64>,
}

/// What is known of a number but its value and error.
pub(crate) struct NumberKey {
    pub(crate) metric: MetricId,
    pub(crate) params: BTreeMap<String, f64>,
    pub(crate) side: Side,
    /// What it rests on.
    pub(crate) n: u64,
    /// Ideal and collapsed value.
    pub(crate) beside: (Option<f64>, Option<f64>),
}

impl NumberKey {
    /// With its value and error.
    pub(crate) fn measure(self, stated: Stated) -> Measure {
        stated.measure(self.metric, self.params, (self.side, self.n), self.beside)
    }
}

/// What single pairs do to the error of a statistic, and what seeing a part of them adds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct PairError {
    /// Variance that the jackknife over groups says too much: it counts that of single pairs twice.
    pub(crate) excess: f64,
    /// Variance that is left at least.
    pub(crate) least: f64,
    /// Degrees of freedom of the variance that is left.
    pub(crate) freedom: f64,
    /// Where a part was seen.
    pub(crate) sampled: Option<Sampled>,
}

/// An estimate from a part of the pairs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Sampled {
    /// Standard error of the estimate, as one of the statistic over all pairs.
    pub(crate) monte_carlo: f64,
    /// Standard error from single pairs, of those that were seen.
    pub(crate) pairs: f64,
    /// Bias from subsampled partners that was taken off.
    pub(crate) bias: f64,
}

impl PairError {
    /// Of a statistic over pairs of which some were seen; `seen` and `all` are the standard errors that single pairs
    /// bring in, over `groups` groups.
    pub(crate) fn of_sample(seen: f64, all: f64, groups: usize, sampled: Sampled) -> Self {
        Self {
            excess: jackknife_of_pairs(groups) * seen.powi(2) - all.powi(2),
            least: all.powi(2),
            freedom: groups as f64 - 1.0,
            sampled: Some(sampled),
        }
    }
}

impl Stated {
    /// A number without an error of its own.
    pub(crate) fn plain(value: f64) -> Self {
        Self {
            value,
            se: None,
            freedom: None,
            corrected: None,
            interval: None,
            bias: None,
            monte_carlo: None,
        }
    }

    /// A mean over seeded draws, with the error of the draw alone, which says nothing of other data.
    pub(crate) fn drawn(value: f64, se: f64) -> Self {
        Self {
            se: Some(se),
            ..Self::plain(value)
        }
    }

    /// With the interval `value ± q se`, q the quantile of Student's t with `freedom` degrees of freedom.
    pub(crate) fn new(value: f64, se: Option<f64>, freedom: f64, level: f64) -> Self {
        // An error that could not be computed is absent, never NaN.
        let se = se.filter(|se| se.is_finite());
        Self {
            se,
            freedom: se.map(|_| freedom),
            interval: se.and_then(|se| around(value, se, freedom, level)),
            ..Self::plain(value)
        }
    }

    /// A share, or a mean of shares, over so many independent units, with a score interval: it stays within [0, 1], and
    /// is no point where no unit differs from another. The error is then half the interval over its quantile.
    pub(crate) fn share(
        value: f64,
        se: Option<f64>,
        (units, freedom): (f64, f64),
        level: f64,
    ) -> Self {
        let quantile = student_quantile(level, freedom);
        let Some(se) = se.filter(|se| se.is_finite() && quantile.is_finite()) else {
            return Self::plain(value);
        };
        let (low, high) = score_interval(value, se, units, quantile);
        let least = match se > SAME {
            true => se,
            false => (high - low) / (2.0 * quantile),
        };
        let interval = Interval { low, high, level };
        Self {
            se: Some(least),
            freedom: Some(freedom),
            interval: (low.is_finite() && high.is_finite()).then_some(interval),
            ..Self::plain(value)
        }
    }

    /// A count of which `smooth` is the same without steps: the interval is that of `smooth`, its ends rounded outward, as
    /// a count moves by whole steps where `smooth` moves by less.
    pub(crate) fn counted(
        (count, smooth): (f64, f64),
        se: Option<f64>,
        freedom: f64,
        level: f64,
    ) -> Self {
        let around = Self::new(smooth, se, freedom, level);
        Self {
            value: count,
            interval: around.interval.map(|interval| Interval {
                low: interval.low.floor(),
                high: interval.high.ceil(),
                level,
            }),
            ..around
        }
    }

    /// A number between two others that hold it at this level; its error is half of that over the quantile.
    pub(crate) fn between(value: f64, (low, high): (f64, f64), freedom: f64, level: f64) -> Self {
        let se = (high - low) / (2.0 * student_quantile(level, freedom));
        Self {
            se: Some(se),
            freedom: Some(freedom),
            interval: Some(Interval { low, high, level }),
            ..Self::plain(value)
        }
    }

    /// A mean over all pairs of rows of different items. `leave` has the mean without each item; `excess` is the variance
    /// that leaving items out says too much, for counting single pairs twice and more.
    pub(crate) fn over_items((value, leave): (f64, &[f64]), excess: f64, level: f64) -> Self {
        let items = leave.len();
        let jackknife = leave_items_out(value, leave);
        let se = jackknife.map(|se| {
            let variance = se * se;
            (variance - trusted(items) * excess)
                .max(variance / 2.0)
                .sqrt()
        });
        Self::over_pairs(value, se, items as u64, level)
    }

    /// A mean over all pairs of `rows` rows.
    pub(crate) fn over_pairs(value: f64, se: Option<f64>, rows: u64, level: f64) -> Self {
        let freedom = (rows as f64 - 1.0).min(PAIR_MEAN_FREEDOM);
        Self::new(value, se, freedom, level)
    }

    /// A squared distance between sets of `units` each at least, which has an interval of its own.
    pub(crate) fn squared_distance(value: f64, se: Option<f64>, units: u64, level: f64) -> Self {
        let stated = Self::over_pairs(value, se, units, level);
        let ends = |around: Interval| {
            let (low, high) = squared_distance_interval(value, around.high - value);
            Interval { low, high, level }
        };
        Self {
            interval: stated.interval.map(ends),
            ..stated
        }
    }

    /// Delete-a-group jackknife, of a statistic without a bias worth correcting.
    pub(crate) fn grouped(statistic: &GroupedStatistic, level: f64) -> Self {
        let se = statistic.jackknife().map(|jackknife| jackknife.se);
        let freedom = statistic.sizes.len() as f64 - 1.0;
        Self::new(statistic.value, se, freedom, level)
    }

    /// Delete-a-group jackknife of a correlation: the interval is that of its atanh, and stays within [-1, 1]. A correlation
    /// of 1 or -1 has no error: nothing tells how far it might have been off.
    pub(crate) fn correlation(statistic: &GroupedStatistic, level: f64) -> Self {
        if statistic.value.abs() > 1.0 - SAME {
            return Self::plain(statistic.value);
        }
        let on_line = GroupedStatistic {
            value: statistic.value.atanh(),
            leave: statistic.leave.iter().map(|left| left.atanh()).collect(),
            sizes: statistic.sizes.clone(),
        };
        let line = Self::grouped(&on_line, level);
        Self {
            interval: line.interval.map(|line| Interval {
                low: line.low.tanh(),
                high: line.high.tanh(),
                level,
            }),
            ..Self::grouped(statistic, level)
        }
    }

    /// Delete-a-group jackknife, in which the error from single pairs is counted once; the interval is centred on the
    /// value less its bias, and `bias` is what may be left of that.
    pub(crate) fn corrected(
        statistic: &GroupedStatistic,
        pairs: Option<PairError>,
        bias: Option<f64>,
        level: f64,
    ) -> Self {
        let Some(jackknife) = statistic.jackknife() else {
            return Self::plain(statistic.value);
        };
        let sampled = pairs.and_then(|pairs| pairs.sampled);
        let monte_carlo = sampled.map(|sampled| sampled.monte_carlo);
        let se = pairs.map_or(jackknife.se, |pairs| {
            let said = jackknife.se.powi(2);
            // Where single pairs are all there is, this share of it is theirs.
            let least = pairs
                .least
                .max(said / jackknife_of_pairs(statistic.sizes.len()));
            let variance = (said - pairs.excess).max(least);
            variance.sqrt().hypot(monte_carlo.unwrap_or(0.0))
        });
        let freedom = statistic.sizes.len() as f64 - 1.0;
        let freedom = pairs.map_or(freedom, |pairs| pairs.freedom);
        Self {
            value: statistic.value,
            se: Some(se),
            freedom: Some(freedom),
            corrected: Some(jackknife.corrected),
            interval: around(jackknife.corrected, se, freedom, level),
            bias,
            monte_carlo,
        }
    }

    pub(crate) fn monte_carlo(&self) -> Option<f64> {
        self.monte_carlo
    }

    /// Says that the statistic was estimated, with this part of its error.
    pub(crate) fn estimated(self, monte_carlo: f64) -> Self {
        Self {
            monte_carlo: Some(monte_carlo),
            ..self
        }
    }

    pub(crate) fn interval(&self) -> Option<Interval> {
        self.interval
    }

    /// As it stands by itself; `range` is where it can lie, and `rounding` widens its interval.
    pub(crate) fn ported(self, rounding: f64, (least, most): (f64, f64)) -> PortedNumber {
        let possible = |own: Interval| own.wider(rounding, rounding).within(least, most);
        PortedNumber {
            value: self.value,
            se: self.se,
            interval: self.interval.map(possible),
            rounding,
        }
    }

    pub(crate) fn measure(
        self,
        metric: MetricId,
        params: BTreeMap<String, f64>,
        (side, n): (Side, u64),
        (ideal, collapsed): (Option<f64>, Option<f64>),
    ) -> Measure {
        let mut measure = Measure {
            metric,
            params,
            side,
            value: self.value,
            se: self.se,
            freedom: self.freedom.filter(|_| self.interval.is_some()),
            rounding: None,
            bias: None,
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
        };
        if let Some(bias) = self.bias {
            measure.widen_by_bias(bias);
        }
        measure
    }
}

/// How much of the variance of single pairs is taken off the error of so many items: few items tell it badly, and make
/// intervals of skewed means too narrow if all of it is taken off (chosen by the study in `benches/coverage.rs`).
pub(crate) fn trusted(items: usize) -> f64 {
    let items = items as f64;
    items / (items + 100.0)
}

fn around(centre: f64, se: f64, freedom: f64, level: f64) -> Option<Interval> {
    Interval::around(centre, student_quantile(level, freedom) * se, level)
}
