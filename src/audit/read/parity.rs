//! Rows beside themselves to numbers: pure.

use std::collections::BTreeMap;

use super::search::searchers::Searchers;
use crate::estimate::delete_group;
use crate::metric::{GroupedStatistic, MetricId, hit_rate, overlap};
use crate::result::{Flips, Measure, NumberKey, ParityRow, Side};

/// Neighbours of each row that are compared; and how often the nearest one is the same.
pub(crate) const NEIGHBOURS: [usize; 2] = [1, 10];
/// Shares of the rows that lie below a quantile.
const QUANTILES: [f64; 3] = [0.5, 0.05, 0.01];
/// Cosine below which a row is not itself any more.
const SAME: f64 = 0.99;
/// Worst rows that are listed.
const WORST: usize = 10;

/// The nearest rows of each row, nearest first.
pub(crate) type Lists = Vec<Vec<u32>>;

/// One side of a reference and its candidate; rows are the reference's.
pub(crate) struct ParitySide {
    pub(crate) side: Side,
    /// Row of the reference's file that each is.
    pub(crate) file_rows: Vec<u64>,
    pub(crate) groups: RowGroups,
    /// The jackknife group of each row that may be a neighbour.
    pub(crate) among: Vec<u32>,
    /// Rows that may be neighbours of one.
    pub(crate) others: usize,
    /// Of each row with itself; none where that is undefined.
    pub(crate) cosines: Option<Vec<f64>>,
    /// Norm of the candidate's row over the reference's; none where norms do not tell.
    pub(crate) ratios: Option<Vec<f64>>,
    /// The reference's, and the candidate's.
    pub(crate) near: (Lists, Lists),
    /// The candidate's rows that are nearest to the reference's.
    pub(crate) asymmetric: Option<Lists>,
}

/// Which rows are left out together.
pub(crate) struct RowGroups {
    /// The jackknife group of each row.
    pub(crate) of: Vec<u32>,
    pub(crate) count: usize,
    /// Independent draws.
    pub(crate) units: f64,
}

impl RowGroups {
    /// The mean of all values, and without each group in turn.
    fn leaving_out(&self, values: &[f64]) -> GroupedStatistic {
        let (mut sums, mut sizes) = (vec![0.0; self.count], vec![0; self.count]);
        for (value, &g) in values.iter().zip(&self.of) {
            sums[g as usize] += value;
            sizes[g as usize] += 1;
        }
        let (total, rows) = (sums.iter().sum::<f64>(), values.len() as f64);
        let leave = sums.iter().zip(&sizes);
        let leave = leave.map(|(sum, &size)| (total - sum) / (rows - size as f64));
        GroupedStatistic {
            value: total / rows,
            leave: leave.collect(),
            sizes,
        }
    }
}

impl ParitySide {
    /// Every number of the side, in the order of the table of metrics.
    pub(crate) fn measures(&self, level: f64) -> Vec<Measure> {
        let mut out = Vec::new();
        if let Some(cosines) = &self.cosines {
            out.push(self.mean(
                self.entry(MetricId::ParityCosine, None, 1.0),
                cosines,
                level,
            ));
            let mut ascending = cosines.clone();
            ascending.sort_unstable_by(f64::total_cmp);
            for q in QUANTILES {
                let value = quantile(&ascending, q);
                let below: Vec<f64> = cosines.iter().map(|c| f64::from(*c < value)).collect();
                let below = self.groups.leaving_out(&below);
                let entry = self.entry(MetricId::ParityQuantile, Some(("q", q)), 1.0);
                let how = (self.groups.units, level);
                out.push(entry.quantile(value, &ascending, (q, &below), how));
            }
            let least = ascending.first().copied().unwrap_or(f64::NAN);
            out.push(self.entry(MetricId::ParityMinCosine, None, 1.0).fact(least));
            let below: Vec<f64> = cosines.iter().map(|c| f64::from(*c < SAME)).collect();
            let entry = self.entry(MetricId::ParityBelow, Some(("cosine", SAME)), 0.0);
            out.push(self.mean(entry, &below, level));
        }
        if let Some(ratios) = &self.ratios {
            out.push(self.mean(self.entry(MetricId::NormRatio, None, 1.0), ratios, level));
            let far = |ratio: &f64| ratio.ln().abs();
            let worst = ratios.iter().max_by(|x, y| far(x).total_cmp(&far(y)));
            let entry = self.entry(MetricId::WorstNormRatio, None, 1.0);
            out.extend(worst.map(|ratio| entry.fact(*ratio)));
        }
        out.extend(self.overlaps(MetricId::TopkOverlap, &self.near.1, level));
        if let Some(lists) = &self.asymmetric {
            out.extend(self.overlaps(MetricId::AsymmetricOverlap, lists, level));
        }
        out
    }

    fn entry(&self, metric: MetricId, param: Option<(&str, f64)>, ideal: f64) -> NumberKey {
        let param = param.map(|(name, value)| (name.to_owned(), value));
        NumberKey {
            metric,
            params: param.into_iter().collect(),
            side: self.side,
            n: self.file_rows.len() as u64,
            beside: (Some(ideal), None),
        }
    }

    fn mean(&self, entry: NumberKey, values: &[f64], level: f64) -> Measure {
        let statistic = self.groups.leaving_out(values);
        entry.over_rows((&statistic, 0.0), self.groups.units, level)
    }

    /// Variance that the rows that are found bring into the mean of `shared`, beside that of the rows that search: without
    /// each group of them, the share that both lists have of what is left. Chance in single neighbours, which the rows that
    /// search have counted, is taken off.
    fn variance_of_found(&self, lists: &Lists, k: usize, shared: &[f64]) -> f64 {
        let count = self.groups.count;
        let (mut sums, mut sizes) = (vec![0.0; count], vec![0; count]);
        self.among.iter().for_each(|&g| sizes[g as usize] += 1);
        let of = |row: &u32| self.among[*row as usize] as usize;
        for (one, other) in self.near.0.iter().zip(lists) {
            let (one, other) = (&one[..k.min(one.len())], &other[..k.min(other.len())]);
            let (mut common, mut listed) = (vec![0.0; count], vec![0.0; count]);
            one.iter()
                .chain(other)
                .for_each(|row| listed[of(row)] += 0.5);
            let both = one.iter().filter(|row| other.contains(row));
            both.for_each(|row| common[of(row)] += 1.0);
            let all = (common.iter().sum::<f64>(), listed.iter().sum::<f64>());
            for ((sum, common), listed) in sums.iter_mut().zip(common).zip(listed) {
                let left = all.1 - listed;
                *sum += if left > 0.0 {
                    (all.0 - common) / left
                } else {
                    1.0
                };
            }
        }
        let rows = shared.len() as f64;
        let leave: Vec<f64> = sums.iter().map(|sum| sum / rows).collect();
        let single = shared
            .iter()
            .map(|share| share * (1.0 - share))
            .sum::<f64>();
        let single = single / (rows * rows * k as f64);
        let found =
            delete_group(mean(shared), &leave, &sizes).map_or(0.0, |error| error.se.powi(2));
        (found - single).max(0.0)
    }

    /// What the reference's neighbours have in common with these.
    fn overlaps(&self, metric: MetricId, lists: &Lists, level: f64) -> Vec<Measure> {
        let mut ks: Vec<usize> = NEIGHBOURS.map(|k| k.min(self.others)).to_vec();
        ks.dedup();
        let measured = ks.into_iter().map(|k| {
            let shared = shared(&self.near.0, lists, k);
            let statistic = self.groups.leaving_out(&shared);
            let found = self.variance_of_found(lists, k, &shared);
            let entry = NumberKey {
                beside: (Some(1.0), Some(k as f64 / self.others as f64)),
                ..self.entry(metric, Some(("k", k as f64)), 1.0)
            };
            entry.over_rows((&statistic, found), self.groups.units, level)
        });
        measured.collect()
    }

    /// The worst rows, the worst first.
    pub(crate) fn worst(&self) -> Vec<ParityRow> {
        let k = NEIGHBOURS[1].min(self.others);
        let overlaps = shared(&self.near.0, &self.near.1, k);
        let by = self.cosines.as_ref().unwrap_or(&overlaps);
        let mut rows: Vec<usize> = (0..self.file_rows.len()).collect();
        // A stable sort: of equal rows the first ones.
        rows.sort_by(|&x, &y| by[x].total_cmp(&by[y]));
        let listed = rows.into_iter().take(WORST).map(|row| ParityRow {
            side: self.side,
            row: self.file_rows[row],
            id: None,
            cosine: self.cosines.as_ref().map(|cosines| cosines[row]),
            overlap: overlaps[row],
        });
        listed.collect()
    }
}

/// Queries of one direction whose first answer changed; `partner` is the candidate's row of each of the reference's.
pub(crate) fn flips(
    reference: &Searchers<'_>,
    candidate: &Searchers<'_>,
    partner: &[u32],
    level: f64,
) -> Option<(Measure, Flips)> {
    let (mut changes, mut of) = (Vec::new(), Vec::new());
    let mut units = vec![false; reference.units.1];
    let (mut lost, mut won) = (0.0, 0.0);
    for (row, query) in reference.queries.iter().enumerate() {
        let now = &candidate.queries[partner[row] as usize];
        // Of a sample of queries those that both have.
        if query.is_empty() || now.is_empty() {
            continue;
        }
        let change = hit_rate(now, 1) - hit_rate(query, 1);
        lost += (-change).max(0.0);
        won += change.max(0.0);
        changes.push(change.abs());
        of.push(reference.groups.0[row]);
        units[reference.units.0[row] as usize] = true;
    }
    let queries = changes.len() as u64;
    let groups = RowGroups {
        of,
        count: reference.groups.1,
        units: units.into_iter().filter(|unit| *unit).count() as f64,
    };
    let entry = NumberKey {
        metric: MetricId::Rank1Flips,
        params: BTreeMap::new(),
        side: reference.side,
        n: queries,
        beside: (Some(0.0), None),
    };
    let statistic = groups.leaving_out(&changes);
    let side = reference.side;
    let flips = Flips {
        side,
        queries,
        lost,
        won,
    };
    (queries > 0).then(|| {
        (
            entry.over_rows((&statistic, 0.0), groups.units, level),
            flips,
        )
    })
}

/// Share of the `k` first that two lists have in common, row by row.
fn shared(one: &Lists, other: &Lists, k: usize) -> Vec<f64> {
    let lists = one.iter().zip(other);
    lists
        .map(|(one, other)| overlap(&one[..k.min(one.len())], &other[..k.min(other.len())], k))
        .collect()
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// The value at position (n - 1) q, linear between two; NaN of none.
fn quantile(ascending: &[f64], q: f64) -> f64 {
    let Some(last) = ascending.len().checked_sub(1) else {
        return f64::NAN;
    };
    let position = last as f64 * q;
    let low = ascending[position as usize];
    let next = ascending[(position as usize + 1).min(last)];
    low + position.fract() * (next - low)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_lie_between_the_values_beside_them() {
        let values = [0.1, 0.3, 0.5, 0.9];
        assert_eq!(quantile(&values, 0.0), 0.1);
        assert_eq!(quantile(&values, 1.0), 0.9);
        assert!((quantile(&values, 0.5) - 0.4).abs() < 1e-15);
        assert!((quantile(&values, 0.05) - 0.13).abs() < 1e-15);
        assert!(quantile(&[], 0.5).is_nan());
    }

    #[test]
    fn rows_that_everybody_finds_are_draws_as_well() {
        // Every row finds the same ten, of which the candidate finds the first five and five others.
        let rows = 1000;
        let (one, other): (Vec<u32>, Vec<u32>) = ((0..10).collect(), (5..15).collect());
        let beside = ParitySide {
            side: Side::Cross,
            file_rows: (0..rows).collect(),
            groups: RowGroups {
                of: (0..rows as u32).map(|row| row % 15).collect(),
                count: 15,
                units: rows as f64,
            },
            among: (0..15).collect(),
            others: 15,
            cosines: None,
            ratios: None,
            near: (vec![one; rows as usize], vec![other; rows as usize]),
            asymmetric: None,
        };
        let shared = shared(&beside.near.0, &beside.near.1, 10);
        // Rows that search do not differ: all of the error is that of the rows that are found.
        assert!(shared.iter().all(|share| *share == 0.5));
        let found = beside.variance_of_found(&beside.near.1, 10, &shared);
        // Without one that both find 4 of 9 are common, without another 5 of 9.5; single neighbours are 0.25 / 10,000.
        let moved = 5.0 * (4.0 / 9.0 - 0.5_f64).powi(2) + 10.0 * (5.0 / 9.5 - 0.5_f64).powi(2);
        let expected = 14.0 / 15.0 * moved;
        assert!((found / expected - 1.0).abs() < 0.02, "{found} {expected}");
        let entry = beside.overlaps(MetricId::TopkOverlap, &beside.near.1, 0.95);
        let error = entry[1].se.expect("an error");
        assert!((error / found.sqrt() - 1.0).abs() < 1e-9, "{error}");
    }

    #[test]
    fn each_group_is_left_out_once() {
        let groups = RowGroups {
            of: vec![0, 1, 1, 2],
            count: 3,
            units: 4.0,
        };
        let found = groups.leaving_out(&[1.0, 2.0, 4.0, 5.0]);
        assert_eq!(found.value, 3.0);
        assert_eq!(found.sizes, [1, 2, 1]);
        assert_eq!(found.leave, [11.0 / 3.0, 3.0, 7.0 / 3.0]);
    }
}
