//! What a walk counts for those who search, against f64 by brute force: on every kernel, in any shards, on any threads.

use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64;
use spherecheck::data::UnitRows;
use spherecheck::kernel::{self, Choice, Exponents, Precision};
use spherecheck::num::Merge;
use spherecheck::pass::{
    CosineCounts, GramJob, Layout, NearestJob, NoWatch, Plan, Search, SearchState, Shard, gram,
    nearest,
};

use crate::support::{Rows, cone, embeddings, kernels};

/// Rows, of which every seventh is a copy of an earlier one.
fn rows(seed: u64, n: usize, d: usize) -> Rows {
    let mut rows = cone(seed, n, d);
    for i in (7..n).step_by(7) {
        rows[i] = rows[i / 2].clone();
    }
    rows
}

struct Case {
    a: UnitRows,
    b: Option<UnitRows>,
    layouts: (Layout, Layout),
    items: Option<(Vec<u32>, Vec<u32>)>,
    positives: Vec<(u32, u32)>,
    k: usize,
}

impl Case {
    fn new(seed: u64, (n, m): (usize, Option<usize>), d: usize, items: bool) -> Self {
        let mut random = Pcg64::seed_from_u64(seed);
        let unit = |rows: &Rows| UnitRows::normalise(embeddings(rows)).unwrap();
        let all = rows(seed, n, d);
        let a = unit(&all);
        // The second set shares rows with the first.
        let b = m.map(|m| {
            let mut other = rows(seed + 1, m, d);
            for i in (0..m.min(n)).step_by(3) {
                other[i] = all[i].clone();
            }
            unit(&other)
        });
        let of = |count: usize| {
            (0..count as u32)
                .map(|row| row % (count as u32 / 3 + 1))
                .collect()
        };
        let items: Option<(Vec<u32>, Vec<u32>)> = items.then(|| (of(n), of(m.unwrap_or(n))));
        let layouts = match (&items, m) {
            (Some((x, y)), Some(m)) => {
                let order = |count: usize| (0..count as u32).collect();
                Layout::of_items((order(n), x), Some((order(m), y)), seed)
            }
            (Some((x, _)), None) => Layout::of_items(((0..n as u32).collect(), x), None, seed),
            (None, m) => (Layout::new(n, seed), Layout::new(m.unwrap_or(n), seed + 1)),
        };
        // None, one or several of a row.
        let mut positives = Vec::new();
        for i in 0..n as u32 {
            for _ in 0..random.random_range(0..4) {
                let j = random.random_range(0..m.unwrap_or(n) as u32);
                if m.is_some() || i != j {
                    positives.push((i, j));
                }
            }
        }
        positives.sort_unstable();
        positives.dedup();
        Self {
            a,
            b,
            layouts,
            items,
            positives,
            k: 5,
        }
    }

    fn second(&self) -> &UnitRows {
        self.b.as_ref().unwrap_or(&self.a)
    }

    fn walk(&self, kernel: Choice, (index, of): (usize, usize)) -> SearchState {
        let exact = Exact::of(self);
        let cosines: Vec<f64> = self
            .positives
            .iter()
            .map(|&(i, j)| exact.at(i, j))
            .collect();
        let a = (&self.a, &self.layouts.0);
        let b = self.b.as_ref().map(|b| (b, &self.layouts.1));
        let plan = b.map_or_else(|| Plan::symmetric(a.1), |b| Plan::rectangular(a.1, b.1));
        let layouts = (a.1, b.map_or(a.1, |b| b.1));
        let exponents = Exponents::plan(&[4.0]);
        let items = self.items.as_ref().map(|(x, y)| (&x[..], &y[..]));
        let job = GramJob {
            a,
            b,
            excluded: &self.positives,
            items,
            exponents: &exponents,
            grouped: &[true],
            histogram: false,
            duplicates: b.is_none().then_some(1.0 - 1e-6),
            precision: Precision::F32,
            plan: &plan.shard(layouts, Shard { index, of }),
            search: Search {
                positives: &self.positives,
                cosines: &cosines,
                nearest: self.k,
                cosine_counts: true,
            },
        };
        gram(job, kernel, &NoWatch).unwrap().search
    }
}

/// All cosines in f64.
struct Exact(Vec<Vec<f64>>);

impl Exact {
    fn of(case: &Case) -> Self {
        let read = |rows: &UnitRows| -> Vec<Vec<f64>> {
            let row = |i| {
                let mut row = vec![0.0; rows.dim()];
                rows.row_f64(i, &mut row);
                row
            };
            (0..rows.rows()).map(row).collect()
        };
        let (a, b) = (read(&case.a), read(case.second()));
        let dot = |x: &[f64], y: &[f64]| x.iter().zip(y).map(|(x, y)| x * y).sum::<f64>();
        Self(
            a.iter()
                .map(|x| b.iter().map(|y| dot(x, y)).collect())
                .collect(),
        )
    }

    fn at(&self, i: u32, j: u32) -> f64 {
        self.0[i as usize][j as usize]
    }
}

/// Rows above and tied, where `skip` leaves some out.
fn above(
    all: impl Iterator<Item = (u32, f64)>,
    own: f64,
    skip: impl Fn(u32) -> bool,
) -> (u32, u32) {
    let mut found = (0, 0);
    for (_, s) in all.filter(|(row, _)| !skip(*row)) {
        found.0 += u32::from(s > own + 1e-6);
        found.1 += u32::from((s - own).abs() <= 1e-6);
    }
    found
}

fn check(case: &Case, found: &SearchState, what: &str) {
    let exact = Exact::of(case);
    let (n, m) = (case.a.rows() as u32, case.second().rows() as u32);
    let one_set = case.b.is_none();
    let listed = |i: u32, j: u32| case.positives.binary_search(&(i, j)).is_ok();
    assert_eq!(found.from_rows.len(), case.positives.len(), "{what}");
    for (p, &(i, j)) in case.positives.iter().enumerate() {
        let own = exact.at(i, j);
        // Between two sets all positives are left out, within one the row itself and its partner.
        let skip = |z: u32| {
            if one_set {
                z == i || z == j
            } else {
                listed(i, z)
            }
        };
        let rows = (0..m).map(|z| (z, exact.at(i, z)));
        let counts = found.from_rows[p];
        let expected = above(rows, own, skip);
        assert_eq!(
            (counts.above, counts.tied),
            expected,
            "{what}: {i} looks for {j}"
        );
        let skip = |z: u32| {
            if one_set {
                z == i || z == j
            } else {
                listed(z, j)
            }
        };
        let columns = (0..n).map(|z| (z, exact.at(z, j)));
        let counts = found.from_columns[p];
        let expected = above(columns, own, skip);
        assert_eq!(
            (counts.above, counts.tied),
            expected,
            "{what}: {j} looks for {i}"
        );
    }
    let lists = found.nearest.clone().into_lists();
    assert_eq!(lists.len(), n as usize, "{what}");
    for (i, list) in lists.iter().enumerate() {
        let mut others: Vec<f64> = (0..m)
            .filter(|&j| !one_set || j as usize != i)
            .map(|j| exact.at(i as u32, j))
            .collect();
        others.sort_by(|x, y| y.total_cmp(x));
        assert_eq!(list.len(), case.k.min(others.len()), "{what}: row {i}");
        for (&(j, s), best) in list.iter().zip(&others) {
            assert!(
                (f64::from(s) - best).abs() < 1e-6,
                "{what}: row {i} near {j}"
            );
            assert!(
                (exact.at(i as u32, j) - best).abs() < 2e-6,
                "{what}: row {i} near {j}"
            );
            assert!(!one_set || j as usize != i, "{what}: row {i} near itself");
        }
    }
    // Each pair that counts is within a bin of where f64 has it.
    let groups = (
        case.layouts.0.group_of_rows(),
        case.layouts.1.group_of_rows(),
    );
    let to = if one_set { &groups.0 } else { &groups.1 };
    let mut pairs = Vec::new();
    for i in 0..n {
        let from = if one_set { i + 1 } else { 0 };
        for j in from..m {
            let items = case.items.as_ref();
            let together = items.is_some_and(|(x, y)| x[i as usize] == y[j as usize]);
            if !together && (one_set || !listed(i, j)) {
                pairs.push((exact.at(i, j), groups.0[i as usize], to[j as usize]));
            }
        }
    }
    let sums = |counts: &[u64], values: Vec<f64>, what: &str| {
        let total: u64 = counts.iter().sum();
        assert_eq!(total, values.len() as u64, "{what}");
        let mut values = values;
        values.sort_by(f64::total_cmp);
        let bins = counts.iter().enumerate();
        let found = bins.flat_map(|(bin, &count)| std::iter::repeat_n(bin, count as usize));
        for (bin, value) in found.zip(values) {
            let off = (CosineCounts::middle(bin) - value).abs();
            assert!(
                off < 1.01 / CosineCounts::BINS as f64 + 1e-6,
                "{what}: {value} in {bin}"
            );
        }
    };
    sums(
        &found.cosines.all,
        pairs.iter().map(|pair| pair.0).collect(),
        what,
    );
    for (g, counts) in found.cosines.touching.iter().enumerate() {
        let g = g as u32;
        let touching = pairs.iter().filter(|pair| pair.1 == g || pair.2 == g);
        sums(counts, touching.map(|pair| pair.0).collect(), what);
    }
}

fn cases() -> Vec<(String, Case)> {
    let mut out = Vec::new();
    let sizes = [
        (2, None),
        (3, Some(2)),
        (23, None),
        (67, Some(49)),
        (200, None),
        (150, Some(201)),
    ];
    for (seed, &(n, m)) in sizes.iter().enumerate() {
        for d in [2, 7, 70] {
            for items in [false, true] {
                // Items need three of them.
                if !items || n > 20 {
                    let case = Case::new(seed as u64, (n, m), d, items);
                    out.push((format!("{n} x {d}, {m:?}, items {items}"), case));
                }
            }
        }
    }
    out
}

#[test]
fn positions_neighbours_and_counts_are_those_of_f64() {
    for (what, case) in cases() {
        for name in kernels() {
            let kernel = kernel::select(Some(name)).unwrap();
            check(
                &case,
                &case.walk(kernel, (0, 1)),
                &format!("{name}, {what}"),
            );
        }
    }
}

#[test]
fn shards_of_a_search_merge_to_the_whole() {
    for (what, case) in cases() {
        let whole = case.walk(Choice::Portable, (0, 1));
        let mut merged = SearchState::default();
        for index in [2, 0, 3, 1] {
            merged
                .join(case.walk(Choice::Portable, (index, 4)))
                .unwrap();
        }
        assert_eq!(merged, whole, "{what}");
    }
}

#[test]
fn what_is_found_does_not_depend_on_threads() {
    let case = Case::new(5, (1500, None), 24, false);
    let on = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .unwrap();
        pool.install(|| case.walk(Choice::Portable, (0, 1)))
    };
    let one = on(1);
    for threads in [2, 5] {
        assert_eq!(on(threads), one, "{threads} threads");
    }
    // The lists are those of the walk for neighbours alone.
    let everyone: Vec<u32> = (0..1500).collect();
    let alone = NearestJob::Within(&case.a, &everyone, case.k);
    let alone = nearest(Choice::Portable, alone, &NoWatch).unwrap();
    let pairs = alone.into_lists().into_iter().zip(one.nearest.into_lists());
    for (row, (alone, found)) in pairs.enumerate() {
        for (x, y) in alone.iter().zip(&found) {
            assert!((x.1 - y.1).abs() < 1e-6, "row {row}: {x:?} and {y:?}");
        }
    }
}

#[test]
fn rounded_rows_have_no_positions() {
    let case = Case::new(3, (40, None), 8, false);
    let Ok(kernel) = kernel::select(None).unwrap().at(Precision::Bf16) else {
        return;
    };
    let (layout, exponents) = (&case.layouts.0, Exponents::plan(&[4.0]));
    let plan = Plan::symmetric(layout);
    let job = GramJob {
        a: (&case.a, layout),
        b: None,
        excluded: &[],
        items: None,
        exponents: &exponents,
        grouped: &[false],
        histogram: false,
        duplicates: None,
        precision: Precision::Bf16,
        plan: &plan,
        search: Search {
            nearest: 3,
            cosine_counts: true,
            ..Search::default()
        },
    };
    let found = gram(job, kernel, &NoWatch).unwrap();
    assert_eq!(found.search, SearchState::default());
}
