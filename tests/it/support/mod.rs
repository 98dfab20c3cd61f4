//! Shared by the numeric suites: seeded data, audits of it, and the definitions in plain f64.

pub mod by_hand;
pub mod exact;
#[allow(dead_code, reason = "the study of coverage uses the rest")]
pub mod laws;
#[cfg(feature = "tables")]
pub mod parquet;

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use ndarray::Array2;
use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64;
use spherecheck::audit::{Inputs, PositivesInput, Settings, prepare};
use spherecheck::backend::{self, Backend};
use spherecheck::data::{Embeddings, RawPairs};
use spherecheck::kernel;
use spherecheck::metric::MetricId;
use spherecheck::pass::NoWatch;
use spherecheck::result::{Audit, Measure, Side};

/// How far a cosine may be from f64.
pub const COSINE_ERROR: f64 = 1e-6;

/// Rows as a file would hold them.
pub type Rows = Vec<Vec<f32>>;

/// `n` standard normal rows of `d` values.
pub fn normal(seed: u64, n: usize, d: usize) -> Rows {
    let mut rng = Pcg64::seed_from_u64(seed);
    let mut normal = || -> f32 {
        let (u, v): (f64, f64) = (rng.random(), rng.random());
        ((-2.0 * (1.0 - u).ln()).sqrt() * (std::f64::consts::TAU * v).cos()) as f32
    };
    (0..n).map(|_| (0..d).map(|_| normal()).collect()).collect()
}

/// Normal rows around a common direction: cosines far from zero, as real encoders give them.
pub fn cone(seed: u64, n: usize, d: usize) -> Rows {
    let mut rows = normal(seed, n, d);
    for row in &mut rows {
        row.iter_mut().for_each(|v| *v += 0.7);
    }
    rows
}

/// Second views: each row with some noise of its own.
pub fn noisy(rows: &Rows, seed: u64, size: f32) -> Rows {
    let noise = normal(seed, rows.len(), rows[0].len());
    let add = |(row, noise): (&Vec<f32>, Vec<f32>)| {
        row.iter().zip(noise).map(|(v, e)| v + size * e).collect()
    };
    rows.iter().zip(noise).map(add).collect()
}

/// `count` pairs (row of a, row of b), or of two different rows below `a` where there is no `b`.
pub fn random_pairs(seed: u64, count: usize, a: usize, b: Option<usize>) -> Vec<(usize, usize)> {
    let mut rng = Pcg64::seed_from_u64(seed);
    let mut pair = || match b {
        Some(b) => (rng.random_range(0..a), rng.random_range(0..b)),
        None => {
            let (i, k) = (rng.random_range(0..a), rng.random_range(1..a));
            (i, (i + k) % a)
        }
    };
    (0..count).map(|_| pair()).collect()
}

pub fn listed(pairs: &[(usize, usize)]) -> PositivesInput {
    let pairs = pairs.iter().map(|&(i, j)| [i as i128, j as i128]);
    PositivesInput::Pairs(RawPairs::new("pairs", pairs))
}

pub fn embeddings(rows: &Rows) -> Embeddings {
    let array = Array2::from_shape_fn((rows.len(), rows[0].len()), |(i, j)| rows[i][j]);
    Embeddings::from_array("rows", array.view()).unwrap()
}

pub fn inputs(a: Embeddings, b: Option<Embeddings>, positives: PositivesInput) -> Inputs {
    Inputs {
        name: "test".to_owned(),
        a,
        b,
        positives,
        groups: None,
    }
}

/// The whole way of an audit.
pub fn audit(inputs: Inputs, settings: &Settings, backend: &dyn Backend) -> Audit {
    prepare(inputs, settings, backend, &NoWatch)
        .unwrap()
        .run(backend, &NoWatch)
        .unwrap()
}

/// The audit of one file of rows without positives.
pub fn audit_rows(rows: &Rows, settings: &Settings, backend: &dyn Backend) -> Audit {
    let data = inputs(embeddings(rows), None, PositivesInput::None);
    audit(data, settings, backend)
}

/// The truth of every one of [`laws::LAWS`], from 8,000 rows, which leaves it an error a sixth of that of 200 rows.
pub fn truths() -> &'static [Vec<laws::Truth>; 4] {
    static TRUTHS: OnceLock<[Vec<laws::Truth>; 4]> = OnceLock::new();
    TRUTHS.get_or_init(|| laws::LAWS.map(|law| law.truth(8_000, &*any_cpu())))
}

pub fn cpu(threads: usize, kernel: &str) -> Box<dyn Backend> {
    backend::cpu(Some(threads), Some(kernel)).unwrap()
}

/// The fastest kernel here, on two threads.
pub fn any_cpu() -> Box<dyn Backend> {
    backend::cpu(Some(2), None).unwrap()
}

/// Names of the kernels that this machine has; the others are named on stderr.
#[expect(clippy::print_stderr, reason = "what is skipped is said")]
pub fn kernels() -> Vec<&'static str> {
    let here: Vec<_> = kernel::available().iter().map(|k| k.name()).collect();
    for name in kernel::NAMES {
        if !here.contains(name) {
            eprintln!("skipped: this machine has no {name} kernel");
        }
    }
    here
}

/// The measure of this metric, parameter and side.
#[track_caller]
pub fn found(audit: &Audit, metric: MetricId, param: Option<f64>, side: Side) -> &Measure {
    audit
        .measures
        .iter()
        .find(|m| {
            m.metric == metric && m.side == side && m.params.values().next().copied() == param
        })
        .unwrap_or_else(|| panic!("no {metric:?} {param:?} on side {}", side.name()))
}

#[track_caller]
pub fn close(found: f64, expected: f64, tolerance: f64, what: &str) {
    let error = (found - expected).abs();
    assert!(
        error <= tolerance,
        "{what}: found {found}, expected {expected}, off by {error:e} (at most {tolerance:e})"
    );
}

/// How far a number with coefficient `c` may be moved by cosines that are coarser than f32; here there are none.
pub fn slack(_c: f64) -> f64 {
    0.0
}

/// Every measure of `one` against its namesake in `other`: values within `tolerance`, errors within twice that.
#[track_caller]
pub fn same_measures(one: &Audit, other: &Audit, tolerance: f64, what: &str) {
    same_measures_by(one, other, tolerance, slack, what);
}

/// [`same_measures`], but numbers with coefficient c within `slack(c)` more, from either audit, and from either term of
/// those that are differences.
#[track_caller]
pub fn same_measures_by(
    one: &Audit,
    other: &Audit,
    tolerance: f64,
    slack: impl Fn(f64) -> f64,
    what: &str,
) {
    assert_eq!(one.measures.len(), other.measures.len(), "{what}");
    for (x, y) in one.measures.iter().zip(&other.measures) {
        let label = format!("{what}: {} on side {}", x.label(), x.side.name());
        assert_eq!(
            (x.metric, &x.params, x.side, x.n),
            (y.metric, &y.params, y.side, y.n)
        );
        // A test statistic is uniformity on the scale of its null distribution, of which `collapsed` is the size.
        let scale = match x.metric {
            MetricId::UniformityZ => x.collapsed.unwrap_or(1.0).max(1.0),
            _ => 1.0,
        };
        let coefficient = |(name, value): (&String, &f64)| match name.as_str() {
            "t" => 2.0 * value,
            "tau" => 1.0 / value,
            _ => 0.0,
        };
        let c = x.params.iter().map(coefficient).fold(0.0, f64::max);
        let rounding = 4.0 * slack(c);
        close(x.value, y.value, scale * (tolerance + rounding), &label);
        assert_eq!(x.se.is_some(), y.se.is_some(), "{label}: error");
        let n = x.n;
        if let (Some(x), Some(y)) = (x.se, y.se) {
            // sqrt((n - 1)/n sum (theta_i - mean)^2) moves by less than sqrt(n) times the most that any theta_i does.
            let error = 2.0 * tolerance + rounding * (n as f64).sqrt();
            close(x, y, error, &format!("{label}: error"));
        }
    }
}

pub fn fixture(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fixtures")
        .join(path)
}
