//! Probes: their numbers beside scikit-learn's, their laws, and what they refuse.

use std::path::Path;

use serde_json::Value;
use spherecheck::backend::{self, Backend};
use spherecheck::data::{Embeddings, Labels, Names, Numbers};
use spherecheck::input::{open_embeddings, open_labels, open_split, open_targets};
use spherecheck::pass::{NoWatch, Watch};
use spherecheck::probe::{
    Apart, Features, ProbeError, ProbeInputs, ProbeSettings, Solver, SplitInput, Target, Vote,
    probe,
};
use spherecheck::result::{ProbeReport, Quantity, Score};

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

/// One column.
fn column(values: &[f64]) -> Target {
    Target::Values(vec![number(values)])
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
    let report =
        run(embeddings, column(&targets), shared(0.75), &settings).expect("a line is probed");
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
        ks: vec![19],
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
            column(&[1.0; 24]),
            shared(0.5),
            &settings,
            "all targets to train on are 1",
        ),
        (
            column(&[1.0; 3]),
            shared(0.5),
            &settings,
            "expected 24 targets",
        ),
        (
            column(&[f64::NAN; 24]),
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

/// The rows of these numbers, of a matrix and of its labels; the latter as a file of their own would number them.
fn part(rows: &[usize]) -> (Embeddings, Labels) {
    let (all, labels) = digits();
    let mut row = vec![0.0; all.dim()];
    let array = rows.iter().flat_map(|&k| {
        all.row_f64(k, &mut row);
        row.iter().map(|v| *v as f32).collect::<Vec<f32>>()
    });
    let array: Vec<f32> = array.collect();
    let array = ndarray::Array2::from_shape_vec((rows.len(), all.dim()), array).expect("rows");
    let mut values: Vec<String> = Vec::new();
    let classes = rows.iter().map(|&k| {
        let text = &labels.values[labels.classes[k] as usize];
        let known = values.iter().position(|value| value == text);
        known.unwrap_or_else(|| {
            values.push(text.clone());
            values.len() - 1
        }) as u32
    });
    let labels = Labels {
        classes: classes.collect(),
        values: std::sync::Arc::new(Vec::new()),
        name: "part".to_owned(),
    };
    let labels = Labels {
        values: std::sync::Arc::new(values),
        ..labels
    };
    (
        Embeddings::from_array("part", array.view()).expect("rows"),
        labels,
    )
}

/// Both solvers, two files in place of one with marks, and classes by name.
#[test]
fn rows_of_two_files_are_probed_as_those_of_one() {
    let SplitInput::Given(marks) = reference_split() else {
        panic!("marks")
    };
    let rows = |mark: f64| -> Vec<usize> {
        (0..marks.values.len())
            .filter(|&k| marks.values[k] == mark)
            .collect()
    };
    let some = Names {
        name: "classes.txt".to_owned(),
        values: ["8", "1", "5", "0", "3", "9", "7"]
            .map(str::to_owned)
            .to_vec(),
    };
    for (solver, classes) in [
        (Solver::Lbfgs, Some(some.clone())),
        (Solver::Adam { epochs: 30 }, Some(some)),
        (Solver::Adam { epochs: 30 }, None),
    ] {
        let settings = ProbeSettings {
            solver,
            classes: classes.clone(),
            ks: vec![1, 9],
            votes: vec![Vote::Equal, Vote::Weighted],
            ..ProbeSettings::default()
        };
        let (embeddings, labels) = digits();
        let target = Target::Classes(labels);
        let one = run(embeddings, target, reference_split(), &settings).expect("one file");
        let (train, labels) = part(&rows(1.0));
        let (test, others) = part(&rows(0.0));
        let apart = Apart {
            embeddings: test,
            target: Target::Classes(others),
        };
        let apart = SplitInput::Apart(Box::new(apart));
        let two = run(train, Target::Classes(labels), apart, &settings).expect("two files");
        assert_eq!(one.scores.len(), 8);
        for (one, two) in one.scores.iter().zip(&two.scores) {
            assert_eq!((&one.probe, one.n), (&two.probe, two.n));
            // Classes are numbered otherwise, which moves the order of sums.
            let rows = (one.value - two.value).abs() * one.n as f64;
            assert!(rows < 1.5, "{one:?} and {two:?}");
        }
        assert_eq!(one.other_classes, two.other_classes);
        let left = classes.map_or(0, |_| 1797 - 1257);
        assert!(
            one.other_classes.abs_diff(left) < 60,
            "{}",
            one.other_classes
        );
        assert_eq!(one.other_classes + one.rows, 1797);
    }
}

#[test]
fn both_solvers_read_the_digits_alike_and_five_classes_hold_more_than_one() {
    let by = |solver, threads| {
        let (embeddings, labels) = digits();
        let inputs = ProbeInputs {
            name: "x".to_owned(),
            embeddings,
            target: Target::Classes(labels),
            split: reference_split(),
        };
        let settings = ProbeSettings {
            solver,
            features: Features::Raw,
            ..ProbeSettings::default()
        };
        probe(inputs, &settings, &*cpu(threads), &NoWatch)
            .expect("digits")
            .scores
    };
    let of = |scores: &[Score], probe: &str, quantity| {
        let found = scores
            .iter()
            .find(|s| s.probe == probe && s.quantity == quantity);
        found.expect(probe).clone()
    };
    let (exact, adam) = (by(Solver::Lbfgs, 2), by(Solver::Adam { epochs: 100 }, 2));
    let one = [
        of(&exact, "logistic", Quantity::Accuracy),
        of(&adam, "adam", Quantity::Accuracy),
    ];
    assert!((one[0].value - one[1].value).abs() < 0.02, "{one:?}");
    for (scores, probe) in [(&exact, "logistic"), (&adam, "adam"), (&exact, "baseline")] {
        let (one, five) = (
            of(scores, probe, Quantity::Accuracy),
            of(scores, probe, Quantity::TopFive),
        );
        assert!(
            five.value > one.value && five.low > one.low,
            "{one:?} {five:?}"
        );
        assert!(five.low < five.value && five.high <= 1.0, "{five:?}");
    }
    let five = of(&exact, "baseline", Quantity::TopFive).value;
    assert!(
        (five - 0.5).abs() < 0.06,
        "five of ten classes of equal size: {five}"
    );
    assert_eq!(adam, by(Solver::Adam { epochs: 100 }, 1), "threads");
}

#[test]
fn several_numbers_of_neighbours_are_those_of_one_each() {
    let by = |ks: &[usize], votes: &[Vote]| {
        let (embeddings, labels) = digits();
        let settings = ProbeSettings {
            ks: ks.to_vec(),
            votes: votes.to_vec(),
            solver: Solver::Adam { epochs: 1 },
            ..ProbeSettings::default()
        };
        let target = Target::Classes(labels);
        let report = run(embeddings, target, reference_split(), &settings).expect("digits");
        let scores = report.scores.into_iter();
        scores
            .filter(|score| score.probe.starts_with("knn"))
            .collect::<Vec<_>>()
    };
    let both = [Vote::Equal, Vote::Weighted];
    let all = by(&[1, 5, 200], &both);
    let each: Vec<Score> = [1, 5, 200].iter().flat_map(|&k| by(&[k], &both)).collect();
    assert_eq!(all, each);
    assert_eq!(
        all[0].value, all[1].value,
        "one neighbour has the only vote"
    );
    assert!(
        all[5].value > all[4].value,
        "near ones tell more of 200: {all:?}"
    );
}

/// Each row is tested once, by a probe that never saw it, and shares are over all rows.
#[test]
fn parts_in_turn_test_every_row_once() {
    let by = |split, cs: &[f64]| {
        let (embeddings, labels) = digits();
        let settings = ProbeSettings {
            folds: 3,
            cs: cs.to_vec(),
            ks: vec![1, 5],
            ..ProbeSettings::default()
        };
        run(embeddings, Target::Classes(labels), split, &settings)
    };
    let found = by(SplitInput::Folds(4), &[256.0, 1.0, 16.0]).expect("digits");
    assert_eq!((found.rows, found.split.test), (1797, 1797));
    assert!(
        (1340..1355).contains(&found.split.train),
        "{:?}",
        found.split
    );
    let one = score(&found, "knn");
    assert_eq!(
        (one.n, one.param.clone()),
        (1797, Some(("k".to_owned(), 1.0)))
    );
    assert!(one.value > 0.97 && one.high - one.low < 0.02, "{one:?}");
    assert_eq!(
        one.value,
        (one.value * 1797.0).round() / 1797.0,
        "a share of all rows"
    );
    let linear = score(&found, "logistic");
    let chosen = linear.param.clone().map(|(_, c)| c);
    let told = found
        .notes
        .iter()
        .any(|note| note.contains("C chosen within"));
    assert!(
        chosen.is_some_and(|c| [1.0, 16.0, 256.0].contains(&c)) != told,
        "{found:?}"
    );
    assert!(linear.value > 0.93 && linear.n == 1797, "{linear:?}");
    let (embeddings, labels) = clusters(4, 60);
    let classes = Target::Classes(labels);
    let settings = ProbeSettings::default();
    let all = run(embeddings, classes, SplitInput::Folds(10), &settings).expect("clusters");
    assert_eq!(
        (score(&all, "logistic").value, score(&all, "baseline").value),
        (1.0, 0.25)
    );
    for (parts, cs, said) in [
        (
            1,
            &[][..],
            "from 2 to half as many parts as there are rows (1,797), found 1",
        ),
        (900, &[], "found 900"),
        (4, &[-1.0], "c: expected positive, finite numbers, found -1"),
    ] {
        let error = by(SplitInput::Folds(parts), cs)
            .expect_err(said)
            .to_string();
        assert!(error.contains(said), "{error}");
    }
}

/// Columns of targets: the mean of their errors.
#[test]
fn several_columns_have_the_mean_of_their_errors() {
    let (embeddings, labels) = digits();
    let y: Vec<f64> = labels
        .classes
        .iter()
        .map(|&class| f64::from(class))
        .collect();
    let twice: Vec<f64> = y.iter().map(|v| 3.0 - 2.0 * v).collect();
    let of = |columns: &[&[f64]]| {
        let columns = columns.iter().map(|values| number(values)).collect();
        let settings = ProbeSettings::default();
        let target = Target::Values(columns);
        run(embeddings.clone(), target, reference_split(), &settings).expect("digits")
    };
    let (one, two) = (of(&[&y]), of(&[&y, &twice]));
    assert_eq!((one.target.columns, two.target.columns), (Some(1), Some(2)));
    for (one, two) in one.scores.iter().zip(&two.scores) {
        let close = |found: f64, expected: f64| {
            assert!(
                (found - expected).abs() < 1e-9 * expected.abs().max(1.0),
                "{one:?} {two:?}"
            );
        };
        close(two.value, 2.5 * one.value);
        close(two.high - two.low, 2.5 * (one.high - one.low));
        close(two.r2.expect("r2"), one.r2.expect("r2"));
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
