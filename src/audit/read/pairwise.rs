//! Means over all pairs: uniformity, its test, and the mean cosine.

use std::collections::BTreeMap;

use crate::audit::grouping::Grouping;
use crate::audit::read::estimate::pair_means::{SeenMean, seen_mean};
use crate::audit::read::found::Found;
use crate::audit::states::walked::Walked;
use crate::estimate::{evened, jackknife_of_pairs};
use crate::metric::{
    MetricId, PairTable, Statistic, log_mean_exp, log_mean_exp_within, mean_cosine,
    mean_cosine_within, pair_mean_by_item,
};
use crate::pass::GramState;
use crate::result::params;
use crate::result::{Measure, Side, Stated};
use crate::theory;

/// A mean over all pairs, and what is left when a row, or an item, is left out.
enum PairMean {
    Rows(Statistic),
    Items {
        value: f64,
        /// Without each item, its move evened.
        leave: Vec<f64>,
        /// Variance that leaving items out counts too often.
        excess: f64,
    },
    Seen(SeenMean),
}

impl PairMean {
    fn stated(&self, rows: u64, level: f64) -> Stated {
        match self {
            Self::Rows(statistic) => {
                Stated::over_pairs(statistic.value, statistic.se(), rows, level)
            }
            Self::Items {
                value,
                leave,
                excess,
            } => Stated::over_items((*value, leave), *excess, level),
            Self::Seen(mean) => mean.stated(rows, level),
        }
    }

    /// Mean of two views; `rows` are the items of the smaller one.
    fn mean(&self, other: &Self, rows: u64, level: f64) -> Option<Stated> {
        match (self, other) {
            (Self::Rows(a), Self::Rows(b)) => {
                let (value, se) = a.mean(b);
                Some(Stated::over_pairs(value, se, rows, level))
            }
            (
                Self::Items {
                    value: x,
                    leave: xs,
                    excess: a,
                },
                Self::Items {
                    value: y,
                    leave: ys,
                    excess: b,
                },
            ) => {
                let leave: Vec<f64> = xs.iter().zip(ys).map(|(x, y)| (x + y) / 2.0).collect();
                let value = (x + y) / 2.0;
                // What is too much in both is too much in their mean; apart it would be half of that.
                Some(Stated::over_items((value, &leave), (a + b) / 4.0, level))
            }
            (Self::Seen(a), Self::Seen(b)) => Some(a.mean(b).stated(rows, level)),
            _ => None,
        }
    }
}

/// Figures of every side, and of their mean where there are two views.
fn sides(found: &Found<'_>, of: impl Fn(&Walked) -> PairMean) -> Vec<(Side, Stated)> {
    let level = found.settings.confidence;
    let items = |side| match side {
        Side::B => found.rows(Side::B),
        Side::A => found.rows(Side::A),
        Side::Mean | Side::Cross => found.rows(Side::A).min(found.rows(Side::B)),
    };
    let all: Vec<(Side, PairMean)> = found
        .walked
        .iter()
        .map(|walked| (walked.side, of(walked)))
        .collect();
    let mut out: Vec<_> = all
        .iter()
        .map(|(side, mean)| (*side, mean.stated(items(*side), level)))
        .collect();
    if let [(_, a), (_, b), ..] = &all[..]
        && let Some(mean) = a.mean(b, items(Side::Mean), level)
    {
        out.insert(2, (Side::Mean, mean));
    }
    out
}

/// uniformity{t} of one set of rows, from the sums of its own pairs.
pub(crate) fn uniformity_within(state: &GramState, t: f64) -> Statistic {
    let rows = state.rows.totals(state.at(2.0 * t));
    // Where it is steep, 4t is not walked.
    let squares = state.position(4.0 * t).map(|k| state.rows.totals(k));
    log_mean_exp_within(&rows, squares.as_deref(), 2.0 * t)
}

fn uniformity(found: &Found<'_>, walked: &Walked, t: f64) -> PairMean {
    let (state, side, c) = (&walked.state, walked.side, 2.0 * t);
    if let Some(seen) = found.seen(side) {
        return PairMean::Seen(seen_mean(found, walked, seen, c));
    }
    if found.data.grouping.is_none() && side != Side::Cross {
        return PairMean::Rows(uniformity_within(state, t));
    }
    let k = state.at(c);
    let rows = state.rows.totals(k);
    let columns = state.columns.as_ref().map(|sums| sums.totals(k));
    let columns = columns.as_ref().unwrap_or(&rows);
    if found.data.grouping.is_none() {
        return PairMean::Rows(log_mean_exp(&rows, columns, c, &found.counts(side)));
    }
    let finish = |mean: f64| mean.ln() - c;
    let noise = |mean: f64, noise: f64| noise / (mean * mean);
    over_items(
        found,
        side,
        (&rows, columns),
        uniformity_table(found, walked, t),
        (finish, noise),
    )
}

/// A mean over pairs of rows of different items; `finish` makes the statistic of the mean, and its variance of the
/// mean's.
fn over_items(
    found: &Found<'_>,
    side: Side,
    sums: (&[f64], &[f64]),
    table: PairTable,
    (finish, variance): (impl Fn(f64) -> f64, impl Fn(f64, f64) -> f64),
) -> PairMean {
    let (rows, columns) = found.partners(side);
    let grouping = found.data.grouping.as_ref();
    let count = grouping.map_or(0, Grouping::count);
    let items = found.data.items_of(side).unwrap_or_default();
    let (mean, _) = pair_mean_by_item(sums, (&rows, &columns), items, count, |mean| mean);
    let (value, mut leave) = pair_mean_by_item(sums, (&rows, &columns), items, count, finish);
    let pairs: f64 = rows.iter().sum();
    let mut touched = vec![0.0; count];
    let partners = items
        .0
        .iter()
        .zip(&rows)
        .chain(items.1.iter().zip(&columns));
    partners.for_each(|(&item, partners)| touched[item as usize] += partners / pairs);
    for (left, weight) in leave.iter_mut().zip(evened(&touched)) {
        *left = value + weight * (*left - value);
    }
    let noise = variance(mean, table.noise().unwrap_or(0.0));
    PairMean::Items {
        value,
        leave,
        excess: (jackknife_of_pairs(count) - 1.0) * noise,
    }
}

/// Sums of e^(2 t cos) by jackknife groups, where rows come in items.
pub(crate) fn uniformity_table(found: &Found<'_>, walked: &Walked, t: f64) -> PairTable {
    let k = walked.state.at(2.0 * t);
    let negatives = found.negatives_by_group(walked.side);
    sums_by_groups(found, walked, (k, &negatives), |_| 1.0)
}

/// The sums of the k-th coefficient by jackknife groups, those of row i times `weight(i)`, as its partners in them are, of which
/// it has `negatives[g][i]` in group g.
pub(crate) fn sums_by_groups(
    found: &Found<'_>,
    walked: &Walked,
    (k, negatives): (usize, &[Vec<f64>]),
    weight: impl Fn(usize) -> f64,
) -> PairTable {
    let anchors = found.anchors(walked.side);
    let rows = &walked.state.rows;
    let mut sums = vec![vec![0.0; negatives.len()]; negatives.len()];
    for h in 0..negatives.len() {
        for (sum, &row) in rows.group(k, h).iter().zip(rows.order()) {
            sums[anchors[row as usize] as usize][h] += sum * weight(row as usize);
        }
    }
    PairTable {
        sums,
        counts: found.pair_counts(walked.side, negatives),
    }
}

/// uniformity{t} of every side, and of the mean of two views.
pub(crate) fn uniformity_of_views(found: &Found<'_>, t: f64) -> Vec<(Side, Stated)> {
    sides(found, |walked| uniformity(found, walked, t))
}

pub(crate) fn uniformities(found: &Found<'_>, out: &mut Vec<Measure>) {
    let ideals = |t| theory::uniformity_of_uniform(found.dim(), t);
    let mut tests = Vec::new();
    for &t in &found.settings.ts {
        for (side, stated) in uniformity_of_views(found, t) {
            let n = found.rows(side);
            if matches!(side, Side::A | Side::B) {
                tests.push(test(found, t, (side, n), stated));
            }
            out.push(stated.measure(
                MetricId::Uniformity,
                params("t", t),
                (side, n),
                (Some(ideals(t)), Some(0.0)),
            ));
        }
    }
    out.extend(tests);
}

/// The test of uniformity: how many of its standard deviations under the uniform law the mean potential is away.
fn test(found: &Found<'_>, t: f64, (side, n): (Side, u64), uniformity: Stated) -> Measure {
    let ideal = theory::uniformity_of_uniform(found.dim(), t);
    let null = theory::uniformity_null_sd(found.dim(), t, n);
    // In units of the ideal potential: e^ideal may be too small for f64 where the ratio is not.
    let z = |value: f64| (value - ideal).exp_m1() / null.log;
    let value = uniformity.value;
    let mut stated = Stated::plain(z(value));
    if let Some(monte_carlo) = uniformity.monte_carlo() {
        stated = stated.estimated((z(value + monte_carlo) - z(value)).abs());
    }
    stated.measure(
        MetricId::UniformityZ,
        params("t", t),
        (side, n),
        (Some(0.0), Some(z(0.0))),
    )
}

pub(crate) fn mean_cosines(found: &Found<'_>, out: &mut Vec<Measure>) {
    let cosines = found.cosines;
    let of = |walked: &Walked| {
        let side = walked.side;
        let (rows, columns) = cosines.of(side);
        match (cosines_table(found, side), cosines.spread.get(&side)) {
            (Some(table), _) => over_items(
                found,
                side,
                (rows, columns),
                table,
                (|mean| mean, |_, noise| noise),
            ),
            (None, Some(&spread)) => PairMean::Rows(mean_cosine_within(rows, spread)),
            (None, None) => PairMean::Rows(mean_cosine(rows, columns, &found.counts(side))),
        }
    };
    for (side, stated) in sides(found, of) {
        let ideal = Some(theory::IDEAL_MEAN_COSINE);
        out.push(stated.measure(
            MetricId::MeanCosine,
            BTreeMap::new(),
            (side, found.rows(side)),
            (ideal, Some(1.0)),
        ));
    }
}

/// Sums of cosines by jackknife groups, where rows come in items.
pub(crate) fn cosines_table(found: &Found<'_>, side: Side) -> Option<PairTable> {
    let sums = found.cosines.by_groups.get(&side)?.clone();
    Some(PairTable {
        sums,
        counts: found.pair_counts(side, &found.negatives_by_group(side)),
    })
}

/// Mean cosine of the rows of one group, where the user named the groups: they are left out of all else, and an encoder
/// that maps each group to one point shows here.
pub(crate) fn group_cosines(found: &Found<'_>, out: &mut Vec<Measure>) {
    let Some(grouping) = found.data.grouping.as_ref().filter(|items| items.named) else {
        return;
    };
    for (&side, within) in &found.cosines.within {
        let second = side == Side::B;
        let sizes = grouping.sizes(second);
        let mut sums = vec![0.0; sizes.len()];
        for (sum, &item) in within.iter().zip(grouping.of(second)) {
            sums[item as usize] += sum;
        }
        let pairs = |size: u64| (size * size.saturating_sub(1)) as f64;
        let parts = || sums.iter().zip(&sizes).filter(|(_, size)| **size > 1);
        let total: f64 = parts().map(|(sum, _)| sum).sum();
        let all: f64 = parts().map(|(_, size)| pairs(*size)).sum();
        if all == 0.0 {
            continue;
        }
        let without = |(sum, size): (&f64, &u64)| (total - sum) / (all - pairs(*size));
        let leave: Vec<f64> = parts().map(without).collect();
        let level = found.settings.confidence;
        out.push(
            Stated::over_items((total / all, &leave), 0.0, level).measure(
                MetricId::GroupCosine,
                BTreeMap::new(),
                (side, (all / 2.0) as u64),
                (None, Some(1.0)),
            ),
        );
    }
}
