//! The closed forms against independent values: a double-precision reference, published tables, and mpmath
//! at 60 or more digits; and the table of metrics against itself.

mod oracle;

use std::f64::consts::LN_2;

use oracle::{BIN_MASSES, DENSITIES, NULL_SDS, UNIFORM_TERMS, UNIFORMITIES};
use proptest::prelude::*;
use spherecheck::theory::{
    contrastive_limit_floor, contrastive_uniform_term_of_uniform, cosine_bin_mass, cosine_density,
    log_hyp0f1, log_hyp0f1_scaled, uniformity_null_sd, uniformity_of_uniform,
};

#[track_caller]
fn relative(found: f64, expected: f64, tolerance: f64, what: &str) {
    let error = (found - expected).abs() / expected.abs();
    assert!(
        error <= tolerance,
        "{what}: found {found:e}, expected {expected:e}, relative error {error:e}"
    );
}

#[track_caller]
fn absolute(found: f64, expected: f64, tolerance: f64, what: &str) {
    let error = (found - expected).abs();
    assert!(
        error <= tolerance,
        "{what}: found {found:e}, expected {expected:e}, error {error:e}"
    );
}

#[test]
fn golden_theory_is_met() {
    let golden: serde_json::Value =
        serde_json::from_str(include_str!("../../fixtures/golden/expected.json")).unwrap();
    let entries = golden["theory"].as_array().unwrap();
    assert_eq!(entries.len(), 90);
    for entry in entries {
        let m = usize::try_from(entry["dim"].as_u64().unwrap()).unwrap();
        let what = entry.to_string();
        if let Some(t) = entry["t"].as_f64() {
            let expected = entry["uniformity_of_uniform"].as_f64().unwrap();
            relative(uniformity_of_uniform(m, t), expected, 1e-12, &what);
        } else {
            let tau = entry["tau"].as_f64().unwrap();
            let term = entry["uniform_term_of_uniform"].as_f64().unwrap();
            let floor = entry["loss_optimum"].as_f64().unwrap();
            relative(
                contrastive_uniform_term_of_uniform(m, tau),
                term,
                1e-12,
                &what,
            );
            relative(contrastive_limit_floor(m, tau), floor, 1e-12, &what);
        }
    }
}

#[test]
fn published_tables_of_the_ideal_are_met() {
    let by_dimension = [
        (2, -1.57502720),
        (3, -2.07977706),
        (8, -3.08252723),
        (16, -3.51303644),
        (32, -3.75180502),
        (64, -3.87523559),
        (128, -3.93753001),
        (256, -3.96875378),
        (384, -3.97916779),
        (512, -3.98437547),
        (768, -3.98958347),
        (1024, -3.99218756),
        (1536, -3.99479168),
    ];
    for (m, expected) in by_dimension {
        absolute(
            uniformity_of_uniform(m, 2.0),
            expected,
            6e-9,
            &format!("m = {m}"),
        );
    }
    let by_t = [
        (
            128,
            [
                -1.98437688,
                -3.93753001,
                -5.85952669,
                -7.75047836,
                -9.61053959,
                -11.43990667,
                -13.23881581,
                -15.00754113,
            ],
        ),
        (
            2,
            [
                -1.17600646,
                -1.57502720,
                -1.79181487,
                -1.94189574,
                -2.05702792,
                -2.15049750,
                -2.22919290,
                -2.29715857,
            ],
        ),
    ];
    for (m, row) in by_t {
        for (t, expected) in (1..).map(f64::from).zip(row) {
            absolute(
                uniformity_of_uniform(m, t),
                expected,
                6e-9,
                &format!("m = {m}, t = {t}"),
            );
        }
    }
    let floors = [
        (128, [-1.984377, -4.902417, -9.610540, -13.49333, -18.45571]),
        (768, [-1.997396, -4.983724, -9.934901, -14.15287, -19.73967]),
        (2, [-1.176006, -1.695318, -2.057028, -2.239487, -2.410390]),
    ];
    for (m, row) in floors {
        for (tau, expected) in [0.5, 0.2, 0.1, 0.07, 0.05].into_iter().zip(row) {
            absolute(
                contrastive_limit_floor(m, tau),
                expected,
                6e-6,
                &format!("m = {m}, tau = {tau}"),
            );
        }
    }
}

#[test]
fn log_hyp0f1_has_twelve_digits_in_every_corner() {
    for &(m, inverse_tau, expected) in UNIFORM_TERMS {
        let what = format!("m = {m}, 1/tau = {inverse_tau}");
        let t = inverse_tau / 2.0;
        relative(log_hyp0f1(m as f64 / 2.0, t * t), expected, 1e-12, &what);
        relative(
            contrastive_uniform_term_of_uniform(m, 1.0 / inverse_tau),
            expected,
            1e-12,
            &what,
        );
    }
    assert_eq!(log_hyp0f1(0.5, 0.0), 0.0);
    assert_eq!(log_hyp0f1(64.0, f64::INFINITY), f64::INFINITY);
    assert!(log_hyp0f1(64.0, f64::NAN).is_nan());
}

#[test]
fn uniformity_of_uniform_keeps_its_digits() {
    for &(m, t, expected) in UNIFORMITIES {
        let what = format!("m = {m}, t = {t}");
        let found = uniformity_of_uniform(m, t);
        relative(found, expected, 1e-12, &what);
        relative(contrastive_limit_floor(m, 0.5 / t), expected, 1e-12, &what);
    }
    assert_eq!(uniformity_of_uniform(128, 0.0), 0.0);
    assert_eq!(uniformity_of_uniform(1, f64::INFINITY), -LN_2);
    assert_eq!(uniformity_of_uniform(2, f64::INFINITY), f64::NEG_INFINITY);
}

#[test]
fn the_two_methods_agree_where_they_meet() {
    let (below, above) = (500.0, 500.0f64.next_up());
    for m in [1, 2, 3, 4, 7, 33, 34, 35, 128, 1000, 20_000, 100_000] {
        let b = m as f64 / 2.0;
        let (low, high) = (log_hyp0f1_scaled(b, below), log_hyp0f1_scaled(b, above));
        relative(high, low, 1e-12, &format!("scaled, m = {m}"));
        let (low, high) = (log_hyp0f1(b, below * below), log_hyp0f1(b, above * above));
        relative(high, low, 1e-12, &format!("m = {m}"));
    }
}

#[test]
fn null_sd_is_the_exact_formula() {
    for &(m, t, n, potential, log) in NULL_SDS {
        let sd = uniformity_null_sd(m, t, n);
        let what = format!("m = {m}, t = {t}, n = {n}");
        relative(sd.potential, potential, 1e-11, &what);
        relative(sd.log, log, 1e-11, &what);
    }
    assert_eq!(uniformity_null_sd(128, 0.0, 100).log, 0.0);
    assert_eq!(uniformity_null_sd(128, 2.0, 1).potential, f64::INFINITY);
    assert_eq!(uniformity_null_sd(128, 2.0, 0).log, f64::INFINITY);
}

#[test]
fn bin_masses_agree_with_integrals() {
    for &(m, low, high, expected) in BIN_MASSES {
        let what = format!("m = {m}, [{low}, {high}]");
        // Relative, although 1e-10 absolute is promised: far bins keep their digits.
        relative(cosine_bin_mass(m, &[low, high])[0], expected, 1e-11, &what);
        relative(
            cosine_bin_mass(m, &[-high, -low])[0],
            expected,
            1e-11,
            &what,
        );
    }
}

fn equal_bins(count: u32) -> Vec<f64> {
    (0..=count)
        .map(|k| 2.0 * f64::from(k) / f64::from(count) - 1.0)
        .collect()
}

#[test]
fn bin_masses_sum_to_one_and_are_symmetric() {
    for m in [1, 2, 3, 4, 5, 10, 64, 128, 768, 4096, 100_000] {
        for count in [1, 2, 7, 200, 1001] {
            let masses = cosine_bin_mass(m, &equal_bins(count));
            assert_eq!(masses.len(), count as usize);
            absolute(
                masses.iter().sum(),
                1.0,
                1e-12,
                &format!("m = {m}, {count} bins"),
            );
            for (left, right) in masses.iter().zip(masses.iter().rev()) {
                absolute(*left, *right, 1e-13, &format!("m = {m}, {count} bins"));
            }
        }
    }
}

#[test]
fn the_two_point_sphere_has_atoms() {
    assert_eq!(cosine_bin_mass(1, &[-1.0, -0.5, 0.5, 1.0]), [0.5, 0.0, 0.5]);
    assert_eq!(cosine_bin_mass(1, &[-1.0, 1.0, 2.0]), [0.5, 0.5]);
    assert_eq!(cosine_bin_mass(1, &[-0.9, 0.9]), [0.0]);
    assert_eq!(cosine_density(1, 0.3), 0.0);
    assert_eq!(cosine_density(1, -1.0), f64::INFINITY);
}

#[test]
fn bins_of_nothing_are_empty() {
    for m in [1, 2, 128] {
        assert!(cosine_bin_mass(m, &[]).is_empty());
        assert!(cosine_bin_mass(m, &[0.5]).is_empty());
        assert_eq!(cosine_bin_mass(m, &[1.5, 2.0]), [0.0]);
    }
}

#[test]
fn cosine_density_is_the_closed_form() {
    for &(m, s, expected) in DENSITIES {
        relative(
            cosine_density(m, s),
            expected,
            1e-12,
            &format!("m = {m}, s = {s}"),
        );
        assert_eq!(cosine_density(m, s), cosine_density(m, -s));
    }
    assert_eq!(cosine_density(2, 1.0), f64::INFINITY);
    assert_eq!(cosine_density(3, -1.0), 0.5);
    assert_eq!(cosine_density(4, 1.0), 0.0);
    assert_eq!(cosine_density(4, 1.01), 0.0);
}

#[test]
fn the_mean_potential_of_the_cosine_law_is_the_ideal() {
    // Fine bins turn the law of the cosine into E exp(2t (s - 1)): the two closed forms must meet.
    let edges = equal_bins(20_000);
    for (m, t) in [(3, 2.0), (10, 1.0), (128, 2.0), (768, 4.0)] {
        let masses = cosine_bin_mass(m, &edges);
        let potential: f64 = edges
            .windows(2)
            .zip(&masses)
            .map(|(bin, mass)| mass * (2.0 * t * (0.5 * (bin[0] + bin[1]) - 1.0)).exp())
            .sum();
        absolute(
            potential.ln(),
            uniformity_of_uniform(m, t),
            1e-7,
            &format!("m = {m}, t = {t}"),
        );
    }
}

proptest! {
    #[test]
    fn uniformity_of_uniform_falls_in_the_dimension(m in 1usize..3000, t in 0.01f64..2000.0) {
        let (here, next) = (uniformity_of_uniform(m, t), uniformity_of_uniform(m + 1, t));
        prop_assert!(next < here, "m = {m}: {here}, then {next}");
        prop_assert!((-2.0 * t..0.0).contains(&here), "{here} for t = {t}");
    }

    #[test]
    fn uniformity_of_uniform_falls_in_t(m in 2usize..3000, t in 0.01f64..2000.0) {
        prop_assert!(uniformity_of_uniform(m, 1.01 * t) < uniformity_of_uniform(m, t));
    }

    #[test]
    fn contrastive_floor_is_uniformity_at_half_the_inverse_temperature(m in 1usize..3000, tau in 0.001f64..10.0) {
        let floor = contrastive_limit_floor(m, tau);
        prop_assert_eq!(floor, uniformity_of_uniform(m, 0.5 / tau));
        let sum = contrastive_uniform_term_of_uniform(m, tau) - 1.0 / tau;
        prop_assert!((floor - sum).abs() <= 1e-12 * (1.0 / tau).max(1.0), "{floor} and {sum}");
    }

    #[test]
    fn null_sd_falls_with_rows(m in 1usize..3000, t in 0.01f64..100.0, n in 2u64..1_000_000) {
        let (here, more) = (uniformity_null_sd(m, t, n), uniformity_null_sd(m, t, 2 * n));
        prop_assert!(more.log < here.log && more.potential < here.potential);
    }

    #[test]
    fn bins_merge(m in 1usize..5000, mut edges in prop::collection::vec(-1.0f64..1.0, 3)) {
        edges.sort_by(f64::total_cmp);
        let parts: f64 = cosine_bin_mass(m, &edges).iter().sum();
        let whole = cosine_bin_mass(m, &[edges[0], edges[2]])[0];
        prop_assert!((parts - whole).abs() < 1e-13, "{parts} and {whole}");
    }
}
