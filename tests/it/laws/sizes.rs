//! Every size around a boundary of tiles, panels, blocks and groups, against the definitions; and coefficients so
//! steep that f32 cannot hold the exponentials.

use std::sync::Arc;

use spherecheck::audit::{PositivesInput, Settings};
use spherecheck::data::Embeddings;
use spherecheck::metric::MetricId::{ContrastiveUniformTerm, MeanCosine, Uniformity, UniformityZ};
use spherecheck::num::Dtype;
use spherecheck::result::{Audit, Side};

use super::support::exact::Exact;
use super::support::{
    Rows, any_cpu, audit, audit_rows, close, cone, cpu, embeddings, found, inputs, kernels, listed,
    normal, random_pairs, same_measures, slack,
};

fn settings() -> Settings {
    Settings {
        ts: vec![1.0, 2.0],
        taus: vec![0.1],
        ..Settings::default()
    }
}

fn coefficients(settings: &Settings) -> Vec<f64> {
    let inverse = settings.taus.iter().map(|tau| 1.0 / tau);
    settings.ts.iter().map(|t| 2.0 * t).chain(inverse).collect()
}

/// All values of one side against the definitions, within `tolerance(c)` for coefficient c.
#[track_caller]
fn check(
    audit: &Audit,
    settings: &Settings,
    (side, exact): (Side, &Exact),
    tolerance: impl Fn(f64) -> f64,
    what: &str,
) {
    let what = format!("{what}, side {}, {}", side.name(), audit.provenance.kernel);
    for &t in &settings.ts {
        let value = found(audit, Uniformity, Some(t), side).value;
        let tolerance = tolerance(2.0 * t) + slack(2.0 * t);
        close(
            value,
            exact.uniformity(t),
            tolerance,
            &format!("{what}, t = {t}"),
        );
    }
    for &tau in &settings.taus {
        let value = found(audit, ContrastiveUniformTerm, Some(tau), side).value;
        let tolerance = tolerance(1.0 / tau) + slack(1.0 / tau);
        close(
            value,
            exact.uniform_term(tau),
            tolerance,
            &format!("{what}, tau = {tau}"),
        );
    }
    let value = found(audit, MeanCosine, None, side).value;
    close(
        value,
        exact.mean_cosine(),
        1e-12,
        &format!("{what}, mean cosine"),
    );
}

pub(crate) fn check_one_view(n: usize, d: usize) {
    let settings = settings();
    let rows = normal(n as u64, n, d);
    let exact = Exact::within(&rows, &coefficients(&settings));
    for kernel in kernels() {
        let audit = audit_rows(&rows, &settings, &*cpu(2, kernel));
        assert_eq!(audit.provenance.pairs_visited, (n * (n - 1) / 2) as u64);
        check(
            &audit,
            &settings,
            (Side::A, &exact),
            |_| 2e-6,
            &format!("{n} x {d}"),
        );
    }
}

#[test]
fn every_number_of_rows_around_a_boundary() {
    for n in [
        2, 3, 4, 5, 7, 8, 9, 19, 20, 21, 47, 48, 49, 50, 95, 96, 97, 511, 512, 513, 959, 960, 961,
        1535, 1536, 1537,
    ] {
        check_one_view(n, 3);
        check_one_view(n, 8);
    }
    for n in [4799, 4800, 4801] {
        check_one_view(n, 5);
    }
}

#[test]
fn every_number_of_columns_around_a_boundary() {
    for d in [1, 2, 3, 5, 15, 16, 17, 31, 33, 63, 64, 65, 127] {
        check_one_view(131, d);
    }
}

#[test]
fn two_views_of_different_sizes() {
    // Every row a draw of its own: which rows are one item has tests of its own.
    let settings = Settings {
        join_pairs: false,
        ..settings()
    };
    for (n, m, d) in [
        (2, 3, 2),
        (3, 2, 5),
        (2, 200, 3),
        (200, 2, 3),
        (19, 49, 17),
        (96, 97, 1),
        (513, 50, 16),
        (21, 961, 4),
        (1537, 95, 3),
        (48, 4801, 2),
    ] {
        let (a, b) = (normal(1, n, d), cone(2, m, d));
        let pairs = random_pairs(3, 2 + n.min(m) / 2, n, Some(m));
        let cs = coefficients(&settings);
        let sides = [
            (Side::A, Exact::within(&a, &cs)),
            (Side::B, Exact::within(&b, &cs)),
            (Side::Cross, Exact::between(&a, &b, &pairs, &cs)),
        ];
        for kernel in kernels() {
            let data = inputs(embeddings(&a), Some(embeddings(&b)), listed(&pairs));
            let audit = audit(data, &settings, &*cpu(2, kernel));
            for (side, exact) in &sides {
                let what = format!("{n} and {m} x {d}");
                check(&audit, &settings, (*side, exact), |_| 2e-6, &what);
            }
        }
    }
}

/// Steep coefficients see a cosine's rounding c times over; nothing else may add to it.
#[test]
fn steep_coefficients_agree_with_the_definitions() {
    let settings = Settings {
        ts: vec![30.0, 39.0, 39.1, 50.0, 300.0, 340.0],
        taus: vec![0.0128, 0.0129, 0.01, 0.005, 0.002, 1.0 / 680.0],
        ..Settings::default()
    };
    let spread = |n, d| -> [Rows; 2] { [normal(4, n, d), cone(5, n, d)] };
    for (n, d) in [(60, 2), (500, 16), (130, 64)] {
        for a in spread(n, d) {
            let b = super::support::noisy(&a, 6, 0.3);
            let cs = coefficients(&settings);
            let sides = [
                (Side::A, Exact::within(&a, &cs)),
                (Side::B, Exact::within(&b, &cs)),
                (Side::Cross, Exact::aligned(&a, &b, &cs)),
            ];
            for kernel in kernels() {
                let data = inputs(
                    embeddings(&a),
                    Some(embeddings(&b)),
                    PositivesInput::Aligned,
                );
                let audit = audit(data, &settings, &*cpu(2, kernel));
                for (side, exact) in &sides {
                    let what = format!("{n} x {d}");
                    check(
                        &audit,
                        &settings,
                        (*side, exact),
                        |c| 1e-6 + c * 1.5e-7,
                        &what,
                    );
                }
            }
        }
    }
}

/// Rows that do not fit the cache of prepared rows (128 MiB) are read again for each task: the same rows with
/// columns of zeros, which change no sum, must give the same bits.
#[test]
fn rows_beyond_the_cache_are_read_again() {
    let (n, d, wide) = (520, 48, 65_600);
    let rows = cone(7, n, d);
    let mut bytes = vec![0; n * wide * size_of::<f32>()];
    for (row, bytes) in rows
        .iter()
        .zip(bytes.chunks_exact_mut(wide * size_of::<f32>()))
    {
        for (v, bytes) in row.iter().zip(bytes.as_chunks_mut().0) {
            *bytes = v.to_le_bytes();
        }
    }
    let padded = Embeddings::new("wide", Arc::new(bytes), 0, Dtype::F32, false, (n, wide)).unwrap();
    let settings = settings();
    let mut narrow = audit_rows(&rows, &settings, &*any_cpu());
    let data = inputs(padded, None, PositivesInput::None);
    let mut wide = audit(data, &settings, &*any_cpu());
    for audit in [&mut narrow, &mut wide] {
        // The uniform law that rows are tested against is that of all columns.
        audit.measures.retain(|m| m.metric != UniformityZ);
    }
    same_measures(&narrow, &wide, 0.0, "beyond the cache");
}
