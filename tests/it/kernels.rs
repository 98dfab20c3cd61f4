//! Every kernel that this machine has, alone: tiles of cosines, sums of exponentials, bins and packing against f64.

mod above;
mod bench;
mod insert;
mod rounded;

use bench::{Bench, cosines, naive, random_mask, relative};
use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64;
use spherecheck::kernel::{
    self, COLUMNS, Choice, Exponents, Kernel, KernelError, NAMES, Panel, STEEP, Tile, WithKernel,
    pack,
};

/// Relative error of one exponential: three f32 roundings (table entry, polynomial, their product) of 6e-8 each, and
/// at most 5.3e-8 of the polynomial itself.
const EXPONENTIAL: f64 = 2.4e-7;

/// Runs a check with every kernel here; what is not here is named, never passed over in silence.
fn with_every_kernel<W: WithKernel<Output = ()> + Copy>(check: W) {
    for name in crate::support::kernels() {
        kernel::select(Some(name)).unwrap().run(check);
    }
}

#[derive(Clone, Copy)]
struct GramAgainstF64;

impl WithKernel for GramAgainstF64 {
    type Output = ();

    fn run<K: Kernel>(self, kernel: K) {
        let mut rng = Pcg64::seed_from_u64(1);
        let mut tile = Tile::new(&Exponents::default());
        for dim in (1..=67).chain([127, 128, 384, 769]) {
            let mut draw = |len: usize| -> Vec<f32> {
                (0..len).map(|_| rng.random_range(-1.0..1.0)).collect()
            };
            let (rows, columns, next) = (draw(K::MR * dim), draw(K::NR * dim), draw(dim));
            let panel = Panel::new(&columns, dim);
            let above = kernel.gram(&rows, panel, &next, f32::INFINITY, &mut tile);
            assert!(!above, "{}: nothing is above infinity", K::NAME);
            let found = tile.cosines::<K>().to_vec();
            assert_eq!(found.len(), K::MR * K::NR);
            for (at, &value) in found.iter().enumerate() {
                let (r, c) = (at / K::NR, at % K::NR);
                let terms = || {
                    (0..dim)
                        .map(|k| f64::from(rows[r * dim + k]) * f64::from(columns[k * K::NR + c]))
                };
                // The bound of any order of d multiply-adds, two roundings each.
                let bound = 2.0 * dim as f64 * 2_f64.powi(-24) * terms().map(f64::abs).sum::<f64>();
                let exact: f64 = terms().sum();
                assert!(
                    (f64::from(value) - exact).abs() <= bound,
                    "{}, d = {dim}, ({r}, {c}): found {value}, expected {exact}",
                    K::NAME
                );
            }
            let top = found.iter().copied().fold(f32::NEG_INFINITY, f32::max);
            let mut above = |limit| kernel.gram(&rows, panel, &[], limit, &mut tile);
            assert!(
                !above(top),
                "{}, d = {dim}: the largest is not above itself",
                K::NAME
            );
            assert!(
                above(top.next_down()),
                "{}, d = {dim}: the largest is seen",
                K::NAME
            );
        }
    }
}

#[test]
fn cosines_agree_with_f64_at_odd_sizes() {
    with_every_kernel(GramAgainstF64);
}

#[derive(Clone, Copy)]
struct RefinedAgainstF64;

impl WithKernel for RefinedAgainstF64 {
    type Output = ();

    fn run<K: Kernel>(self, kernel: K) {
        let mut rng = Pcg64::seed_from_u64(7);
        let mut tile = Tile::new(&Exponents::default());
        for dim in [1, 2, 31, 96, 97, 300] {
            let size = 1.0 / (dim as f32).sqrt();
            let mut draw = |len: usize, by: f32| -> Vec<f32> {
                (0..len).map(|_| by * rng.random_range(-1.0..1.0)).collect()
            };
            // Rows near one point, but for every third.
            let (point, noise) = (draw(dim, size), draw((K::MR + K::NR) * dim, 1e-3 * size));
            let value = |row: usize, k: usize| {
                let sign = if row % 3 == 2 { -1.0 } else { 1.0 };
                sign * point[k] + noise[row * dim + k]
            };
            let rows: Vec<f32> = (0..K::MR * dim)
                .map(|at| value(at / dim, at % dim))
                .collect();
            let columns: Vec<f32> = (0..K::NR * dim)
                .map(|at| value(K::MR + at % K::NR, at / K::NR))
                .collect();
            let panel = Panel::new(&columns, dim);
            kernel.gram(&rows, panel, &[], 0.0, &mut tile);
            let before = tile.cosines::<K>().to_vec();
            tile.refine(kernel, &rows, panel, 0.0);
            for (at, (&half, &cosine)) in tile
                .halves::<K>()
                .iter()
                .zip(tile.cosines::<K>())
                .enumerate()
            {
                let (r, c) = (at / K::NR, at % K::NR);
                let apart =
                    |k: usize| f64::from(rows[r * dim + k]) - f64::from(columns[k * K::NR + c]);
                let exact = (0..dim).map(|k| apart(k).powi(2)).sum::<f64>() / 2.0;
                if before[at] > 0.0 {
                    let error = (f64::from(half) - exact).abs();
                    assert!(
                        error <= 2e-5 * exact,
                        "{}, d = {dim}: {half} {exact}",
                        K::NAME
                    );
                    assert_eq!(cosine, 1.0 - half);
                } else {
                    assert_eq!((half, cosine), (f32::INFINITY, before[at]), "{}", K::NAME);
                }
            }
        }
    }
}

#[test]
fn near_pairs_keep_the_digits_of_their_distance() {
    with_every_kernel(RefinedAgainstF64);
}

/// Lists of coefficients, and how many roundings of the first exponential their plan lets build up.
const PLANS: &[(&[f64], f64)] = &[
    (&[0.01], 1.0),
    (&[4.0], 1.0),
    (&[STEEP], 1.0),
    // A run of two, of three, of four, and one that is too long.
    (&[2.0, 4.0], 2.0),
    (&[1.0, 2.0, 4.0], 4.0),
    (&[1.0, 2.0, 4.0, 8.0], 8.0),
    (&[1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0], 24.0),
    // Products of kept runs, and the set of the benchmark: t = 0.5, 1, 2, 4, tau = 0.05, 0.07, 0.1, 0.5.
    (&[3.0, 5.0, 8.0, 13.0, 21.0, 34.0, 55.0], 24.0),
    (&[1.0, 2.0, 4.0, 8.0, 20.0, 1.0 / 0.07, 10.0, 2.0], 24.0),
    // Nothing in common.
    (&[0.3, 1.7, 2.9, 7.1, 31.0, 77.0], 1.0),
];

#[derive(Clone, Copy)]
struct ExponentialsAgainstF64;

impl WithKernel for ExponentialsAgainstF64 {
    type Output = ();

    fn run<K: Kernel>(self, kernel: K) {
        let mut rng = Pcg64::seed_from_u64(2);
        for &(coefficients, roundings) in PLANS {
            let mut bench = Bench::new(kernel, coefficients);
            let cs: Vec<f64> = bench.plan.coefficients().collect();
            let tile = cosines::<K>(&mut rng);
            bench.fill(&tile);
            // Each exponential within its own error times what its plan builds up; adding up to 48 of them in f32 costs
            // as many roundings at most.
            let tolerance = roundings * EXPONENTIAL + 48.0 * 2_f64.powi(-24);
            let some = random_mask::<K>(&mut rng);
            for mask in [None, Some(&some[..])] {
                let (rows, columns) = bench.sums(mask, 0.0, 1);
                for (k, &c) in cs.iter().enumerate() {
                    let what = format!("{}, {coefficients:?}, c = {c}", K::NAME);
                    let (by_row, by_column) = naive::<K>(&tile, mask, |s| (c * s).exp());
                    let rows = &rows[k * K::MR..(k + 1) * K::MR];
                    let columns = &columns[k * K::NR..(k + 1) * K::NR];
                    relative(rows, &by_row, tolerance, &format!("{what}, rows"));
                    relative(columns, &by_column, tolerance, &format!("{what}, columns"));
                }
            }
        }
    }
}

#[test]
fn sums_of_exponentials_agree_with_f64_for_every_shape_of_plan() {
    with_every_kernel(ExponentialsAgainstF64);
}

#[derive(Clone, Copy)]
struct SumsAreAddedTo;

impl WithKernel for SumsAreAddedTo {
    type Output = ();

    fn run<K: Kernel>(self, kernel: K) {
        let mut rng = Pcg64::seed_from_u64(3);
        let mut bench = Bench::new(kernel, &[1.0, 2.0, 3.0, 7.0]);
        bench.fill(&cosines::<K>(&mut rng));
        let (rows, columns) = bench.sums(None, 0.0, 1);
        let (more_rows, more_columns) = bench.sums(None, 5.0, 3);
        let tripled = |sums: &[f64], start: f64| -> Vec<f64> {
            sums.iter().map(|sum| 3.0 * sum + start).collect()
        };
        let start = 5.0 * K::LANES as f64;
        relative(&more_rows, &tripled(&rows, start), 1e-6, K::NAME);
        relative(&more_columns, &tripled(&columns, 5.0), 1e-6, K::NAME);
        let nothing = vec![0.0; K::MR * K::NR];
        let (rows, columns) = bench.sums(Some(&nothing), 0.0, 2);
        assert!(
            rows.iter().chain(&columns).all(|&sum| sum == 0.0),
            "{}: a mask of zeros lets something through",
            K::NAME
        );
    }
}

#[test]
fn sums_are_added_to_and_an_empty_mask_adds_nothing() {
    with_every_kernel(SumsAreAddedTo);
}

#[derive(Clone, Copy)]
struct ExponentialOverAGrid;

impl WithKernel for ExponentialOverAGrid {
    type Output = ();

    fn run<K: Kernel>(self, kernel: K) {
        const STEPS: usize = 4800;
        let mut worst = (0.0, 0.0, 0.0);
        let ratio = (STEEP / 0.01).powf(1.0 / 100.0);
        let mut mask = vec![0.0; K::MR * K::NR];
        mask[..K::NR].fill(1.0);
        for step in 0..=100 {
            let c = (0.01 * ratio.powi(step)).min(STEEP);
            let mut bench = Bench::new(kernel, &[c]);
            for first in (0..=STEPS).step_by(K::NR) {
                // One live row, so that a column's sum is one exponential.
                let grid = |at: usize| {
                    let at = (first + at % K::NR).min(STEPS);
                    (2.0 * at as f64 / STEPS as f64 - 1.0) as f32
                };
                let tile: Vec<f32> = (0..K::MR * K::NR).map(grid).collect();
                bench.fill(&tile);
                let (_, found) = bench.sums(Some(&mask), 0.0, 1);
                for (&s, e) in tile.iter().zip(found) {
                    let error = (e / (c * f64::from(s)).exp() - 1.0).abs();
                    if error > worst.0 {
                        worst = (error, c, f64::from(s));
                    }
                }
            }
        }
        let (error, c, s) = worst;
        assert!(
            error < EXPONENTIAL,
            "{}: e^(c s) is off by {error:e} at c = {c}, s = {s}; at most {EXPONENTIAL:e} is expected",
            K::NAME
        );
    }
}

#[test]
fn the_exponential_is_good_to_f32_for_every_gentle_coefficient() {
    with_every_kernel(ExponentialOverAGrid);
}

#[derive(Clone, Copy)]
struct SteepAgainstF64;

impl WithKernel for SteepAgainstF64 {
    type Output = ();

    fn run<K: Kernel>(self, kernel: K) {
        let mut rng = Pcg64::seed_from_u64(4);
        let mut bench = Bench::new(kernel, &[]);
        for c in [STEEP.next_up(), 100.0, 200.0, 500.0, 680.0] {
            let tile = cosines::<K>(&mut rng);
            bench.fill(&tile);
            let some = random_mask::<K>(&mut rng);
            for mask in [None, Some(&some[..])] {
                let (mut rows, mut columns) = (vec![0.0; K::MR], vec![0.0; K::NR]);
                for _ in 0..2 {
                    kernel.steep(&bench.tile, mask, c, &mut rows, &mut columns);
                }
                let (by_row, by_column) = naive::<K>(&tile, mask, |s| 2.0 * (c * s).exp());
                let what = format!("{}, c = {c}", K::NAME);
                relative(&rows, &by_row, 1e-13, &format!("{what}, rows"));
                relative(&columns, &by_column, 1e-13, &format!("{what}, columns"));
            }
        }
    }
}

#[test]
fn steep_sums_agree_with_f64() {
    with_every_kernel(SteepAgainstF64);
}

#[derive(Clone, Copy)]
struct BinsAgainstF64;

impl WithKernel for BinsAgainstF64 {
    type Output = ();

    fn run<K: Kernel>(self, kernel: K) {
        let mut rng = Pcg64::seed_from_u64(5);
        let mut bench = Bench::new(kernel, &[]);
        let mut found = vec![0; K::MR * K::NR];
        for bins in [1, 2, 7, 10, 1000, 4096, 65_536_u32] {
            for _ in 0..20 {
                let mut tile = cosines::<K>(&mut rng);
                // What rounding may leave just outside.
                tile[5..7].copy_from_slice(&[1.000_001, -1.000_001]);
                bench.fill(&tile);
                kernel.bin(bench.tile.cosines::<K>(), (bins, 0.0), &mut found);
                for (&s, &bin) in tile.iter().zip(&found) {
                    // What is outside is in the outermost; next to an edge the rounding of f32 may choose either.
                    let exact = (f64::from(s) + 1.0) / 2.0 * f64::from(bins);
                    let slack = f64::from(bins) * 2e-7 + 1e-7;
                    let exact = exact.clamp(0.0, f64::from(bins) - slack);
                    let bin = f64::from(bin);
                    assert!(
                        bin <= exact + slack && exact - slack <= bin + 1.0,
                        "{}: {s} in bin {bin} of {bins}, expected {exact}",
                        K::NAME
                    );
                    assert!(bin < f64::from(bins));
                }
            }
        }
    }
}

#[test]
fn cosines_fall_into_their_bins() {
    with_every_kernel(BinsAgainstF64);
}

#[derive(Clone, Copy)]
struct PackingTransposes;

impl WithKernel for PackingTransposes {
    type Output = ();

    fn run<K: Kernel>(self, _: K) {
        assert_eq!(COLUMNS % K::NR, 0, "{}: panels divide blocks", K::NAME);
        for dim in (1..=33).chain([64, 67]) {
            for count in 1..=K::NR {
                let rows: Vec<f32> = (0..count * dim).map(|k| 1.0 + k as f32).collect();
                let mut out = vec![f32::NAN; K::NR * dim];
                pack::<K>(&rows, dim, &mut out);
                for (at, &value) in out.iter().enumerate() {
                    let (k, column) = (at / K::NR, at % K::NR);
                    let expected = if column < count {
                        rows[column * dim + k]
                    } else {
                        0.0
                    };
                    assert_eq!(value, expected, "{}: {count} rows of {dim}", K::NAME);
                }
            }
        }
    }
}

#[test]
fn packing_transposes_and_fills_with_zeros() {
    with_every_kernel(PackingTransposes);
}

#[test]
fn kernels_are_chosen_by_name_and_refused_in_words() {
    let here = kernel::available();
    assert_eq!(here.last(), Some(&Choice::Portable));
    assert_eq!(kernel::select(None), Ok(here[0]), "the fastest comes first");
    let places: Vec<_> = here
        .iter()
        .map(|k| NAMES.iter().position(|name| *name == k.name()).unwrap())
        .collect();
    assert!(places.is_sorted(), "fastest first, as in NAMES");
    for &name in NAMES {
        match kernel::select(Some(name)) {
            Ok(choice) => assert_eq!(choice.name(), name),
            Err(error) => {
                assert_eq!(error, KernelError::Absent { kernel: name });
                let text = error.to_string();
                assert!(text.contains(name) && text.contains("portable"), "{text}");
            }
        }
    }
    for unknown in ["", "AVX2", "avx512f", "fastest"] {
        let error = kernel::select(Some(unknown)).unwrap_err();
        assert_eq!(
            error,
            KernelError::Unknown {
                found: unknown.to_owned()
            }
        );
        let text = error.to_string();
        assert!(NAMES.iter().all(|name| text.contains(name)), "{text}");
        assert!(text.contains(&format!("{unknown:?}")), "{text}");
    }
    let absent = KernelError::Absent { kernel: "avx512" }.to_string();
    assert!(
        absent.contains("no avx512") && absent.contains("portable"),
        "{absent}"
    );
}
