//! Whether a candidate is still the reference: the same rows twice, as plain data.

use serde::{Deserialize, Serialize};

use super::measure::{Measure, Side};
use super::stated::{NumberKey, Stated};
use crate::estimate::{delete_group, quantile_interval};
use crate::metric::{GroupedStatistic, MetricId};
use crate::theory::student_quantile;

/// A candidate beside its reference, row by row.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Parity {
    /// Names of the reference and of the candidate.
    pub between: (String, String),
    /// The numbers, each with its error.
    pub measures: Vec<Measure>,
    /// Queries whose first answer changed, for each side that has positives.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub flips: Vec<Flips>,
    /// The ten worst rows of each view, the worst first: by cosine, and where there is none by the neighbours that are left.
    pub worst: Vec<ParityRow>,
    /// What is not defined here, and why: whole sentences.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub left_out: Vec<String>,
}

/// Queries whose first answer changed. Where rows are tied, shares of a query.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Flips {
    /// View that the queries are of.
    pub side: Side,
    /// Queries there are.
    pub queries: u64,
    /// Those that had a positive first with the reference, and do not with the candidate.
    pub lost: f64,
    /// Those that did not, and do.
    pub won: f64,
}

/// One row beside itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ParityRow {
    /// View that it is of.
    pub side: Side,
    /// Row of the reference's file, from 0.
    pub row: u64,
    /// Its id, where ids are known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Cosine with itself; none where numbers of columns differ.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cosine: Option<f64>,
    /// Share of its ten nearest rows that both have.
    pub overlap: f64,
}

impl Parity {
    /// The number with this name, the parameter of this value, and side.
    pub fn find(&self, metric: MetricId, param: Option<f64>, side: Side) -> Option<&Measure> {
        let same = |m: &&Measure| {
            m.metric == metric && m.side == side && m.params.values().next().copied() == param
        };
        self.measures.iter().find(same)
    }

    /// Puts ids beside the rows of the first view, and of the second where `both` views are of the same items. `ids` has
    /// one for each row of the reference's file.
    pub fn label(&mut self, ids: &[String], both: bool) {
        for row in &mut self.worst {
            if row.side == Side::A || both {
                let place = usize::try_from(row.row).ok();
                row.id = place.and_then(|place| ids.get(place).cloned());
            }
        }
    }
}

/// A number over rows.
impl NumberKey {
    /// With the error of the delete-a-group jackknife and, beside it, `more` variance; `units` are the independent draws that
    /// a share without any spread rests on.
    pub(crate) fn over_rows(
        self,
        (statistic, more): (&GroupedStatistic, f64),
        units: f64,
        level: f64,
    ) -> Measure {
        let GroupedStatistic {
            value,
            leave,
            sizes,
        } = statistic;
        // Of rows, not of pairs of them.
        let se = delete_group(*value, leave, sizes).map(|error| error.se.hypot(more.sqrt()));
        let freedom = sizes.len() as f64 - 1.0;
        let share = self.metric.is_share();
        let mut measure = self.measure(match share {
            true => Stated::share(*value, se, (units, freedom), level),
            false => Stated::new(*value, se, freedom, level),
        });
        // No cosine is above 1.
        let is_cosine = measure.metric == MetricId::ParityCosine;
        if let Some(interval) = measure.interval.as_mut().filter(|_| is_cosine) {
            interval.high = interval.high.min(1.0);
        }
        measure
    }

    /// The quantile `q` of values of which the share below it is `below`; `units` of them are independent draws.
    pub(crate) fn quantile(
        self,
        value: f64,
        ascending: &[f64],
        (q, below): (f64, &GroupedStatistic),
        (units, level): (f64, f64),
    ) -> Measure {
        let GroupedStatistic {
            value: share,
            leave,
            sizes,
        } = below;
        let freedom = sizes.len() as f64 - 1.0;
        let z = student_quantile(level, freedom);
        let ends = delete_group(*share, leave, sizes)
            .and_then(|error| quantile_interval(ascending, q, (error.se, units), z));
        self.measure(match ends {
            Some(ends) => Stated::between(value, ends, freedom, level),
            None => Stated::plain(value),
        })
    }

    /// A fact, without an error.
    pub(crate) fn fact(self, value: f64) -> Measure {
        self.measure(Stated::plain(value))
    }
}
