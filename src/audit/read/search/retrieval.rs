//! Positions to recall and its kin: queries of each direction, and their mean.

use std::collections::BTreeMap;

use super::number::{Number, with_k};
use super::searchers::{Searchers, searchers};
use crate::audit::read::found::Found;
use crate::audit::states::searched::Searched;
use crate::estimate::{Surroundings, error_of_few, errors_of_mean, leave_items_out, scatter};
use crate::metric::{MetricId, Standing, hit_rate, mrr, ndcg, r_precision, recall};
use crate::result::{NumberKey, Side, Stated};

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
    let searchers = searchers(found, searched);
    let mut out = Vec::new();
    for (metric, k) in WANTED {
        let of = |query: &[Standing]| value(metric, k, query);
        let mut sides: Vec<(Side, Mean)> = searchers
            .iter()
            .filter_map(|searchers| Some((searchers.side, searchers.mean(of)?)))
            .collect();
        if let [(_, a), (_, b)] = &sides[..] {
            let together = found.data.grouping.is_some() || found.data.aligned;
            let both = a.with(b, together);
            sides.push((Side::Mean, both));
        }
        for (side, mean) in sides {
            let key = NumberKey {
                metric,
                params: with_k(k),
                side,
                n: mean.queries,
                beside: (Some(mean.ideal), Some(mean.collapsed)),
            };
            let draws = (mean.units, mean.error.map_or(0.0, |error| error.freedom));
            let level = found.settings.confidence;
            let se = mean.error.map(|error| error.se);
            // A plain jackknife of `left`, as differences have, would count twice what a query and a group do to each other.
            out.push(key.number(Stated::share(mean.value, se, draws, level), mean.fewer));
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
struct Mean {
    value: f64,
    error: Option<Error>,
    /// Without each jackknife group, whose rows neither search nor are found.
    left: Vec<f64>,
    /// Without the queries of each group; the others find what they found.
    fewer: Vec<f64>,
    /// Without each unit that has a query; the others find what they found.
    without: Vec<Option<f64>>,
    /// What leaving groups out changes, by unit and group.
    changes: Vec<Change>,
    units: f64,
    queries: u64,
    ideal: f64,
    collapsed: f64,
}

/// What leaving a group out changes in the part of a mean that is one unit's.
#[derive(Clone, Copy)]
struct Change {
    /// Unit and group.
    of: (u32, u32),
    by: f64,
}

/// Standard error of a mean, and its degrees of freedom.
#[derive(Clone, Copy)]
struct Error {
    se: f64,
    freedom: f64,
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

impl Searchers<'_> {
    /// None where no row is a query.
    fn mean(&self, of: impl Fn(&[Standing]) -> f64) -> Option<Mean> {
        let mut all = Sum::default();
        let groups = self.groups.1;
        let mut by_unit = vec![Sum::default(); self.units.1];
        let mut by_group = vec![Sum::default(); groups];
        // Ends of the scale depend on what the positives of a query are worth, and on nothing else.
        let mut ends: BTreeMap<Vec<u64>, (f64, f64)> = BTreeMap::new();
        let (mut ideal, mut collapsed) = (0.0, 0.0);
        let queries = self.queries.iter().enumerate();
        let queries: Vec<(usize, f64)> = queries
            .filter(|(_, query)| !query.is_empty())
            .map(|(row, query)| (row, of(query)))
            .collect();
        for &(row, value) in &queries {
            all.add(value);
            by_unit[self.units.0[row] as usize].add(value);
            by_group[self.groups.0[row] as usize].add(value);
            let gains = self.queries[row].iter().map(|positive| positive.gain);
            let mut gains: Vec<f64> = gains.collect();
            gains.sort_unstable_by(|x, y| y.total_cmp(x));
            let known = gains.iter().map(|gain| gain.to_bits()).collect();
            let end = ends.entry(known).or_insert_with(|| self.ends(&gains, &of));
            ideal += end.0;
            collapsed += end.1;
        }
        if queries.is_empty() {
            return None;
        }
        let value = all.0 / all.1;
        let mut left = vec![all; groups];
        let mut changes = Vec::new();
        for &(row, own) in &queries {
            let unit = self.units.0[row];
            let query = &self.seen[row];
            let others = query.groups_above().into_iter();
            for group in others.filter(|group| *group != self.groups.0[row] as usize) {
                let standings = query.standings(Some(group));
                // No query where none of its positives is left.
                let (now, gone) = match standings.is_empty() {
                    true => (value, 1.0),
                    false => (of(&standings), 0.0),
                };
                left[group].0 += now - own - gone * value;
                left[group].1 -= gone;
                changes.push(Change {
                    of: (unit, group as u32),
                    by: (now - own) / all.1,
                });
            }
        }
        let changes = summed(changes);
        let without: Vec<Option<f64>> = by_unit
            .iter()
            .map(|unit| (unit.1 > 0.0).then(|| all.mean_without(*unit)))
            .collect();
        let each = left.iter().zip(&by_group);
        let left: Vec<f64> = each.map(|(left, own)| left.mean_without(*own)).collect();
        let fewer: Vec<f64> = by_group.iter().map(|own| all.mean_without(*own)).collect();
        Some(Mean {
            error: error((value, &without), (&left, &fewer), &changes),
            value,
            left,
            fewer,
            changes,
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
        let halves = |x: &[f64], y: &[f64]| -> Vec<f64> {
            x.iter().zip(y).map(|(&x, &y)| half(x, y)).collect()
        };
        let value = half(self.value, other.value);
        let both = self.without.iter().zip(&other.without);
        let without: Vec<Option<f64>> = both
            .map(|(x, y)| {
                let any = x.is_some() || y.is_some();
                any.then(|| half(x.unwrap_or(self.value), y.unwrap_or(other.value)))
            })
            .collect();
        let left = halves(&self.left, &other.left);
        let fewer = halves(&self.fewer, &other.fewer);
        let changes = self.changes.iter().chain(&other.changes);
        let changes = changes.map(|change| Change {
            by: change.by / 2.0,
            ..*change
        });
        let changes = summed(changes.collect());
        let (error, units) = match together {
            true => (
                error((value, &without), (&left, &fewer), &changes),
                without.iter().flatten().count() as f64,
            ),
            // No correlation of the two makes the error of their mean larger.
            false => (
                self.error.zip(other.error).map(|(x, y)| Error {
                    se: half(x.se, y.se),
                    freedom: x.freedom.min(y.freedom),
                }),
                self.units.min(other.units),
            ),
        };
        Self {
            value,
            error,
            left,
            fewer,
            without,
            changes,
            units,
            queries: self.queries + other.queries,
            ideal: half(self.ideal, other.ideal),
            collapsed: half(self.collapsed, other.collapsed),
        }
    }
}

/// By unit, and one for each group.
fn summed(mut changes: Vec<Change>) -> Vec<Change> {
    changes.sort_by_key(|change| change.of);
    changes.dedup_by(|next, kept| {
        let same = next.of == kept.of;
        if same {
            kept.by += next.by;
        }
        same
    });
    changes
}

/// The error from the mean without each unit, and what other rows to find would change beside (where that is anything, its
/// degrees of freedom are those of the groups); at least what a mean that few queries decide may have.
fn error(
    (value, without): (f64, &[Option<f64>]),
    (left, fewer): (&[f64], &[f64]),
    changes: &[Change],
) -> Option<Error> {
    let leave: Vec<f64> = without.iter().flatten().copied().collect();
    let queries = leave_items_out(value, &leave)?;
    let surroundings = Surroundings {
        left,
        fewer,
        scatter: changes
            .chunk_by(|x, y| x.of.0 == y.of.0)
            .map(|unit| scatter(unit.iter().map(|change| change.by), left.len()))
            .sum(),
    };
    let found = surroundings.variance()?;
    let units = leave.len() as f64;
    let se = queries.hypot(found.sqrt());
    let few = errors_of_mean(value, se).map(|errors| error_of_few(value, errors, units));
    Some(Error {
        se: se.max(few.unwrap_or(0.0)),
        freedom: match found > 0.0 {
            true => units.min(left.len() as f64) - 1.0,
            false => units - 1.0,
        },
    })
}

#[cfg(test)]
mod tests;
