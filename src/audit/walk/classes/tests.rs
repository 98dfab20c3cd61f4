use ndarray::Array2;

use super::*;
use crate::data::Embeddings;
use crate::pass::NoWatch;

const N: usize = 60;
const DIM: usize = 4;

/// Rows in three classes that overlap, and a class of one row.
fn rows() -> (UnitRows, Vec<u32>) {
    let class = |i: usize| if i == 59 { 3 } else { (i % 3) as u32 };
    let values = Array2::from_shape_fn((N, DIM), |(i, k)| {
        let spread = ((i * (k + 2)) as f32 * 1.7).sin();
        spread + if class(i) == k as u32 { 0.8 } else { 0.1 }
    });
    let embeddings = Embeddings::from_array("rows", values.view()).unwrap();
    let rows = UnitRows::normalise(embeddings).unwrap();
    (rows, (0..N).map(class).collect())
}

fn row(rows: &UnitRows, i: usize) -> Vec<f64> {
    let mut out = vec![0.0; DIM];
    rows.row_f64(i, &mut out);
    out
}

/// By hand, over all pairs: of rows that `kept` keeps.
fn cosines(
    rows: &UnitRows,
    (class, items): (&[u32], &[u32]),
    kept: impl Fn(usize) -> bool,
) -> ClassCosines {
    let mut out = ClassCosines::default();
    for i in (0..N).filter(|&i| kept(i)) {
        for j in (0..N).filter(|&j| kept(j) && items[j] != items[i]) {
            let cosine = dot(&row(rows, i), &row(rows, j));
            out.all = (out.all.0 + cosine, out.all.1 + 1.0);
            if class[i] == class[j] {
                out.within = (out.within.0 + cosine, out.within.1 + 1.0);
            }
        }
    }
    out
}

/// By hand, of rows that `kept` keeps: whether the mean of the others of its class is nearer than any other class mean; none
/// without others.
fn right(
    rows: &UnitRows,
    (class, items): (&[u32], &[u32]),
    i: usize,
    kept: impl Fn(usize) -> bool,
) -> Option<bool> {
    let distance = |k: u32| {
        let of = |&j: &usize| class[j] == k && (k != class[i] || items[j] != items[i]) && kept(j);
        let members: Vec<usize> = (0..N).filter(of).collect();
        let mut mean = vec![0.0; DIM];
        for &j in &members {
            add(&mut mean, &row(rows, j));
        }
        let x = row(rows, i);
        let apart = x.iter().zip(&mean);
        let apart = apart.map(|(x, sum)| (x - sum / members.len() as f64).powi(2));
        (!members.is_empty()).then(|| apart.sum::<f64>())
    };
    let mine = distance(class[i])?;
    let others = (0..4).filter(|&k| k != class[i]).filter_map(distance);
    Some(mine < others.fold(f64::INFINITY, f64::min))
}

#[test]
fn sums_and_nearest_means_are_those_by_hand() {
    let (rows, class) = rows();
    let groups: Vec<u32> = (0..N as u32).map(|i| (i / 4) % 3).collect();
    for items in [
        (0..N as u32).collect::<Vec<u32>>(),
        (0..N as u32).map(|i| i / 4).collect(),
    ] {
        let mut members = vec![Vec::new(); 4];
        for i in 0..N as u32 {
            members[class[i as usize] as usize].push(i);
        }
        let data = Labelled {
            rows: &rows,
            members: &members,
            items: &items,
            groups: &groups,
            count: 3,
        };
        let found = data.cosines();
        let near = |a: (f64, f64), b: (f64, f64)| (a.0 - b.0).abs() < 1e-9 && a.1 == b.1;
        for (k, found) in found.iter().enumerate() {
            let kept = |i: usize| k == 0 || groups[i] as usize != k - 1;
            let expected = cosines(&rows, (&class, &items), kept);
            assert!(near(found.within, expected.within), "{k}: {found:?}");
            assert!(near(found.all, expected.all), "{k}: {found:?}");
        }
        let found = data.nearest(&NoWatch).unwrap();
        let told = |i: usize, without: Option<u32>| {
            let kept = |j: usize| Some(groups[j]) != without;
            right(&rows, (&class, &items), i, kept)
        };
        let count = |told: Vec<bool>| {
            let hits = told.iter().filter(|right| **right).count() as u64;
            (hits, told.len() as u64)
        };
        let (mut scattered, mut moved) = (0.0, 0);
        for g in 0..3 {
            let own = (0..N).filter(|&i| groups[i] == g);
            let own = count(own.filter_map(|i| told(i, None)).collect());
            assert_eq!(found.by_group[g as usize], own, "group {g}");
            let others = (0..N).filter(|&i| groups[i] != g);
            let others = count(others.filter_map(|i| told(i, Some(g))).collect());
            assert_eq!(found.without[g as usize], others, "without group {g}");
        }
        let last = items[N - 1] as usize;
        for (item, k) in (0..=last).flat_map(|item| (0..4).map(move |k| (item, k))) {
            let of_item = |i: &usize| items[*i] as usize == item && class[*i] == k;
            let change = |g: u32| -> f64 {
                let rows = (0..N).filter(of_item).filter(|&i| groups[i] != g);
                let change = |i: usize| Some((told(i, Some(g))?, told(i, None)?));
                let changes = rows.filter_map(change);
                changes
                    .map(|(now, before)| f64::from(u8::from(now)) - f64::from(u8::from(before)))
                    .sum()
            };
            let changes: Vec<f64> = (0..3).map(|g| change(g) / 59.0).collect();
            moved += usize::from(changes.iter().any(|change| *change != 0.0));
            scattered += crate::estimate::scatter(changes, 3);
        }
        assert!(moved > 3, "means move");
        assert!((found.scatter - scattered).abs() < 1e-12);
        let asked: u64 = found.by_group.iter().map(|told| told.1).sum();
        assert_eq!(asked, 59, "a class of one row asks nothing");
    }
}

#[test]
fn rows_that_are_all_alike_are_nearest_to_no_mean() {
    let values = Array2::from_elem((20, 3), 0.3_f32);
    let rows = Embeddings::from_array("rows", values.view()).unwrap();
    let rows = UnitRows::normalise(rows).unwrap();
    let members: Vec<Vec<u32>> = vec![(0..10).collect(), (10..20).collect()];
    let items: Vec<u32> = (0..20).collect();
    let data = Labelled {
        rows: &rows,
        members: &members,
        items: &items,
        groups: &[0; 20],
        count: 1,
    };
    let found = data.nearest(&NoWatch).unwrap();
    assert_eq!(
        (found.by_group, found.without),
        (vec![(0, 20)], vec![(0, 0)])
    );
}
