//! Labelled rows to class separation and the accuracy of class means.

use std::collections::BTreeMap;

use crate::audit::read::found::Found;
use crate::audit::read::notes::said::Said;
use crate::audit::read::search::number::Number;
use crate::audit::states::classes::{
    ClassCosines, Classes, MOST_CLASSES, NearestHits, NearestMeans,
};
use crate::estimate::Surroundings;
use crate::metric::{GroupedStatistic, MetricId};
use crate::num;
use crate::result::{NumberKey, Side, Stated};

/// Nothing where nothing was asked.
pub(crate) fn numbers(found: &Found<'_>, said: &mut Said) -> Vec<Number> {
    if !found.settings.classes {
        return Vec::new();
    }
    let Some(classes) = &found.on_request.classes else {
        said.warn(
            "Classes were asked for and are not measured: rows have no labels. Give --labels."
                .to_owned(),
        );
        return Vec::new();
    };
    let sizes = found.layouts.0.group_sizes();
    let key = |metric, n, beside| NumberKey {
        metric,
        params: BTreeMap::new(),
        side: Side::A,
        n,
        beside,
    };
    let mut out = Vec::new();
    match separation(&classes.cosines[0]) {
        Some(value) => {
            let left = classes.cosines[1..].iter();
            let statistic = GroupedStatistic {
                value,
                leave: left
                    .map(|sums| separation(sums).unwrap_or(f64::NAN))
                    .collect(),
                sizes: sizes.to_vec(),
            };
            // Classes at the corners of a simplex.
            let ideal = 1.0 + 1.0 / (classes.count as f64 - 1.0);
            let beside = (Some(ideal), Some(0.0));
            let rows = found.rows(Side::A);
            let key = key(MetricId::ClassSeparation, rows, beside);
            out.push(key.grouped(found, statistic, 0.0));
        }
        None => said.warn(
            "class_separation is not measured: it needs two classes, and one with two items."
                .to_owned(),
        ),
    }
    match &classes.nearest {
        None => said.warn(format!(
            "class_mean_accuracy is not measured: {} classes, and at most {} means are compared.",
            num::count(classes.count),
            num::count(MOST_CLASSES)
        )),
        Some(nearest) => out.extend(accuracy(found, classes, nearest, key)),
    }
    out
}

/// Mean cosine within classes less that between.
fn separation(sums: &ClassCosines) -> Option<f64> {
    let mean = |(sum, pairs): (f64, f64)| (pairs > 0.0).then(|| sum / pairs);
    let between = (sums.all.0 - sums.within.0, sums.all.1 - sums.within.1);
    Some(mean(sums.within)? - mean(between)?)
}

fn accuracy(
    found: &Found<'_>,
    classes: &Classes,
    nearest: &NearestMeans,
    key: impl Fn(MetricId, u64, (Option<f64>, Option<f64>)) -> NumberKey,
) -> Option<Number> {
    let share = |(right, asked): NearestHits| right as f64 / asked as f64;
    let add = |sum: NearestHits, of: &NearestHits| (sum.0 + of.0, sum.1 + of.1);
    let whole = nearest.by_group.iter().fold((0, 0), add);
    if whole.1 == 0 || classes.count < 2 {
        return None;
    }
    let others = |own: &NearestHits| share((whole.0 - own.0, whole.1 - own.1));
    let fewer = GroupedStatistic {
        value: share(whole),
        leave: nearest.by_group.iter().map(others).collect(),
        sizes: found.layouts.0.group_sizes().to_vec(),
    };
    let left: Vec<f64> = nearest.without.iter().map(|told| share(*told)).collect();
    let surroundings = Surroundings {
        left: &left,
        fewer: &fewer.leave,
        scatter: nearest.scatter,
    };
    let rows = fewer.jackknife().map(|rows| rows.se);
    let means = surroundings.variance();
    let se = rows
        .zip(means)
        .map(|(rows, means)| rows.hypot(means.sqrt()));
    let items = match &found.data.grouping {
        Some(grouping) => (grouping.count() as u64).min(whole.1),
        None => whole.1,
    };
    let draws = (items as f64, left.len() as f64 - 1.0);
    let level = found.settings.confidence;
    let stated = Stated::share(fewer.value, se, draws, level);
    let key = key(MetricId::ClassMeanAccuracy, whole.1, (Some(1.0), Some(0.0)));
    // As of retrieval: differences take the means as they are.
    Some(key.number(stated, fewer.leave))
}
