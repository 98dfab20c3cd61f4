//! Cosines of the positive pairs: the worst, and from where on a pair that is none looks like one.

use crate::audit::prepare::Prepared;
use crate::audit::states::offending::{MOST_PAIRS, PositiveCosines, RowPair, extremes};
use crate::backend::{Backend, on_host};
use crate::data::{Groups, Positives};
use crate::pass::pair_cosines;

/// One in so many positive pairs may lie below what counts as suspiciously near.
const LOW: usize = 20;

/// None without positives, or where labels make more than 4,194,304 pairs.
///
/// Cost: one reading of the positive pairs.
pub(super) fn positives(data: &Prepared, backend: &dyn Backend) -> Option<PositiveCosines> {
    let b = data.b.as_ref().unwrap_or(&data.a);
    let pairs: Vec<(u32, u32)> = match data.facts.positives.as_ref()? {
        Positives::Pairs(pairs) => {
            let distinct = pairs.distinct(data.b.is_none()).into_iter();
            distinct.map(|(pair, _)| pair).collect()
        }
        Positives::Groups(groups) if groups.pairs() <= MOST_PAIRS => of_classes(groups),
        Positives::Groups(_) => return None,
    };
    let cosines = on_host(backend, || pair_cosines((&data.a, b), &pairs));
    let mut order: Vec<RowPair> = cosines
        .into_iter()
        .zip(pairs)
        .map(|(value, (row, other))| RowPair { row, other, value })
        .collect();
    order.sort_unstable_by(|x, y| {
        let by_cosine = x.value.total_cmp(&y.value);
        by_cosine.then(x.rows().cmp(&y.rows()))
    });
    let count = order.len();
    let low = order.get(count.div_ceil(LOW).checked_sub(1)?)?.value;
    let worst = order.iter().take(extremes(count));
    Some(PositiveCosines {
        low,
        worst: worst.copied().collect(),
    })
}

/// All pairs of rows of one class.
fn of_classes(groups: &Groups) -> Vec<(u32, u32)> {
    let of = |members: &[u32]| {
        let pairs = members.iter().enumerate();
        let pairs = pairs.flat_map(|(k, &i)| members[k + 1..].iter().map(move |&j| (i, j)));
        pairs.collect::<Vec<_>>()
    };
    groups.members().iter().flat_map(|m| of(m)).collect()
}
