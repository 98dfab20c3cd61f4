//! `--precision` on a GPU: what the fast modes lose is measured, said, and added to the intervals.

use spherecheck::audit::{PrecisionChoice, Settings};
use spherecheck::kernel::Precision;
use spherecheck::metric::MetricId::{ContrastiveUniformTerm, Uniformity};
use spherecheck::result::Side;

use super::support::exact::Exact;
use super::support::{audit_rows, available, cone, found, is_card, open, slack};

fn at(precision: PrecisionChoice) -> Settings {
    Settings {
        ts: vec![2.0],
        taus: vec![0.07, 0.5],
        precision,
        ..Settings::default()
    }
}

/// Cards that open here, the emulated ones among them.
fn cards() -> Vec<&'static str> {
    let mut cards = available().to_vec();
    cards.retain(|name| is_card(name));
    cards
}

/// Fewer than twice 256 rows: all are compared, and nothing is left to chance.
const ROWS: usize = 300;

#[test]
fn the_error_of_a_fast_mode_enters_the_intervals() {
    for card in cards() {
        let gpu = open(card, 2).unwrap();
        let rows = cone(41, ROWS, 24);
        let exact = Exact::within(&rows, &[4.0, 1.0 / 0.07, 2.0]);
        let f32 = audit_rows(&rows, &at(PrecisionChoice::default()), &*gpu);
        // As the rows are rounded, and which instructions walked them.
        let mode_of = |kernel: &str| kernel.trim_end_matches("-wgmma").to_owned();
        assert_eq!(mode_of(&f32.provenance.kernel), "bf16x3");
        for precision in [Precision::Tf32, Precision::Bf16] {
            let name = precision.name();
            let audit = audit_rows(&rows, &at(PrecisionChoice::Only(precision)), &*gpu);
            let said = audit.provenance.precision.as_ref().unwrap();
            assert_eq!((&said.used[..], &said.asked[..]), (name, name), "{said:?}");
            assert_eq!(
                (mode_of(&audit.provenance.kernel), said.rows),
                (name.to_owned(), ROWS as u64)
            );
            for (metric, param, expected) in [
                (Uniformity, 2.0, exact.uniformity(2.0)),
                (ContrastiveUniformTerm, 0.07, exact.uniform_term(0.07)),
                (ContrastiveUniformTerm, 0.5, exact.uniform_term(0.5)),
            ] {
                let what = format!("{card}, {name}, {} {param}", metric.name());
                let one = found(&audit, metric, Some(param), Side::A);
                let error = said.error(one).expect("rounding touches it");
                let off = (one.value - expected).abs();
                assert!(off > 0.0, "{what}: as if nothing was rounded");
                assert!(
                    off <= error.error + 1e-6,
                    "{what}: off by {off:e}, said {error:?}"
                );
                assert!(error.error < 1e-2, "{what}: {error:?}");
                // The interval of the same values without rounding is narrower by that error on each side.
                let other = found(&f32, metric, Some(param), Side::A);
                let width = |m: &spherecheck::result::Measure| {
                    let interval = m.interval.as_ref().expect("an interval");
                    interval.high - interval.low
                };
                let wider = width(one) - width(other);
                let noise = 0.02 * width(other) + 4.0 * slack(1.0 / 0.07);
                assert!(
                    (wider - 2.0 * error.error).abs() < noise,
                    "{what}: wider by {wider:e}, error {:e}",
                    error.error
                );
            }
            let verification = audit.verification.expect("measured on every card");
            assert!(verification.largest_difference > 0.0);
        }
    }
}

/// Whatever `auto` takes adds less than a tenth of a standard error, and it takes something lower where that is so.
#[test]
fn auto_keeps_below_a_tenth_of_the_standard_error_on_a_card_too() {
    for card in cards() {
        let gpu = open(card, 2).unwrap();
        let mut used = Vec::new();
        // Copies of few rows: their errors hardly fall with more rows, but those of rounding do not average either.
        for (rows, what) in [
            (cone(42, ROWS, 24), "spread"),
            (vec![vec![1.0; 24]; 60], "one point"),
        ] {
            let audit = audit_rows(&rows, &at(PrecisionChoice::Auto), &*gpu);
            let said = audit.provenance.precision.as_ref().unwrap();
            assert_eq!(said.asked, "auto");
            if said.used != "f32" {
                let (share, measure) = said.largest(&audit.measures).expect("errors");
                assert!(share <= 0.1, "{card}, {what}, {}: {share}", measure.label());
            }
            assert!(said.reason.is_some(), "{said:?}");
            used.push(said.used.clone());
        }
        assert_ne!(
            used[0], "f32",
            "{card}: nothing is gained where it could be"
        );
        assert_eq!(
            used[1], "f32",
            "{card}: of one point only f64 tells duplicates"
        );
    }
}

#[test]
fn bytes_are_refused_on_a_card_with_what_to_do() {
    for card in cards() {
        let gpu = open(card, 2).unwrap();
        let error = gpu.kernel_at(Precision::I8).unwrap_err().to_string();
        for said in [
            "--precision i8",
            "AVX512-VNNI",
            "expected f32, tf32, bf16 or auto",
            "--device cpu",
        ] {
            assert!(error.contains(said), "{error}");
        }
    }
}
