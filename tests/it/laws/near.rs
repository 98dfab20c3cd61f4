//! Pairs of nearly equal rows: counted by their f64 cosine, and summed without the rounding of f32 cosines, which
//! steep coefficients multiply.

use spherecheck::audit::Settings;
use spherecheck::data::UnitRows;
use spherecheck::kernel::{self, Exponents, Precision};
use spherecheck::metric::MetricId::{ContrastiveUniformTerm, DuplicatePairs, Uniformity};
use spherecheck::pass::{GramJob, Layout, NoWatch, Plan, Search, prefix_grams};
use spherecheck::result::{Audit, Side};

use super::support::exact::{Exact, unit};
use super::support::{Rows, audit_rows, close, cpu, embeddings, found, kernels, noisy, normal};

/// Pairs whose first `dim` values, normalised again, have a cosine above 1 - 1e-6.
fn copies(rows: &Rows, dim: usize) -> u64 {
    let rows = unit(&rows.iter().map(|row| row[..dim].to_vec()).collect());
    let square = |x: &[f64], y: &[f64]| x.iter().zip(y).map(|(x, y)| (x - y).powi(2)).sum::<f64>();
    let pairs = (0..rows.len()).flat_map(|j| (0..j).map(move |i| (i, j)));
    let near = pairs.filter(|&(i, j)| square(&rows[i], &rows[j]) / 2.0 < 1e-6);
    near.count() as u64
}

/// A row at 1 - cosine = `off` from `row`, in a direction of its own, three times as long.
fn beside(row: &[f32], other: &[f32], off: f64) -> Vec<f32> {
    let dot = |x: &[f64], y: &[f64]| x.iter().zip(y).map(|(x, y)| x * y).sum::<f64>();
    let [x, y] = [row, other].map(|row| row.iter().copied().map(f64::from).collect::<Vec<_>>());
    let length = dot(&x, &x).sqrt();
    let along = dot(&x, &y) / (length * length);
    let across: Vec<f64> = x.iter().zip(&y).map(|(x, y)| y - along * x).collect();
    let width = dot(&across, &across).sqrt();
    let (cosine, sine) = (1.0 - off, (off * (2.0 - off)).sqrt());
    let turned = x
        .iter()
        .zip(&across)
        .map(|(x, y)| cosine * x / length + sine * y / width);
    turned.map(|v| (3.0 * v) as f32).collect()
}

#[test]
fn pairs_on_either_side_of_the_limit_are_told_by_their_f64_cosine() {
    let off: Vec<f64> = (0..25)
        .map(|k| 1e-6 * (1.0 + 0.02 * f64::from(k - 12)))
        .chain([0.999e-6, 1.001e-6, 0.0, 3e-6])
        .collect();
    for d in [2, 3, 16, 64, 100, 384, 768, 1500] {
        for one_size in [false, true] {
            let mut rows = normal(d as u64, off.len(), d);
            if one_size {
                // Products of one size all round the same way.
                for v in rows.iter_mut().flatten() {
                    *v = v.signum();
                }
            }
            let others = normal(1 + d as u64, off.len(), d);
            for (k, &off) in off.iter().enumerate() {
                rows.push(beside(&rows[k], &others[k], off));
            }
            let expected = copies(&rows, d);
            assert!(expected >= 13, "{expected} pairs, d = {d}");
            for kernel in kernels() {
                let audit = audit_rows(&rows, &Settings::default(), &*cpu(1, kernel));
                let pairs = found(&audit, DuplicatePairs, None, Side::A).value;
                assert_eq!(pairs, expected as f64, "{kernel}, d = {d}");
            }
        }
    }
}

/// All pairs are candidates and most lie near the limit: in whole rows and in each prefix.
#[test]
fn a_set_as_wide_as_the_limit_is_counted_by_f64_cosines() {
    let (n, d) = (300, 64);
    let centre = normal(1, 1, d).remove(0);
    let rows = noisy(&vec![centre; n], 2, 1e-3);
    let dims = [3, 16, d];
    let expected = dims.map(|dim| copies(&rows, dim));
    let all = (n * (n - 1) / 2) as u64;
    assert!(
        expected.iter().all(|&pairs| pairs > 1000 && pairs < all),
        "{expected:?}"
    );
    let unit_rows = UnitRows::normalise(embeddings(&rows)).unwrap();
    let layout = Layout::new(n, 0);
    let exponents = Exponents::plan(&[4.0]);
    let job = GramJob {
        a: (&unit_rows, &layout),
        b: None,
        excluded: &[],
        items: None,
        exponents: &exponents,
        grouped: &[false],
        histogram: false,
        duplicates: Some(1.0 - 1e-6),
        precision: Precision::F32,
        plan: &Plan::symmetric(&layout),
        search: Search::default(),
    };
    for name in kernels() {
        let audit = audit_rows(&rows, &Settings::default(), &*cpu(2, name));
        let pairs = found(&audit, DuplicatePairs, None, Side::A).value;
        assert_eq!(pairs, expected[2] as f64, "{name}");
        let kernel = kernel::select(Some(name)).unwrap();
        let states = prefix_grams(job, &dims, kernel, &NoWatch).unwrap();
        let counted = states.iter().map(|state| state.duplicates.pairs);
        assert!(counted.eq(expected), "{name}, {expected:?}");
    }
}

/// Every number of `rows` against the definitions; the error allowed of coefficient c is `tolerance(c)`.
#[track_caller]
fn check(rows: &Rows, tolerance: impl Fn(f64) -> f64, what: &str) {
    let settings = Settings {
        ts: vec![0.5, 2.0, 5.0, 15.0, 39.0, 100.0, 300.0, 340.0],
        taus: vec![1.0, 0.5, 0.07, 0.03, 0.0128, 0.005, 0.0015],
        ..Settings::default()
    };
    let inverse = settings.taus.iter().map(|tau| 1.0 / tau);
    let cs: Vec<f64> = settings.ts.iter().map(|t| 2.0 * t).chain(inverse).collect();
    let exact = Exact::within(rows, &cs);
    for kernel in kernels() {
        let audit: Audit = audit_rows(rows, &settings, &*cpu(1, kernel));
        let value = |metric, param| found(&audit, metric, Some(param), Side::A).value;
        for &t in &settings.ts {
            let what = format!("{what}, {kernel}, t = {t}");
            close(
                value(Uniformity, t),
                exact.uniformity(t),
                tolerance(2.0 * t),
                &what,
            );
        }
        for &tau in &settings.taus {
            let what = format!("{what}, {kernel}, tau = {tau}");
            let found = value(ContrastiveUniformTerm, tau);
            close(found, exact.uniform_term(tau), tolerance(1.0 / tau), &what);
        }
    }
}

/// The accuracy that `docs/method.md` promises, over all that t and tau may be.
#[test]
fn every_coefficient_is_as_accurate_as_promised() {
    let promised = |c: f64| (1.5e-7 * c).max(2e-6);
    for d in [2, 3, 64, 768] {
        let uniform = normal(3, 120, d);
        let centres = normal(4, 6, d);
        let clustered: Rows = (0..120).map(|i| centres[i % 6].clone()).collect();
        check(&uniform, promised, &format!("uniform, d = {d}"));
        for size in [0.3, 0.03, 0.003] {
            let rows = noisy(&clustered, 5, size);
            check(&rows, promised, &format!("clustered by {size}, d = {d}"));
        }
    }
}

/// Copies, scaled and opposite ones too, and near copies of every row decide steep sums: their cosines lose nothing.
#[test]
fn copies_and_near_copies_cost_no_accuracy_at_any_coefficient() {
    for d in [2, 3, 64, 768] {
        let rows = normal(6, 40, d);
        let scaled = |by: f32| {
            let row = move |row: &Vec<f32>| row.iter().map(|v| v * by).collect::<Vec<f32>>();
            rows.iter().map(row).collect::<Rows>()
        };
        let repeated = [rows.clone(), scaled(1.7), scaled(-0.3), scaled(-1.0)].concat();
        check(&repeated, |_| 2e-6, &format!("repeated, d = {d}"));
        for size in [1e-5, 1e-4, 1e-3] {
            let near = [rows.clone(), noisy(&rows, 7, size)].concat();
            check(&near, |_| 2e-6, &format!("copies within {size}, d = {d}"));
        }
    }
}
