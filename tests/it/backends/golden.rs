//! The golden cases: float64 reference values from the definitions.

use spherecheck::audit::{PositivesInput, PrecisionChoice, Settings};
use spherecheck::input::{open_embeddings, open_pairs};
use spherecheck::kernel::Precision;
use spherecheck::metric::MetricId::{
    Alignment, ContrastiveLimit, ContrastiveUniformTerm, MeanCosine, Uniformity,
};
use spherecheck::result::Side;

use super::support::{
    any_cpu, audit, available, close, fixture, found, inputs, is_card, open, slack,
};

const CASES: [&str; 4] = [
    "gaussian_301x8",
    "anisotropic_515x129",
    "clustered_1000x33",
    "digits_1797x64",
];

fn reference() -> serde_json::Value {
    serde_json::from_str(include_str!("../../../fixtures/golden/expected.json")).unwrap()
}

fn params(entry: &serde_json::Value) -> Vec<f64> {
    entry
        .as_object()
        .unwrap()
        .keys()
        .map(|key| key.parse().unwrap())
        .collect()
}

/// Largest difference of any golden number of case `name` from its reference, by backend and precision.
fn largest_difference(name: &str, backend: &str, precision: Precision) -> f64 {
    let golden = reference();
    let case = &golden["cases"][name];
    let settings = Settings {
        alphas: params(&case["alignment"]),
        ts: params(&case["uniformity"]),
        taus: params(&case["uniform_term"]),
        precision: PrecisionChoice::Only(precision),
        ..Settings::default()
    };
    let rows = open_embeddings(&fixture(&format!("golden/{name}.npy")), None).unwrap();
    let pairs = open_pairs(&fixture(&format!("golden/{name}.pairs.npy")), None).unwrap();
    let data = inputs(rows, None, PositivesInput::Pairs(pairs));
    let audit = audit(data, &settings, &*open(backend, 2).unwrap());
    if is_card(backend) {
        let by_warps = match precision {
            Precision::F32 => "bf16x3",
            other => other.name(),
        };
        let by_warpgroups = format!("{by_warps}-wgmma");
        let kernel = &audit.provenance.kernel[..];
        match backend {
            "hopper" if precision != Precision::Tf32 => assert_eq!(kernel, by_warpgroups),
            // A real card is of either kind.
            "cuda" => assert!([by_warps, &by_warpgroups].contains(&kernel), "{kernel}"),
            _ => assert_eq!(kernel, by_warps),
        }
    }
    let mut largest = 0.0_f64;
    for (of, metric) in [
        ("alignment", Alignment),
        ("uniformity", Uniformity),
        ("uniform_term", ContrastiveUniformTerm),
        ("asymptotic_loss", ContrastiveLimit),
    ] {
        for (param, entry) in case[of].as_object().unwrap() {
            let value = found(&audit, metric, Some(param.parse().unwrap()), Side::A).value;
            largest = largest.max((value - entry["value"].as_f64().unwrap()).abs());
        }
    }
    let mean = found(&audit, MeanCosine, None, Side::A).value;
    close(mean, case["mean_cosine"].as_f64().unwrap(), 1e-12, name);
    largest
}

#[test]
#[expect(
    clippy::print_stderr,
    reason = "the errors of the modes are worth seeing"
)]
fn golden_cases_are_met_in_every_precision() {
    for &backend in available() {
        for name in CASES {
            // Two roundings to 8 or 11 bits, at the sharpest temperature of the cases (1/tau = 20).
            for (precision, tolerance) in [
                (Precision::F32, 5e-6),
                (Precision::Tf32, 5e-4),
                (Precision::Bf16, 5e-3),
            ] {
                if precision != Precision::F32 && !is_card(backend) {
                    continue;
                }
                let largest = largest_difference(name, backend, precision);
                eprintln!("{backend}, {name}, {}: {largest:.1e}", precision.name());
                assert!(
                    largest < tolerance,
                    "{backend}, {name}, {}: {largest}",
                    precision.name()
                );
            }
        }
    }
}

#[test]
fn a_backend_is_named_in_the_audit_and_measures_its_own_error() {
    let rows = || open_embeddings(&fixture("golden/gaussian_301x8.npy"), None).unwrap();
    let backend = any_cpu();
    let audited = |settings: &Settings| {
        audit(
            inputs(rows(), None, PositivesInput::None),
            settings,
            &*backend,
        )
    };
    let searched = audited(&Settings {
        search: true,
        ..Settings::default()
    });
    let (by, kernel) = match backend.makes_cosines() {
        true => (backend.name(), backend.kernel()),
        false => ("cpu", backend.processor().name()),
    };
    assert_eq!(
        (
            &searched.provenance.backend[..],
            &searched.provenance.kernel[..]
        ),
        (by, kernel)
    );
    let audit = audited(&Settings::default());
    assert_eq!(audit.provenance.backend, backend.name());
    if backend.checked_rows().is_some() {
        let verification = audit.verification.expect("measured without being asked");
        assert_eq!(verification.rows, 64);
        // Of the log means of single rows, at the sharpest default temperature.
        let most = slack(1.0 / 0.07) + 5e-6;
        assert!(verification.largest_difference < most, "{verification:?}");
    }
}
