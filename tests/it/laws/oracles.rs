//! Sets of points whose uniformity is known in closed form.

use proptest::prelude::*;
use spherecheck::audit::Settings;
use spherecheck::metric::MetricId::{
    Alignment, ContrastiveLimit, ContrastiveUniformTerm, MeanCosine, Uniformity,
};
use spherecheck::result::{Audit, Side};

use super::support::{
    Rows, any_cpu, audit, audit_rows, close, cpu, embeddings, found, inputs, kernels, listed,
    normal, slack,
};

/// f32 cosines of exact points.
const TOLERANCE: f64 = 1e-6;

fn settings(ts: &[f64]) -> Settings {
    Settings {
        ts: ts.to_vec(),
        taus: vec![0.07, 0.25, 0.5],
        ..Settings::default()
    }
}

fn uniformity(audit: &Audit, t: f64) -> f64 {
    found(audit, Uniformity, Some(t), Side::A).value
}

fn uniform_term(audit: &Audit, tau: f64) -> f64 {
    found(audit, ContrastiveUniformTerm, Some(tau), Side::A).value
}

#[test]
fn one_point_has_uniformity_zero_and_perfect_alignment() {
    for kernel in kernels() {
        for (n, row) in [
            (2, vec![1.0]),
            (100, vec![0.3, -0.4]),
            (101, normal(1, 1, 768).remove(0)),
            (60, normal(2, 1, 127).remove(0)),
        ] {
            let rows = embeddings(&vec![row; n]);
            let data = inputs(rows, None, listed(&[(0, 1), (1, 0)]));
            let audit = audit(data, &settings(&[0.5, 2.0, 30.0]), &*cpu(1, kernel));
            let a = |metric, param| found(&audit, metric, param, Side::A).value;
            for t in [0.5, 2.0, 30.0] {
                let tolerance = t * TOLERANCE + slack(2.0 * t);
                close(uniformity(&audit, t), 0.0, tolerance, "uniformity");
            }
            for tau in [0.07, 0.25, 0.5] {
                let tolerance = TOLERANCE / tau + slack(1.0 / tau);
                close(uniform_term(&audit, tau), 1.0 / tau, tolerance, "term");
                close(a(ContrastiveLimit, Some(tau)), 0.0, tolerance, "limit");
            }
            assert_eq!(a(Alignment, Some(1.0)), 0.0);
            assert_eq!(a(Alignment, Some(2.0)), 0.0);
            close(a(MeanCosine, None), 1.0, 1e-12, "mean cosine");
        }
    }
}

#[test]
pub(crate) fn an_antipodal_pair_reaches_the_bottom() {
    for kernel in kernels() {
        for row in [vec![1.0], vec![3.0, 4.0], normal(3, 1, 65).remove(0)] {
            let opposite = row.iter().map(|v| -v).collect();
            let rows = embeddings(&vec![row, opposite]);
            let data = inputs(rows, None, listed(&[(0, 1)]));
            let audit = audit(data, &settings(&[2.0, 30.0]), &*cpu(1, kernel));
            close(
                uniformity(&audit, 2.0),
                -8.0,
                TOLERANCE + slack(4.0),
                "t = 2",
            );
            let steep = 30.0 * TOLERANCE + slack(60.0);
            close(uniformity(&audit, 30.0), -120.0, steep, "t = 30");
            close(
                uniform_term(&audit, 0.5),
                -2.0,
                TOLERANCE + slack(2.0),
                "tau = 0.5",
            );
            let align = found(&audit, Alignment, Some(2.0), Side::A);
            close(align.value, 4.0, 1e-12, "alignment");
            assert_eq!(align.se, None, "one pair has no error");
        }
    }
}

/// The m + 1 vertices of the regular simplex on S^(m-1): cosine -1/m between any two.
fn simplex(m: usize) -> Rows {
    // Unit vectors of R^(m+1) less their mean, in an orthonormal basis of the plane they lie in (Helmert's).
    (0..=m)
        .map(|i| {
            (1..=m)
                .map(|k| {
                    let scale = 1.0 / ((k * (k + 1)) as f64).sqrt();
                    let v = match i.cmp(&k) {
                        std::cmp::Ordering::Less => scale,
                        std::cmp::Ordering::Equal => -(k as f64) * scale,
                        std::cmp::Ordering::Greater => 0.0,
                    };
                    v as f32
                })
                .collect()
        })
        .collect()
}

#[test]
pub(crate) fn the_simplex_is_at_its_floor() {
    for kernel in kernels() {
        for m in [2, 3, 8, 33, 128] {
            let audit = audit_rows(&simplex(m), &settings(&[2.0]), &*cpu(2, kernel));
            let m = m as f64;
            let tolerance = TOLERANCE + slack(4.0);
            let floor = -4.0 * (m + 1.0) / m;
            close(uniformity(&audit, 2.0), floor, tolerance, "simplex");
            close(uniform_term(&audit, 0.25), -4.0 / m, tolerance, "simplex");
        }
    }
}

#[test]
pub(crate) fn the_cross_polytope_is_met() {
    for kernel in kernels() {
        for m in [2, 3, 16, 128] {
            let mut rows = vec![vec![0.0; m]; 2 * m];
            for k in 0..m {
                rows[2 * k][k] = 1.0;
                rows[2 * k + 1][k] = -1.0;
            }
            let audit = audit_rows(&rows, &settings(&[2.0]), &*cpu(2, kernel));
            let m = m as f64;
            let mean = ((-8.0_f64).exp() + (2.0 * m - 2.0) * (-4.0_f64).exp()) / (2.0 * m - 1.0);
            close(
                uniformity(&audit, 2.0),
                mean.ln(),
                TOLERANCE + slack(4.0),
                "polytope",
            );
            // The uniform term's kernel is the uniformity's at t = 1/(2 tau), and here all rows see the same.
            let term = uniform_term(&audit, 0.25) - 4.0;
            close(term, mean.ln(), TOLERANCE + slack(4.0), "uniform term");
            let cosine = found(&audit, MeanCosine, None, Side::A).value;
            close(cosine, -1.0 / (2.0 * m - 1.0), 1e-12, "mean cosine");
        }
    }
}

fn circle(angles: impl Iterator<Item = f64>) -> Rows {
    angles
        .map(|angle| vec![angle.cos() as f32, angle.sin() as f32])
        .collect()
}

#[test]
fn equally_spaced_points_on_the_circle_are_met() {
    for kernel in kernels() {
        for n in [2, 3, 5, 48, 97, 1000] {
            let step = std::f64::consts::TAU / n as f64;
            let rows = circle((0..n).map(|k| k as f64 * step));
            let audit = audit_rows(&rows, &settings(&[0.5, 2.0, 8.0]), &*cpu(2, kernel));
            for t in [0.5, 2.0, 8.0] {
                let sum: f64 = (1..n)
                    .map(|k| (-4.0 * t * (k as f64 * step / 2.0).sin().powi(2)).exp())
                    .sum();
                let exact = (sum / (n - 1) as f64).ln();
                let tolerance = t * TOLERANCE + slack(2.0 * t);
                close(uniformity(&audit, t), exact, tolerance, "circle");
            }
        }
    }
}

/// Angles at equal steps of the von Mises distribution function, by the midpoint rule.
fn von_mises(kappa: f64, n: usize) -> Vec<f64> {
    const CELLS: usize = 200_000;
    let angle = |cell: f64| (cell / CELLS as f64 - 0.5) * std::f64::consts::TAU;
    let weight = |cell: usize| (kappa * (angle(cell as f64 + 0.5).cos() - 1.0)).exp();
    let total: f64 = (0..CELLS).map(weight).sum();
    let (mut out, mut sum) = (Vec::with_capacity(n), 0.0);
    for cell in 0..CELLS {
        let next = sum + weight(cell) / total;
        while out.len() < n && (out.len() as f64 + 0.5) / n as f64 <= next {
            let part = ((out.len() as f64 + 0.5) / n as f64 - sum) / (next - sum);
            out.push(angle(cell as f64 + part));
        }
        sum = next;
    }
    out
}

#[test]
fn a_von_mises_law_has_its_expected_potential() {
    // E e^(-2 ||x - y||^2) of independent draws, by Bessel series.
    for (kappa, exact) in [
        (0.0, 0.207_001_9),
        (1.0, 0.280_981_4),
        (5.0, 0.609_024_2),
        (10.0, 0.742_235_8),
    ] {
        let n = 3000;
        let rows = circle(von_mises(kappa, n).into_iter());
        let audit = audit_rows(&rows, &settings(&[2.0]), &*any_cpu());
        // Equal steps of the law integrate it over all pairs, the n pairs of a point with itself included.
        let n = n as f64;
        let pairs = uniformity(&audit, 2.0).exp();
        // What is left is the error of n equal steps in the law's tails.
        close(
            (pairs * (n - 1.0) + 1.0) / n,
            exact,
            3e-5 + slack(4.0),
            "von Mises",
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    /// Never above 0; never below -4t, nor below -2t n/(n-1) (Jensen, with the largest mean squared distance).
    #[test]
    fn uniformity_stays_within_its_range(seed: u64, n in 2_usize..120, d in 1_usize..40, t in 0.01..100.0) {
        let audit = audit_rows(&normal(seed, n, d), &settings(&[t]), &*any_cpu());
        let value = uniformity(&audit, t);
        let most = t * TOLERANCE + slack(2.0 * t);
        let floor = (-4.0 * t).max(-2.0 * t * n as f64 / (n as f64 - 1.0));
        prop_assert!(value <= most && value >= floor - most, "{value} with floor {floor}");
        // The limit lies below the weighted sum of alignment and uniformity, the terms below 1/tau.
        for tau in [0.07, 0.25, 0.5] {
            prop_assert!(uniform_term(&audit, tau).abs() <= (1.0 + TOLERANCE) / tau + slack(1.0 / tau));
        }
    }

    /// k copies of every row: of the n k (n k - 1) ordered pairs n k (k - 1) are copies, at potential 1.
    #[test]
    fn copies_of_every_row_shift_uniformity_as_they_must(seed: u64, n in 2_usize..60, k in 2_usize..6) {
        let rows = normal(seed, n, 7);
        let copies: Rows = (0..k).flat_map(|_| rows.clone()).collect();
        let backend = any_cpu();
        let (one, many) = (
            audit_rows(&rows, &settings(&[2.0]), &*backend),
            audit_rows(&copies, &settings(&[2.0]), &*backend),
        );
        let (n, k) = (n as f64, k as f64);
        let once = uniformity(&one, 2.0).exp();
        let expected = ((k - 1.0) + (n - 1.0) * k * once) / (n * k - 1.0);
        close(uniformity(&many, 2.0), expected.ln(), 2e-6 + 2.0 * slack(4.0), "copies");
    }
}
