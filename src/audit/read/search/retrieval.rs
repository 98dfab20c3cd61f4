//! Positions to recall and its kin: queries of each direction, and their mean.

use std::collections::BTreeMap;

use super::direction::{Direction, directions};
use super::number::{Number, Place, with_k};
use crate::audit::read::found::Found;
use crate::audit::states::searched::Searched;
use crate::estimate::leave_items_out;
use crate::metric::{MetricId, Standing, hit_rate, mrr, ndcg, r_precision, recall};
use crate::result::{Figure, Side};

/// Each metric and its k, in the order of the table.
const WANTED: [(MetricId, Option<u64>); 14] = [
    (MetricId::Recall, Some(1)),
    (MetricId::Recall, Some(5)),
    (MetricId::Recall, Some(10)),
    (MetricId::HitRate, Some(1)),
    (MetricId::HitRate, Some(5)),
    (MetricId::HitRate, Some(10)),
    (MetricId::Mrr, Some(1)),
    (MetricId::Mrr, Some(5)),
    (MetricId::Mrr, Some(10)),
    (MetricId::Mrr, None),
    (MetricId::Ndcg, Some(1)),
    (MetricId::Ndcg, Some(5)),
    (MetricId::Ndcg, Some(10)),
    (MetricId::RPrecision, None),
];

/// Nothing where no positions were counted.
pub(super) fn numbers(found: &Found<'_>, searched: &Searched) -> Vec<Number> {
    let directions = directions(found, searched);
    let mut out = Vec::new();
    for (metric, k) in WANTED {
        let of = |query: &[Standing]| value(metric, k, query);
        let means: Vec<Mean> = directions
            .iter()
            .filter_map(|direction| direction.mean(of))
            .collect();
        let each = directions.iter().zip(&means);
        let mut sides: Vec<(Side, Mean)> = each
            .map(|(direction, mean)| (direction.side, mean.clone()))
            .collect();
        if let [a, b] = &means[..] {
            let together = found.data.grouping.is_some() || found.data.aligned;
            sides.push((Side::Mean, a.with(b, together)));
        }
        for (side, mean) in sides {
            let place = Place {
                metric,
                params: with_k(k),
                side,
                n: mean.queries,
                beside: (Some(mean.ideal), Some(mean.collapsed)),
            };
            let draws = (mean.units, mean.units - 1.0);
            let level = found.settings.confidence;
            out.push(place.number(Figure::share(mean.value, mean.se, draws, level), mean.left));
        }
    }
    out
}

fn value(metric: MetricId, k: Option<u64>, query: &[Standing]) -> f64 {
    match (metric, k) {
        (MetricId::Recall, Some(k)) => recall(query, k),
        (MetricId::HitRate, Some(k)) => hit_rate(query, k),
        (MetricId::Mrr, cut) => mrr(query, cut),
        (MetricId::Ndcg, Some(k)) => ndcg(query, k),
        (MetricId::RPrecision, None) => r_precision(query),
        _ => f64::NAN,
    }
}

/// A mean over queries.
#[derive(Clone)]
struct Mean {
    value: f64,
    se: Option<f64>,
    /// Without each jackknife group.
    left: Vec<f64>,
    /// Without each unit that has a query.
    without: Vec<Option<f64>>,
    units: f64,
    queries: u64,
    ideal: f64,
    collapsed: f64,
}

/// Sum and number of the values of some queries.
#[derive(Clone, Copy, Default)]
struct Sum(f64, f64);

impl Sum {
    fn add(&mut self, value: f64) {
        self.0 += value;
        self.1 += 1.0;
    }

    fn mean_without(self, other: Self) -> f64 {
        (self.0 - other.0) / (self.1 - other.1)
    }
}

impl Direction<'_> {
    /// None where no row is a query.
    fn mean(&self, of: impl Fn(&[Standing]) -> f64) -> Option<Mean> {
        let mut all = Sum::default();
        let mut by_unit = vec![Sum::default(); self.units.1];
        let mut by_group = vec![Sum::default(); self.groups.1];
        // Ends of the scale depend on what the positives of a query are worth, and on nothing else.
        let mut ends: BTreeMap<Vec<u64>, (f64, f64)> = BTreeMap::new();
        let (mut ideal, mut collapsed) = (0.0, 0.0);
        for (row, query) in self.queries.iter().enumerate() {
            if query.is_empty() {
                continue;
            }
            let value = of(query);
            all.add(value);
            by_unit[self.units.0[row] as usize].add(value);
            by_group[self.groups.0[row] as usize].add(value);
            let mut gains: Vec<f64> = query.iter().map(|positive| positive.gain).collect();
            gains.sort_unstable_by(|x, y| y.total_cmp(x));
            let known = gains.iter().map(|gain| gain.to_bits()).collect();
            let end = ends.entry(known).or_insert_with(|| self.ends(&gains, &of));
            ideal += end.0;
            collapsed += end.1;
        }
        let without: Vec<Option<f64>> = by_unit
            .iter()
            .map(|unit| (unit.1 > 0.0).then(|| all.mean_without(*unit)))
            .collect();
        let value = all.0 / all.1;
        (all.1 > 0.0).then(|| Mean {
            value,
            se: error(value, &without),
            left: by_group.iter().map(|g| all.mean_without(*g)).collect(),
            units: without.iter().flatten().count() as f64,
            without,
            queries: all.1 as u64,
            ideal: ideal / all.1,
            collapsed: collapsed / all.1,
        })
    }

    /// With all positives first, those of the largest `gains` before others, and with all rows tied.
    fn ends(&self, gains: &[f64], of: impl Fn(&[Standing]) -> f64) -> (f64, f64) {
        let at = |(above, tied): (u64, u64), gain: &f64| Standing {
            above,
            tied,
            gain: *gain,
        };
        let first = (0..).zip(gains).map(|(k, gain)| at((k, 0), gain));
        let tied = gains.iter().map(|gain| at((0, self.searched - 1), gain));
        (
            of(&first.collect::<Vec<Standing>>()),
            of(&tied.collect::<Vec<Standing>>()),
        )
    }
}

impl Mean {
    /// Of both directions, whose units are the same where they are left out `together`.
    fn with(&self, other: &Self, together: bool) -> Self {
        let half = f64::midpoint;
        let value = half(self.value, other.value);
        let both = self.without.iter().zip(&other.without);
        let without: Vec<Option<f64>> = both
            .map(|(x, y)| {
                let any = x.is_some() || y.is_some();
                any.then(|| half(x.unwrap_or(self.value), y.unwrap_or(other.value)))
            })
            .collect();
        let (se, units) = match together {
            true => (
                error(value, &without),
                without.iter().flatten().count() as f64,
            ),
            // No correlation of the two makes the error of their mean larger.
            false => (
                self.se.zip(other.se).map(|(x, y)| half(x, y)),
                self.units.min(other.units),
            ),
        };
        let left = self.left.iter().zip(&other.left);
        Self {
            value,
            se,
            left: left.map(|(&x, &y)| half(x, y)).collect(),
            without,
            units,
            queries: self.queries + other.queries,
            ideal: half(self.ideal, other.ideal),
            collapsed: half(self.collapsed, other.collapsed),
        }
    }
}

/// Standard error from the mean without each unit.
fn error(value: f64, without: &[Option<f64>]) -> Option<f64> {
    let leave: Vec<f64> = without.iter().flatten().copied().collect();
    leave_items_out(value, &leave)
}

#[cfg(test)]
mod tests;
