//! Every state: the empty one changes nothing, order and grouping of merges do not matter, parts merge to the whole, and
//! what is not of one kind is refused with what differs.

use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64;
use spherecheck::data::{Pairs, Positives, RawPairs, UnitRows};
use spherecheck::kernel::{self, Choice, Exponents, Precision};
use spherecheck::num::Merge;
use spherecheck::pass::{
    CosineCounts, GramJob, GramState, Layout, NearestJob, NoWatch, PairState, Plan, RingJob,
    RingState, RowMoments, Search, Shard, TopK, Units, gram, nearest, pair_cosines, pairs, ring,
    ring_blocks,
};

use super::numbers::Numbers;
use crate::support::{close, cone, embeddings, kernels, noisy, random_pairs};

fn unit(seed: u64, n: usize, d: usize) -> UnitRows {
    UnitRows::normalise(embeddings(&cone(seed, n, d))).unwrap()
}

fn kernels_here() -> impl Iterator<Item = Choice> {
    kernels()
        .into_iter()
        .map(|name| kernel::select(Some(name)).unwrap())
}

#[track_caller]
fn same<S: Numbers>(one: &S, other: &S, tolerance: f64, what: &str) {
    let (one, other) = (one.numbers(), other.numbers());
    assert_eq!(one.1, other.1, "{what}: counts");
    assert_eq!(one.0.len(), other.0.len(), "{what}");
    for (x, y) in one.0.iter().zip(&other.0) {
        close(*x, *y, tolerance * (1.0 + y.abs()), what);
    }
}

fn merged<S: Numbers>(states: impl IntoIterator<Item = S>) -> S {
    let mut whole = S::default();
    for state in states {
        whole.join(state).expect("of one kind");
    }
    whole
}

/// The laws, for parts that are of different pairs or rows; `whole` is what they should merge to.
#[track_caller]
fn laws<S: Numbers>(parts: &[S], whole: Option<&S>, tolerance: f64, what: &str) {
    let [x, y, z, ..] = parts else {
        panic!("{what}: at least three parts");
    };
    assert_ne!(*x, S::default(), "{what}: a state of something");
    let two = |x: &S, y: &S| merged([x.clone(), y.clone()]);
    assert_eq!(two(&S::default(), x), *x, "{what}: empty on the left");
    assert_eq!(two(x, &S::default()), *x, "{what}: empty on the right");
    assert_eq!(two(&S::default(), &S::default()), S::default(), "{what}");
    same(&two(x, y), &two(y, x), tolerance, what);
    same(&two(&two(x, y), z), &two(x, &two(y, z)), tolerance, what);
    for seed in 0..3 {
        let mut parts = parts.to_vec();
        parts.shuffle(&mut Pcg64::seed_from_u64(seed));
        if let Some(whole) = whole {
            same(&merged(parts), whole, tolerance, what);
        }
    }
}

/// What differs, for two states that must not be merged; nothing is taken in.
#[track_caller]
fn apart<S: Numbers>(one: &S, other: &S, what: &str) {
    for (one, other) in [(one, other), (other, one)] {
        let mut joined = one.clone();
        let unlike = joined.join(other.clone()).expect_err(what);
        assert!(unlike.to_string().contains(what), "{what}: {unlike}");
        assert_eq!(joined, *one, "{what}: unchanged");
    }
}

/// Jobs over one or two sets of rows with everything in them.
struct Grams {
    a: UnitRows,
    b: Option<UnitRows>,
    layouts: (Layout, Layout),
    exponents: Exponents,
    grouped: Vec<bool>,
    histogram: bool,
    excluded: Vec<(u32, u32)>,
    /// Positives and their cosines.
    sought: (Vec<(u32, u32)>, Vec<f64>),
    /// The lowest fine bin.
    lowest: usize,
}

impl Grams {
    fn new(two: bool) -> Self {
        let mut rows = cone(1, 130, 5);
        for i in (3..130).step_by(9) {
            rows[i] = rows[i / 2].clone();
        }
        let a = UnitRows::normalise(embeddings(&rows)).unwrap();
        let b = two.then(|| unit(2, 90, 5));
        let count = b.as_ref().map_or(130, UnitRows::rows);
        let positives: Vec<(u32, u32)> = (0..100)
            .map(|k| (k, (5 * k + 1) % count as u32))
            .chain([(7, 3), (3, 7), (7, 30)])
            .filter(|(i, j)| two || i != j)
            .collect();
        let cosines = pair_cosines((&a, b.as_ref().unwrap_or(&a)), &positives);
        Self {
            lowest: CosineCounts::bin(0.1),
            sought: (positives, cosines),
            layouts: (Layout::new(130, 1), Layout::with_groups(count, 20, 2)),
            a,
            b,
            exponents: Exponents::plan(&[1.0, 2.0, 3.0, 20.0, 100.0]),
            grouped: vec![false, true, false, true, true],
            histogram: true,
            excluded: vec![(0, 0), (1, 0), (1, 1)],
        }
    }

    fn walk(&self, kernel: Choice, (index, of): (usize, usize)) -> GramState {
        let a = (&self.a, &self.layouts.0);
        let b = self.b.as_ref().map(|b| (b, &self.layouts.1));
        let plan = b.map_or_else(|| Plan::symmetric(a.1), |b| Plan::rectangular(a.1, b.1));
        let job = GramJob {
            a,
            b,
            excluded: &self.excluded,
            items: None,
            exponents: &self.exponents,
            grouped: &self.grouped,
            histogram: self.histogram,
            duplicates: b.is_none().then_some(1.0 - 1e-6),
            precision: Precision::F32,
            plan: &plan.shard((a.1, b.map_or(a.1, |b| b.1)), Shard { index, of }),
            search: Search {
                positives: &self.sought.0,
                cosines: &self.sought.1,
                nearest: 9,
                cosine_counts: Some(self.lowest),
            },
        };
        gram(job, kernel, &NoWatch).unwrap()
    }

    fn any(&self) -> GramState {
        self.walk(Choice::Portable, (0, 2))
    }
}

#[test]
fn walks_over_all_pairs() {
    for (kernel, two) in kernels_here().flat_map(|kernel| [(kernel, false), (kernel, true)]) {
        let grams = Grams::new(two);
        let parts: Vec<GramState> = (0..7).map(|k| grams.walk(kernel, (k, 7))).collect();
        let whole = grams.walk(kernel, (0, 1));
        assert_eq!(whole.duplicates.pairs > 0, !two);
        let sought = &whole.search;
        let ties = sought.from_columns.iter().filter(|at| at.tied > 0);
        assert!(ties.count() > 0 && !sought.cosines.is_empty());
        laws(&parts, Some(&whole), 1e-13, "all pairs");
        // Their parts are states of their own.
        let rows = |state: &GramState| state.rows.clone();
        let mut sum = rows(&parts[0]);
        parts[1..].iter().for_each(|part| sum.merge(rows(part)));
        for (x, y) in sum.totals(4).iter().zip(whole.rows.totals(4)) {
            close(*x, y, 1e-13 * y, "sum of a row");
        }
    }
}

#[test]
fn walks_of_different_plans_are_told_apart() {
    let grams = Grams::new(false);
    let one = grams.any();
    let with = |change: &dyn Fn(&mut Grams)| {
        let mut grams = Grams::new(false);
        change(&mut grams);
        grams.any()
    };
    apart(
        &one,
        &with(&|g| g.histogram = false),
        "numbers of bins differ",
    );
    let other = |g: &mut Grams| g.exponents = Exponents::plan(&[1.0, 2.0, 3.0, 20.0, 90.0]);
    apart(&one, &with(&other), "coefficients differ");
    apart(
        &one,
        &with(&|g| g.grouped[0] = true),
        "coefficients kept apart by group",
    );
    apart(
        &one,
        &with(&|g| g.layouts.0 = Layout::new(130, 7)),
        "orders of rows",
    );
    let fewer = |g: &mut Grams| {
        g.sought.0.pop();
        g.sought.1.pop();
    };
    apart(&one, &with(&fewer), "numbers of positives");
    apart(&one, &with(&|g| g.lowest += 1), "lowest fine bins");
    apart(&one, &Grams::new(true).any(), "second operands");
    let mut repeats = one.clone();
    repeats.duplicates.repeats = vec![true; 3];
    let mut whole = grams.walk(Choice::Portable, (0, 1));
    assert!(
        whole
            .join(repeats)
            .unwrap_err()
            .to_string()
            .contains("numbers of rows")
    );
}

#[test]
fn rounds_of_a_ring() {
    let (a, b) = (unit(1, 500, 6), unit(2, 410, 6));
    let exponents = Exponents::plan(&[1.0, 8.0]);
    for (kernel, two) in kernels_here().flat_map(|kernel| [(kernel, false), (kernel, true)]) {
        let blocks = ring_blocks(410);
        let layouts = (Layout::ring(500, blocks, 7), Layout::ring(410, blocks, 8));
        let job = RingJob {
            a: (&a, &layouts.0),
            b: two.then_some((&b, &layouts.1)),
            excluded: &[(1, 2), (3, 3), (77, 200)],
            exponents: &exponents,
            grouped: &[true, false],
        };
        let rounds = |from, to| {
            let mut state = RingState::empty(&job);
            ring(job, (from, to), kernel, &NoWatch, &mut state).unwrap();
            state
        };
        let last = layouts.0.rounds();
        let parts = [rounds(1, 1), rounds(2, 3), rounds(4, last)];
        // Which rows are summed in f32 together depends on the rounds that are walked together.
        laws(&parts, Some(&rounds(1, last)), 1e-5, "ring");
        let mut whole = RingState::empty(&job);
        whole.merge(parts[0].clone());
        assert_eq!(
            whole, parts[0],
            "nothing seen yet is the identity of its job"
        );
    }
    let other = RingState {
        gram: Grams::new(false).any(),
        moments: [1.0, 2.0],
    };
    let one = RingState {
        gram: Grams::new(true).any(),
        moments: [1.0, 2.0],
    };
    apart(&one, &other, "second operands");
}

#[test]
fn sums_of_rows_and_of_their_products() {
    let rows = cone(3, 900, 7);
    let all = UnitRows::normalise(embeddings(&rows)).unwrap();
    let other = UnitRows::normalise(embeddings(&noisy(&rows, 4, 0.2))).unwrap();
    let parts: Vec<UnitRows> = (0..3)
        .map(|part| {
            let keep: Vec<bool> = (0..900).map(|row| row % 3 == part).collect();
            all.only(&keep).unwrap()
        })
        .collect();
    let sums = |rows: &UnitRows| RowMoments::sums(rows, &NoWatch).unwrap();
    let of_parts: Vec<RowMoments> = parts.iter().map(sums).collect();
    laws(&of_parts, Some(&sums(&all)), 1e-12, "sums");

    for kernel in kernels_here() {
        let products = |rows: &UnitRows| RowMoments::products(rows, kernel, &NoWatch).unwrap();
        let of_parts: Vec<RowMoments> = parts.iter().map(products).collect();
        // Products are summed in f32, 512 rows at a time.
        laws(&of_parts, Some(&products(&all)), 1e-5, "products");
        let items: Vec<(u32, u32)> = (0..900).map(|i| (i, i)).collect();
        let exact = RowMoments::between((&all, &all), &items);
        for (x, y) in products(&all).xx.iter().zip(&exact.xx) {
            close(*x, *y, 1e-3, "a product in f32 against one in f64");
        }
    }

    let items: Vec<(u32, u32)> = (0..900).map(|i| (i, 899 - i)).collect();
    let between = |items: &[(u32, u32)]| RowMoments::between((&all, &other), items);
    let of_parts: Vec<RowMoments> = items.chunks(301).map(between).collect();
    let whole = between(&items);
    laws(&of_parts, Some(&whole), 1e-12, "two sets");
    let left = merged(of_parts[1..].to_vec());
    same(&whole.without(&of_parts[0]), &left, 1e-12, "without a part");
    apart(&whole, &sums(&all), "lengths of sums");
    apart(&sums(&all), &sums(&unit(5, 20, 6)), "lengths of sums");
}

#[test]
fn positive_pairs() {
    let rows = unit(6, 80, 5);
    let groups = Layout::new(80, 1).group_of_rows();
    let own: Vec<u32> = (0..80).collect();
    let state = |list: &[(usize, usize)], alphas: &[f64]| {
        let raw = RawPairs::new("pairs", list.iter().map(|&(i, j)| [i as i128, j as i128]));
        let positives = Positives::Pairs(Pairs::new(&raw, ("rows", 80), None).unwrap());
        let units = Units {
            a: &own,
            b: &own,
            count: 80,
        };
        let groups = (&groups[..], &groups[..]);
        pairs((&rows, &rows), &positives, alphas, groups, units, &NoWatch).unwrap()
    };
    // A pair that is listed twice is one pair: no part has one of another.
    let mut list: Vec<(usize, usize)> = random_pairs(7, 120, 80, None)
        .into_iter()
        .map(|(i, j)| (i.min(j), i.max(j)))
        .collect();
    list.sort_unstable();
    list.dedup();
    let alphas = [1.0, 2.0, 0.3];
    let parts: Vec<PairState> = list.chunks(31).map(|part| state(part, &alphas)).collect();
    laws(
        &parts,
        Some(&state(&list, &alphas)),
        1e-11,
        "positive pairs",
    );
    apart(&parts[0], &state(&list, &[2.0]), "numbers of exponents");
}

#[test]
fn nearest_rows() {
    // Rows in a few places, so that many cosines are equal.
    let mut rng = Pcg64::seed_from_u64(8);
    let places = cone(9, 40, 6);
    let rows: Vec<Vec<f32>> = (0..700)
        .map(|_| places[rng.random_range(0..40)].clone())
        .collect();
    for rows in [rows, cone(10, 700, 6)] {
        let rows = UnitRows::normalise(embeddings(&rows)).unwrap();
        let layout = Layout::new(700, 3);
        let all: Vec<u32> = (0..700).collect();
        for kernel in kernels_here() {
            let exponents = Exponents::plan(&[]);
            let half = |plan: Plan, k| {
                let job = GramJob {
                    a: (&rows, &layout),
                    b: None,
                    excluded: &[],
                    items: None,
                    exponents: &exponents,
                    grouped: &[],
                    histogram: false,
                    duplicates: None,
                    precision: Precision::F32,
                    plan: &plan,
                    search: Search {
                        nearest: k,
                        ..Search::default()
                    },
                };
                gram(job, kernel, &NoWatch).unwrap().search.nearest
            };
            let parts: Vec<TopK> = (0..5)
                .map(|index| {
                    half(
                        Plan::symmetric(&layout).shard((&layout, &layout), Shard { index, of: 5 }),
                        12,
                    )
                })
                .collect();
            let whole = half(Plan::symmetric(&layout), 12);
            laws(&parts, Some(&whole), 0.0, "nearest");
            // Each pair once or from both ends: the same lists.
            let one_by_one = NearestJob::Within(&rows, &all, 12);
            let one_by_one = nearest(kernel, one_by_one, &NoWatch).unwrap();
            assert_eq!(one_by_one, whole);
            assert!(
                whole
                    .clone()
                    .into_lists()
                    .iter()
                    .all(|list| list.len() == 12)
            );
            apart(
                &whole,
                &half(Plan::symmetric(&layout), 3),
                "numbers of neighbours",
            );
        }
    }
}
