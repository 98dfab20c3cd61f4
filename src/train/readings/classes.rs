//! Classes, read from outputs and hidden layers.

use candle_core::Device;
use ndarray::{Array2, Axis, concatenate};

use super::Reading;
use crate::backend::Backend;
use crate::data::{Embeddings, Labels, Numbers};
use crate::pass::NoWatch;
use crate::probe::{Features, ProbeInputs, ProbeSettings, Solver, SplitInput, Target, probe};
use crate::result::{ProbeReport, Quantity};
use crate::train::TrainError;
use crate::train::data::{DataSplit, Dataset, Show};
use crate::train::encoder::{Architecture, Encoder};
use crate::train::judge::embed;

/// The paper's linear probe: a step of 1e-3, 100 epochs. Unlike one that converges, it does not read through a collapse.
pub(super) const ADAM: Solver = Solver::Adam { epochs: 100 };

/// Linearly, from the output.
pub(super) fn output(
    encoder: &Encoder,
    data: &Dataset,
    solver: Solver,
    place: (&Device, &dyn Backend),
) -> Result<Vec<Reading>, TrainError> {
    let mut all = layer(encoder, data, (OUTPUT, solver), place)?;
    all.retain(|reading| reading.place.ends_with("linear"));
    Ok(all)
}

/// Linearly and by neighbours, from the output and from the layer below it.
pub(super) fn layers(
    encoder: &Encoder,
    data: &Dataset,
    place: (&Device, &dyn Backend),
) -> Result<Vec<Reading>, TrainError> {
    let below = encoder.layers().saturating_sub(2);
    let name = match encoder.spec().architecture {
        Architecture::SmallAlexnet => "fc7",
        _ => "hidden",
    };
    let hidden = Layer {
        key: "hidden",
        name,
        block: Some(below),
    };
    let mut all = layer(encoder, data, (OUTPUT, ADAM), place)?;
    all.extend(layer(encoder, data, (hidden, ADAM), place)?);
    Ok(all)
}

/// What is read: its place in the paper's tables, its name, its block.
struct Layer {
    key: &'static str,
    name: &'static str,
    block: Option<usize>,
}

const OUTPUT: Layer = Layer {
    key: "output",
    name: "output",
    block: None,
};

/// Trained on the labelled items that the encoder learned from, tested on the labelled test items; nothing where there are
/// no labels.
fn layer(
    encoder: &Encoder,
    data: &Dataset,
    (Layer { key, name, block }, solver): (Layer, Solver),
    (device, backend): (&Device, &dyn Backend),
) -> Result<Vec<Reading>, TrainError> {
    let (train, test) = (data.train.labelled(), data.test.labelled());
    if data.classes < 2 || train.len() < 2 || test.len() < 2 {
        return Ok(Vec::new());
    }
    let rows = |split: &DataSplit| embed(encoder, split, Show::Plain, block, device);
    let both = [rows(&train)?, rows(&test)?];
    let report = probed(&data.name, &both, [&train, &test], solver, backend)?;
    let scores = report.scores.into_iter();
    let scores = scores.filter(|score| score.quantity == Quantity::Accuracy);
    let readings = scores.filter_map(|score| {
        let how = match score.probe.as_str() {
            "adam" | "logistic" => "linear",
            "knn" => "knn",
            _ => return None,
        };
        Some(Reading {
            place: format!("{key} {how}"),
            text: format!("{name}, {}", score.label()),
            score,
        })
    });
    let mut readings: Vec<Reading> = readings.collect();
    readings.sort_by_key(|reading| reading.place.ends_with("knn"));
    Ok(readings)
}

fn probed(
    name: &str,
    [learn, judge]: &[Array2<f32>; 2],
    splits: [&DataSplit; 2],
    solver: Solver,
    backend: &dyn Backend,
) -> Result<ProbeReport, TrainError> {
    let all = concatenate(Axis(0), &[learn.view(), judge.view()])
        .expect("both splits go through one encoder");
    let classes = splits.iter().flat_map(|split| &split.labels);
    let marks = (0..all.nrows()).map(|row| f64::from(row < learn.nrows()));
    let inputs = ProbeInputs {
        name: name.to_owned(),
        embeddings: Embeddings::from_array("embeddings", all.view())?,
        target: Target::Classes(Labels {
            name: "labels".into(),
            classes: classes.copied().flatten().collect(),
            values: Default::default(),
        }),
        split: SplitInput::Given(Numbers {
            name: "split".into(),
            values: marks.collect(),
        }),
    };
    let settings = ProbeSettings {
        solver,
        features: match solver {
            Solver::Lbfgs => Features::Unit,
            Solver::Adam { .. } => Features::Raw,
        },
        ..ProbeSettings::default()
    };
    Ok(probe(inputs, &settings, backend, &NoWatch)?)
}
