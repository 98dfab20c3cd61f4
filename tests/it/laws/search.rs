//! What a walk finds for those who search, against every pair in f64: positions, nearest rows, counts of cosines.

use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64;
use spherecheck::data::UnitRows;
use spherecheck::kernel::{self, Exponents, Precision, dot_error};
use spherecheck::pass::{
    Above, CosineCounts, Deviations, GramJob, GramState, Layout, NearestJob, NoWatch, Plan, Search,
    SearchState, gram, nearest, pair_cosines, prefix_grams,
};

use crate::support::{cone, cpu, embeddings, kernels, normal};

/// Neighbours that are asked for.
const NEAREST: usize = 7;

/// How far equal cosines may be apart in f64.
const EQUAL: f64 = 1e-12;

/// One or two sets of rows, and what is asked of them.
struct Case {
    a: UnitRows,
    b: Option<UnitRows>,
    layouts: (Layout, Layout),
    items: Option<(Vec<u32>, Vec<u32>)>,
    excluded: Vec<(u32, u32)>,
    positives: Vec<(u32, u32)>,
    cosines: Vec<f64>,
    /// The lowest fine bin that is counted by itself.
    lowest: usize,
}

/// Rows around a direction or around none; of few places where there should be ties.
fn rows(rng: &mut Pcg64, n: usize, d: usize, tied: bool) -> UnitRows {
    let seed = rng.random_range(0..1 << 30);
    let rows = if rng.random_bool(0.5) {
        cone(seed, n, d)
    } else {
        normal(seed, n, d)
    };
    let places = if tied { n.div_ceil(5) } else { n };
    let repeated: Vec<Vec<f32>> = (0..n)
        .map(|i| {
            rows[if i < places {
                i
            } else {
                rng.random_range(0..places)
            }]
            .clone()
        })
        .collect();
    UnitRows::normalise(embeddings(&repeated)).unwrap()
}

impl Case {
    fn new(seed: u64) -> Self {
        let mut rng = Pcg64::seed_from_u64(seed);
        let (two, tied, with_items) = (seed & 1 == 0, seed & 2 == 0, seed & 4 == 0);
        let (n, m) = (rng.random_range(2..=200), rng.random_range(1..=200));
        let d = rng.random_range(1..=70);
        let a = rows(&mut rng, n, d, tied);
        let b = two.then(|| {
            let other = rows(&mut rng, m, d, tied);
            // Rows of both sets that are nearly equal.
            if tied { mixed(&other, &a) } else { other }
        });
        let columns = b.as_ref().map_or(n, UnitRows::rows);
        let every = |rows: usize| -> Vec<u32> { (0..rows as u32).collect() };
        let items = with_items.then(|| {
            let of = |rows: usize| every(rows).iter().map(|row| row / 3).collect::<Vec<u32>>();
            (of(n), of(columns))
        });
        let layouts = match &items {
            Some((of_a, of_b)) => {
                let second = two.then(|| (every(columns), &of_b[..]));
                Layout::of_items((every(n), &of_a[..]), second, seed)
            }
            None => {
                let a = Layout::new(n, seed);
                let b = Layout::new(columns, seed + 1);
                if two { (a, b) } else { (a.clone(), a) }
            }
        };
        let mut pair = || loop {
            let (i, j) = (
                rng.random_range(0..n as u32),
                rng.random_range(0..columns as u32),
            );
            if two || i != j {
                return (i, j);
            }
        };
        // Some rows have several, most in some cases none.
        let mut positives: Vec<(u32, u32)> =
            (0..(seed as usize % 5) * n / 2).map(|_| pair()).collect();
        if let Some(&(i, j)) = positives.first() {
            // One row with very many, a pair that is listed twice, and once from each end.
            let others = (0..columns.min(64) as u32).map(|j| (i, j));
            positives.extend(others.filter(|(i, j)| two || i != j));
            positives.push((i, j));
            positives.extend((!two).then_some((j, i)));
        }
        let mut excluded: Vec<(u32, u32)> = (0..n).filter(|_| two).map(|_| pair()).collect();
        excluded.extend(positives.iter().skip(1).step_by(2).filter(|_| two));
        excluded.sort_unstable();
        let cosines = pair_cosines((&a, b.as_ref().unwrap_or(&a)), &positives);
        // All of them, some, one, and none that holds a pair.
        let lowest = match seed % 4 {
            0 => 0,
            1 => CosineCounts::BINS - 1,
            _ => rng.random_range(1..CosineCounts::BINS),
        };
        Self {
            lowest,
            layouts,
            items,
            excluded,
            positives,
            cosines,
            a,
            b,
        }
    }

    fn with_job<T>(&self, run: impl FnOnce(GramJob<'_>) -> T) -> T {
        let exponents = Exponents::plan(&[1.0, 4.0, 30.0]);
        let b = self.b.as_ref().map(|b| (b, &self.layouts.1));
        let plan = match b {
            Some((_, columns)) => Plan::rectangular(&self.layouts.0, columns),
            None => Plan::symmetric(&self.layouts.0),
        };
        run(GramJob {
            a: (&self.a, &self.layouts.0),
            b,
            excluded: &self.excluded,
            items: self.items.as_ref().map(|(a, b)| (&a[..], &b[..])),
            exponents: &exponents,
            grouped: &[false, true, false],
            histogram: true,
            duplicates: None,
            precision: Precision::F32,
            plan: &plan,
            search: Search {
                positives: &self.positives,
                cosines: &self.cosines,
                nearest: NEAREST,
                cosine_counts: Some(self.lowest),
            },
        })
    }

    fn walk(&self, kernel: &str, threads: usize) -> GramState {
        self.with_job(|job| cpu(threads, kernel).gram(job, &NoWatch).unwrap().state)
    }

    /// Cosine of each row of the first set with each of the second, in f64.
    fn exact(&self) -> Vec<Vec<f64>> {
        let b = self.b.as_ref().unwrap_or(&self.a);
        let all = |rows: &UnitRows| -> Vec<Vec<f64>> {
            let row = |i| {
                let mut out = vec![0.0; rows.dim()];
                rows.row_f64(i, &mut out);
                out
            };
            (0..rows.rows()).map(row).collect()
        };
        let (of_a, of_b) = (all(&self.a), all(b));
        let dot = |x: &[f64], y: &[f64]| x.iter().zip(y).map(|(x, y)| x * y).sum();
        of_a.iter()
            .map(|x| of_b.iter().map(|y| dot(x, y)).collect())
            .collect()
    }

    /// Whether a pair is counted in positions.
    fn met(&self, i: usize, j: usize) -> bool {
        match self.b {
            None => i != j,
            Some(_) => self.excluded.binary_search(&(i as u32, j as u32)).is_err(),
        }
    }

    /// Whether it is counted in sums; within one set each pair once.
    fn summed(&self, i: usize, j: usize) -> bool {
        let items = self.items.as_ref();
        self.met(i, j) && (self.b.is_some() || i < j) && items.is_none_or(|(a, b)| a[i] != b[j])
    }
}

/// `own`, with every third row one of `from`.
fn mixed(own: &UnitRows, from: &UnitRows) -> UnitRows {
    let mixed: Vec<Vec<f32>> = (0..own.rows())
        .map(|j| {
            let (rows, row) = match j % 3 {
                0 => (from, j % from.rows()),
                _ => (own, j),
            };
            let mut out = vec![0.0; own.dim()];
            rows.row_f32(row, &mut out);
            out
        })
        .collect();
    UnitRows::normalise(embeddings(&mixed)).unwrap()
}

/// Checks one position: `others` are the cosines of all others in f64. Returns how many f32 may have taken for ties.
#[track_caller]
fn check(found: Above, p: f64, others: &[f64], error: f64, what: &str) -> usize {
    let beyond = |limit: f64| others.iter().filter(|s| **s - p > limit).count();
    let (above, either) = (
        found.above as usize,
        found.above as usize + found.tied as usize,
    );
    let (least, most) = (beyond(2.0 * error), beyond(EQUAL));
    assert!(
        (least..=most).contains(&above),
        "{what}: {above} above, expected {least} to {most} of {}",
        others.len()
    );
    let (fewest, all) = (beyond(-EQUAL), beyond(-2.0 * error));
    assert!(
        (fewest..=all).contains(&either),
        "{what}: {either} above or tied, expected {fewest} to {all} of {}",
        others.len()
    );
    // Equal ones are tied, never above or below.
    assert!(found.tied as usize >= fewest - most, "{what}: ties");
    (most - least) + (all - fewest)
}

#[test]
fn positions_are_those_of_f64() {
    let (mut doubtful, mut all, mut ties) = (0, 0, 0);
    for seed in 0..40 {
        let case = Case::new(seed);
        let exact = case.exact();
        let columns = exact[0].len();
        let error = dot_error(case.a.dim()) + 2.0_f64.powi(-22);
        for kernel in kernels() {
            let found = case.walk(kernel, 2).search;
            let seen = (found.from_rows.len(), found.from_columns.len());
            assert_eq!(seen, (case.positives.len(), case.positives.len()));
            for (p, &(i, j)) in case.positives.iter().enumerate() {
                let (i, j) = (i as usize, j as usize);
                let what = format!("case {seed}, {kernel}, positive ({i}, {j})");
                let of_row = (0..columns).filter(|&z| z != j && case.met(i, z));
                let of_row: Vec<f64> = of_row.map(|z| exact[i][z]).collect();
                // Within one set the other's row stands in for a column.
                let of_column = (0..exact.len()).filter(|&z| z != i && case.met(z, j));
                let of_column: Vec<f64> = of_column.map(|z| exact[z][j]).collect();
                let cosine = case.cosines[p];
                let parts = [
                    (found.from_rows[p], &found.from_rows_by_group),
                    (found.from_columns[p], &found.from_columns_by_group),
                ];
                for (whole, by_group) in parts {
                    let count = by_group.len() / case.positives.len();
                    let parts = by_group[p * count..(p + 1) * count].iter();
                    let sum = parts.fold((0, 0), |sum, part| {
                        (sum.0 + u32::from(part.above), sum.1 + u32::from(part.tied))
                    });
                    assert_eq!(sum, (whole.above, whole.tied), "{what}: by group");
                }
                doubtful += check(found.from_rows[p], cosine, &of_row, error, &what);
                doubtful += check(found.from_columns[p], cosine, &of_column, error, &what);
                all += of_row.len() + of_column.len();
                ties += found.from_rows[p].tied as usize;
            }
        }
    }
    assert!(ties > 1000 && all > 100_000, "{ties} ties of {all}");
    assert!(
        1000 * doubtful < all,
        "{doubtful} of {all} pairs are in doubt: the bounds say little"
    );
}

/// Checks the nearest rows of a walk against those of a walk of their own.
#[track_caller]
fn check_nearest(case: &Case, what: &str) {
    for kernel in kernels() {
        let found = case.walk(kernel, 2).search.nearest;
        let all: Vec<u32> = (0..case.a.rows() as u32).collect();
        let job = match &case.b {
            Some(b) => NearestJob::Between(&case.a, b, NEAREST),
            None => NearestJob::Within(&case.a, &all, NEAREST),
        };
        let chosen = kernel::select(Some(kernel)).unwrap();
        let expected = nearest(chosen, job, &NoWatch).unwrap();
        assert_eq!(found, expected, "{what}, {kernel}");
    }
}

#[test]
fn nearest_rows_are_those_of_the_walk_of_their_own() {
    for seed in 0..40 {
        check_nearest(&Case::new(seed), &format!("case {seed}"));
    }
}

/// A bundle of a few rows, all of which are compared with all others before a walk begins: less than are sought are as near as
/// that promises.
#[test]
fn rows_that_a_sample_misleads_are_looked_at_again() {
    let layouts = (Layout::new(2400, 1), Layout::new(2400, 2));
    let rows = |layout: &Layout, seed: u64, bundle: usize| {
        let mut rows = normal(seed, 2400, 8);
        rows.iter_mut().for_each(|row| row[0] = -6.0);
        for at in (0..2400).step_by(2400 / bundle) {
            rows[layout.order()[at] as usize][0] = 6.0;
        }
        UnitRows::normalise(embeddings(&rows)).unwrap()
    };
    let case = |a: UnitRows, b: Option<UnitRows>| Case {
        a,
        b,
        layouts: layouts.clone(),
        items: None,
        excluded: Vec::new(),
        positives: Vec::new(),
        cosines: Vec::new(),
        lowest: 0,
    };
    let bundle = NEAREST - 1;
    check_nearest(&case(rows(&layouts.0, 3, bundle), None), "one set");
    // All rows of the first are as near to that bundle.
    let (a, b) = (rows(&layouts.0, 4, 2400), rows(&layouts.1, 5, bundle));
    check_nearest(&case(a, Some(b)), "two sets");
}

/// Checks counts by bin from `lowest` on against sorted cosines, at every edge that some of them are near and at a few
/// others, and sums over those below.
#[track_caller]
fn check_bins(
    (counts, lowest, below): (&[u64], usize, Deviations),
    mut cosines: Vec<f64>,
    error: f64,
    what: &str,
) {
    let edge = CosineCounts::edge(lowest);
    let off = cosines.iter().map(|s| (s - edge).min(0.0));
    let exact = [off.clone().sum::<f64>(), off.map(|off| off * off).sum()];
    for (found, exact) in below.sums().into_iter().zip(exact) {
        let slack = 4.0 * error * cosines.len() as f64;
        let exact = if lowest == 0 { 0.0 } else { exact };
        assert!(
            (found - exact).abs() <= slack,
            "{what}: {found} below, not {exact}"
        );
    }
    assert!(
        counts[1..CosineCounts::place(lowest, lowest).max(1)]
            .iter()
            .all(|count| *count == 0),
        "{what}"
    );
    let first = CosineCounts::first(lowest);
    assert_eq!(first + counts.len(), CosineCounts::BINS, "{what}");
    cosines.sort_by(f64::total_cmp);
    assert_eq!(counts.iter().sum::<u64>(), cosines.len() as u64, "{what}");
    let mut before = 0;
    for (bin, count) in (first..).zip(counts) {
        if bin >= lowest.max(1) && (*count > 0 || bin.is_multiple_of(4096)) {
            let edge = (2 * bin - 1) as f64 / CosineCounts::BINS as f64 - 1.0;
            let below = |edge: f64| cosines.partition_point(|s| *s < edge) as u64;
            let (least, most) = (below(edge - error), below(edge + error));
            assert!(
                (least..=most).contains(&before),
                "{what}: {before} below {edge}, expected {least} to {most}"
            );
        }
        before += count;
    }
}

#[test]
fn cosines_are_counted_by_the_groups_they_touch() {
    for seed in 0..24 {
        let case = Case::new(seed);
        let exact = case.exact();
        let groups = (
            case.layouts.0.group_of_rows(),
            case.layouts.1.group_of_rows(),
        );
        let all: Vec<(u32, u32, f64)> = (0..exact.len())
            .flat_map(|i| (0..exact[i].len()).map(move |j| (i, j)))
            .filter(|&(i, j)| case.summed(i, j))
            .map(|(i, j)| (groups.0[i], groups.1[j], exact[i][j]))
            .collect();
        let count = 1 + groups.0.iter().chain(&groups.1).max().unwrap();
        let error = dot_error(case.a.dim()) + 1e-6;
        for kernel in kernels() {
            let state = case.walk(kernel, 2);
            let found = &state.search.cosines;
            let what = format!("case {seed}, {kernel}");
            assert_eq!(state.pairs, all.len() as u64, "{what}");
            assert_eq!(found.touching.len(), count as usize, "{what}");
            let cosines = all.iter().map(|pair| pair.2).collect();
            let counted = (&found.all[..], case.lowest, found.below);
            check_bins(counted, cosines, error, &what);
            assert_eq!(found.lowest, case.lowest);
            let touching = found.touching.iter().zip(&found.touching_below);
            for (g, (counts, below)) in (0..).zip(touching) {
                let touching = all.iter().filter(|pair| pair.0 == g || pair.1 == g);
                let cosines = touching.map(|pair| pair.2).collect();
                let counted = (&counts[..], case.lowest, *below);
                check_bins(counted, cosines, error, &format!("{what}, group {g}"));
            }
        }
    }
}

#[test]
fn threads_change_nothing_that_is_found() {
    for seed in [0, 3, 8, 13] {
        let case = Case::new(seed);
        for kernel in kernels() {
            let one = case.walk(kernel, 1);
            assert_ne!(one.search, SearchState::default());
            for threads in [2, 5] {
                let other = case.walk(kernel, threads);
                assert!(one == other, "case {seed}, {kernel}, {threads} threads");
            }
        }
    }
}

/// Blocks of many strips and panels, and groups of several blocks.
#[test]
fn larger_blocks_are_counted_alike() {
    let mut rng = Pcg64::seed_from_u64(77);
    let all = rows(&mut rng, 4000, 6, true);
    let layout = Layout::with_groups(4000, 2, 5);
    let plan = Plan::symmetric(&layout);
    let positives: Vec<(u32, u32)> = (0..4000).map(|i| (i, (i * 7 + 1) % 4000)).collect();
    let positives: Vec<_> = positives.into_iter().filter(|(i, j)| i != j).collect();
    let cosines = pair_cosines((&all, &all), &positives);
    let exponents = Exponents::plan(&[2.0]);
    let job = GramJob {
        a: (&all, &layout),
        b: None,
        excluded: &[],
        items: None,
        exponents: &exponents,
        grouped: &[false],
        histogram: false,
        duplicates: None,
        precision: Precision::F32,
        plan: &plan,
        search: Search {
            positives: &positives,
            cosines: &cosines,
            nearest: 20,
            cosine_counts: Some(0),
        },
    };
    let plain = GramJob {
        search: Search::default(),
        ..job
    };
    let row = |i: u32| {
        let mut out = vec![0.0; 6];
        all.row_f64(i as usize, &mut out);
        out
    };
    let exact: Vec<Vec<f64>> = (0..4000).map(row).collect();
    let error = dot_error(6) + 2.0_f64.powi(-22);
    for kernel in kernels() {
        let chosen = kernel::select(Some(kernel)).unwrap();
        let state = gram(job, chosen, &NoWatch).unwrap();
        let others: Vec<u32> = (0..4000).collect();
        let others = NearestJob::Within(&all, &others, 20);
        let expected = nearest(chosen, others, &NoWatch).unwrap();
        assert_eq!(state.search.nearest, expected, "{kernel}");
        assert_eq!(state.search.cosines.all.iter().sum::<u64>(), state.pairs);
        for (p, &(i, j)) in positives.iter().enumerate().step_by(61) {
            let seen_from = |one: u32, other: u32| -> Vec<f64> {
                let x = &exact[one as usize];
                let others = (0..4000_u32).filter(|z| *z != one && *z != other);
                let dot = |y: &[f64]| x.iter().zip(y).map(|(x, y)| x * y).sum();
                others.map(|z| dot(&exact[z as usize])).collect()
            };
            let what = format!("{kernel}, positive ({i}, {j})");
            let found = (&state.search.from_rows[p], &state.search.from_columns[p]);
            check(*found.0, cosines[p], &seen_from(i, j), error, &what);
            check(*found.1, cosines[p], &seen_from(j, i), error, &what);
        }
        // What is sought beside changes no sum.
        let without = gram(plain, chosen, &NoWatch).unwrap();
        assert_eq!(without.search, SearchState::default());
        let sums = GramState {
            search: SearchState::default(),
            ..state
        };
        assert!(sums == without, "{kernel}: sums with a search and without");
    }
}

#[test]
fn rounded_rows_and_prefixes_are_not_searched() {
    let case = Case::new(9);
    for kernel in kernels() {
        let chosen = kernel::select(Some(kernel)).unwrap();
        case.with_job(|job| {
            let dims = [case.a.dim().div_ceil(2), case.a.dim()];
            let dims = &dims[usize::from(dims[0] == dims[1])..];
            let prefixes = prefix_grams(job, dims, chosen, &NoWatch).unwrap();
            assert!(
                prefixes
                    .iter()
                    .all(|state| state.search == SearchState::default())
            );
            for precision in [Precision::Bf16, Precision::I8] {
                if let Ok(rounded) = chosen.at(precision) {
                    let job = GramJob { precision, ..job };
                    let state = gram(job, rounded, &NoWatch).unwrap();
                    assert_eq!(state.search, SearchState::default());
                }
            }
        });
    }
}
