//! The folder that a training run leaves.
//!
//! | file | holds |
//! |---|---|
//! | `plan.toml` | the plan, complete |
//! | `log.csv` | one line for each epoch |
//! | `checkpoint.safetensors` | all that `--resume` needs, after some step |
//! | `weights.safetensors` | the encoder, under PyTorch's names |
//! | `embeddings.safetensors` | `items` (test items), `view_a` and `view_b` (two views of them) |
//! | `pairs.npy` | row of `view_a`, row of `view_b`, for each pair of views of one item |
//! | `labels.npy` | class of each test item, -1 where unknown |

use std::io;
use std::path::{Path, PathBuf};

use candle_core::{Device, Tensor};
use ndarray::Array2;

use super::TrainError;
use super::data::{Dataset, Show};
use super::encoder::{self, Encoder, EncoderSpec};
use super::judge::{Activations, embed, embed_views};
use super::plan::TrainPlan;
use super::session::{EpochLog, Session};
use super::store::{TensorFile, failed, json, npy, write, write_tensors};
use super::weights::{ABOUT, pour};
use crate::input::{MOST_TOML, read_document};

/// `checkpoint.safetensors`
pub const CHECKPOINT: &str = "checkpoint.safetensors";
/// `weights.safetensors`
pub const WEIGHTS: &str = "weights.safetensors";
/// `embeddings.safetensors`
pub const EMBEDDINGS: &str = "embeddings.safetensors";
/// `pairs.npy`
pub const PAIRS: &str = "pairs.npy";
/// `labels.npy`
pub const LABELS: &str = "labels.npy";
/// `plan.toml`
pub const PLAN: &str = "plan.toml";
/// `log.csv`
pub const LOG: &str = "log.csv";

/// Whether `folder` holds a run, complete or not.
pub fn occupied(folder: &Path) -> bool {
    [PLAN, CHECKPOINT, WEIGHTS]
        .iter()
        .any(|name| folder.join(name).exists())
}

/// Removes what a run leaves, so that a new one is not taken for a part of it.
///
/// # Errors
/// [`TrainError::Write`].
pub fn clear(folder: &Path) -> Result<(), TrainError> {
    let all = [PLAN, LOG, CHECKPOINT, WEIGHTS, EMBEDDINGS, PAIRS, LABELS];
    all.iter().try_for_each(|name| remove(&folder.join(name)))
}

/// Removes the checkpoint of a run that is complete.
///
/// # Errors
/// [`TrainError::Write`].
pub fn drop_checkpoint(folder: &Path) -> Result<(), TrainError> {
    remove(&folder.join(CHECKPOINT))
}

fn remove(path: &Path) -> Result<(), TrainError> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(failed(path, error)),
        _ => Ok(()),
    }
}

/// Keeps a checkpoint, beside the plan and the log.
///
/// # Errors
/// [`TrainError::Write`].
pub fn keep(folder: &Path, session: &Session, plan: &TrainPlan) -> Result<(), TrainError> {
    session.save(&folder.join(CHECKPOINT), plan)?;
    write_plan(folder, plan)?;
    write_log(folder, session)
}

/// Writes `log.csv`.
///
/// # Errors
/// [`TrainError::Write`].
pub fn write_log(folder: &Path, session: &Session) -> Result<(), TrainError> {
    write(&folder.join(LOG), log(&session.log).into_bytes())
}

/// Writes `plan.toml`.
///
/// # Errors
/// [`TrainError::Write`].
pub fn write_plan(folder: &Path, plan: &TrainPlan) -> Result<(), TrainError> {
    let path = folder.join(PLAN);
    let text = toml::to_string(plan).map_err(|error| failed(&path, io::Error::other(error)))?;
    write(&path, text.into_bytes())
}

/// Reads a plan from a file as `plan.toml`; what it leaves out is as in `TrainPlan::default()`.
///
/// # Errors
/// [`TrainError::Input`], [`TrainError::PlanFile`].
pub fn read_plan(path: &Path) -> Result<TrainPlan, TrainError> {
    let bytes = read_document(path, MOST_TOML)?;
    let text = String::from_utf8_lossy(&bytes);
    toml::from_str(&text).map_err(|source| TrainError::PlanFile {
        path: path.to_owned(),
        source: Box::new(source),
    })
}

fn log(epochs: &[EpochLog]) -> String {
    let mut text = String::from(
        "epoch,steps,rate,loss,alignment,uniformity,test_alignment,test_uniformity,seconds\n",
    );
    for e in epochs {
        let maybe = |value: Option<f64>| value.map(|v| v.to_string()).unwrap_or_default();
        text += &format!(
            "{},{},{},{},{},{},{},{},{:.3}\n",
            e.epoch,
            e.steps,
            e.rate,
            e.loss,
            e.alignment,
            e.uniformity,
            maybe(e.test_alignment),
            maybe(e.test_uniformity),
            e.seconds
        );
    }
    text
}

/// Writes what a finished run leaves, all but the audit; gives the files.
///
/// # Errors
/// [`TrainError::Write`].
pub fn export(
    folder: &Path,
    session: &Session,
    plan: &TrainPlan,
    data: &Dataset,
    device: &Device,
) -> Result<Vec<PathBuf>, TrainError> {
    let path = |name: &str| folder.join(name);
    let encoder = &session.encoder;
    let items = embed(encoder, &data.test, Show::Plain, None, device)?;
    let [a, b] = embed_views(encoder, &data.test, plan, data, device)?;
    let rows = items.nrows() as i64;
    let pairs: Vec<i64> = (0..rows).flat_map(|row| [row, row]).collect();

    write_plan(folder, plan)?;
    write_log(folder, session)?;
    save_weights(&path(WEIGHTS), encoder)?;
    save_embeddings(
        &path(EMBEDDINGS),
        vec![("items", items), ("view_a", a), ("view_b", b)],
    )?;
    write(&path(PAIRS), npy(&pairs, 2))?;
    let mut written = [PLAN, LOG, WEIGHTS, EMBEDDINGS, PAIRS].map(path).to_vec();
    if data.test.labels.iter().any(Option::is_some) {
        save_labels(&path(LABELS), &data.test.labels)?;
        written.push(path(LABELS));
    }
    Ok(written)
}

/// Writes 1 for each item that encoders learn from and 0 for each that they are judged by, as `.npy`.
///
/// # Errors
/// [`TrainError::Write`].
pub fn save_split(path: &Path, learned: &[bool]) -> Result<(), TrainError> {
    let marks = learned.iter().map(|learned| i64::from(*learned));
    write(path, npy(&marks.collect::<Vec<_>>(), 1))
}

/// Writes classes as whole numbers, -1 for unknown ones, as `.npy`.
///
/// # Errors
/// [`TrainError::Write`].
pub fn save_labels(path: &Path, labels: &[Option<u32>]) -> Result<(), TrainError> {
    let classes = labels.iter().map(|class| class.map_or(-1, i64::from));
    write(path, npy(&classes.collect::<Vec<_>>(), 1))
}

/// Writes matrices under names, as `.safetensors`.
///
/// # Errors
/// [`TrainError::Write`].
pub fn save_embeddings(path: &Path, named: Vec<(&str, Array2<f32>)>) -> Result<(), TrainError> {
    let plain = |(name, rows): (&str, Array2<f32>)| {
        let shape = vec![rows.nrows(), rows.ncols()];
        let values = rows.into_iter().collect();
        (name.to_owned(), Activations { shape, values })
    };
    save_activations(path, named.into_iter().map(plain).collect())
}

/// Writes activations under names, each with its shape, as `.safetensors`.
///
/// # Errors
/// [`TrainError::Write`].
pub fn save_activations(path: &Path, named: Vec<(String, Activations)>) -> Result<(), TrainError> {
    let tensor = |(name, left): (String, Activations)| {
        let tensor = Tensor::from_vec(left.values, left.shape, &Device::Cpu)?;
        Ok((name, tensor))
    };
    let tensors = named.into_iter().map(tensor);
    write_tensors(path, tensors.collect::<Result<Vec<_>, TrainError>>()?, &[])
}

/// Writes an encoder: its tensors under PyTorch's names, and its spec in the metadata.
///
/// # Errors
/// [`TrainError::Write`].
pub fn save_weights(path: &Path, encoder: &Encoder) -> Result<(), TrainError> {
    let spec = json(path, encoder.spec())?;
    let parameters = encoder.parameters().iter();
    let tensors = parameters.map(|p| (p.name.clone(), p.var.as_tensor().clone()));
    write_tensors(path, tensors, &[(ABOUT, spec)])
}

/// Reads an encoder that [`save_weights`] wrote.
///
/// # Errors
/// [`TrainError::Damaged`].
pub fn load_weights(path: &Path, device: &Device) -> Result<Encoder, TrainError> {
    let stored = TensorFile::open(path, ABOUT)?;
    let wrong = |place: String, expected: &str, found: String| {
        let advice = "give a weights.safetensors that spherecheck wrote, or give --architecture";
        TrainError::damaged(path, place, expected, found, advice)
    };
    let place = format!("metadata {ABOUT}");
    let no_spec = |found| {
        let expected = "the encoder that the weights belong to";
        wrong(place.clone(), expected, found)
    };
    let about = stored.about.as_ref();
    let about = about.ok_or_else(|| no_spec("nothing".into()))?;
    let spec: EncoderSpec =
        serde_json::from_str(about).map_err(|error| no_spec(error.to_string()))?;
    // What the file says of itself is compared with what it holds before anything of that size is made.
    let forms = encoder::forms(&spec).map_err(|error| match error {
        TrainError::Plan {
            field,
            expected,
            found,
        } => wrong(format!("{place}, {field}"), &expected, found),
        other => other,
    })?;
    for form in &forms {
        stored.take(path, &form.name, (&form.shape, form.dtype))?;
    }
    let encoder = Encoder::new(spec, 0, device)?;
    pour(&encoder, &stored, path)?;
    Ok(encoder)
}
