//! From an entry of a preset to a reference encoder: trained, audited, probed.

use std::path::Path;

use candle_core::Device;
use ndarray::{Array2, concatenate};

use super::data::{Dataset, Show, Split};
use super::encoder::Encoder;
use super::fit::{End, fit};
use super::folder::{CHECKPOINT, WEIGHTS};
use super::keep::Keep;
use super::plan::TrainPlan;
use super::presets::Entry;
use super::session::Session;
use super::watch::Watch;
use super::{TrainError, folder, judge};
use crate::backend::Backend;
use crate::data::{Embeddings, Labels, Numbers};
use crate::pass::NoWatch;
use crate::probe::{ProbeInputs, ProbeSettings, SplitInput, Target, probe};
use crate::result::{Accuracy, Member, ProbeReport};

/// Test items that the distances and densities of figures rest on, at most.
const MOST: usize = 10_000;

/// A reference encoder and what figures show of it.
pub struct Reference {
    /// What is known of it.
    pub member: Member,
    /// Embeddings of test items as they are.
    pub items: Array2<f32>,
    /// Embeddings of two views of them.
    pub views: [Array2<f32>; 2],
    /// Class of each, where it is known.
    pub labels: Vec<Option<u32>>,
}

/// Trains the encoder of `entry`, audits two views of the test items and probes its embeddings; with a folder, leaves
/// there what a single run leaves. None when the watcher asked to stop. With `resume` it goes on from a checkpoint of this
/// plan, if there is one.
///
/// # Errors
/// Those of [`fit`]; [`TrainError::Probe`].
pub fn reference(
    entry: &Entry,
    data: &Dataset,
    (device, backend): (&Device, &dyn Backend),
    (keep, resume): (Option<&Keep>, bool),
    watch: &dyn Watch,
) -> Result<Option<Reference>, TrainError> {
    let plan = &entry.plan;
    plan.check(data)?;
    let mut session = match keep.filter(|_| resume) {
        Some(keep) => begun(keep.folder(), plan, data, device)?,
        None => Session::new(plan, data, device)?,
    };
    if fit(&mut session, plan, data, (device, backend), keep, watch)? == End::Stopped {
        return Ok(None);
    }
    if let Some(keep) = keep {
        folder::export(keep.folder(), &session, plan, data, device)?;
    }
    let (alignment, uniformity) = judge::test(&session, plan, data, device, backend)?;
    let member = Member {
        name: entry.name.clone(),
        kind: plan.objective.kind(),
        objective: plan.objective.text(),
        dim: session.encoder.spec().dim as u64,
        alignment,
        uniformity,
        accuracy: accuracy(&session, data, device, backend)?,
        lambda: entry.lambda,
        seed: plan.seed,
        seconds: session.log.iter().map(|epoch| epoch.seconds).sum(),
    };
    shown(member, &session.encoder, plan, data, device).map(Some)
}

/// The session that was interrupted in `folder`, if it was one of this plan; a new one otherwise.
fn begun(
    folder: &Path,
    plan: &TrainPlan,
    data: &Dataset,
    device: &Device,
) -> Result<Session, TrainError> {
    match Session::load(&folder.join(CHECKPOINT), plan, data, device) {
        Err(
            TrainError::NoCheckpoint { .. }
            | TrainError::OtherPlan { .. }
            | TrainError::OtherEpochs { .. },
        ) => Session::new(plan, data, device),
        loaded => loaded,
    }
}

/// A reference encoder that an earlier run left in `folder`: `member` is what is known of it.
///
/// # Errors
/// [`TrainError::Weights`].
pub fn reference_in(
    folder: &Path,
    member: Member,
    plan: &TrainPlan,
    data: &Dataset,
    device: &Device,
) -> Result<Reference, TrainError> {
    let encoder = folder::load_weights(&folder.join(WEIGHTS), device)?;
    shown(member, &encoder, plan, data, device)
}

fn shown(
    member: Member,
    encoder: &Encoder,
    plan: &TrainPlan,
    data: &Dataset,
    device: &Device,
) -> Result<Reference, TrainError> {
    let some = data.test.only(0..data.test.len().min(MOST));
    Ok(Reference {
        member,
        items: judge::embed(encoder, &some, Show::Plain, None, device)?,
        views: judge::embed_views(encoder, &some, plan, data, device)?,
        labels: some.labels.clone(),
    })
}

/// Accuracy of a linear probe of the output, trained on the labelled items that the encoder learned from and tested on
/// the labelled test items; none where there are no labels.
fn accuracy(
    session: &Session,
    data: &Dataset,
    device: &Device,
    backend: &dyn Backend,
) -> Result<Option<Accuracy>, TrainError> {
    let (train, test) = (data.train.labelled(), data.test.labelled());
    if data.classes < 2 || train.len() < 2 || test.len() < 2 {
        return Ok(None);
    }
    let rows = |split: &Split| judge::embed(&session.encoder, split, Show::Plain, None, device);
    let all = concatenate(
        ndarray::Axis(0),
        &[rows(&train)?.view(), rows(&test)?.view()],
    )
    .expect("both splits go through one encoder");
    let classes = train.labels.iter().chain(&test.labels).copied().flatten();
    let marks = (0..all.nrows()).map(|row| f64::from(row < train.len()));
    let inputs = ProbeInputs {
        name: data.name.clone(),
        embeddings: Embeddings::from_array("embeddings", all.view())?,
        target: Target::Classes(Labels {
            name: "labels".into(),
            classes: classes.collect(),
            values: Default::default(),
        }),
        split: SplitInput::Given(Numbers {
            name: "split".into(),
            values: marks.collect(),
        }),
    };
    let report: ProbeReport = probe(inputs, &ProbeSettings::default(), backend, &NoWatch)?;
    let linear = report.scores.iter().find(|score| score.probe == "logistic");
    Ok(linear.map(|score| Accuracy {
        value: score.value,
        low: score.low,
        high: score.high,
        n: score.n,
    }))
}
