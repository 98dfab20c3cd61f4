//! A number with what pairs it with another model's.

use std::collections::BTreeMap;

use crate::audit::read::found::Found;
use crate::estimate::error_of_few;
use crate::metric::{GroupedStatistic, MetricId};
use crate::result::{Measure, NumberKey, Side, Stated};

/// A measure, and the number without each jackknife group.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Number {
    pub(crate) measure: Measure,
    pub(crate) left: Vec<f64>,
}

impl NumberKey {
    pub(crate) fn number(self, stated: Stated, left: Vec<f64>) -> Number {
        Number {
            measure: self.measure(stated),
            left,
        }
    }

    /// With the error of the delete-a-group jackknife; `units` are the independent draws that a share without any spread
    /// rests on.
    pub(crate) fn grouped(
        self,
        found: &Found<'_>,
        statistic: GroupedStatistic,
        units: f64,
    ) -> Number {
        let level = found.settings.confidence;
        let stated = match self.metric.is_share() {
            true => {
                let least = match self.metric {
                    MetricId::Eer => {
                        let errors = statistic.value * units;
                        error_of_few(statistic.value, errors, units)
                    }
                    _ => 0.0,
                };
                let se = statistic.jackknife();
                let se = se.map(|jackknife| jackknife.se.max(least));
                let freedom = statistic.sizes.len() as f64 - 1.0;
                Stated::share(statistic.value, se, (units, freedom), level)
            }
            false => Stated::grouped(&statistic, level),
        };
        self.number(stated, statistic.leave)
    }
}

/// Parameter `k`, where there is one.
pub(super) fn with_k(k: Option<u64>) -> BTreeMap<String, f64> {
    k.map(|k| ("k".to_owned(), k as f64)).into_iter().collect()
}

/// The unit of each row of the first view, or of the second, that is drawn at once: its item, or itself; and how many
/// units there are. Units of both views are the same where items hold rows of both, or row i of one goes with row i of
/// the other.
pub(crate) fn units(found: &Found<'_>, second: bool) -> (Vec<u32>, usize) {
    match &found.data.grouping {
        Some(grouping) => (grouping.of(second).to_vec(), grouping.count()),
        None => {
            let side = if second { Side::B } else { Side::A };
            let rows = found.rows(side);
            ((0..rows as u32).collect(), rows as usize)
        }
    }
}
