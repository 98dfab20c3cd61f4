//! Means over all pairs: uniformity, its test, and the mean cosine.

use std::collections::BTreeMap;

use super::estimated::estimated_uniformities;
use super::figure::Figure;
use super::found::{Found, Walked};
use super::given;
use super::measures::params;
use super::model::{Measure, Side};
use crate::data::UnitRows;
use crate::metric::{
    GroupedStatistic, MetricId, Statistic, log_mean_exp, log_mean_exp_within, mean_cosine,
    mean_cosine_within, pair_mean_by_group,
};
use crate::pass::{GramState, Layout};
use crate::theory;

/// A mean over all pairs, and what is left when a row, or a given group of rows, is left out.
enum PairMean {
    Rows(Statistic),
    Groups(GroupedStatistic),
}

impl PairMean {
    fn figure(&self, rows: u64, level: f64) -> Figure {
        match self {
            Self::Rows(statistic) => {
                Figure::over_pairs(statistic.value, statistic.se(), rows, level)
            }
            Self::Groups(statistic) => Figure::grouped(statistic, level),
        }
    }

    /// Mean of two views; `rows` are the items of the smaller one.
    fn mean(&self, other: &Self, rows: u64, level: f64) -> Option<Figure> {
        match (self, other) {
            (Self::Rows(a), Self::Rows(b)) => {
                let (value, se) = a.mean(b);
                Some(Figure::over_pairs(value, se, rows, level))
            }
            (Self::Groups(a), Self::Groups(b)) => {
                Some(Figure::grouped(&a.combine(0.5, b, 0.5), level))
            }
            _ => None,
        }
    }
}

/// Figures of every side, and of their mean where there are two views.
fn sides(found: &Found<'_>, of: impl Fn(&Walked) -> PairMean) -> Vec<(Side, Figure)> {
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
        .map(|(side, mean)| (*side, mean.figure(items(*side), level)))
        .collect();
    if let [(_, a), (_, b), ..] = &all[..]
        && let Some(mean) = a.mean(b, items(Side::Mean), level)
    {
        out.insert(2, (Side::Mean, mean));
    }
    out
}

/// uniformity{t} of one set of rows, from the sums of its own pairs.
pub(super) fn uniformity_within(state: &GramState, t: f64) -> Statistic {
    let totals = |c| state.position(c).map(|k| state.rows.totals(k));
    let rows = totals(2.0 * t).unwrap_or_default();
    log_mean_exp_within(&rows, totals(4.0 * t).as_deref(), 2.0 * t)
}

fn uniformity(found: &Found<'_>, walked: &Walked, t: f64) -> PairMean {
    let state = &walked.state;
    let within = walked.side != Side::Cross;
    if within && found.data.given.is_none() {
        return PairMean::Rows(uniformity_within(state, t));
    }
    if found.data.given.is_some() {
        return PairMean::Groups(grouped_uniformity(found, walked, t));
    }
    let c = 2.0 * t;
    let k = state.position(c).unwrap_or_default();
    let rows = state.rows.totals(k);
    let columns = state.columns.as_ref().map(|sums| sums.totals(k));
    let columns = columns.as_ref().unwrap_or(&rows);
    PairMean::Rows(log_mean_exp(&rows, columns, c, &found.counts(walked.side)))
}

/// uniformity{t} of rows that come in given groups, without each of them.
pub(super) fn grouped_uniformity(found: &Found<'_>, walked: &Walked, t: f64) -> GroupedStatistic {
    let (state, c) = (&walked.state, 2.0 * t);
    let k = state.position(c).unwrap_or_default();
    let rows = state.rows.totals(k);
    let columns = state.columns.as_ref().map(|sums| sums.totals(k));
    let columns = columns.as_ref().unwrap_or(&rows);
    // Views with given groups are aligned: one layout is that of both.
    let (layout, group_of) = (&found.layouts.0, &found.groups.0);
    let inside: Vec<f64> = (0..layout.group_sizes().len())
        .map(|g| inside(state, k, g, group_of))
        .collect();
    pair_mean_by_group(
        (&rows, columns),
        &inside,
        group_of,
        layout.group_sizes(),
        |mean| mean.ln() - c,
    )
}

/// Sum over the ordered pairs inside group `g`.
fn inside(state: &GramState, k: usize, g: usize, group_of: &[u32]) -> f64 {
    let sums = state.rows.group(k, g).iter().zip(state.rows.order());
    sums.filter(|(_, row)| group_of[**row as usize] as usize == g)
        .map(|(sum, _)| sum)
        .sum()
}

/// uniformity{t} of every side, and of the mean of two views.
pub(super) fn uniformity_of_views(found: &Found<'_>, t: f64) -> Vec<(Side, Figure)> {
    match found.estimated {
        Some(estimated) => estimated_uniformities(found, estimated, t),
        None => sides(found, |walked| uniformity(found, walked, t)),
    }
}

pub(super) fn uniformities(found: &Found<'_>, out: &mut Vec<Measure>) {
    let ideals = |t| theory::uniformity_of_uniform(found.dim(), t);
    let mut tests = Vec::new();
    for &t in &found.settings.ts {
        for (side, figure) in uniformity_of_views(found, t) {
            let n = found.rows(side);
            if matches!(side, Side::A | Side::B) {
                tests.push(test(found, t, (side, n), figure));
            }
            out.push(figure.measure(
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
fn test(found: &Found<'_>, t: f64, (side, n): (Side, u64), uniformity: Figure) -> Measure {
    let ideal = theory::uniformity_of_uniform(found.dim(), t);
    let null = theory::uniformity_null_sd(found.dim(), t, n);
    // In units of the ideal potential: e^ideal may be too small for f64 where the ratio is not.
    let z = |value: f64| (value - ideal).exp_m1() / null.log;
    let value = uniformity.value;
    let mut figure = Figure::plain(z(value));
    if let Some(monte_carlo) = uniformity.monte_carlo() {
        figure = figure.estimated((z(value + monte_carlo) - z(value)).abs());
    }
    figure.measure(
        MetricId::UniformityZ,
        params("t", t),
        (side, n),
        (Some(0.0), Some(z(0.0))),
    )
}

pub(super) fn mean_cosines(found: &Found<'_>, out: &mut Vec<Measure>) {
    let cosines = found.cosines;
    let of = |walked: &Walked| {
        let (rows, columns) = cosines.of(walked.side);
        match cosines.within.get(&walked.side) {
            Some(within) => PairMean::Groups(pair_mean_by_group(
                (rows, columns),
                within,
                &found.groups.0,
                found.layouts.0.group_sizes(),
                |mean| mean,
            )),
            None => PairMean::Rows(match cosines.spread.get(&walked.side) {
                Some(&spread) => mean_cosine_within(rows, spread),
                None => mean_cosine(rows, columns, &found.counts(walked.side)),
            }),
        }
    };
    for (side, figure) in sides(found, of) {
        let ideal = Some(theory::IDEAL_MEAN_COSINE);
        out.push(figure.measure(
            MetricId::MeanCosine,
            BTreeMap::new(),
            (side, found.rows(side)),
            (ideal, Some(1.0)),
        ));
    }
}

/// For each side the sum of the cosines inside each given group.
pub(super) fn cosines_within(
    a: &UnitRows,
    b: Option<&UnitRows>,
    layout: &Layout,
) -> BTreeMap<Side, Vec<f64>> {
    let (group_of, groups) = (layout.group_of_rows(), layout.group_sizes().len());
    let within = |x, y| given::cosines_within(x, y, &group_of, groups);
    let mut out = BTreeMap::from([(Side::A, within(a, a))]);
    if let Some(b) = b {
        out.insert(Side::B, within(b, b));
        out.insert(Side::Cross, within(a, b));
    }
    out
}
