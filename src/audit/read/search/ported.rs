//! A threshold of one model to that of another, at the same false accept rate.

use super::separation::{CountedPairs, FEWEST};
use crate::audit::read::found::Found;
use crate::metric::{
    AtFar, Bounded, GroupedStatistic, Negatives, accepted, far_of_rank, separation,
};
use crate::result::{CandidateThreshold, PortedNumber, PortedThreshold, Stated};

/// Positives and negatives of a model, in all and without each jackknife group.
pub(crate) struct Served {
    whole: ThresholdCosines,
    left: Vec<ThresholdCosines>,
    sizes: Vec<usize>,
    /// Independent draws that the positives rest on.
    units: f64,
    /// What a cosine of 1 is as a threshold of the model: with inner products the product of the largest norms.
    unit: f64,
    level: f64,
}

struct ThresholdCosines {
    positives: Vec<f64>,
    negatives: Negatives,
    /// Negatives in all.
    count: u64,
}

/// What one threshold lets through of some rows: negatives, and the share of positives.
#[derive(Clone, Copy)]
struct Passed {
    accepted: Bounded,
    count: u64,
    tar: f64,
}

/// Cosines that f64 cannot tell apart.
const EXACT: f64 = 1e-12;
const SHARE: (f64, f64) = (0.0, 1.0);

impl Served {
    /// None where no cosines were counted.
    pub(crate) fn of(found: &Found<'_>) -> Option<Self> {
        let searched = found.searched?;
        let pairs = CountedPairs::of(found, searched)?;
        let whole = ThresholdCosines::new(pairs.asked.cosines.clone(), pairs.negatives(None));
        let left = (0..pairs.groups)
            .map(|g| ThresholdCosines::new(pairs.positives(g), pairs.negatives(Some(g))));
        (whole.count > 0).then(|| Self {
            left: left.collect(),
            whole,
            sizes: found.layouts.0.group_sizes().to_vec(),
            units: pairs.units(),
            unit: searched.unit(),
            level: found.settings.confidence,
        })
    }

    /// What each threshold of this model becomes for another. `paired`: both leave out groups of the same items.
    pub(crate) fn port(
        &self,
        other: &Self,
        paired: bool,
        (names, thresholds): (&(String, String), &[f64]),
    ) -> Vec<PortedThreshold> {
        let each = thresholds.iter();
        each.map(|&threshold| {
            let at = threshold / self.unit;
            let whole = self.whole.passed(at);
            let left: Vec<Passed> = self.left.iter().map(|left| left.passed(at)).collect();
            let of = |value: f64, each: &dyn Fn(&Passed) -> f64, rounding: f64| {
                self.share(value, left.iter().map(each).collect(), rounding)
            };
            let count = whole.count as f64;
            let enough = |count: u64| whole.far() * count as f64 >= FEWEST * (1.0 - 1e-9);
            let enough = enough(whole.count) && enough(other.whole.count);
            PortedThreshold {
                between: names.clone(),
                threshold,
                negatives: whole.count,
                accepted: whole.accepted.value as u64,
                far: of(whole.far(), &Passed::far, whole.accepted.rounding / count),
                tar: of(whole.tar, &|passed| passed.tar, 0.0),
                candidate: enough
                    .then(|| other.at((whole, &left), paired, self.error_freedom()))
                    .flatten(),
            }
        })
        .collect()
    }

    fn error_freedom(&self) -> (&[usize], f64) {
        (&self.sizes, self.sizes.len() as f64 - 1.0)
    }

    fn share(&self, value: f64, leave: Vec<f64>, rounding: f64) -> PortedNumber {
        let sizes = self.sizes.clone();
        let freedom = sizes.len() as f64 - 1.0;
        let statistic = GroupedStatistic {
            value,
            leave,
            sizes,
        };
        let se = statistic.jackknife().map(|jackknife| jackknife.se);
        Stated::share(value, se, (self.units, freedom), self.level).ported(rounding, SHARE)
    }

    /// Threshold and TAR of this model where another lets through what it does; none where there is no number.
    fn at(
        &self,
        (whole, left): (Passed, &[Passed]),
        paired: bool,
        (sizes, freedom): (&[usize], f64),
    ) -> Option<CandidateThreshold> {
        let found = self.whole.at(whole)?;
        // Without a group of this model, of the other's where groups are the same, and else of each by itself.
        let together = paired && left.len() == self.left.len();
        let own: Vec<Option<AtFar>> = match together {
            true => self
                .left
                .iter()
                .zip(left)
                .map(|(own, passed)| own.at(*passed))
                .collect(),
            false => self.left.iter().map(|own| own.at(whole)).collect(),
        };
        let of_rate: Vec<Option<AtFar>> = match together {
            true => Vec::new(),
            false => left.iter().map(|passed| self.whole.at(*passed)).collect(),
        };
        let error = |of: &dyn Fn(&AtFar) -> f64| {
            let se = |left: &[Option<AtFar>], sizes: &[usize]| {
                let leave = left.iter().map(|left| left.as_ref().map_or(f64::NAN, of));
                let statistic = GroupedStatistic {
                    value: of(&found),
                    leave: leave.collect(),
                    sizes: sizes.to_vec(),
                };
                statistic.jackknife().map(|jackknife| jackknife.se)
            };
            let own = se(&own, &self.sizes)?;
            match together {
                true => Some(own),
                false => Some(own.hypot(se(&of_rate, sizes)?)),
            }
        };
        let freedom = freedom.min(self.sizes.len() as f64 - 1.0);
        let threshold = found.threshold.times(self.unit);
        let se = error(&|at| at.threshold.value * self.unit);
        let stated = Stated::new(threshold.value, se, freedom, self.level);
        let tar = error(&|at| at.tar.value);
        let tar = Stated::share(found.tar.value, tar, (self.units, freedom), self.level);
        Some(CandidateThreshold {
            threshold: stated.ported(threshold.rounding, (-self.unit, self.unit)),
            tar: tar.ported(found.tar.rounding, SHARE),
        })
    }
}

impl ThresholdCosines {
    fn new(positives: Vec<f64>, negatives: Negatives) -> Self {
        Self {
            positives,
            count: negatives.counts.iter().sum(),
            negatives,
        }
    }

    fn passed(&self, threshold: f64) -> Passed {
        let kept = self
            .positives
            .iter()
            .filter(|cosine| **cosine >= threshold - EXACT);
        Passed {
            accepted: match threshold > 1.0 + EXACT {
                true => Bounded::default(),
                false => accepted(&self.negatives, threshold),
            },
            count: self.count,
            tar: kept.count() as f64 / self.positives.len() as f64,
        }
    }

    /// The negative above which as large a share lies as `passed`: of n, and k of m passed, that of rank
    /// 1 + floor((n - 1) k / m).
    fn at(&self, passed: Passed) -> Option<AtFar> {
        let share = u128::from(self.count.checked_sub(1)?) * passed.accepted.value as u128;
        let rank = 1 + share.checked_div(u128::from(passed.count))? as u64;
        let far = far_of_rank(rank, self.count);
        let found = separation(&self.positives, &self.negatives, &[far])?;
        found.at.first().copied()
    }
}

impl Passed {
    fn far(&self) -> f64 {
        self.accepted.value / self.count as f64
    }
}
