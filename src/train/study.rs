//! From an entry of a preset to a reference encoder: trained, audited, read.

use std::path::Path;
use std::time::Instant;

use candle_core::Device;
use ndarray::Array2;

use super::data::{Dataset, Show};
use super::encoder::Encoder;
use super::fit::{End, fit};
use super::presets::Entry;
use super::readings::{self, Judging, Reading};
use super::session::Session;
use super::watch::Watch;
use super::{TrainError, folder, judge};
use crate::backend::Backend;
use crate::result::{Accuracy, Member};

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
    /// What was read from it; the first accuracy is the member's.
    pub readings: Vec<Reading>,
}

/// Trains the encoder of `entry`, audits two views of the test items and reads what is asked from it; with a folder, leaves
/// there what a single run leaves. An entry that goes on from another begins with the weights in that one's folder, beside
/// its own. None when the watcher asked to stop.
///
/// # Errors
/// Those of [`fit`]; [`TrainError::Probe`]; [`TrainError::Weights`].
pub fn reference(
    entry: &Entry,
    judging: Judging<'_>,
    data: &Dataset,
    (device, backend): (&Device, &dyn Backend),
    keep: Option<&Path>,
    watch: &dyn Watch,
) -> Result<Option<Reference>, TrainError> {
    let plan = &entry.plan;
    plan.check(data)?;
    let started = Instant::now();
    let mut session = Session::new(plan, data, device)?;
    if let Some(from) = &entry.from {
        begin_with(&session.encoder, keep, from, device)?;
    }
    if fit(&mut session, plan, data, (device, backend), None, watch)? == End::Stopped {
        return Ok(None);
    }
    let seconds = started.elapsed().as_secs_f64();
    if let Some(path) = keep {
        folder::export(path, &session, plan, data, device)?;
    }
    let (alignment, uniformity) = judge::test(&session, plan, data, device, backend)?;
    let some = data.test.only(0..data.test.len().min(MOST));
    let encoder = &session.encoder;
    let readings = readings::read(encoder, data, judging, (device, backend))?;
    let told = readings.iter().find(|reading| reading.is_accuracy());
    Ok(Some(Reference {
        member: Member {
            name: entry.name.clone(),
            kind: plan.objective.kind(),
            objective: plan.objective.text(),
            dim: encoder.spec().dim as u64,
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
            seconds,
        },
        items: judge::embed(encoder, &some, Show::Plain, None, device)?,
        views: judge::embed_views(encoder, &some, plan, data, device)?,
        labels: some.labels.clone(),
        readings,
    }))
}

/// Gives an encoder the weights of the entry `from`, whose folder is beside `keep`.
fn begin_with(
    encoder: &Encoder,
    keep: Option<&Path>,
    from: &str,
    device: &Device,
) -> Result<(), TrainError> {
    let Some(keep) = keep else {
        let expected = "a folder that keeps the encoders, as one goes on from another";
        return Err(TrainError::plan("out", expected, "none"));
    };
    let path = keep.with_file_name(from).join(folder::WEIGHTS);
    let known = folder::load_weights(&path, device)?;
    if known.spec() != encoder.spec() {
        return Err(TrainError::Weights {
            path,
            place: "its encoder".into(),
            expected: format!("{:?}", encoder.spec().architecture),
            found: "another form".into(),
            advice: "leave --resume out to start again",
        });
    }
    for (own, known) in encoder.parameters().iter().zip(known.parameters()) {
        own.var.set(known.var.as_tensor())?;
    }
    Ok(())
}
