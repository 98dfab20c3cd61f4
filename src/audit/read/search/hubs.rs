//! Nearest rows to hubs and antihubs.

use super::number::{Number, with_k};
use crate::audit::facts::operands;
use crate::audit::read::found::Found;
use crate::audit::read::notes::said::{Said, prefix};
use crate::audit::states::searched::{HUB_NEIGHBOURS, Searched};
use crate::metric::{GroupedStatistic, Hubs, MetricId, all_to_the_first, hubs, occurrences};
use crate::pass::SearchState;
use crate::result::{NumberKey, Side};

/// Each number of [`Hubs`].
type Of = fn(&Hubs) -> f64;
const WANTED: [(MetricId, Of); 5] = [
    (MetricId::HubnessSkewness, |hubs| hubs.skewness),
    (MetricId::RobinHood, |hubs| hubs.robin_hood),
    (MetricId::Antihubs, |hubs| hubs.antihubs),
    (MetricId::HubShare, |hubs| hubs.hub_share),
    (MetricId::MaxOccurrence, |hubs| hubs.max),
];

/// Nothing of sides whose nearest rows were not kept.
pub(super) fn numbers(found: &Found<'_>, searched: &Searched, said: &mut Said) -> Vec<Number> {
    let sides = searched.counted(found.walked).into_iter();
    let sides: Vec<HubSide<'_>> = sides
        .filter_map(|counted| HubSide::of(found, counted, &searched.uniform, said))
        .collect();
    let mut out = Vec::new();
    for (metric, of) in WANTED {
        out.extend(sides.iter().map(|seen| seen.number(found, metric, of)));
    }
    out
}

/// One side.
struct HubSide<'a> {
    side: Side,
    rows: u64,
    whole: Hubs,
    /// Without each jackknife group.
    left: Vec<Option<Hubs>>,
    sizes: &'a [usize],
    /// Of as many uniform rows, or of 2,000.
    uniform: Option<(Hubs, u64)>,
    collapsed: Option<Hubs>,
}

impl<'a> HubSide<'a> {
    fn of(
        found: &Found<'a>,
        (side, counts): (Side, &SearchState),
        uniform: &[(Side, Vec<u64>)],
        said: &mut Said,
    ) -> Option<Self> {
        let lists = counts.nearest.clone().into_lists();
        let of = |second: bool| if second { Side::B } else { Side::A };
        let (queries, rows) = operands(side);
        let (queries, rows) = (of(queries), of(rows));
        let (from, to) = (found.rows(queries) as usize, found.rows(rows) as usize);
        if lists.len() != from {
            return None;
        }
        let k = HUB_NEIGHBOURS;
        let within = side != Side::Cross;
        if to <= k + usize::from(within) {
            said.info(format!(
                "{}hubs are not measured: every row is among the {k} nearest of every other of {to}.",
                prefix(found, side)
            ));
            return None;
        }
        let lists: Vec<Vec<u32>> = lists
            .into_iter()
            .map(|list| list.into_iter().map(|(row, _)| row).collect())
            .collect();
        let (of_queries, of_rows) = (found.anchors(queries), found.anchors(rows));
        let sizes = found.layout(side).group_sizes();
        let without = |g: usize| {
            let keep = (
                |query: usize| of_queries[query] as usize != g,
                |row: usize| of_rows[row] as usize != g,
            );
            hubs(&occurrences(&lists, k, to, keep))
        };
        let alike = uniform.iter().find(|(of, _)| *of == side);
        Some(Self {
            side,
            rows: to as u64,
            whole: hubs(&occurrences(&lists, k, to, (|_| true, |_| true)))?,
            left: (0..sizes.len()).map(without).collect(),
            sizes,
            uniform: alike.and_then(|(_, counts)| Some((hubs(counts)?, counts.len() as u64))),
            collapsed: hubs(&all_to_the_first(from, k, to, within)),
        })
    }

    fn number(&self, found: &Found<'_>, metric: MetricId, of: Of) -> Number {
        let uniform = self.uniform.as_ref().filter(|(_, rows)| {
            // The greatest hub grows with the number of rows; the rest hardly moves.
            metric != MetricId::MaxOccurrence || *rows == self.rows
        });
        let left = self.left.iter();
        let statistic = GroupedStatistic {
            value: of(&self.whole),
            leave: left
                .map(|left| left.as_ref().map_or(f64::NAN, of))
                .collect(),
            sizes: self.sizes.to_vec(),
        };
        let key = NumberKey {
            metric,
            params: with_k(Some(HUB_NEIGHBOURS as u64)),
            side: self.side,
            n: self.rows,
            beside: (
                uniform.map(|(hubs, _)| of(hubs)),
                self.collapsed.as_ref().map(of),
            ),
        };
        key.grouped(found, statistic, self.rows as f64)
    }
}
