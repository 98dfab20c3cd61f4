//! Probes: their numbers beside scikit-learn's, their laws, and what they refuse.

use std::path::Path;

use serde_json::Value;
use spherecheck::backend::{self, Backend};
use spherecheck::data::{Embeddings, Labels, Numbers};
use spherecheck::input::{open_embeddings, open_labels, open_split, open_targets};
use spherecheck::pass::{NoWatch, Watch};
use spherecheck::probe::{
    Features, ProbeError, ProbeInputs, ProbeSettings, SplitInput, Target, probe,
};
use spherecheck::result::{ProbeReport, Score};

fn fixture(name: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fixtures")
        .join(name)
}

fn cpu(threads: usize) -> Box<dyn Backend> {
    backend::cpu(Some(threads), None).expect("a processor")
}

fn digits() -> (Embeddings, Labels) {
    (
        open_embeddings(&fixture("golden/digits_1797x64.npy"), None).expect("digits"),
        open_labels(&fixture("golden/digits_1797x64.labels.npy"), None).expect("labels"),
    )
}

/// The split that the reference numbers were made with.
fn reference_split() -> SplitInput {
    SplitInput::Given(open_split(&fixture("probe/digits_train.npy"), None).expect("marks"))
}

fn reference() -> Value {
    let text = std::fs::read_to_string(fixture("probe/expected.json")).expect("expected.json");
    serde_json::from_str(&text).expect("JSON")
}

fn run(
    embeddings: Embeddings,
    target: Target,
    split: SplitInput,
    settings: &ProbeSettings,
) -> Result<ProbeReport, ProbeError> {
    let inputs = ProbeInputs {
        name: "x".to_owned(),
        embeddings,
        target,
        split,
    };
    probe(inputs, settings, &*cpu(2), &NoWatch)
}

fn score<'a>(report: &'a ProbeReport, probe: &str) -> &'a Score {
    let found = report.scores.iter().find(|score| score.probe == probe);
    found.unwrap_or_else(|| panic!("no {probe} in {report:?}"))
}

#[track_caller]
fn within(found: f64, expected: &Value, tolerance: f64) {
    let expected = expected.as_f64().expect("a number");
    assert!(
        (found - expected).abs() <= tolerance,
        "found {found}, expected {expected}"
    );
}

/// Half a point.
const POINT: f64 = 0.005;

#[test]
fn classes_are_read_as_well_as_by_scikit_learn() {
    let reference = reference();
    for (features, name) in [
        (Features::Unit, "logistic_unit"),
        (Features::Raw, "logistic_raw"),
    ] {
        let (embeddings, labels) = digits();
        let settings = ProbeSettings {
            features,
            ..ProbeSettings::default()
        };
        let report = run(
            embeddings,
            Target::Classes(labels),
            reference_split(),
            &settings,
        )
        .expect("digits are probed");
        let logistic = score(&report, "logistic");
        within(logistic.value, &reference[name]["accuracy"], POINT);
        let (_, c) = logistic.param.as_ref().expect("C");
        within(
            c.log10(),
            &Value::from(reference[name]["C"].as_f64().unwrap().log10()),
            1e-9,
        );
        within(
            score(&report, "knn").value,
            &reference["knn_accuracy"],
            POINT,
        );
        assert_eq!(report.split.train, reference["train"]);
    }
}

#[test]
fn numbers_are_read_as_well_as_by_scikit_learn() {
    let reference = reference();
    let (embeddings, _) = digits();
    let targets =
        open_targets(&fixture("golden/digits_1797x64.labels.npy"), None).expect("targets");
    let report = run(
        embeddings,
        Target::Values(targets),
        reference_split(),
        &ProbeSettings::default(),
    )
    .expect("digits are probed");
    let ridge = score(&report, "ridge");
    let expected = &reference["ridge_unit"];
    within(ridge.value, &expected["mse"], 1e-9);
    within(ridge.r2.expect("r2"), &expected["r2"], 1e-9);
    within(
        ridge.param.as_ref().expect("alpha").1,
        &expected["alpha"],
        1e-9,
    );
    within(score(&report, "knn").value, &reference["knn_mse"], 1e-9);
}

/// Points of `classes` clusters on the circle, `per` each, and their labels.
fn clusters(classes: u32, per: u32) -> (Embeddings, Labels) {
    let rows: Vec<[f32; 2]> = (0..classes * per)
        .map(|i| {
            let (class, k) = (i % classes, i / classes);
            let angle = class as f32 * 6.2 / classes as f32 + 0.3 * (k as f32 / per as f32 - 0.5);
            [3.0 * angle.cos(), 3.0 * angle.sin()]
        })
        .collect();
    let array = ndarray::Array2::from_shape_fn((rows.len(), 2), |(i, k)| rows[i][k]);
    let embeddings = Embeddings::from_array("rows.npy", array.view()).expect("rows");
    let labels = Labels {
        name: "labels.npy".to_owned(),
        classes: (0..classes * per).map(|i| i % classes).collect(),
        values: Default::default(),
    };
    (embeddings, labels)
}

fn shared(split: f64) -> SplitInput {
    SplitInput::Share(split)
}

#[test]
fn clusters_are_told_apart_and_shuffled_labels_are_not() {
    let (embeddings, labels) = clusters(4, 60);
    let settings = ProbeSettings::default();
    let found = run(
        embeddings.clone(),
        Target::Classes(labels.clone()),
        shared(0.75),
        &settings,
    )
    .expect("clusters are probed");
    assert_eq!((found.split.train, found.split.test), (180, 60));
    for probe in ["knn", "logistic"] {
        let score = score(&found, probe);
        assert_eq!((score.value, score.high), (1.0, 1.0), "{probe}");
        assert!(score.low > 0.9 && score.low < 1.0);
    }
    assert_eq!(score(&found, "baseline").value, 0.25);
    // Labels that have nothing to do with the rows: the interval holds the share of a guess.
    let mut state = 1u64;
    let noise = Labels {
        classes: labels
            .classes
            .iter()
            .map(|_| {
                state = state
                    .wrapping_mul(6364136223846793005)
                    .wrapping_add(1442695040888963407);
                (state >> 62) as u32
            })
            .collect(),
        ..labels
    };
    let settings = ProbeSettings {
        confidence: 0.999,
        ..settings
    };
    let found = run(embeddings, Target::Classes(noise), shared(0.5), &settings).expect("noise");
    for probe in ["knn", "logistic"] {
        let score = score(&found, probe);
        assert!(score.low < 0.25 && score.high > 0.25, "{score:?}");
    }
}

#[test]
fn numbers_do_not_depend_on_threads_and_depend_on_the_seed() {
    let report = |threads, seed| {
        let (embeddings, labels) = digits();
        let inputs = ProbeInputs {
            name: "x".to_owned(),
            embeddings,
            target: Target::Classes(labels),
            split: shared(0.3),
        };
        let settings = ProbeSettings {
            seed,
            ..ProbeSettings::default()
        };
        let report = probe(inputs, &settings, &*cpu(threads), &NoWatch).expect("digits");
        report.scores
    };
    let one = report(1, 0);
    assert_eq!(one, report(3, 0));
    assert_ne!(one, report(1, 1));
}

fn number(values: &[f64]) -> Numbers {
    Numbers {
        name: "values.npy".to_owned(),
        values: values.to_vec(),
    }
}

#[test]
fn a_line_is_read_exactly_and_its_error_is_known() {
    let (embeddings, _) = clusters(4, 60);
    let mut row = [0.0; 2];
    let targets: Vec<f64> = (0..embeddings.rows())
        .map(|i| {
            embeddings.row_f64(i, &mut row);
            2.0 * row[0] - row[1] + 5.0
        })
        .collect();
    let settings = ProbeSettings {
        features: Features::Raw,
        ..ProbeSettings::default()
    };
    let report = run(
        embeddings,
        Target::Values(number(&targets)),
        shared(0.75),
        &settings,
    )
    .expect("a line is probed");
    let ridge = score(&report, "ridge");
    assert!(
        ridge.value < 1e-10 && ridge.r2.expect("r2") > 0.999_999,
        "{ridge:?}"
    );
    assert!(score(&report, "baseline").r2.expect("r2") < 0.05);
}

#[test]
fn what_tells_nothing_is_refused_in_words() {
    let settings = ProbeSettings::default();
    let rows = || clusters(4, 6).0;
    let labels = |classes: Vec<u32>| {
        Target::Classes(Labels {
            name: "labels.npy".to_owned(),
            classes,
            values: Default::default(),
        })
    };
    let good = || labels((0..24).map(|i| i % 4).collect());
    let marks = |values: Vec<f64>| SplitInput::Given(number(&values));
    let wide = ProbeSettings {
        k: 19,
        ..settings.clone()
    };
    for (target, split, settings, said) in [
        (
            labels(vec![0; 23]),
            shared(0.5),
            &settings,
            "expected 24 labels",
        ),
        (
            labels(vec![0; 24]),
            shared(0.5),
            &settings,
            "expected at least 2 classes",
        ),
        (
            labels((0..24).collect()),
            shared(0.5),
            &settings,
            "no label occurs twice among 24 rows",
        ),
        (
            good(),
            marks(vec![1.0; 24]),
            &settings,
            "found 24 and 0; mark more",
        ),
        (good(), marks(vec![1.0; 9]), &settings, "expected 24 marks"),
        (
            good(),
            marks((0..24).map(f64::from).collect()),
            &settings,
            "row 2 is marked 2",
        ),
        (
            good(),
            shared(1.5),
            &settings,
            "expected a share between 0 and 1",
        ),
        (
            good(),
            shared(0.01),
            &wide,
            "expected at most k = 4 neighbours",
        ),
        (
            Target::Values(number(&[1.0; 24])),
            shared(0.5),
            &settings,
            "all targets to train on are 1",
        ),
        (
            Target::Values(number(&[1.0; 3])),
            shared(0.5),
            &settings,
            "expected 24 targets",
        ),
        (
            Target::Values(number(&[f64::NAN; 24])),
            shared(0.5),
            &settings,
            "row 0 holds NaN",
        ),
    ] {
        let error = run(rows(), target, split, settings)
            .expect_err(said)
            .to_string();
        assert!(error.contains(said), "{error:?} does not say {said:?}");
    }
}

struct Impatient;

impl Watch for Impatient {
    fn cancelled(&self) -> bool {
        true
    }
}

#[test]
fn a_probe_can_be_stopped() {
    let (embeddings, labels) = clusters(3, 20);
    let inputs = ProbeInputs {
        name: "x".to_owned(),
        embeddings,
        target: Target::Classes(labels),
        split: shared(0.5),
    };
    let stopped = probe(inputs, &ProbeSettings::default(), &*cpu(1), &Impatient);
    assert!(
        matches!(stopped, Err(ProbeError::Cancelled(_))),
        "{stopped:?}"
    );
}
