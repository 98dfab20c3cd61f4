//! From an entry of a preset to a reference encoder: trained, audited, read.

use std::path::Path;

use candle_core::Device;
use ndarray::Array2;

use super::data::{Dataset, Show};
use super::encoder::Encoder;
use super::fit::{End, fit};
use super::folder::{CHECKPOINT, WEIGHTS};
use super::keep::Keep;
use super::plan::TrainPlan;
use super::presets::PresetEntry;
use super::readings::{self, Judging, Reading};
use super::session::Session;
use super::watch::TrainWatch;
use super::{TrainError, folder, judge};
use crate::backend::Backend;
use crate::result::{Accuracy, Member};

/// Test items that the distances and densities of figures rest on, at most.
const MOST: usize = 10_000;

/// A reference encoder and what figures show of it.
pub struct ReferenceEncoder {
    /// What is known of it.
    pub member: Member,
    /// Embeddings of test items as they are.
    pub items: Array2<f32>,
    /// Embeddings of two views of them.
    pub views: [Array2<f32>; 2],
    /// Class of each, where it is known.
    pub labels: Vec<Option<u32>>,
    /// What was read from it; the first accuracy is the member's.
    pub readings: Vec<Reading>,
}

/// Trains the encoder of `entry`, audits two views of the test items and reads what is asked from it; with a folder, leaves
/// there what a single run leaves. None when the watcher asked to stop. With `resume` it goes on from a checkpoint of this plan, if there is one.
///
/// # Errors
/// Those of [`fit`]; [`TrainError::Probe`]; [`TrainError::Damaged`].
pub fn reference(
    entry: &PresetEntry,
    judging: Judging<'_>,
    data: &Dataset,
    (device, backend): (&Device, &dyn Backend),
    (keep, resume): (Option<&Keep>, bool),
    watch: &dyn TrainWatch,
) -> Result<Option<ReferenceEncoder>, TrainError> {
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
    let readings = readings::read(&session.encoder, data, judging, (device, backend))?;
    let told = readings.iter().find(|reading| reading.is_accuracy());
    let member = Member {
        name: entry.name.clone(),
        kind: plan.objective.kind(),
        objective: plan.objective.text(),
        dim: session.encoder.spec().dim as u64,
        alignment,
        uniformity,
        accuracy: told.map(|Reading { score, .. }| Accuracy {
            value: score.value,
            low: score.low,
            high: score.high,
            n: score.n,
        }),
        lambda: entry.lambda,
        along: entry.along.clone(),
        seed: plan.seed,
        // No epochs add up to -0.
        seconds: session.log.iter().map(|epoch| epoch.seconds).sum::<f64>() + 0.0,
    };
    let shown = shown(member, &session.encoder, plan, data, device)?;
    Ok(Some(ReferenceEncoder { readings, ..shown }))
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

/// A reference encoder that an earlier run left in `folder`: `member` is what is known of it. Nothing is read from it again.
///
/// # Errors
/// [`TrainError::Damaged`].
pub fn reference_in(
    folder: &Path,
    member: Member,
    plan: &TrainPlan,
    data: &Dataset,
    device: &Device,
) -> Result<ReferenceEncoder, TrainError> {
    let encoder = folder::load_weights(&folder.join(WEIGHTS), device)?;
    shown(member, &encoder, plan, data, device)
}

fn shown(
    member: Member,
    encoder: &Encoder,
    plan: &TrainPlan,
    data: &Dataset,
    device: &Device,
) -> Result<ReferenceEncoder, TrainError> {
    let some = data.test.only(0..data.test.len().min(MOST));
    Ok(ReferenceEncoder {
        member,
        items: judge::embed(encoder, &some, Show::Plain, None, device)?,
        views: judge::embed_views(encoder, &some, plan, data, device)?,
        labels: some.labels.clone(),
        readings: Vec::new(),
    })
}
