//! Judged pairs to whether cosines order them as their scores do.

use std::collections::BTreeMap;

use crate::audit::read::found::Found;
use crate::audit::read::notes::said::Said;
use crate::audit::read::search::number::Number;
use crate::data::Positives;
use crate::metric::{MetricId, spearman_by_group};
use crate::result::{Note, NumberKey, Side, Stated};

/// Cosines that differ by less are equal: f64 tells no more.
const EXACT: f64 = 1e-12;

/// The number, and what is to be said of it. Nothing where pairs have no scores.
pub(crate) fn numbers(found: &Found<'_>) -> (Option<Number>, Vec<Note>) {
    let mut said = Said::default();
    let (Some(Positives::Pairs(pairs)), Some(cosines)) = (&found.data.positives, found.judged)
    else {
        return (None, Vec::new());
    };
    let Some(scores) = pairs.scores() else {
        return (None, Vec::new());
    };
    let (side, two) = (found.data.pair_side(), found.data.b.is_some());
    let groups_b = found.anchors(if two { Side::B } else { Side::A });
    let group = |&(i, j): &(u32, u32)| (found.groups.0[i as usize], groups_b[j as usize]);
    let touches: Vec<(u32, u32)> = pairs.list().iter().map(group).collect();
    let sizes = found.layouts.0.group_sizes();
    said.info(format!(
        "All {} scored pairs count as positives in every number but sts_spearman, whatever their score: alignment, \
         contrastive terms and retrieval mean what they say only in an audit of the pairs that belong together.",
        scores.len()
    ));
    let cosines: Vec<f64> = cosines.iter().map(|s| (s / EXACT).round()).collect();
    let Some(statistic) = spearman_by_group((&cosines, scores), &touches, sizes) else {
        said.warn(
            "sts_spearman is not measured: all scores are equal, or all cosines, and order nothing."
                .to_owned(),
        );
        return (None, said.0);
    };
    let key = NumberKey {
        metric: MetricId::StsSpearman,
        params: BTreeMap::new(),
        side,
        n: scores.len() as u64,
        beside: (Some(1.0), Some(0.0)),
    };
    let stated = Stated::correlation(&statistic, found.settings.confidence);
    (Some(key.number(stated, statistic.leave)), said.0)
}
