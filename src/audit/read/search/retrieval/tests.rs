//! Standings and means by hand.

use super::*;

fn direction(queries: Vec<Vec<Standing>>, units: Vec<u32>, groups: &[u32]) -> Direction<'_> {
    let count = |of: &[u32]| of.iter().max().map_or(0, |&last| last as usize + 1);
    Direction {
        side: Side::A,
        searched: queries.len() as u64 - 1,
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
    let found = direction(queries, (0..8).collect(), &groups);
    let mean = found.mean(|query| recall(query, 1)).expect("queries");
    assert_eq!((mean.value, mean.queries, mean.units), (0.75, 8, 8.0));
    // Sample variance 0.75 x 0.25 x 8 / 7 over 8.
    let se = (0.75_f64 * 0.25 / 7.0).sqrt();
    assert!((mean.se.expect("an error") - se).abs() < 1e-12);
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
    let found = direction(queries, units, &[0, 0, 1, 1, 2, 3, 0]);
    let mean = found.mean(|query| recall(query, 1)).expect("queries");
    assert_eq!((mean.value, mean.queries, mean.units), (0.5, 6, 4.0));
    let moves = [0.25 - 0.5, 0.75 - 0.5, 0.4 - 0.5, 0.6 - 0.5_f64];
    let se = (0.75 * moves.map(|v| v * v).iter().sum::<f64>()).sqrt();
    assert!((mean.se.expect("an error") - se).abs() < 1e-12);
    assert_eq!(mean.without[4], None);
    let none = direction(vec![Vec::new(); 3], vec![0, 1, 2], &[0, 1, 2]);
    assert!(none.mean(|query| recall(query, 1)).is_none());
}

#[test]
fn the_mean_of_two_directions_knows_how_they_go_together() {
    let groups = [0, 1, 2, 3];
    let of = |hits: [bool; 4]| {
        let queries = hits.map(first_or_second).to_vec();
        let found = direction(queries, (0..4).collect(), &groups);
        found.mean(|query| recall(query, 1)).expect("queries")
    };
    // What one direction finds the other misses: their mean never varies.
    let (x, y) = (
        of([true, true, false, false]),
        of([false, false, true, true]),
    );
    let mean = x.with(&y, true);
    assert_eq!((mean.value, mean.queries), (0.5, 8));
    assert!(mean.se.expect("an error") < 1e-12);
    let apart = x.with(&y, false);
    assert!((apart.se.unwrap() - x.se.unwrap()).abs() < 1e-12);
}
