//! Labels of sentences (MR, CR), read from encoders of text: logistic regression, each tenth tested on in turn, the penalty
//! chosen within the other nine.

use candle_core::Device;
use ndarray::{Array2, Axis, concatenate};

use super::{Judging, Reading};
use crate::backend::Backend;
use crate::data::{Embeddings, Labels};
use crate::pass::NoWatch;
use crate::probe::{ProbeInputs, ProbeSettings, SplitInput, Target, probe};
use crate::train::TrainError;
use crate::train::data::{Show, Task};
use crate::train::encoder::{Architecture, Encoder};
use crate::train::judge::embed;
use crate::train::presets::Scale;

/// Parts that are tested on in turn.
const PARTS: usize = 10;

impl Scale {
    /// Folds that choose the penalty of tasks, the values of C that are tried, and the words of the bag beside them.
    pub(in crate::train) fn choice(self) -> (usize, Vec<f64>, usize) {
        match self {
            Scale::Paper => (10, (0..=8).map(|k| 2f64.powi(k)).collect(), 4000),
            Scale::Desk => (3, (0..=4).map(|k| 4f64.powi(k)).collect(), 1000),
        }
    }
}

/// From the rows of the encoder, of both where there are two.
pub(super) fn read(
    encoder: &Encoder,
    judging: Judging<'_>,
    (device, backend): (&Device, &dyn Backend),
) -> Result<Vec<Reading>, TrainError> {
    let Some(vocabulary) = encoder.spec().takes.vocabulary() else {
        return Ok(Vec::new());
    };
    let both = encoder.spec().architecture == Architecture::QuickThought;
    let each = judging.tasks.iter().map(|task| {
        let split = task.split(vocabulary)?;
        let rows = |show| embed(encoder, &split, show, None, device);
        let first = rows(Show::Plain)?;
        let rows = match both {
            true => concatenate(Axis(1), &[first.view(), rows(Show::Second)?.view()])
                .expect("as many rows of both"),
            false => first,
        };
        let text = if both { "f and g" } else { "output" };
        logistic(task, &rows, text, judging.scale, backend)
    });
    each.collect()
}

/// From the counts of the commonest words of each task, as a baseline.
///
/// # Errors
/// [`TrainError::Probe`].
pub(super) fn bags(
    judging: Judging<'_>,
    backend: &dyn Backend,
) -> Result<Vec<Reading>, TrainError> {
    let (_, _, words) = judging.scale.choice();
    let each = judging.tasks.iter().map(|task| {
        let rows = task.bag(words);
        let text = format!("counts of {words} words");
        logistic(task, &rows, &text, judging.scale, backend)
    });
    each.collect()
}

fn logistic(
    task: &Task,
    rows: &Array2<f32>,
    text: &str,
    scale: Scale,
    backend: &dyn Backend,
) -> Result<Reading, TrainError> {
    let (folds, cs, _) = scale.choice();
    let inputs = ProbeInputs {
        name: task.name.clone(),
        embeddings: Embeddings::from_array("embeddings", rows.view())?,
        target: Target::Classes(Labels {
            name: task.name.clone(),
            classes: task.classes.clone(),
            values: task.values.clone(),
        }),
        split: SplitInput::Folds(PARTS),
    };
    let settings = ProbeSettings {
        folds,
        cs,
        ..ProbeSettings::default()
    };
    let report = probe(inputs, &settings, backend, &NoWatch)?;
    let mut scores = report.scores.into_iter();
    let score = scores
        .find(|score| score.probe == "logistic")
        .expect("the default probe is logistic");
    Ok(Reading {
        place: task.name.clone(),
        text: format!("{}: {text}, logistic", task.name),
        score,
    })
}
