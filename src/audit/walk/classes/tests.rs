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

/// By hand: whether the mean of the others of its class is nearer than any other class mean; none without others.
fn right(rows: &UnitRows, (class, items): (&[u32], &[u32]), i: usize) -> Option<bool> {
    let distance = |k: u32| {
        let of = |&j: &usize| class[j] == k && (k != class[i] || items[j] != items[i]);
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
        for (g, found) in found.iter().enumerate() {
            let of_group = (0..N).filter(|&i| groups[i] as usize == g);
            let told = of_group.filter_map(|i| right(&rows, (&class, &items), i));
            let told: Vec<bool> = told.collect();
            let hits = told.iter().filter(|right| **right).count() as u64;
            assert_eq!(*found, (hits, told.len() as u64), "group {g}");
        }
        let asked: u64 = found.iter().map(|(_, asked)| asked).sum();
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
    assert_eq!(data.nearest(&NoWatch).unwrap(), [(0, 20)]);
}
