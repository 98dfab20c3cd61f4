//! Intervals beside the numbers: their level, what `--groups` leaves out, and what repeated rows change.

mod support;

use spherecheck::audit::{AuditError, Inputs, PositivesInput, Settings, Side, prepare};
use spherecheck::data::{DataError, Labels};
use spherecheck::estimate::delete_group;
use spherecheck::metric::MetricId::{
    Alignment, ContrastiveUniformTerm, DuplicateRows, MeanCosine, Uniformity, UniformityZ,
};
use spherecheck::num::to_error;
use spherecheck::pass::{Layout, NoWatch};
use spherecheck::theory::{student_quantile, uniformity_null_sd, uniformity_of_uniform};
use support::exact::{Exact, distances, only};
use support::{
    Rows, any_cpu, audit, audit_rows, close, cone, embeddings, found, inputs, noisy, normal,
};

const T: f64 = 2.0;
const COEFFICIENTS: [f64; 1] = [2.0 * T];

fn grouped(a: &Rows, b: Option<&Rows>, given: &[u32]) -> Inputs {
    let positives = if b.is_some() {
        PositivesInput::Aligned
    } else {
        PositivesInput::None
    };
    Inputs {
        groups: Some(Labels {
            name: "groups".to_owned(),
            classes: given.to_vec(),
            values: Default::default(),
        }),
        ..inputs(embeddings(a), b.map(embeddings), positives)
    }
}

#[test]
fn given_groups_are_left_out_whole() {
    let n = 90;
    let given: Vec<u32> = (0..n as u32).map(|row| row * 7 % 31 / 2).collect();
    let a = cone(1, n, 5);
    let b = noisy(&a, 2, 0.4);
    let settings = Settings::default();
    let audit = audit(grouped(&a, Some(&b), &given), &settings, &*any_cpu());
    let layout = Layout::of_given(&given, settings.seed);
    let (group_of, sizes) = (layout.group_of_rows(), layout.group_sizes());
    // What each number is on the rows whose group is not the one left out.
    let on_rest = |out: Option<u32>| {
        let keep = |row: usize| Some(group_of[row]) != out;
        let (a, b) = (only(&a, keep), only(&b, keep));
        let pairs: Vec<_> = (0..a.len()).map(|i| (i, i)).collect();
        let squares: Vec<f64> = distances(&a, &b, &pairs).iter().map(|d| d * d).collect();
        let within = Exact::within(&a, &COEFFICIENTS);
        let cross = Exact::aligned(&a, &b, &COEFFICIENTS);
        [
            squares.iter().sum::<f64>() / squares.len() as f64,
            within.uniformity(T),
            cross.uniformity(T),
            within.mean_cosine(),
            cross.mean_cosine(),
        ]
    };
    let whole = on_rest(None);
    let leave: Vec<_> = (0..sizes.len() as u32).map(|g| on_rest(Some(g))).collect();
    let numbers = [
        (Alignment, Some(2.0), Side::Cross),
        (Uniformity, Some(T), Side::A),
        (Uniformity, Some(T), Side::Cross),
        (MeanCosine, None, Side::A),
        (MeanCosine, None, Side::Cross),
    ];
    for (k, (metric, param, side)) in numbers.into_iter().enumerate() {
        let measure = found(&audit, metric, param, side);
        let what = format!("{} on side {}", measure.label(), side.name());
        let leave: Vec<f64> = leave.iter().map(|values| values[k]).collect();
        let expected = delete_group(whole[k], &leave, sizes).unwrap();
        close(measure.value, whole[k], 1e-6, &what);
        close(measure.se.unwrap(), expected.se, 1e-6, &what);
        let interval = measure.interval.unwrap();
        let reach = student_quantile(0.95, sizes.len() as f64 - 1.0) * expected.se;
        close(interval.high - measure.value, reach, 1e-5, &what);
        close(measure.value - interval.low, reach, 1e-5, &what);
    }
}

#[test]
fn copies_in_groups_are_no_more_evidence() {
    // Each row five times, as its own group: an error that takes rows for independent draws is far too small.
    let rows = cone(3, 60, 8);
    let copied: Rows = (0..300).map(|i| rows[i / 5].clone()).collect();
    let given: Vec<u32> = (0..300).map(|i| i / 5).collect();
    let settings = Settings::default();
    let backend = any_cpu();
    let se = |audit| found(&audit, MeanCosine, None, Side::A).se.unwrap();
    let apart = se(audit_rows(&rows, &settings, &*backend));
    let naive = se(audit_rows(&copied, &settings, &*backend));
    let by_group = se(audit(grouped(&copied, None, &given), &settings, &*backend));
    assert!(naive < 0.6 * apart, "{naive} against {apart}");
    assert!(
        (0.6..1.6).contains(&(by_group / apart)),
        "{by_group} against {apart}"
    );
}

#[test]
fn groups_that_tell_no_error_are_refused() {
    let rows = normal(1, 12, 4);
    let refusal =
        |inputs: Inputs| match prepare(inputs, &Settings::default(), &*any_cpu(), &NoWatch) {
            Err(AuditError::Data(error)) => error,
            Err(other) => panic!("{other}"),
            Ok(_) => panic!("accepted"),
        };
    let two: Vec<u32> = (0..12).map(|row| row % 2).collect();
    let error = refusal(grouped(&rows, None, &two));
    assert!(
        matches!(error, DataError::FewGroups { found: 2, .. }),
        "{error}"
    );
    let error = refusal(grouped(&rows, None, &[0, 1, 2]));
    assert!(
        matches!(error, DataError::GroupCount { found: 3, .. }),
        "{error}"
    );
    let listed = Inputs {
        positives: support::listed(&[(0, 1)]),
        ..grouped(&rows, Some(&rows), &(0..12).collect::<Vec<u32>>())
    };
    let error = refusal(listed);
    assert!(
        matches!(error, DataError::GroupsOfTwoViews { .. }),
        "{error}"
    );
}

#[test]
fn a_higher_confidence_makes_wider_intervals() {
    let rows = cone(5, 200, 8);
    let width = |confidence: f64| {
        let settings = Settings {
            confidence,
            ..Settings::default()
        };
        let audit = audit_rows(&rows, &settings, &*any_cpu());
        let measure = found(&audit, ContrastiveUniformTerm, Some(0.07), Side::A).clone();
        let interval = measure.interval.unwrap();
        assert_eq!(interval.level, confidence);
        let middle = (interval.low + interval.high) / 2.0;
        close(middle, measure.corrected.unwrap(), 1e-12, "middle");
        assert!(
            measure.corrected.unwrap() > measure.value,
            "the bias is downwards"
        );
        (interval.high - interval.low) / measure.se.unwrap()
    };
    close(width(0.95), 2.0 * 2.093_024, 1e-5, "95 %");
    close(width(0.99), 2.0 * 2.860_935, 1e-5, "99 %");
    for confidence in [0.0, 1.0, f64::NAN, -0.5, 95.0] {
        let settings = Settings {
            confidence,
            ..Settings::default()
        };
        let message = settings.check().unwrap_err().to_string();
        assert!(message.contains("between 0 and 1"), "{message}");
    }
}

#[test]
fn the_test_of_uniformity_counts_null_standard_deviations() {
    let (n, d) = (400, 6);
    let rows = normal(9, n, d);
    let audit = audit_rows(&rows, &Settings::default(), &*any_cpu());
    let z = found(&audit, UniformityZ, Some(T), Side::A);
    let value = Exact::within(&rows, &COEFFICIENTS).uniformity(T);
    let sd = uniformity_null_sd(d, T, n as u64).potential;
    let expected = (value.exp() - uniformity_of_uniform(d, T).exp()) / sd;
    close(z.value, expected, 1e-3, "z");
    assert!(z.value.abs() < 4.0, "uniform rows: {}", z.value);
    let cone = audit_rows(&cone(9, n, d), &Settings::default(), &*any_cpu());
    let z = found(&cone, UniformityZ, Some(T), Side::A).value;
    assert!(z > 100.0, "a cone: {z}");
}

#[test]
fn repeated_rows_that_move_a_number_are_told_with_the_number_without_them() {
    let mut rows = normal(11, 300, 16);
    let kept = rows.clone();
    for copy in 0..60 {
        rows.push(kept[copy / 4].clone());
    }
    let settings = Settings {
        ts: vec![T],
        taus: vec![0.07],
        ..Settings::default()
    };
    let with = audit_rows(&rows, &settings, &*any_cpu());
    let without = audit_rows(&kept, &settings, &*any_cpu());
    assert_eq!(found(&with, DuplicateRows, None, Side::A).value, 60.0);
    let note = |text: &str| {
        let said = |note: &&spherecheck::audit::Note| note.text.contains("without the rows");
        let note = with
            .notes
            .iter()
            .find(said)
            .expect("a note on repeated rows");
        assert!(note.text.contains(text), "{text} is not in {}", note.text);
    };
    for (metric, param) in [(Uniformity, T), (ContrastiveUniformTerm, 0.07)] {
        let measure = found(&without, metric, Some(param), Side::A);
        let (value, se) = (measure.value, measure.se.unwrap());
        note(&format!(
            "{} is {} (standard error ",
            measure.label(),
            to_error(value, se)
        ));
    }
    assert!(
        without
            .notes
            .iter()
            .all(|note| !note.text.contains("without the rows"))
    );
}
