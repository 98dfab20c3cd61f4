//! Shards of any walk merge to the whole, and the empty state is the identity. (The other laws, of every state: `merge.rs`.)

use proptest::prelude::*;
use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64;
use spherecheck::data::{Groups, Labels, Pairs, Positives, UnitRows};
use spherecheck::kernel::{self, Exponents, Precision};
use spherecheck::num::Merge;
use spherecheck::pass::{
    Duplicates, GramJob, GramState, Layout, NoWatch, PairState, Plan, RowMoments, RowSums, Search,
    Shard, Units, gram, pairs,
};

use super::support::{Rows, close, cone, embeddings, random_pairs};

fn unit(rows: &Rows) -> UnitRows {
    UnitRows::normalise(embeddings(rows)).unwrap()
}

/// Rows with some of them repeated, so that duplicates are found too.
fn repeating(seed: u64, n: usize, d: usize) -> UnitRows {
    let mut rows = cone(seed, n, d);
    for i in (3..n).step_by(5) {
        rows[i] = rows[i / 2].clone();
    }
    unit(&rows)
}

/// Coefficients with a run, a product and a steep one; some by group, some not.
const COEFFICIENTS: [f64; 5] = [1.0, 2.0, 3.0, 20.0, 100.0];
const GROUPED: [bool; 5] = [false, true, false, true, true];

/// The state of each shard of the walk over all pairs of `a`, or of `a` and `b`.
fn shards(a: &UnitRows, b: Option<&UnitRows>, of: usize) -> Vec<GramState> {
    shards_with(a, b, of, &GROUPED)
}

/// The same, with these sums kept apart by group.
fn shards_with(a: &UnitRows, b: Option<&UnitRows>, of: usize, grouped: &[bool]) -> Vec<GramState> {
    let layout_a = Layout::new(a.rows(), 1);
    let layout_b = b.map(|b| Layout::new(b.rows(), 2));
    let plan = match &layout_b {
        None => Plan::symmetric(&layout_a),
        Some(layout_b) => Plan::rectangular(&layout_a, layout_b),
    };
    let layouts = (&layout_a, layout_b.as_ref().unwrap_or(&layout_a));
    let excluded = [(0, 0), (1, 0), (1, 1)];
    (0..of)
        .map(|index| {
            let job = GramJob {
                a: (a, &layout_a),
                b: b.zip(layout_b.as_ref()),
                excluded: &excluded,
                items: None,
                exponents: &Exponents::plan(&COEFFICIENTS),
                grouped,
                histogram: true,
                duplicates: b.is_none().then_some(1.0 - 1e-6),
                precision: Precision::F32,
                plan: &plan.clone().shard(layouts, Shard { index, of }),
                search: Search::default(),
            };
            gram(job, kernel::select(None).unwrap(), &NoWatch).unwrap()
        })
        .collect()
}

fn merged<S: Merge>(states: impl IntoIterator<Item = S>) -> S {
    let mut whole = S::default();
    states.into_iter().for_each(|state| whole.merge(state));
    whole
}

#[track_caller]
fn same_sums(one: &RowSums, other: &RowSums) {
    assert_eq!(one.rows(), other.rows());
    for c in 0..COEFFICIENTS.len() {
        for (x, y) in one.totals(c).iter().zip(other.totals(c)) {
            close(*x, y, 1e-13 * y.abs(), "row sum");
        }
    }
}

/// Counts exactly, sums up to the order of additions.
#[track_caller]
fn same_gram(one: &GramState, other: &GramState) {
    assert_eq!(one.coefficients, other.coefficients);
    assert_eq!(one.pairs, other.pairs);
    assert_eq!(one.histogram, other.histogram);
    assert_eq!(one.duplicates, other.duplicates);
    same_sums(&one.rows, &other.rows);
    assert_eq!(one.columns.is_some(), other.columns.is_some());
    if let (Some(one), Some(other)) = (&one.columns, &other.columns) {
        same_sums(one, other);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn shards_in_any_order_merge_to_the_whole(
        seed: u64, n in 2_usize..150, m in 2_usize..90, of in 1_usize..60, two: bool,
    ) {
        let (a, b) = (repeating(seed, n, 4), repeating(seed ^ 1, m, 4));
        let b = two.then_some(&b);
        let whole = shards(&a, b, 1).remove(0);
        let expected = if two { n * m - 3 } else { n * (n - 1) / 2 };
        prop_assert_eq!(whole.pairs, expected as u64);
        let mut parts = shards(&a, b, of);
        parts.shuffle(&mut Pcg64::seed_from_u64(seed));
        same_gram(&merged(parts), &whole);
    }

    #[test]
    fn shards_with_all_groups_apart_merge_to_the_bits_of_the_whole(
        seed: u64, n in 2_usize..700, m in 2_usize..300, of in 1_usize..30, two: bool,
    ) {
        let (a, b) = (repeating(seed, n, 4), repeating(seed ^ 1, m, 4));
        let b = two.then_some(&b);
        let whole = shards(&a, b, 1).remove(0);
        let mut parts = shards_with(&a, b, of, &[true; 5]);
        parts.shuffle(&mut Pcg64::seed_from_u64(seed));
        let parts = merged(parts);
        same_gram(&parts, &whole);
        let sums = |state: &GramState| {
            let sides = std::iter::once(&state.rows).chain(&state.columns);
            let of = |sums: &RowSums| (0..5).map(|c| sums.totals(c)).collect::<Vec<_>>();
            sides.map(of).collect::<Vec<_>>()
        };
        prop_assert!(sums(&parts) == sums(&whole), "the same bits");
    }
}

/// The empty state on the left, on the right, and with itself.
#[track_caller]
fn identity<S: Merge + Clone + PartialEq + std::fmt::Debug>(state: &S) {
    assert_eq!(merged([S::default(), state.clone()]), *state, "left");
    let mut right = state.clone();
    right.merge(S::default());
    assert_eq!(right, *state, "right");
    assert_eq!(merged([S::default(), S::default()]), S::default(), "both");
}

fn pair_state(rows: &UnitRows, positives: &Positives, groups: &[u32]) -> PairState {
    let alphas = [1.0, 2.0, 0.3];
    let own: Vec<u32> = (0..rows.rows() as u32).collect();
    let units = Units {
        a: &own,
        b: &own,
        count: own.len(),
    };
    pairs(
        (rows, rows),
        positives,
        &alphas,
        (groups, groups),
        units,
        &NoWatch,
    )
    .unwrap()
}

fn positives(seed: u64, n: usize) -> [Positives; 2] {
    let list = random_pairs(seed, 50, n, None);
    let pairs = list.iter().map(|&(i, j)| [i as i128, j as i128]);
    let raw = spherecheck::data::RawPairs::new("pairs", pairs);
    let mut rng = Pcg64::seed_from_u64(seed);
    let labels = Labels {
        name: "labels".to_owned(),
        classes: (0..n)
            .map(|i| if i < 2 { 0 } else { rng.random_range(0..4) })
            .collect(),
        values: Default::default(),
    };
    [
        Positives::Pairs(Pairs::new(&raw, ("rows", n), None).unwrap()),
        Positives::Groups(Groups::new(&labels, "rows", n).unwrap()),
    ]
}

#[test]
fn the_empty_state_is_the_identity_of_every_state() {
    let (a, b) = (repeating(1, 60, 3), repeating(2, 31, 3));
    for two in [None, Some(&b)] {
        for state in shards(&a, two, 2) {
            identity(&state);
            identity(&state.rows);
            identity(&state.duplicates);
        }
    }
    let layout = Layout::new(a.rows(), 1);
    for positives in positives(3, a.rows()) {
        identity(&pair_state(&a, &positives, &layout.group_of_rows()));
    }
    identity(&RowMoments::sums(&a, &NoWatch).unwrap());
    identity(&Duplicates {
        pairs: 3,
        repeats: vec![false, true, true],
    });
}
