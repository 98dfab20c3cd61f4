//! Who searches in which view, and where the positives of each query stand.

use super::number::units;
use crate::audit::read::found::Found;
use crate::audit::states::queries::{DrawnQueries, Queries};
use crate::audit::states::searched::{Asked, Searched};
use crate::metric::Standing;
use crate::pass::{Above, InGroup};
use crate::result::Side;

/// Rows that look for their positives.
pub(crate) struct Searchers<'a> {
    pub(crate) side: Side,
    /// For each row where its positives stand; none where it has none.
    pub(crate) queries: Vec<Vec<Standing>>,
    /// For each row what that is made of.
    pub(super) seen: Vec<Query<'a>>,
    /// Rows that each is compared with.
    pub(super) searched: u64,
    /// The unit of each row that is drawn at once, and how many there are.
    pub(crate) units: (Vec<u32>, usize),
    /// The jackknife group of each row, and how many there are.
    pub(crate) groups: (&'a [u32], usize),
}

/// Cosines of unit rows that f64 cannot tell apart.
const EXACT: f64 = 1e-12;

/// Rows above a positive from which on a group of them less moves no number: the reciprocal rank by 5e-5.
const NEAR: u64 = 1000;

/// One positive of a query, on its way to a [`Standing`].
#[derive(Clone)]
pub(super) struct SeenPositive<'a> {
    pub(super) cosine: f64,
    pub(super) counted: Above,
    pub(super) gain: f64,
    /// Its jackknife group.
    pub(super) group: u32,
    /// What of `counted` is in each group.
    pub(super) in_groups: &'a [InGroup],
}

/// The positives of one query.
#[derive(Clone, Default)]
pub(super) struct Query<'a> {
    pub(super) seen: Vec<SeenPositive<'a>>,
    /// Between two views positives were left out of the counts: the query's other positives are yet to be counted. Their
    /// cosines are known in f64, and differ by more than this, or not at all.
    pub(super) apart: Option<f64>,
}

/// Of all rows with a positive, or of those that were drawn; nothing where no positions were counted.
pub(crate) fn searchers<'a>(found: &Found<'a>, searched: &'a Searched) -> Vec<Searchers<'a>> {
    match found.queries {
        Some(queries) => drawn(found, searched, queries),
        None => all(found, searched),
    }
}

fn all<'a>(found: &Found<'a>, searched: &'a Searched) -> Vec<Searchers<'a>> {
    let (two, asked) = (found.data.b.is_some(), &searched.asked);
    let Some(state) = searched.of_positives(found.walked, two) else {
        return Vec::new();
    };
    let counted = asked.positives.len();
    if counted == 0 || state.from_rows.len() != counted || state.from_columns.len() != counted {
        return Vec::new();
    }
    let (n, m) = (found.rows(Side::A), found.rows(Side::B));
    let mut first: Vec<Vec<SeenPositive<'a>>> = vec![Vec::new(); n as usize];
    let mut second: Vec<Vec<SeenPositive<'a>>> = vec![Vec::new(); m as usize];
    let (of_a, of_b) = (&found.groups.0, &found.groups.1);
    let of_other = if two { of_b } else { of_a };
    let from_row = counts(&state.from_rows, &state.from_rows_by_group);
    let from_column = counts(&state.from_columns, &state.from_columns_by_group);
    let seen = listed(asked).zip(from_row.zip(from_column));
    for (((i, j), positive), (from_row, from_column)) in seen {
        first[i as usize].push(positive(from_row, of_other[j as usize]));
        let other = if two { &mut second } else { &mut first };
        other[j as usize].push(positive(from_column, of_a[i as usize]));
    }
    let mut out = vec![Searchers::new(found, searched, Side::A, first)];
    if two {
        out.push(Searchers::new(found, searched, Side::B, second));
    }
    out
}

fn drawn<'a>(found: &Found<'a>, searched: &Searched, queries: &'a Queries) -> Vec<Searchers<'a>> {
    let two = found.data.b.is_some();
    let walked =
        |drawn: &&DrawnQueries| drawn.counted.from_rows.len() == drawn.asked.positives.len();
    let searchers = queries.drawn.iter().filter(walked).map(|drawn| {
        let mut seen: Vec<Vec<SeenPositive<'a>>> =
            vec![Vec::new(); found.rows(drawn.side) as usize];
        let groups = match drawn.side {
            Side::A if two => &found.groups.1,
            _ => &found.groups.0,
        };
        let counted = &drawn.counted;
        let counted = counts(&counted.from_rows, &counted.from_rows_by_group);
        for (((query, row), positive), above) in listed(&drawn.asked).zip(counted) {
            seen[query as usize].push(positive(above, groups[row as usize]));
        }
        Searchers::new(found, searched, drawn.side, seen)
    });
    searchers.collect()
}

/// What stands above each positive, in all and in each jackknife group (nothing where that was not counted).
fn counts<'a>(all: &'a [Above], by_group: &'a [InGroup]) -> impl Iterator<Item = Counted<'a>> {
    let count = by_group.len() / all.len().max(1);
    let groups = move |k: usize| &by_group[k * count..(k + 1) * count];
    all.iter()
        .enumerate()
        .map(move |(k, &all)| (all, groups(k)))
}

/// What stands above a positive, in all and in each jackknife group.
type Counted<'a> = (Above, &'a [InGroup]);

/// Each pair that was asked for, and what becomes of it with its position and its jackknife group.
fn listed<'a>(
    asked: &Asked,
) -> impl Iterator<Item = ((u32, u32), impl Fn(Counted<'a>, u32) -> SeenPositive<'a>)> {
    let pairs = asked.positives.iter().copied();
    let known = pairs.zip(asked.cosines.iter().copied()).zip(asked.gains());
    known.map(|((pair, cosine), gain)| {
        let seen = move |(counted, in_groups): Counted<'a>, group| SeenPositive {
            cosine,
            counted,
            gain,
            group,
            in_groups,
        };
        (pair, seen)
    })
}

impl Query<'_> {
    /// Where its positives stand among all rows, or among those outside one jackknife group (`without`).
    pub(super) fn standings(&self, without: Option<usize>) -> Vec<Standing> {
        let kept = |positive: &SeenPositive<'_>| without != Some(positive.group as usize);
        let stand = |(k, positive): (usize, &SeenPositive<'_>)| {
            let (cosine, counted) = (positive.cosine, positive.counted);
            let left = without.and_then(|g| positive.in_groups.get(g));
            let left = left.copied().unwrap_or_default();
            let mut standing = Standing {
                above: u64::from(counted.above.saturating_sub(left.above.into())),
                tied: u64::from(counted.tied.saturating_sub(left.tied.into())),
                gain: positive.gain,
            };
            if let Some(exact) = self.apart {
                let others = self.seen.iter().enumerate();
                let others = others.filter(|(other, of)| *other != k && kept(of));
                for (_, other) in others {
                    let other = other.cosine;
                    standing.above += u64::from(other > cosine + exact);
                    standing.tied += u64::from((other - cosine).abs() <= exact);
                }
            }
            standing
        };
        let seen = self.seen.iter().enumerate();
        seen.filter(|(_, positive)| kept(positive))
            .map(stand)
            .collect()
    }

    /// Groups of the searched rows without which its positives stand elsewhere, ascending: those that hold one of them, or
    /// a row that is above one that is near or tied with it.
    pub(super) fn groups_above(&self) -> Vec<usize> {
        let of = |positive: &SeenPositive<'_>| {
            let all = positive.counted;
            let near = u64::from(all.above) + u64::from(all.tied) <= NEAR;
            let counted = positive.in_groups.iter().enumerate().filter(|_| near);
            let counted = counted.filter(|(_, counted)| **counted != InGroup::default());
            let counted: Vec<usize> = counted.map(|(g, _)| g).collect();
            // Where no groups were counted, none is left out.
            let own = (!positive.in_groups.is_empty()).then_some(positive.group as usize);
            counted.into_iter().chain(own)
        };
        let mut groups: Vec<usize> = self.seen.iter().flat_map(of).collect();
        groups.sort_unstable();
        groups.dedup();
        groups
    }
}

impl<'a> Searchers<'a> {
    /// With what was seen of the positives of each row of a side.
    fn new(
        found: &Found<'a>,
        searched: &Searched,
        side: Side,
        seen: Vec<Vec<SeenPositive<'a>>>,
    ) -> Self {
        let (two, second) = (found.data.b.is_some(), side == Side::B);
        let others = match (two, second) {
            (false, _) => found.rows(Side::A) - 1,
            (true, false) => found.rows(Side::B),
            (true, true) => found.rows(Side::A),
        };
        // Lengths of queries in the ball, where inner products were counted.
        let norms = &found.data.view(side).norms;
        let largest = searched.products.as_ref().map(|products| products.largest);
        let largest = largest.map(|(first, other)| if second { other } else { first });
        let length = |row: usize| largest.map_or(1.0, |largest| norms[row] / largest);
        let query = |(row, seen): (usize, Vec<SeenPositive<'a>>)| Query {
            apart: two.then(|| EXACT * length(row)),
            seen,
        };
        let seen: Vec<Query<'a>> = seen.into_iter().enumerate().map(query).collect();
        Self {
            side,
            queries: seen.iter().map(|query| query.standings(None)).collect(),
            seen,
            searched: others,
            units: units(found, second),
            groups: (found.anchors(side), found.layouts.0.group_sizes().len()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(cosine: f64, (above, tied): (u32, u32), in_groups: &[InGroup]) -> SeenPositive<'_> {
        SeenPositive {
            cosine,
            counted: Above { above, tied },
            gain: 1.0,
            group: 0,
            in_groups,
        }
    }

    fn places(query: &Query<'_>, without: Option<usize>) -> Vec<(u64, u64)> {
        let found = query.standings(without);
        found.iter().map(|s| (s.above, s.tied)).collect()
    }

    #[test]
    fn other_positives_of_a_query_are_rows_above_it() {
        let again = 0.5 + 1e-15;
        let mut query = Query {
            seen: vec![
                seen(0.9, (0, 0), &[]),
                seen(0.5, (3, 1), &[]),
                seen(again, (3, 1), &[]),
                seen(0.1, (9, 0), &[]),
            ],
            apart: Some(EXACT),
        };
        assert_eq!(places(&query, None), [(0, 0), (4, 2), (4, 2), (12, 0)]);
        assert!(query.groups_above().is_empty());
        query.apart = None;
        assert_eq!(places(&query, None), [(0, 0), (3, 1), (3, 1), (9, 0)]);
    }

    #[test]
    fn without_a_group_its_rows_are_above_no_positive_and_its_positives_are_none() {
        let of = |above, tied| InGroup { above, tied };
        let (first, second) = ([of(0, 0); 3], [of(1, 0), of(0, 0), of(1, 2)]);
        let mut query = Query {
            seen: vec![seen(0.9, (0, 0), &first), seen(0.5, (2, 2), &second)],
            apart: Some(EXACT),
        };
        query.seen[1].group = 1;
        assert_eq!(query.groups_above(), [0, 1, 2]);
        assert_eq!(places(&query, None), [(0, 0), (3, 2)]);
        // The first positive is of group 0, and so no row above the second any longer.
        assert_eq!(places(&query, Some(0)), [(1, 2)]);
        assert_eq!(places(&query, Some(1)), [(0, 0)]);
        assert_eq!(places(&query, Some(2)), [(0, 0), (2, 0)]);
    }
}
