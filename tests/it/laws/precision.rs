//! Rows rounded to bf16 or to bytes: the same bits on any number of threads, numbers within the error that is said, and
//! counts as exact as in f32.

use std::sync::Arc;

use spherecheck::audit::{Inputs, PositivesInput, PrecisionChoice, Settings, prepare};
use spherecheck::backend::Backend;
use spherecheck::data::{Embeddings, Labels};
use spherecheck::kernel::Precision;
use spherecheck::metric::MetricId;
use spherecheck::num::Dtype;
use spherecheck::pass::NoWatch;
use spherecheck::result::{Audit, Side};

use super::support::{
    Rows, any_cpu, audit, audit_rows, close, cone, cpu, embeddings, found, inputs, kernels, listed,
    noisy, normal, random_pairs,
};

/// The lower precisions that this machine has; others are named on stderr.
#[expect(clippy::print_stderr, reason = "what is skipped is said")]
fn lower() -> Vec<Precision> {
    let mut here = any_cpu().precisions();
    here.remove(0);
    if here.len() < 2 {
        eprintln!("skipped: this machine walks in {here:?} only");
    }
    here
}

fn at(precision: Precision) -> Settings {
    Settings {
        ts: vec![0.5, 2.0, 50.0],
        taus: vec![0.005, 0.07, 0.5],
        precision: PrecisionChoice::Only(precision),
        ..Settings::default()
    }
}

fn card(audit: &Audit) -> &spherecheck::result::PrecisionCard {
    audit.provenance.precision.as_ref().expect("always said")
}

/// Every number of a rounded audit against its namesake in f32: within the error that is said (which is no guess
/// where all rows were compared: `factor` 1), and intervals wider by that error on both sides.
#[track_caller]
fn within_its_error(rounded: &Audit, f32: &Audit, factor: f64, what: &str) {
    assert_eq!(rounded.measures.len(), f32.measures.len());
    let card = card(rounded);
    if card.used == "f32" {
        // On spheres of few dimensions many rows are near each other.
        assert!(
            card.reason.is_some(),
            "{what}: not rounded, without a reason"
        );
        assert_eq!(rounded.measures, f32.measures, "{what}");
        return;
    }
    let mut touched = 0;
    for (low, high) in rounded.measures.iter().zip(&f32.measures) {
        let label = format!(
            "{what}, {}: {} on side {}",
            card.used,
            low.label(),
            low.side.name()
        );
        assert_eq!(
            (low.metric, &low.params, low.side),
            (high.metric, &high.params, high.side)
        );
        let Some(error) = card.error(low) else {
            assert_eq!(low.value, high.value, "{label}: not touched by rounding");
            continue;
        };
        touched += 1;
        // f32 itself is off by so much, on the scale of the number.
        let scale = low.collapsed.unwrap_or(1.0).abs().max(1.0);
        let slack = 1e-6 * scale + 1e-7 * low.value.abs();
        close(low.value, high.value, factor * error.error + slack, &label);
        if let (Some(low), Some(high)) = (low.interval, high.interval) {
            let (low, high) = (low.high - low.low, high.high - high.low);
            // Where the error is small beside it, rounding leaves the standard error itself as it is.
            if error.error < 0.01 * high {
                let what = format!("{label}: width");
                close(low, high + 2.0 * error.error, 0.1 * high + 1e-6, &what);
            }
            // Up to the rounding of both ends.
            assert!(
                low + 1e-12 >= 2.0 * error.error,
                "{label}: {low} of {error:?}"
            );
        }
    }
    assert!(touched > 8, "{what}: {touched} numbers touched");
}

/// With fewer than 512 rows all are compared.
#[test]
fn numbers_are_within_the_error_that_is_said_at_every_odd_size() {
    for precision in lower() {
        for (n, d) in [
            (2, 1),
            (2, 2),
            (3, 3),
            (5, 2),
            (7, 17),
            (8, 31),
            (9, 32),
            (47, 33),
            (48, 64),
            (49, 63),
            (50, 65),
            (97, 129),
            (300, 100),
            (511, 67),
        ] {
            let a = cone(1, n, d);
            let what = format!("{n} x {d}");
            let one = |precision| audit_rows(&a, &at(precision), &*any_cpu());
            within_its_error(&one(precision), &one(Precision::F32), 1.0, &what);
            let b = noisy(&a, 2, 0.3);
            let pairs = random_pairs(3, n, n, Some(n));
            let two = |precision, positives| {
                let data = inputs(embeddings(&a), Some(embeddings(&b)), positives);
                audit(data, &at(precision), &*any_cpu())
            };
            let aligned = |precision| two(precision, PositivesInput::Aligned);
            within_its_error(&aligned(precision), &aligned(Precision::F32), 1.0, &what);
            if n > 5 {
                let pairs = |precision| two(precision, listed(&pairs));
                within_its_error(&pairs(precision), &pairs(Precision::F32), 1.0, &what);
            }
        }
    }
}

/// The rows of a sample speak for the others.
#[test]
fn numbers_are_within_the_error_that_a_sample_of_rows_says() {
    for precision in lower() {
        for (rows, what) in [
            (normal(4, 3001, 96), "normal"),
            (cone(5, 2500, 200), "cone"),
        ] {
            let run = |precision| audit_rows(&rows, &at(precision), &*any_cpu());
            let rounded = run(precision);
            assert_eq!(card(&rounded).rows, 256, "{what}");
            within_its_error(&rounded, &run(Precision::F32), 1.5, what);
        }
    }
}

fn bits(audit: &Audit) -> Vec<u64> {
    let numbers = audit.measures.iter().flat_map(|m| {
        let ends = m.interval.map_or([0.0; 2], |i| [i.low, i.high]);
        [m.value, m.se.unwrap_or(-1.0), ends[0], ends[1]].map(f64::to_bits)
    });
    let errors = card(audit).errors.iter().map(|e| e.error.to_bits());
    numbers.chain(errors).collect()
}

#[test]
fn threads_change_no_bit() {
    let rows = cone(6, 1003, 50);
    let pairs = random_pairs(7, 900, rows.len(), None);
    let labels: Vec<u32> = (0..1003).map(|k| k % 5).collect();
    for precision in lower() {
        let run = |threads, groups: bool| {
            let mut data = inputs(embeddings(&rows), None, listed(&pairs));
            data.groups = groups.then(|| Labels {
                name: "g".to_owned(),
                classes: labels.clone(),
                values: Default::default(),
            });
            let settings = Settings {
                histograms: true,
                verify: Some(20),
                ..at(precision)
            };
            bits(&audit(data, &settings, &*cpu(threads, "avx512")))
        };
        for groups in [false, true] {
            let one = run(1, groups);
            for threads in [2, 7] {
                assert!(
                    run(threads, groups) == one,
                    "{precision:?}, {threads} threads"
                );
            }
        }
    }
}

fn duplicates(audit: &Audit) -> (f64, f64) {
    let value = |metric| found(audit, metric, None, Side::A).value;
    (
        value(MetricId::DuplicateRows),
        value(MetricId::DuplicatePairs),
    )
}

/// Copies, and near copies on either side of the limit of 1 - 1e-6, among rows that rounding moves a thousand times
/// farther.
#[test]
fn duplicates_are_those_of_f32() {
    for precision in lower() {
        for (n, d) in [(60, 3), (400, 16), (1000, 33), (300, 384)] {
            let mut rows = normal(8, n, d);
            for k in 0..n / 10 {
                let angle = [0.0, 5e-4, 1.2e-3, 1.6e-3, 4e-3][k % 5];
                // A step across the row, in its own plane of the first two values.
                let row = rows[k].clone();
                let norm = row.iter().map(|v| v * v).sum::<f32>().sqrt();
                let flat = row[0].hypot(row[1]);
                let step = angle * norm / flat;
                rows[n - 1 - k] = row.clone();
                rows[n - 1 - k][0] = row[0] - step * row[1];
                rows[n - 1 - k][1] = row[1] + step * row[0];
            }
            let run = |precision| {
                let settings = Settings {
                    precision: PrecisionChoice::Only(precision),
                    ..Settings::default()
                };
                duplicates(&audit_rows(&rows, &settings, &*any_cpu()))
            };
            let exact = run(Precision::F32);
            assert!(exact.0 >= (n / 25) as f64, "{exact:?} of {n}");
            assert_eq!(run(precision), exact, "{precision:?}, {n} x {d}");
        }
    }
}

/// Where all rows are nearly one, only f64 could tell duplicates: such rows are not rounded, and a warning says so.
#[test]
fn collapsed_rows_are_walked_in_f32_with_a_warning() {
    for precision in lower() {
        for rows in [
            vec![vec![1.0, 2.0, 3.0]; 40],
            noisy(&vec![vec![1.0; 64]; 600], 9, 1e-4),
        ] {
            let run = |choice| {
                let settings = Settings {
                    precision: choice,
                    ..Settings::default()
                };
                audit_rows(&rows, &settings, &*any_cpu())
            };
            let asked = run(PrecisionChoice::Only(precision));
            assert_eq!(card(&asked).used, "f32");
            let warned = asked.notes.iter().any(|n| n.text.contains("walked in f32"));
            assert!(warned, "{:?}", asked.notes);
            let exact = run(PrecisionChoice::Only(Precision::F32));
            assert_eq!(asked.measures, exact.measures);
            assert_eq!(duplicates(&asked), duplicates(&exact));
            let auto = run(PrecisionChoice::Auto);
            assert_eq!(
                (&card(&auto).used[..], &auto.measures),
                ("f32", &exact.measures)
            );
        }
    }
}

#[test]
fn two_antipodal_rows_reach_the_bottom() {
    for precision in lower() {
        for d in [1, 2, 63, 64, 65] {
            let row: Vec<f32> = (0..d).map(|k| (k as f32 * 0.7).sin() + 0.1).collect();
            let rows: Rows = vec![row.clone(), row.iter().map(|v| -v).collect()];
            let audit = audit_rows(&rows, &at(precision), &*any_cpu());
            for t in [0.5, 2.0] {
                let u = found(&audit, MetricId::Uniformity, Some(t), Side::A);
                let error = card(&audit).error(u).unwrap().error;
                close(
                    u.value,
                    -4.0 * t,
                    error + 1e-6,
                    &format!("{precision:?}, d = {d}"),
                );
            }
        }
    }
}

fn file(dtype: Dtype, bytes: Vec<u8>, shape: (usize, usize)) -> Inputs {
    let rows = Embeddings::new("file", Arc::new(bytes), 0, dtype, false, shape).unwrap();
    inputs(rows, None, PositivesInput::None)
}

/// Bytes are multiplied as they are, and so is bf16.
#[test]
fn files_in_the_precision_of_the_kernel_lose_nothing() {
    let (n, d) = (300, 77);
    let rows = normal(10, n, d);
    let values = || rows.iter().flatten();
    let bytes: Vec<u8> = values()
        .map(|v| (v * 40.0).clamp(-128.0, 127.0) as i8 as u8)
        .collect();
    let bf16: Vec<u8> = values()
        .flat_map(|v| ((v.to_bits() >> 16) as u16).to_le_bytes())
        .collect();
    for precision in lower() {
        for (dtype, data, exact) in [
            (Dtype::I8, &bytes, true),
            (Dtype::Bf16, &bf16, precision == Precision::Bf16),
        ] {
            let settings = Settings {
                precision: PrecisionChoice::Only(precision),
                ..Settings::default()
            };
            let audit = audit(file(dtype, data.clone(), (n, d)), &settings, &*any_cpu());
            for error in &card(&audit).errors {
                let exact = error.metric == MetricId::UniformityZ || !exact || error.error < 2e-6;
                assert!(exact, "{precision:?} of {dtype:?}: {error:?}");
            }
            let auto = Settings {
                precision: PrecisionChoice::Auto,
                ..settings
            };
            let auto = super::support::audit(file(dtype, data.clone(), (n, d)), &auto, &*any_cpu());
            if dtype == Dtype::I8 && lower().contains(&Precision::I8) {
                assert_eq!(card(&auto).used, "i8", "{:?}", card(&auto).reason);
            }
        }
    }
}

/// Auto's promise, whatever it chose.
#[test]
fn auto_adds_less_than_a_tenth_of_a_standard_error() {
    let mut used = Vec::new();
    for (rows, what) in [
        (normal(12, 2000, 64), "normal"),
        (cone(13, 2000, 64), "cone"),
        (cone(14, 700, 384), "wide cone"),
        (normal(15, 40, 500), "few"),
        (noisy(&vec![vec![1.0; 64]; 600], 9, 1e-4), "collapsed"),
    ] {
        let settings = Settings {
            precision: PrecisionChoice::Auto,
            ..Settings::default()
        };
        let audit = audit_rows(&rows, &settings, &*any_cpu());
        let card = card(&audit);
        assert_eq!(card.asked, "auto");
        let reason = card.reason.as_deref().expect("auto says why");
        assert!(!reason.is_empty());
        if card.used != "f32" {
            let (share, _) = card.largest(&audit.measures).unwrap();
            assert!(
                share <= 0.1,
                "{what}: {share} of a standard error in {}",
                card.used
            );
        }
        used.push(card.used.clone());
    }
    if lower().len() == 2 {
        assert!(
            used.iter().any(|u| u == "f32") && used.iter().any(|u| u != "f32"),
            "{used:?}"
        );
    }
}

#[test]
fn kernels_without_a_precision_refuse_it_before_they_read_a_row() {
    let rows = normal(16, 50, 8);
    for kernel in kernels() {
        let backend: Box<dyn Backend> = cpu(1, kernel);
        for precision in [Precision::Bf16, Precision::I8] {
            let has = backend.precisions().contains(&precision);
            let data = inputs(embeddings(&rows), None, PositivesInput::None);
            let prepared = prepare(data, &at(precision), &*backend, &NoWatch);
            assert_eq!(prepared.is_ok(), has, "{kernel}, {precision:?}");
        }
        let settings = Settings {
            precision: PrecisionChoice::Auto,
            ..Settings::default()
        };
        let audit = audit_rows(&rows, &settings, &*backend);
        if backend.precisions().len() == 1 {
            assert_eq!(card(&audit).used, "f32");
            assert!(card(&audit).reason.as_deref().unwrap().contains("no other"));
        }
    }
}

#[test]
fn rows_too_long_for_sums_of_bytes_are_refused() {
    if !lower().contains(&Precision::I8) {
        return;
    }
    let rows = vec![vec![1.0; (1 << 17) + 1]; 2];
    let run = |precision| {
        let data = inputs(embeddings(&rows), None, PositivesInput::None);
        prepare(data, &at(precision), &*any_cpu(), &NoWatch)
    };
    let Err(error) = run(Precision::I8) else {
        panic!("i8 takes rows that are too long")
    };
    assert!(error.to_string().contains("131,072"), "{error}");
    assert!(run(Precision::Bf16).is_ok());
}
