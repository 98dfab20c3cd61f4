//! Mean vectors to whether two views share one space.

use std::collections::BTreeMap;

use super::number::Number;
use crate::audit::read::found::Found;
use crate::audit::states::searched::GroupProducts;
use crate::metric::{GroupedStatistic, MetricId, Space, space};
use crate::result::{NumberKey, Side};

/// One of the numbers.
type Read = fn(&Space) -> f64;

pub(crate) fn numbers(found: &Found<'_>, groups: &GroupProducts) -> Vec<Number> {
    let tables = (&groups.aa[..], &groups.bb[..], &groups.ab[..]);
    let sizes = (found.layouts.0.group_sizes(), found.layouts.1.group_sizes());
    let whole = space(tables, sizes, None);
    let left: Vec<Space> = (0..sizes.0.len())
        .map(|g| space(tables, sizes, Some(g)))
        .collect();
    let wanted: [(MetricId, Read, Option<f64>); 3] = [
        (MetricId::SpaceCosine, |space| space.cosine, Some(1.0)),
        (MetricId::ModalityGap, |space| space.gap, Some(0.0)),
        (MetricId::ModalityGapRatio, |space| space.ratio, None),
    ];
    wanted
        .into_iter()
        .map(|(metric, of, collapsed)| {
            let statistic = GroupedStatistic {
                value: of(&whole),
                leave: left.iter().map(of).collect(),
                sizes: sizes.0.to_vec(),
            };
            let key = NumberKey {
                metric,
                params: BTreeMap::new(),
                side: Side::Cross,
                n: found.rows(Side::Cross),
                beside: (None, collapsed),
            };
            key.grouped(found, statistic, 0.0)
        })
        .collect()
}
