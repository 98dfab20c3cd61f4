//! What may change in the files without changing a number.

use std::sync::Arc;

use half::{bf16, f16};
use proptest::prelude::*;
use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64;
use spherecheck::audit::{PositivesInput, Settings};
use spherecheck::data::Embeddings;
use spherecheck::metric::MetricId;
use spherecheck::num::Dtype;
use spherecheck::result::Audit;

use super::support::{
    Rows, any_cpu, audit, close, cone, embeddings, inputs, listed, noisy, normal, random_pairs,
    same_measures,
};

const TOLERANCE: f64 = 2e-6;

/// An audit of two aligned views, without the norms, which are all that may depend on the length of rows.
fn directions(a: Embeddings, b: Embeddings) -> Audit {
    let settings = Settings::default();
    let data = inputs(a, Some(b), PositivesInput::Aligned);
    let mut audit = audit(data, &settings, &*any_cpu());
    let norms = [MetricId::NormMean, MetricId::NormCv];
    audit
        .measures
        .retain(|measure| !norms.contains(&measure.metric));
    audit
}

/// Whether a pair of rows lies so near the cosine from which rows count as duplicates that f32 rounding, of the file's
/// values as of the pass's, may put it on either side.
fn on_the_border(rows: &Rows) -> bool {
    let unit = |row: &Vec<f32>| -> Vec<f64> {
        let norm = row.iter().map(|&v| f64::from(v).powi(2)).sum::<f64>();
        row.iter().map(|&v| f64::from(v) / norm.sqrt()).collect()
    };
    let units: Vec<Vec<f64>> = rows.iter().map(unit).collect();
    units.iter().enumerate().any(|(i, one)| {
        units[..i].iter().any(|other| {
            let cosine: f64 = one.iter().zip(other).map(|(x, y)| x * y).sum();
            (1.0 - cosine - 1e-6).abs() < 4e-7
        })
    })
}

/// Both audits of `a` and `b` without the counts of duplicates, if rounding may change those.
fn without_border_cases(mut audits: [Audit; 2], a: &Rows, b: &Rows) -> [Audit; 2] {
    let counts = [MetricId::DuplicateRows, MetricId::DuplicatePairs];
    if on_the_border(a) || on_the_border(b) {
        for audit in &mut audits {
            audit.measures.retain(|m| !counts.contains(&m.metric));
        }
    }
    audits
}

/// The same without its delete-a-group errors: which rows share a group goes by row number.
fn without_group_errors(mut audit: Audit) -> Audit {
    let grouped = [
        MetricId::ContrastiveUniformTerm,
        MetricId::ContrastiveLimit,
        MetricId::ContrastiveGap,
        MetricId::ContrastiveGapUniformity,
        MetricId::JensenGap,
    ];
    for measure in &mut audit.measures {
        measure.se = measure.se.filter(|_| !grouped.contains(&measure.metric));
    }
    // Nearness is not transitive: in a chain of near rows it depends on the order how many have one before them.
    // (duplicate_pairs, which does not depend on it, is held, border cases apart.)
    audit
        .measures
        .retain(|m| m.metric != MetricId::DuplicateRows);
    audit
}

/// A random rotation (or reflection) of R^d: Gram-Schmidt on normal rows.
fn rotation(seed: u64, d: usize) -> Vec<Vec<f64>> {
    let mut basis: Vec<Vec<f64>> = Vec::new();
    for row in normal(seed, d, d) {
        let mut row: Vec<f64> = row.into_iter().map(f64::from).collect();
        // Twice, since once leaves rounding behind.
        for _ in 0..2 {
            for other in &basis {
                let dot: f64 = row.iter().zip(other).map(|(x, y)| x * y).sum();
                row.iter_mut().zip(other).for_each(|(x, y)| *x -= dot * y);
            }
        }
        let norm = row.iter().map(|v| v * v).sum::<f64>().sqrt();
        basis.push(row.iter().map(|v| v / norm).collect());
    }
    basis
}

fn rotated(rows: &Rows, basis: &[Vec<f64>]) -> Rows {
    let image = |row: &Vec<f32>| {
        let at = |axis: &Vec<f64>| {
            let dot: f64 = axis.iter().zip(row).map(|(x, y)| x * f64::from(*y)).sum();
            dot as f32
        };
        basis.iter().map(at).collect()
    };
    rows.iter().map(image).collect()
}

pub(crate) fn rotations_change_nothing(seed: u64, n: usize, d: usize) {
    let a = cone(seed, n, d);
    let b = noisy(&a, seed ^ 1, 0.5);
    let basis = rotation(seed ^ 2, d);
    let before = directions(embeddings(&a), embeddings(&b));
    let after = directions(
        embeddings(&rotated(&a, &basis)),
        embeddings(&rotated(&b, &basis)),
    );
    let [before, after] = without_border_cases([before, after], &a, &b);
    same_measures(&before, &after, TOLERANCE, "rotated");
}

pub(crate) fn permutations_change_nothing(seed: u64, n: usize, d: usize) {
    let a = cone(seed, n, d);
    let b = noisy(&a, seed ^ 1, 0.5);
    let mut order: Vec<usize> = (0..n).collect();
    order.shuffle(&mut Pcg64::seed_from_u64(seed));
    let moved = |rows: &Rows| -> Rows { order.iter().map(|&i| rows[i].clone()).collect() };
    let before = directions(embeddings(&a), embeddings(&b));
    let after = directions(embeddings(&moved(&a)), embeddings(&moved(&b)));
    let [before, after] = without_border_cases([before, after], &a, &b);
    same_measures(
        &without_group_errors(before),
        &without_group_errors(after),
        TOLERANCE,
        "permuted",
    );
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_rotation_changes_nothing(seed: u64, n in 2_usize..150, d in 1_usize..50) {
        rotations_change_nothing(seed, n, d);
    }

    #[test]
    fn the_order_of_rows_changes_nothing(seed: u64, n in 2_usize..150, d in 1_usize..50) {
        permutations_change_nothing(seed, n, d);
    }

    #[test]
    fn the_length_of_rows_changes_nothing(seed: u64, n in 2_usize..150, d in 1_usize..50) {
        let a = cone(seed, n, d);
        let b = noisy(&a, seed ^ 1, 0.5);
        let mut rng = Pcg64::seed_from_u64(seed);
        let mut scaled = |rows: &Rows| -> Rows {
            let scale = |row: &Vec<f32>| {
                let factor = 10_f32.powf(rng.random_range(-15.0..15.0));
                row.iter().map(|v| v * factor).collect()
            };
            rows.iter().map(scale).collect()
        };
        let before = directions(embeddings(&a), embeddings(&b));
        let after = directions(embeddings(&scaled(&a)), embeddings(&scaled(&b)));
        let [before, after] = without_border_cases([before, after], &a, &b);
        same_measures(&before, &after, TOLERANCE, "scaled");
    }

    /// Listed pairs may come in any order, and a pair within one file either way round.
    #[test]
    fn the_order_of_pairs_changes_nothing(seed: u64, n in 2_usize..100) {
        let rows = cone(seed, n, 5);
        let pairs = random_pairs(seed, 30, n, None);
        let mut other: Vec<_> = pairs.iter().map(|&(i, j)| (j, i)).collect();
        other.shuffle(&mut Pcg64::seed_from_u64(seed));
        let audited = |pairs: &[(usize, usize)]| {
            let data = inputs(embeddings(&rows), None, listed(pairs));
            audit(data, &Settings::default(), &*any_cpu())
        };
        same_measures(&audited(&pairs), &audited(&other), 1e-12, "pairs");
    }
}

#[test]
fn lengths_at_the_ends_of_f32_change_nothing() {
    // Powers of two, down to subnormal values and up to norms beyond f32.
    let rows: Rows = (0..70_i32)
        .map(|i| {
            (0..9_i32)
                .map(|k| ((i * 31 + k * 17) % 13 - 6) as f32 + 0.5)
                .collect()
        })
        .collect();
    let scaled: Rows = rows
        .iter()
        .enumerate()
        .map(|(i, row)| {
            let factor = 2_f64.powi([-140, -100, -40, 0, 60, 124][i % 6]) as f32;
            row.iter().map(|v| v * factor).collect()
        })
        .collect();
    let one = directions(embeddings(&rows), embeddings(&rows));
    let other = directions(embeddings(&scaled), embeddings(&scaled));
    same_measures(&one, &other, TOLERANCE, "scaled by powers of two");
}

/// Small integers, which every type holds exactly.
fn integers(n: usize, d: usize) -> Vec<Vec<u8>> {
    let mut rng = Pcg64::seed_from_u64(9);
    (0..n)
        .map(|_| (0..d).map(|_| rng.random_range(0..=100)).collect())
        .collect()
}

#[test]
fn the_storage_of_rows_changes_nothing() {
    let (n, d) = (130, 37);
    let values = integers(n, d);
    let store = |dtype, big_endian, encode: &dyn Fn(u8) -> Vec<u8>| {
        let bytes: Vec<u8> = values.iter().flatten().flat_map(|&v| encode(v)).collect();
        Embeddings::new("rows", Arc::new(bytes), 0, dtype, big_endian, (n, d)).unwrap()
    };
    let plain = store(Dtype::F32, false, &|v| f32::from(v).to_le_bytes().into());
    let stored = [
        store(Dtype::F32, true, &|v| f32::from(v).to_be_bytes().into()),
        store(Dtype::F64, false, &|v| f64::from(v).to_le_bytes().into()),
        store(Dtype::F64, true, &|v| f64::from(v).to_be_bytes().into()),
        store(Dtype::F16, false, &|v| f16::from(v).to_le_bytes().into()),
        store(Dtype::F16, true, &|v| f16::from(v).to_be_bytes().into()),
        store(Dtype::Bf16, false, &|v| bf16::from(v).to_le_bytes().into()),
        store(Dtype::I8, false, &|v| vec![v]),
        store(Dtype::U8, false, &|v| vec![v]),
    ];
    let audited = |rows: Embeddings| directions(rows.clone(), rows);
    let expected = audited(plain);
    for rows in stored {
        let dtype = rows.dtype();
        let audit = audited(rows);
        assert_eq!(audit.subject.a.dtype, dtype.name());
        // f64 rows are scaled in f64 and rounded once, the others in f32.
        let tolerance = if dtype == Dtype::F64 { 1e-6 } else { 0.0 };
        same_measures(&expected, &audit, tolerance, dtype.name());
    }
}

#[test]
fn f64_rows_keep_what_f32_would_lose() {
    // Second views that differ from the first by 1e-10: alignment is computed from differences in f64.
    let (n, d) = (50, 8);
    let rows = normal(1, n, d);
    let store = |shift: f64| {
        let value = |(k, v): (usize, &f32)| f64::from(*v) + if k % d == 0 { shift } else { 0.0 };
        let bytes: Vec<u8> = rows
            .iter()
            .flatten()
            .enumerate()
            .flat_map(|at| value(at).to_le_bytes())
            .collect();
        Embeddings::new("rows", Arc::new(bytes), 0, Dtype::F64, false, (n, d)).unwrap()
    };
    let audit = directions(store(0.0), store(1e-10));
    let distance: f64 = rows
        .iter()
        .map(|row| {
            let norm = row
                .iter()
                .map(|v| f64::from(*v).powi(2))
                .sum::<f64>()
                .sqrt();
            // A small step along the first axis, less its part along the row.
            let along = f64::from(row[0]) / norm;
            1e-10 / norm * (1.0 - along * along).sqrt()
        })
        .sum::<f64>()
        / n as f64;
    let found = audit
        .measures
        .iter()
        .find(|m| m.metric == MetricId::Alignment)
        .unwrap();
    close(
        found.value,
        distance,
        1e-5 * distance,
        "alignment of rows 1e-10 apart",
    );
}
