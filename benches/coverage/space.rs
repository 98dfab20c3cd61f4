//! Intervals of scored pairs, and of what says whether it is still the same space: parity, classes, two modalities, drift;
//! and how often a test of drift, and a classifier, see a difference where there is none.
//!
//! Truth is the mean over all samples of a setting, as where those who search ask.

use ndarray::{Array2, Axis};
use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64;
use spherecheck::audit::{Inputs, PositivesInput, Prepared, Settings, parity, prepare};
use spherecheck::backend::{self, Backend};
use spherecheck::data::{Embeddings, Labels, Numbers};
use spherecheck::drift::{Reference, drift};
use spherecheck::metric::MetricId;
use spherecheck::pass::NoWatch;
use spherecheck::result::{Measure, Side};

use crate::Asked;
use crate::laws::Law;
use crate::samples::{Sample, noise};
use crate::searched::{Judged, print_head, print_row, views};

/// Measures of a sample of a law: so many rows, drawn by a seed.
type Measures = fn(Law, usize, u64, &dyn Backend) -> Vec<Measure>;

/// What is judged together.
struct Subject {
    name: &'static str,
    judged: &'static [Judged],
    measures: Measures,
}

const SUBJECTS: [Subject; 7] = [
    Subject {
        name: "scored pairs",
        judged: &[(MetricId::StsSpearman, None, Side::Cross)],
        measures: of_scores,
    },
    Subject {
        name: "parity",
        judged: &PARITY,
        measures: of_parity,
    },
    Subject {
        name: "classes",
        judged: &CLASSES,
        measures: |law, rows, seed, backend| of_classes(law, (rows, 1), seed, backend),
    },
    Subject {
        name: "classes of documents",
        judged: &CLASSES,
        measures: |law, rows, seed, backend| of_classes(law, (rows / 5, 5), seed, backend),
    },
    Subject {
        name: "modality",
        judged: &MODALITY,
        measures: of_modality,
    },
    Subject {
        name: "drift",
        judged: &DRIFT,
        measures: |law, rows, seed, backend| of_drift(law, (rows, SHIFT), seed, backend),
    },
    Subject {
        name: "no drift",
        judged: &DRIFT,
        measures: |law, rows, seed, backend| of_drift(law, (rows, 0.0), seed, backend),
    },
];

const PARITY: [Judged; 12] = [
    (MetricId::ParityCosine, None, Side::A),
    (MetricId::ParityQuantile, Some(("q", 0.5)), Side::A),
    (MetricId::ParityQuantile, Some(("q", 0.05)), Side::A),
    (MetricId::ParityQuantile, Some(("q", 0.01)), Side::A),
    (MetricId::ParityBelow, Some(("cosine", 0.99)), Side::A),
    (MetricId::NormRatio, None, Side::A),
    (MetricId::TopkOverlap, Some(("k", 1.0)), Side::A),
    (MetricId::TopkOverlap, Some(("k", 10.0)), Side::A),
    (MetricId::TopkOverlap, Some(("k", 1.0)), Side::Cross),
    (MetricId::TopkOverlap, Some(("k", 10.0)), Side::Cross),
    (MetricId::AsymmetricOverlap, Some(("k", 10.0)), Side::Cross),
    (MetricId::Rank1Flips, None, Side::A),
];

const CLASSES: [Judged; 2] = [
    (MetricId::ClassSeparation, None, Side::A),
    (MetricId::ClassMeanAccuracy, None, Side::A),
];

const MODALITY: [Judged; 8] = [
    (MetricId::SpaceCosine, None, Side::Cross),
    (MetricId::ModalityGap, None, Side::Cross),
    (MetricId::ModalityGapRatio, None, Side::Cross),
    (MetricId::ModalitySeparability, None, Side::Cross),
    (
        MetricId::CentredAlignment,
        Some(("alpha", 2.0)),
        Side::Cross,
    ),
    (MetricId::CentredUniformity, Some(("t", 2.0)), Side::A),
    (MetricId::CentredUniformity, Some(("t", 2.0)), Side::B),
    (MetricId::CentredUniformity, Some(("t", 2.0)), Side::Cross),
];

const DRIFT: [Judged; 2] = [
    (MetricId::DriftMmd, Some(("t", 2.0)), Side::A),
    (MetricId::DriftAuc, None, Side::A),
];

/// Noise of a candidate against rows of norm sqrt(32): a cosine of a row with itself near 0.99.
const CANDIDATE: f32 = 0.15;
/// Noise of rows about the mean of their class, and of documents.
const IN_CLASS: f32 = 2.0;
/// By how much rows that have drifted, and a second modality, are moved along one column: about its spread.
const SHIFT: f32 = 0.8;
/// Classes.
const COUNT: usize = 12;
/// Random deals of a test of drift: 2 of 40 are the level of 5 %.
const DEALS: usize = 39;
/// Far from the seeds of samples.
const OTHER: u64 = 1 << 35;

/// `--replicates N`, `--rows ..`, `--laws ..`, `--only PART-OF-A-NAME`.
pub fn run(args: &mut impl Iterator<Item = String>) {
    let Asked {
        rows,
        laws,
        replicates,
        only,
        ..
    } = Asked::read(args, 400, 60);
    let backend = backend::cpu(None, None).expect("a backend");
    let wanted = SUBJECTS
        .iter()
        .filter(|subject| subject.name.contains(&only[..]));
    for subject in wanted {
        println!("\n{}\n", subject.name);
        print_head(subject.judged, "n");
        let mut alarms = Vec::new();
        for &law in &laws {
            for &rows in &rows {
                let mut small = 0;
                let measures = |seed| {
                    let measures = (subject.measures)(law, rows, seed, &*backend);
                    let p = measures.iter().find(|m| m.metric == MetricId::DriftP);
                    small += u64::from(p.is_some_and(|p| p.value <= 0.05));
                    measures
                };
                print_row(
                    subject.judged,
                    (law, &rows.to_string()),
                    replicates,
                    measures,
                );
                let share = 100.0 * small as f64 / replicates as f64;
                alarms.push(format!("{} {rows}: {share:.1} %", law.name()));
            }
        }
        if subject.judged == DRIFT {
            println!("\ndrift_p at most 0.05: {}", alarms.join(", "));
        }
    }
}

fn embeddings(name: &str, rows: &Array2<f32>) -> Embeddings {
    Embeddings::from_array(name, rows.view()).expect("rows")
}

fn prepared(
    sample: &Sample,
    positives: PositivesInput,
    ask: fn(&mut Settings),
    seed: u64,
    backend: &dyn Backend,
) -> Prepared {
    let inputs = Inputs {
        name: "sample".to_owned(),
        a: embeddings("a", &sample.a),
        b: sample.b.as_ref().map(|b| embeddings("b", b)),
        positives,
        groups: sample.groups.clone(),
    };
    let mut settings = Settings {
        alphas: vec![2.0],
        ts: vec![2.0],
        taus: vec![0.5],
        seed,
        ..Settings::default()
    };
    ask(&mut settings);
    prepare(inputs, &settings, backend, &NoWatch).expect("data")
}

/// One matrix of rows.
fn alone(a: Array2<f32>, groups: Option<Labels>) -> Sample {
    Sample {
        a,
        b: None,
        positives: PositivesInput::None,
        groups,
    }
}

/// A candidate is the reference behind a little noise; the second view is far enough away that searches fail.
fn of_parity(law: Law, rows: usize, seed: u64, backend: &dyn Backend) -> Vec<Measure> {
    let reference = Sample {
        b: views(law, rows, seed)
            .b
            .map(|b| b + noise(rows, seed + 2 * OTHER)),
        ..views(law, rows, seed)
    };
    let moved = |rows: &Array2<f32>, seed: u64| rows + &(noise(rows.nrows(), seed) * CANDIDATE);
    let candidate = Sample {
        a: moved(&reference.a, seed + 3 * OTHER),
        b: reference.b.as_ref().map(|b| moved(b, seed + 4 * OTHER)),
        positives: PositivesInput::Aligned,
        groups: None,
    };
    let [one, other] = [reference, candidate].map(|sample| {
        let ask: fn(&mut Settings) = |settings| settings.search = true;
        let data = prepared(&sample, PositivesInput::Aligned, ask, seed, backend);
        let states = data.walk(backend, &NoWatch).expect("a walk");
        (data, states)
    });
    let both = ((&one.0, &one.1), (&other.0, &other.1));
    let found = parity(both.0, both.1, Default::default(), backend, &NoWatch);
    found.expect("parity").measures
}

/// Aligned rows, each pair with its cosine behind noise for a score.
fn of_scores(law: Law, rows: usize, seed: u64, backend: &dyn Backend) -> Vec<Measure> {
    let sample = views(law, rows, seed);
    let b = sample.b.as_ref().expect("two views");
    let mut rng = Pcg64::seed_from_u64(seed + OTHER);
    let pairs = sample.a.rows().into_iter().zip(b.rows());
    let values = pairs.map(|(x, y)| {
        let cosine = x.dot(&y) / (x.dot(&x) * y.dot(&y)).sqrt();
        f64::from(cosine) + rng.random_range(-0.1..0.1)
    });
    let scores = PositivesInput::AlignedScored(Numbers {
        name: "scores".to_owned(),
        values: values.collect(),
    });
    let data = prepared(&sample, scores, |_| {}, seed, backend);
    data.run(backend, &NoWatch).expect("an audit").measures
}

/// Rows about the fixed means of classes; of documents, each of one class.
fn of_classes(
    law: Law,
    (documents, size): (usize, usize),
    seed: u64,
    backend: &dyn Backend,
) -> Vec<Measure> {
    let [means, _] = law.views(COUNT, u64::MAX / 2);
    let mut rng = Pcg64::seed_from_u64(seed + OTHER);
    let class: Vec<usize> = (0..documents).map(|_| rng.random_range(0..COUNT)).collect();
    let of: Vec<usize> = (0..documents * size).map(|row| row / size).collect();
    let about = means.select(Axis(0), &class) + noise(documents, seed) * IN_CLASS;
    let rows = about.select(Axis(0), &of) + noise(of.len(), seed + 2 * OTHER);
    let labels = |name: &str, classes: Vec<u32>| Labels {
        name: name.to_owned(),
        classes,
        values: Default::default(),
    };
    let documents = of.iter().map(|&document| document as u32);
    let groups = (size > 1).then(|| labels("documents", documents.collect()));
    let classes = of.iter().map(|&document| class[document] as u32);
    let positives = PositivesInput::Labels(labels("classes", classes.collect()));
    let ask: fn(&mut Settings) = |settings| settings.classes = true;
    let data = prepared(&alone(rows, groups), positives, ask, seed, backend);
    data.run(backend, &NoWatch).expect("an audit").measures
}

/// The second view is moved along one column.
fn of_modality(law: Law, rows: usize, seed: u64, backend: &dyn Backend) -> Vec<Measure> {
    let mut sample = views(law, rows, seed);
    if let Some(b) = &mut sample.b {
        b.column_mut(0).mapv_inplace(|v| v + SHIFT);
    }
    let ask: fn(&mut Settings) = |settings| settings.modality = true;
    let data = prepared(&sample, PositivesInput::Aligned, ask, seed, backend);
    data.run(backend, &NoWatch).expect("an audit").measures
}

/// New rows that are moved along one column, or not.
fn of_drift(
    law: Law,
    (rows, shift): (usize, f32),
    seed: u64,
    backend: &dyn Backend,
) -> Vec<Measure> {
    let [old, _] = law.views(rows, seed);
    let [mut new, _] = law.views(rows, seed + OTHER);
    new.column_mut(0).mapv_inplace(|v| v + shift);
    let reference = Reference {
        embeddings: embeddings("old", &old),
        groups: None,
    };
    let data = prepared(
        &alone(new, None),
        PositivesInput::None,
        |_| {},
        seed,
        backend,
    );
    drift(reference, &data, DEALS, backend, &NoWatch)
        .expect("drift")
        .measures
}
