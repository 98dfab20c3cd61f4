//! Rows that are to blame for who is near them: hubs, pairs that should be none, copies in another group.

use crate::audit::read::offenders::lists::{Blamed, Lists};
use crate::audit::read::offenders::nearest::nearest;
use crate::audit::read::offenders::partners::RowPositives;
use crate::audit::states::States;
use crate::audit::states::offending::{LISTED, ListedPairs, NEAREST, RowPair};
use crate::result::{Offence, Side};

/// Cosine above which rows of two groups, or parts of a split, count as near copies.
const NEAR_COPY: f64 = 0.99;

/// Rows that are among the nearest of twice as many others as there are places, or of none.
pub(crate) fn hubs(states: &States, lists: &mut Lists<'_>) {
    for (side, view) in states.facts.views() {
        let Some(near) = nearest(&states.walked, &states.offending.nearest, side) else {
            continue;
        };
        let mut counts = vec![0_u32; view.rows()];
        near.flat_map(|(_, list)| list)
            .for_each(|(row, _)| counts[*row as usize] += 1);
        let rows = |wanted: &dyn Fn(usize) -> bool| -> Vec<Blamed> {
            let rows = (0..).zip(&counts);
            let rows = rows.filter(|(_, count)| wanted(**count as usize));
            rows.map(|(row, count)| Blamed::alone(row, f64::from(*count)))
                .collect()
        };
        let mut hubs = rows(&|count| count >= 2 * NEAREST);
        hubs.sort_by(|x, y| y.value.total_cmp(&x.value));
        lists.rows((Offence::Hub, side), Some(hubs.len()), hubs);
        let antihubs = rows(&|count| count == 0);
        lists.rows((Offence::Antihub, side), Some(antihubs.len()), antihubs);
    }
}

/// Whatever needs positives.
pub(crate) fn positives(states: &States, lists: &mut Lists<'_>) {
    let (facts, found) = (&states.facts, &states.offending);
    let Some(partners) = RowPositives::of(facts) else {
        lists.without(
            "No positives were given, so worst positives, false negatives and misses are left out; give --pairs, \
             --labels or a second view."
                .to_owned(),
        );
        return;
    };
    let other = facts.b.as_ref().map_or(Side::A, |_| Side::B);
    for &(side, ref misses) in &found.misses {
        let other = if side == Side::A { other } else { Side::A };
        lists.pairs((Offence::Miss, side), misses, other);
    }
    let Some(of) = &found.positives else {
        lists.without(format!(
            "Labels make {} positive pairs, so the worst of them and false negatives are left out; give --pairs.",
            facts.positive_pairs()
        ));
        return;
    };
    let worst = of.worst.iter();
    let worst = worst.map(|pair| Blamed::beside(pair, other));
    lists.rows((Offence::WorstPositive, Side::A), None, worst);
    let side = facts.pair_side();
    let items = facts.items_of(side);
    let alike = |i: u32, j: u32| {
        let item = items.is_some_and(|(a, b)| a[i as usize] == b[j as usize]);
        item || partners.are(false, i, j)
    };
    let near = pairs(states, side, |pair| {
        pair.value > of.low && !alike(pair.row, pair.other)
    });
    lists.pairs((Offence::FalseNegative, Side::A), &near, other);
}

/// Near copies in another group than their own, where groups were named, and in another part of a split.
pub(crate) fn copies_across(states: &States, lists: &mut Lists<'_>) {
    let facts = &states.facts;
    match &facts.split {
        Some(parts) => copies_apart(states, Offence::CopyAcrossSplits, |_| Some(parts), lists),
        None => lists.without(
            "No split was given, so copies across its parts are left out; give --split.".to_owned(),
        ),
    }
    if !facts.grouping.as_ref().is_some_and(|groups| groups.named) {
        lists.without(
            "No groups were named, so copies across groups are left out; give --groups.".to_owned(),
        );
        return;
    }
    let groups = |side| facts.items_of(side).map(|(items, _)| items);
    copies_apart(states, Offence::CopyAcrossGroups, groups, lists);
}

/// Near copies of which `parts` says that they are apart.
fn copies_apart<'a>(
    states: &'a States,
    kind: Offence,
    parts: impl Fn(Side) -> Option<&'a [u32]>,
    lists: &mut Lists<'_>,
) {
    let facts = &states.facts;
    // Only the rows of the first file were named, and those of a second that is the same items.
    for (side, _) in facts
        .views()
        .filter(|(side, _)| *side == Side::A || facts.aligned)
    {
        let Some(parts) = parts(side) else {
            continue;
        };
        let near = pairs(states, side, |pair| {
            pair.value > NEAR_COPY && parts[pair.row as usize] != parts[pair.other as usize]
        });
        lists.pairs((kind, side), &near, side);
    }
}

/// The pairs of a row and one of its ten nearest that are `wanted`, each once, the nearest first.
fn pairs(states: &States, side: Side, wanted: impl Fn(&RowPair) -> bool) -> ListedPairs {
    let near = nearest(&states.walked, &states.offending.nearest, side);
    let one_view = side != Side::Cross;
    let of_row = |(row, list): (u32, &[(u32, f32)])| {
        let pairs = list.iter().map(move |&(other, cosine)| RowPair {
            row,
            other,
            value: f64::from(cosine),
        });
        let pairs = pairs.filter(|pair| wanted(pair));
        let turned = pairs.map(|pair| match one_view {
            true => RowPair {
                row: pair.row.min(pair.other),
                other: pair.row.max(pair.other),
                ..pair
            },
            false => pair,
        });
        turned.collect::<Vec<_>>()
    };
    let mut pairs: Vec<RowPair> = near.into_iter().flatten().flat_map(of_row).collect();
    pairs.sort_unstable_by(|x, y| {
        let by_rows = x.rows().cmp(&y.rows());
        by_rows.then(y.value.total_cmp(&x.value))
    });
    pairs.dedup_by_key(|pair| pair.rows());
    pairs.sort_by(|x, y| y.value.total_cmp(&x.value));
    let all = pairs.len() as u64;
    pairs.truncate(LISTED);
    ListedPairs { all, listed: pairs }
}
