//! Standings and means by hand.

use super::super::searchers::{Query, SeenPositive};
use crate::pass::{Above, InGroup};

use super::*;

fn searchers(queries: Vec<Vec<Standing>>, units: Vec<u32>, groups: &[u32]) -> Searchers<'_> {
    let count = |of: &[u32]| of.iter().max().map_or(0, |&last| last as usize + 1);
    Searchers {
        side: Side::A,
        searched: queries.len() as u64 - 1,
        seen: vec![Query::default(); queries.len()],
        queries,
        units: (units.clone(), count(&units)),
        groups: (groups, count(groups)),
    }
}

fn first_or_second(first: bool) -> Vec<Standing> {
    vec![Standing {
        above: u64::from(!first),
        tied: 0,
        gain: 1.0,
    }]
}

#[test]
fn the_error_of_a_mean_over_queries_is_that_of_a_sample() {
    let hits = [true, true, false, true, false, true, true, true];
    let queries = hits.map(first_or_second).to_vec();
    let groups = [0, 1, 2, 3, 0, 1, 2, 3];
    let found = searchers(queries, (0..8).collect(), &groups);
    let mean = found.mean(|query| recall(query, 1)).expect("queries");
    assert_eq!((mean.value, mean.queries, mean.units), (0.75, 8, 8.0));
    // Sample variance 0.75 x 0.25 x 8 / 7 over 8.
    let se = (0.75_f64 * 0.25 / 7.0).sqrt();
    assert!((mean.error.unwrap().se - se).abs() < 1e-12);
    let left = [5.0 / 6.0, 4.0 / 6.0, 5.0 / 6.0, 4.0 / 6.0];
    assert!(
        mean.left
            .iter()
            .zip(left)
            .all(|(x, y)| (x - y).abs() < 1e-12)
    );
    assert_eq!(mean.ideal, 1.0);
    assert!(
        (mean.collapsed - 1.0 / 7.0).abs() < 1e-12,
        "one of seven rows"
    );
}

#[test]
fn items_are_left_out_whole_and_rows_without_positives_are_no_queries() {
    let mut queries: Vec<Vec<Standing>> = [true, true, false, false, true, false]
        .map(first_or_second)
        .to_vec();
    queries.push(Vec::new());
    let units = vec![0, 0, 1, 1, 2, 3, 4];
    let found = searchers(queries, units, &[0, 0, 1, 1, 2, 3, 0]);
    let mean = found.mean(|query| recall(query, 1)).expect("queries");
    assert_eq!((mean.value, mean.queries, mean.units), (0.5, 6, 4.0));
    let moves = [0.25 - 0.5, 0.75 - 0.5, 0.4 - 0.5, 0.6 - 0.5_f64];
    let se = (0.75 * moves.map(|v| v * v).iter().sum::<f64>()).sqrt();
    assert!((mean.error.unwrap().se - se).abs() < 1e-12);
    assert_eq!(mean.without[4], None);
    let none = searchers(vec![Vec::new(); 3], vec![0, 1, 2], &[0, 1, 2]);
    assert!(none.mean(|query| recall(query, 1)).is_none());
}

#[test]
fn the_mean_of_two_directions_knows_how_they_go_together() {
    let groups = [0, 1, 2, 3];
    let of = |hits: [bool; 4]| {
        let queries = hits.map(first_or_second).to_vec();
        let found = searchers(queries, (0..4).collect(), &groups);
        found.mean(|query| recall(query, 1)).expect("queries")
    };
    // What one direction finds the other misses: their mean never varies.
    let (x, y) = (
        of([true, true, false, false]),
        of([false, false, true, true]),
    );
    let mean = x.with(&y, true);
    assert_eq!((mean.value, mean.queries), (0.5, 8));
    assert!(mean.error.unwrap().se < 1e-12);
    let apart = x.with(&y, false);
    assert!((apart.error.unwrap().se - x.error.unwrap().se).abs() < 1e-12);
}

/// Queries in three groups by turns, each with one positive in its own group, below so many rows of each group.
fn among<'a>(in_groups: &'a [[InGroup; 3]], turns: &'a [u32]) -> Searchers<'a> {
    let seen: Vec<Query<'a>> = in_groups
        .iter()
        .zip(turns)
        .map(|(in_groups, &group)| {
            let above = in_groups.iter().map(|of| u32::from(of.above)).sum();
            let positive = SeenPositive {
                cosine: 0.5,
                counted: Above { above, tied: 0 },
                gain: 1.0,
                group,
                in_groups,
            };
            Query {
                seen: vec![positive],
                apart: None,
            }
        })
        .collect();
    let queries = seen.iter().map(|query| query.standings(None)).collect();
    let units: Vec<u32> = (0..in_groups.len() as u32).collect();
    Searchers {
        seen,
        ..searchers(queries, units, turns)
    }
}

#[test]
fn rows_of_a_group_that_is_left_out_are_above_no_positive() {
    let of = |above: [u16; 3]| above.map(|above| InGroup { above, tied: 0 });
    let above = [
        of([0, 1, 0]),
        of([0, 0, 2]),
        of([1, 1, 0]),
        of([0, 0, 0]),
        of([3, 0, 0]),
        of([0, 0, 1]),
        of([0, 2, 1]),
        of([1, 0, 0]),
        of([0, 0, 0]),
    ];
    let turns = [0, 1, 2, 0, 1, 2, 0, 1, 2];
    let found = among(&above, &turns);
    let found = found.mean(|query| mrr(query, None)).unwrap();
    let value = |row: usize, without: Option<usize>| {
        let above = above[row].iter().enumerate();
        let above = above.filter(|(g, _)| Some(*g) != without);
        1.0 / (1.0 + above.map(|(_, of)| f64::from(of.above)).sum::<f64>())
    };
    for g in 0..3 {
        let kept = || (0..9).filter(|row| row % 3 != g);
        let left = kept().map(|row| value(row, Some(g))).sum::<f64>() / 6.0;
        assert!(
            (found.left[g] - left).abs() < 1e-12,
            "{g}: {:?}",
            found.left
        );
        let fewer = kept().map(|row| value(row, None)).sum::<f64>() / 6.0;
        assert!(
            (found.fewer[g] - fewer).abs() < 1e-12,
            "{g}: {:?}",
            found.fewer
        );
        for row in kept() {
            let change = (value(row, Some(g)) - value(row, None)) / 9.0;
            let of = (row as u32, g as u32);
            let found = found.changes.iter().find(|change| change.of == of);
            let found = found.map_or(0.0, |found| found.by);
            assert!((found - change).abs() < 1e-12, "{row}, {g}: {found}");
        }
    }
}

#[test]
fn rows_that_stand_above_many_positives_count_in_the_error() {
    // Half of the queries of each group miss: for a row of group 0, or for one of either other group by turns.
    let turns: Vec<u32> = (0..60).map(|row| row % 3).collect();
    let missing = |blamed: &dyn Fn(usize) -> usize| -> Vec<[InGroup; 3]> {
        let of = |row: usize| {
            let mut above = [InGroup::default(); 3];
            above[blamed(row)].above = u16::from((row / 3).is_multiple_of(2));
            above
        };
        (0..60).map(of).collect()
    };
    let error = |above: &[[InGroup; 3]]| {
        let found = among(above, &turns).mean(|query| recall(query, 1)).unwrap();
        assert_eq!(found.value, 0.5);
        let without: Vec<f64> = found.without.iter().flatten().copied().collect();
        let queries = leave_items_out(found.value, &without).unwrap();
        (found.error.unwrap(), queries)
    };
    let (one, queries) = error(&missing(&|row| usize::from(row % 3 == 0)));
    assert!(one.se > 3.0 * queries, "{} {queries}", one.se);
    assert_eq!(one.freedom, 2.0);
    let (each, queries) = error(&missing(&|row| (row + 1 + row / 6 % 2) % 3));
    assert!((each.se - queries).abs() < 1e-12, "{} {queries}", each.se);
    assert_eq!(each.freedom, 59.0);
}
