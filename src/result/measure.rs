//! One number of an audit: its value, its error, and what they lie between.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::estimate::{score_interval, squared_distance_interval, trials_of_end};
pub use crate::metric::Side;
use crate::metric::{Domain, MetricId};
use crate::theory::student_quantile;

/// One number with its error, its size, its ideal and its collapse value. Absent is `None`, never zero.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Measure {
    /// What was measured.
    pub metric: MetricId,
    /// E.g. `{"t": 2.0}`; empty for plain numbers.
    pub params: BTreeMap<String, f64>,
    /// Which rows.
    pub side: Side,
    /// The statistic.
    pub value: f64,
    /// Its standard error; none for a plain count, which has no sampling error of its own.
    pub se: Option<f64>,
    /// Degrees of freedom of that error; none where there is no interval, and in audits older than this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub freedom: Option<f64>,
    /// How far low precision may have moved the value, in its own units; added to both ends of the interval. None where
    /// nothing was rounded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rounding: Option<f64>,
    /// How much of the bias may be left in `corrected` where it is far beyond the error, in the units of the value and
    /// with its sign: the upper end of the interval where it is positive, and the lower where it is negative, is
    /// hypot(q se, bias) from `corrected` in place of q se.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bias: Option<f64>,
    /// The statistic less its estimated bias, where it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub corrected: Option<f64>,
    /// Where the true value lies, with the confidence that was asked for; centred on `corrected` where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interval: Option<Interval>,
    /// Whether the statistic was computed over all pairs, or estimated from some; absent in JSON means exact.
    #[serde(default, skip_serializing_if = "Support::is_exact")]
    pub support: Support,
    /// Where it was estimated: how far it may be from the statistic over all pairs, as a standard error. It is one part
    /// of `se`, which also says how far that statistic may be from the truth.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub monte_carlo: Option<f64>,
    /// Rows (for pair metrics: pairs) it rests on.
    pub n: u64,
    /// Its value for a perfect encoder on this sphere.
    pub ideal: Option<f64>,
    /// Its value for an encoder that maps everything to one point.
    pub collapsed: Option<f64>,
}

impl Measure {
    /// [`MetricId::worthless`].
    pub fn worthless(&self) -> Option<f64> {
        self.metric.worthless(&self.params, self.collapsed)
    }

    /// `uniformity{t=2}`; the bare name where there is no parameter.
    pub fn label(&self) -> String {
        label(self.metric, &self.params)
    }

    /// Degrees of freedom of the error. Older audits do not say: 19, those of the jackknife over 20 groups, or one less
    /// than there are rows, where these are fewer.
    pub fn degrees_of_freedom(&self) -> f64 {
        const GROUPED: f64 = 19.0;
        let few = (self.n as f64 - 1.0).clamp(1.0, GROUPED);
        self.freedom.unwrap_or(few)
    }

    /// Takes down how far low precision may have moved the value, and adds it to both ends of the interval.
    pub(crate) fn widen(&mut self, rounding: f64) {
        self.rounding = Some(rounding);
        let wider = |own: Interval| self.possible(own.wider(rounding, rounding));
        self.interval = self.interval.map(wider);
    }

    /// The part of an interval in which the number can lie.
    fn possible(&self, interval: Interval) -> Interval {
        match self.metric.is_share() {
            true => interval.within(0.0, 1.0),
            false => interval,
        }
    }

    /// Takes down what may be left of the bias, and moves the end of the interval that it lies beyond; before
    /// [`Measure::widen`].
    pub(crate) fn widen_by_bias(&mut self, bias: f64) {
        self.bias = Some(bias);
        self.interval = self.interval.map(|own| {
            let half = (own.high - own.low) / 2.0;
            let (below, above) = ends(half, bias);
            own.wider(below - half, above - half)
        });
    }

    /// How far off the value itself may be, beyond its error, where its bias is far beyond that: what was taken off it, and
    /// what may be left; 0 elsewhere.
    pub(super) fn bias_of_value(&self) -> f64 {
        let taken = self
            .corrected
            .map_or(0.0, |corrected| corrected - self.value);
        self.bias.map_or(0.0, |left| left.abs() + taken.abs())
    }

    /// The interval at a level in (0, 1): q se around the same centre, its ends moved by rounding and bias, q the two-sided
    /// quantile of Student's t; of a share the score interval; in older audits, which do not hold these, the interval scaled
    /// as q is. None where there is none.
    pub fn interval_at(&self, level: f64) -> Option<Interval> {
        let own = self.interval?;
        if own.level == level {
            return Some(own);
        }
        let quantile = |level| student_quantile(level, self.degrees_of_freedom());
        let Some(se) = self.se.filter(|_| self.freedom.is_some()) else {
            let centre = f64::midpoint(own.low, own.high);
            let half = (own.high - centre) * quantile(level) / quantile(own.level);
            return Interval::around(centre, half, level);
        };
        let (rounding, bias) = (self.rounding.unwrap_or(0.0), self.bias.unwrap_or(0.0));
        if self.metric.is_share() {
            // A share of 0 or 1 does not say how many trials it was made of, its interval does.
            let other = match self.value < 0.5 {
                true => own.high - rounding,
                false => own.low + rounding,
            };
            let units = trials_of_end(self.value.round(), other, quantile(own.level));
            let (low, high) = score_interval(self.value, se, units, quantile(level));
            let found = Interval { low, high, level };
            return Some(self.possible(found.wider(rounding, rounding)));
        }
        if self.metric.spec().traits.values == Domain::SquaredDistance {
            let (low, high) = squared_distance_interval(self.value, quantile(level) * se);
            return Some(Interval { low, high, level });
        }
        let (below, above) = ends(quantile(own.level) * se, bias);
        let centre = f64::midpoint(own.low + rounding + below, own.high - rounding - above);
        let (below, above) = ends(quantile(level) * se, bias);
        let interval = Interval {
            low: centre - below - rounding,
            high: centre + above + rounding,
            level,
        };
        (interval.low.is_finite() && interval.high.is_finite()).then_some(interval)
    }
}

/// How far the ends of an interval are from its centre: `half`, and on the side of what may be left of a bias as far as
/// both together, as if they were independent: what may be left is known with an error of its own, and the sum of both
/// covers too often (`benches/coverage.rs --settings`).
fn ends(half: f64, bias: f64) -> (f64, f64) {
    (half.hypot(bias.min(0.0)), half.hypot(bias.max(0.0)))
}

/// The metric's name with its parameters: `uniformity{t=2}`; the bare name where there is no parameter.
pub fn label(metric: MetricId, params: &BTreeMap<String, f64>) -> String {
    let name = metric.name();
    if params.is_empty() {
        return name.to_owned();
    }
    format!("{name}{{{}}}", params_text(params, ","))
}

/// `t=2`; several with `between` between them.
pub fn params_text(params: &BTreeMap<String, f64>, between: &str) -> String {
    let params: Vec<String> = params.iter().map(|(k, v)| format!("{k}={v}")).collect();
    params.join(between)
}

/// One parameter and its value.
pub(crate) fn params(name: &str, value: f64) -> BTreeMap<String, f64> {
    BTreeMap::from([(name.to_owned(), value)])
}

/// What a number was computed from.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, strum::IntoStaticStr,
)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
pub enum Support {
    /// All there is.
    #[default]
    Exact,
    /// A seeded part of the pairs.
    Estimated,
}

impl Support {
    /// `exact`, `estimated`.
    pub fn name(self) -> &'static str {
        self.into()
    }

    fn is_exact(&self) -> bool {
        *self == Support::Exact
    }
}

/// A confidence interval for what the number would be on all of the data's source.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Interval {
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
    /// How often such intervals hold the true value, e.g. 0.95.
    pub level: f64,
}

impl Interval {
    /// As far both ways; none where that is not finite.
    pub(super) fn around(centre: f64, reach: f64, level: f64) -> Option<Self> {
        (centre.is_finite() && reach.is_finite()).then_some(Self {
            low: centre - reach,
            high: centre + reach,
            level,
        })
    }

    pub(super) fn within(self, least: f64, most: f64) -> Self {
        Self {
            low: self.low.max(least),
            high: self.high.min(most),
            ..self
        }
    }

    pub(crate) fn wider(self, below: f64, above: f64) -> Self {
        Self {
            low: self.low - below,
            high: self.high + above,
            ..self
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::stated::Stated;
    use super::*;

    /// 1 ± 0.1 with 30 degrees of freedom, at 95 %, and an error of 0.05 from low precision.
    fn rounded() -> Measure {
        let stated = Stated::new(1.0, Some(0.1), 30.0, 0.95);
        let place = (Side::A, 1000);
        let mut measure =
            stated.measure(MetricId::Uniformity, BTreeMap::new(), place, (None, None));
        measure.widen(0.05);
        measure
    }

    #[test]
    fn rounding_widens_every_level_by_as_much() {
        let measure = rounded();
        assert_eq!(measure.interval_at(0.95), measure.interval);
        // Quantiles of Student's t with 30 degrees of freedom, from tables.
        for (level, quantile) in [(0.5, 0.682_756), (0.95, 2.042_272), (0.999, 3.645_959)] {
            let interval = measure.interval_at(level).expect("an interval");
            let reach = 0.1 * quantile + 0.05;
            assert!(
                (interval.high - 1.0 - reach).abs() < 1e-6,
                "{level}: {interval:?}"
            );
            assert!(
                (1.0 - interval.low - reach).abs() < 1e-6,
                "{level}: {interval:?}"
            );
        }
    }

    #[test]
    fn what_may_be_left_of_a_bias_moves_the_end_on_its_side_at_every_level() {
        for bias in [0.3, -0.3] {
            let stated = Stated::new(1.0, Some(0.1), 30.0, 0.95);
            let place = (Side::A, 1000);
            let mut measure =
                stated.measure(MetricId::Uniformity, BTreeMap::new(), place, (None, None));
            measure.widen_by_bias(bias);
            measure.widen(0.05);
            assert_eq!(measure.interval_at(0.95), measure.interval);
            for (level, quantile) in [(0.5, 0.682_756), (0.95, 2.042_272), (0.999, 3.645_959)] {
                let interval = measure.interval_at(level).expect("an interval");
                let (plain, moved) = (0.1 * quantile, (0.1_f64 * quantile).hypot(0.3));
                let (below, above) = if bias > 0.0 {
                    (plain, moved)
                } else {
                    (moved, plain)
                };
                let close = |found: f64, expected: f64| (found - expected).abs() < 1e-6;
                assert!(
                    close(1.0 - interval.low, below + 0.05),
                    "{level}: {interval:?}"
                );
                assert!(
                    close(interval.high - 1.0, above + 0.05),
                    "{level}: {interval:?}"
                );
            }
        }
    }

    #[test]
    fn shares_have_score_intervals_at_every_level() {
        for (value, se) in [(1.0, 0.0), (0.0, 0.0), (0.25, 0.02), (0.999, 0.001)] {
            let of = |level| {
                let stated = Stated::share(value, Some(se), (1000.0, 999.0), level);
                let place = (Side::A, 1000);
                let mut measure =
                    stated.measure(MetricId::Recall, BTreeMap::new(), place, (None, None));
                measure.widen(1e-4);
                measure
            };
            let usual = of(0.95);
            assert!(usual.se > Some(0.0), "{value}");
            for level in [0.5, 0.95, 0.999] {
                let (found, own) = (
                    usual.interval_at(level).unwrap(),
                    of(level).interval.unwrap(),
                );
                assert!((found.low - own.low).abs() < 1e-9, "{value} at {level}");
                assert!((found.high - own.high).abs() < 1e-9, "{value} at {level}");
                assert!(found.low >= 0.0 && found.high <= 1.0 && found.low < found.high);
                assert!(found.low <= value && value <= found.high);
            }
        }
    }

    #[test]
    fn audits_without_degrees_of_freedom_are_still_read() {
        let mut json = serde_json::to_value(rounded()).expect("JSON");
        let fields = json.as_object_mut().expect("an object");
        for field in ["freedom", "rounding"] {
            assert!(fields.remove(field).is_some(), "{field}");
        }
        let old: Measure = serde_json::from_value(json.clone()).expect("a measure");
        assert_eq!(old.degrees_of_freedom(), 19.0);
        let (wide, own) = (old.interval_at(0.999).unwrap(), old.interval.unwrap());
        // Quantiles with 19 degrees of freedom, from tables.
        let ratio = (wide.high - wide.low) / (own.high - own.low);
        assert!((ratio - 3.883_406 / 2.093_024).abs() < 1e-5, "{ratio}");
        let few = Measure { n: 5, ..old };
        assert_eq!(few.degrees_of_freedom(), 4.0);
    }
}
