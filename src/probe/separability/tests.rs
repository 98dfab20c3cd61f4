use super::*;
use crate::backend::cpu;
use crate::data::Embeddings;
use crate::estimate::score_interval;
use crate::num::Moments;
use crate::pass::NoWatch;
use crate::theory::student_quantile;
use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64;

const DIM: usize = 8;

/// Rows of a cube around a point on the first axis.
fn rows(count: usize, at: f64, seed: u64) -> UnitRows {
    let mut rng = Pcg64::seed_from_u64(seed);
    let values = Array2::from_shape_fn((count, DIM), |(_, k)| {
        let spread: f64 = rng.random_range(-1.0..1.0);
        (spread + if k == 0 { at } else { 0.0 }) as f32
    });
    UnitRows::normalise(Embeddings::from_array("rows", values.view()).unwrap()).unwrap()
}

fn told(a: &UnitRows, b: &UnitRows, items: (&[u32], &[u32]), seed: u64) -> Separability {
    let of = |rows, items| RowsOfItems { rows, items };
    let backend = cpu(Some(2), None).unwrap();
    let sides = (of(a, items.0), of(b, items.1));
    separability(sides.0, sides.1, seed, &*backend, &NoWatch).unwrap()
}

fn interval(found: &Separability) -> (f64, f64) {
    let quantile = student_quantile(0.95, found.freedom);
    let se = found.se.expect("an error");
    score_interval(found.auc, se, found.units as f64, quantile)
}

#[test]
fn wins_are_those_of_all_pairs() {
    let (a, b) = ([0.0, 1.0, 1.0, 3.0], [-1.0, 1.0, 2.0]);
    assert_eq!(wins(&a, &b), 0.0 + 2.0 + 3.0);
    assert_eq!(wins(&b, &a), 12.0 - 5.0);
}

#[test]
fn a_plane_between_the_sides_is_found_and_the_interval_keeps_its_width() {
    let (a, b) = (rows(120, -4.0, 1), rows(100, 4.0, 2));
    let items: Vec<u32> = (0..220).collect();
    let found = told(&a, &b, (&items[..120], &items[120..]), 3);
    let (low, high) = interval(&found);
    assert_eq!((found.auc, high), (1.0, 1.0));
    assert!((0.85..0.99).contains(&low), "{found:?}");
    assert_eq!((found.train, found.test), ((60, 50), (60, 50)));
    assert_eq!(found, told(&a, &b, (&items[..120], &items[120..]), 3));
}

#[test]
fn views_of_the_same_rows_cannot_be_told_apart() {
    let a = rows(200, 0.3, 5);
    let items: Vec<u32> = (0..200).collect();
    let found = told(&a, &a, (&items, &items), 0);
    assert!((found.auc - 0.5).abs() < 1e-12, "{found:?}");
    assert!(
        found.se.unwrap() < 1e-12,
        "every row meets its own copy: {found:?}"
    );
}

#[test]
fn of_one_law_the_interval_holds_a_half_as_often_as_it_says() {
    let items: Vec<u32> = (0..240).collect();
    let held = |seed: u64| {
        let (a, b) = (rows(120, 0.2, 2 * seed + 50), rows(120, 0.2, 2 * seed + 51));
        let found = told(&a, &b, (&items[..120], &items[120..]), seed);
        let (low, high) = interval(&found);
        (low..=high).contains(&0.5)
    };
    let held = (0..100).filter(|&seed| held(seed)).count();
    // 95 of 100, and three standard errors of that count.
    assert!((88..=100).contains(&held), "{held} of 100");
}

#[test]
fn the_error_is_that_of_other_rows_to_train_on_as_well() {
    // Few rows to train on in eight columns, far enough apart to be told by some classifiers better than by others.
    let items: Vec<u32> = (0..80).collect();
    let (mut held, mut squares, mut values) = (0, 0.0, Moments::default());
    let found: Vec<Separability> = (0..100)
        .map(|seed| {
            let (a, b) = (rows(40, 0.0, 2 * seed + 900), rows(40, 0.7, 2 * seed + 901));
            told(&a, &b, (&items[..40], &items[40..]), seed)
        })
        .collect();
    found.iter().for_each(|found| values.add(found.auc));
    let truth = values.mean().unwrap();
    for found in &found {
        let (low, high) = interval(found);
        held += usize::from((low..=high).contains(&truth));
        squares += found.se.unwrap().powi(2);
    }
    // The mean variance is that of the values, and intervals of 95 % hold their mean.
    let ratio = squares / 100.0 / values.variance().unwrap();
    assert!((0.7..1.6).contains(&ratio), "{ratio}");
    assert!((90..=100).contains(&held), "{held} of 100");
}

#[test]
fn rows_of_one_item_widen_the_interval() {
    // Each row four times: 30 draws a side, not 120.
    let times = |rows: &UnitRows| {
        let mut row = vec![0.0; DIM];
        let values = Array2::from_shape_fn((120, DIM), |(i, k)| {
            rows.row_f64(i / 4, &mut row);
            row[k] as f32
        });
        UnitRows::normalise(Embeddings::from_array("rows", values.view()).unwrap()).unwrap()
    };
    let (a, b) = (times(&rows(30, -0.3, 7)), times(&rows(30, 0.3, 8)));
    let alone: Vec<u32> = (0..240).collect();
    let items: Vec<u32> = (0..240).map(|k| k / 4).collect();
    let narrow = told(&a, &b, (&alone[..120], &alone[120..]), 0);
    let wide = told(&a, &b, (&items[..120], &items[120..]), 0);
    assert!(
        wide.se > narrow.se.map(|se| 1.3 * se),
        "{wide:?} {narrow:?}"
    );
}

#[test]
fn too_few_rows_are_refused() {
    let (a, b) = (rows(3, 0.0, 1), rows(40, 0.0, 2));
    let of = |rows, items| RowsOfItems { rows, items };
    let items: Vec<u32> = (0..43).collect();
    let backend = cpu(Some(1), None).unwrap();
    let found = separability(
        of(&a, &items[..3]),
        of(&b, &items[3..]),
        0,
        &*backend,
        &NoWatch,
    );
    assert!(matches!(found, Err(ProbeError::TooFewRows { .. })));
}
