//! The sides that each metric's row names are those on which audits have it.

use std::collections::{BTreeMap, BTreeSet};

use spherecheck::audit::{Compat, Inputs, PositivesInput, Prepared, Settings, parity, read};
use spherecheck::data::{Numbers, RawPairs};
use spherecheck::drift::{Reference, drift};
use spherecheck::metric::{METRICS, MetricId};
use spherecheck::pass::NoWatch;
use spherecheck::result::{Measure, Side};

use crate::states::{cases, labels, prepared, states};
use crate::support::{Rows, any_cpu, embeddings, inputs, noisy, normal};

fn scores(count: usize) -> Numbers {
    Numbers {
        name: "scores".to_owned(),
        values: (0..count).map(|k| f64::from(k as u32 % 6)).collect(),
    }
}

/// What only some audits are asked for, of one view and of two.
fn on_request(rows: &Rows, near: &Rows) -> Vec<(Inputs, Settings)> {
    let asked = Settings {
        search: true,
        spectrum: true,
        modality: true,
        compat: vec![Compat::StablePretraining, Compat::Reptrix, Compat::Ssrlib],
        ..Settings::default()
    };
    let one = |positives| inputs(embeddings(rows), None, positives);
    let two = |positives| inputs(embeddings(rows), Some(embeddings(near)), positives);
    let pairs = (0..60).map(|k: i128| [2 * k, 2 * k + 1]);
    let judged = RawPairs::new("pairs", pairs).scored(scores(60));
    let judged = PositivesInput::Pairs(judged.expect("a score for each"));
    let aligned = PositivesInput::AlignedScored(scores(rows.len()));
    vec![
        (one(judged), asked.clone()),
        (two(aligned), Settings::default()),
        (two(PositivesInput::Aligned), asked),
    ]
}

/// Numbers of two models, or of a reference and its candidate.
fn of_two_models(rows: &Rows, near: &Rows) -> Vec<Measure> {
    let backend = any_cpu();
    let search = Settings {
        search: true,
        ..Settings::default()
    };
    let mut out = Vec::new();
    for two in [false, true] {
        let model = |rows: &Rows| {
            let b = two.then(|| embeddings(&noisy(rows, 5, 0.3)));
            let positives = match two {
                true => PositivesInput::Aligned,
                false => PositivesInput::None,
            };
            inputs(embeddings(rows), b, positives)
        };
        let data = [rows, near].map(|rows| prepared(model(rows), &search));
        let walked = [rows, near].map(|rows| states(model(rows), &search));
        let names = ("old".to_owned(), "new".to_owned());
        let (old, new) = ((&data[0], &walked[0]), (&data[1], &walked[1]));
        let found = parity(old, new, names, &*backend, &NoWatch);
        out.extend(found.expect("parity").measures);
    }
    let alone = |rows: &Rows| inputs(embeddings(rows), None, PositivesInput::None);
    let [new, other] = [near, rows].map(|rows| prepared(alone(rows), &Settings::default()));
    let near_of = |data: &Prepared| {
        let found = data.neighbours(0, None, &*backend, &NoWatch);
        found.expect("neighbours")
    };
    out.extend(near_of(&new).overlap(&near_of(&other), 0.95));
    let reference = Reference {
        embeddings: embeddings(rows),
        groups: None,
    };
    let drift = drift(reference, &new, 19, &*backend, &NoWatch);
    out.extend(drift.expect("drift").measures);
    out
}

#[test]
fn a_row_names_the_sides_on_which_audits_have_its_metric() {
    let rows = normal(3, 240, 12);
    let near = noisy(&rows, 4, 0.3);
    let classes = Settings {
        classes: true,
        ..Settings::default()
    };
    let of_labels = PositivesInput::Labels(labels((0..240).map(|k| k % 30).collect()));
    let of_labels = inputs(embeddings(&rows), None, of_labels);
    let cases = cases().into_iter();
    let cases = cases.map(|(_, inputs, settings)| (inputs, settings));
    let audits = cases
        .chain(on_request(&rows, &near))
        .chain([(of_labels, classes)])
        .flat_map(|(inputs, settings)| read(&states(inputs, &settings)).measures);
    let mut found: BTreeMap<MetricId, BTreeSet<Side>> = BTreeMap::new();
    for measure in audits.chain(of_two_models(&rows, &near)) {
        found
            .entry(measure.metric)
            .or_default()
            .insert(measure.side);
    }
    let named = |sides: &[Side]| sides.iter().copied().collect::<BTreeSet<Side>>();
    let wrong: Vec<String> = METRICS
        .iter()
        .filter(|spec| found.get(&spec.id) != Some(&named(spec.sides)))
        .map(|spec| {
            let found = found.get(&spec.id);
            format!("{}: {:?}, found {found:?}", spec.id.name(), spec.sides)
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let twice = METRICS
        .iter()
        .find(|spec| named(spec.sides).len() < spec.sides.len());
    assert!(twice.is_none(), "{twice:?}");
}
