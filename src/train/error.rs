//! What can keep an encoder from being trained, in words a user can act on.

#![expect(
    missing_docs,
    reason = "fields are named after what they hold; each variant has its line"
)]

use std::io;
use std::path::{Path, PathBuf};

use crate::audit::AuditError;
use crate::data::DataError;
use crate::input::InputError;
use crate::probe::ProbeError;

/// Refusals of the `train` room.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TrainError {
    /// A file of data could not be read.
    #[error(transparent)]
    Input(Box<InputError>),
    /// Rows were refused.
    #[error(transparent)]
    Data(#[from] DataError),
    /// The audit of the held-out items failed.
    #[error("the audit of the test items failed")]
    Audit(#[from] AuditError),
    /// Outputs without a direction.
    #[error(
        "the encoder is dead: {dead} of {of} views of test items leave it with norm 0, so they have no place on the sphere; try a larger --width, another --seed or a lower --rate"
    )]
    Dead { dead: usize, of: usize },
    /// Embeddings could not be probed.
    #[error("the probe of the test items failed")]
    Probe(#[from] ProbeError),
    /// A file is not what its name and place say, or holds weights that do not fit the encoder.
    #[error("{path}: {place}: expected {expected}, found {found}; {advice}", path = path.display())]
    Damaged {
        path: PathBuf,
        place: String,
        expected: String,
        found: String,
        advice: &'static str,
    },
    /// Nothing in a folder, or no such thing, is data.
    #[error(
        "{given}: no data were found: expected `digits`, a folder with CIFAR-10 (data_batch_1.bin ..), STL-10 (train_X.bin ..), IDX (train-images-idx3-ubyte ..) or NumPy files (images.npy, labels.npy), or a .txt file of sentences{seen}"
    )]
    NoData { given: String, seen: String },
    /// A set of data lacks what the objective learns from.
    #[error("{data}: {lacks}; {advice}")]
    Lacking {
        data: String,
        lacks: String,
        advice: &'static str,
    },
    /// A line that a tokenizer refuses.
    #[error(
        "the tokenizer cannot read {line:?}: expected pieces for every text, found {cause}; give a tokenizer whose model has a piece for unknown words"
    )]
    Unreadable { line: String, cause: String },
    /// A plan that cannot be carried out.
    #[error("{field}: expected {expected}, found {found}")]
    Plan {
        field: &'static str,
        expected: String,
        found: String,
    },
    /// A plan file that cannot be read as one.
    #[error("{path}: is no training plan", path = path.display())]
    PlanFile {
        path: PathBuf,
        source: Box<toml::de::Error>,
    },
    /// The loss is no number any more.
    #[error(
        "step {step} (epoch {epoch}): the loss is {loss}: {cause}; {advice}. The last checkpoint before it stays"
    )]
    Diverged {
        step: usize,
        epoch: usize,
        loss: f64,
        cause: String,
        advice: &'static str,
    },
    /// Weights, and data of another shape.
    #[error("{data}: expected {expected} as {weights} was trained on, found {found}")]
    Mismatch {
        data: String,
        weights: String,
        expected: String,
        found: String,
    },
    /// A checkpoint of another plan.
    #[error(
        "{path}: was made under another plan ({difference}); give the same options to --resume, or another --out", path = path.display()
    )]
    OtherPlan { path: PathBuf, difference: String },
    /// A checkpoint whose rates belong to another number of epochs.
    #[error(
        "{path}: was made in a run of {before} epochs whose rate falls to 0 over all of them (schedule cosine): those of a run of {now} are others from the first epoch on; resume with --epochs {before}, or train anew with --schedule constant or steps, which may be prolonged", path = path.display()
    )]
    OtherEpochs {
        path: PathBuf,
        before: usize,
        now: usize,
    },
    /// Nothing to resume from.
    #[error("{path}: there is no checkpoint to resume from; leave --resume out", path = path.display())]
    NoCheckpoint { path: PathBuf },
    /// A folder that holds something already.
    #[error(
        "{path}: holds a training run already; give --resume to continue it, --force to replace it, or another --out", path = path.display()
    )]
    Occupied { path: PathBuf },
    /// A file could not be written.
    #[error("{path}: cannot be written; a file of this name is as it was before", path = path.display())]
    Write { path: PathBuf, source: io::Error },
    /// A device that is not there.
    #[error("--device {given}: {cause}")]
    Device { given: String, cause: String },
    /// The tensor library refused.
    #[error("the tensor library refused; this is a fault of spherecheck's, please report it")]
    Tensor(#[from] candle_core::Error),
}

impl TrainError {
    pub(super) fn damaged(
        path: &Path,
        place: impl Into<String>,
        expected: impl Into<String>,
        found: impl ToString,
        advice: &'static str,
    ) -> Self {
        TrainError::Damaged {
            path: path.to_owned(),
            place: place.into(),
            expected: expected.into(),
            found: found.to_string(),
            advice,
        }
    }

    pub(crate) fn plan(
        field: &'static str,
        expected: impl Into<String>,
        found: impl ToString,
    ) -> Self {
        TrainError::Plan {
            field,
            expected: expected.into(),
            found: found.to_string(),
        }
    }

    /// Whether this says something about one encoder and its training, so that others may go on: it diverged, or gave rows
    /// that cannot be audited or probed. Files, devices and plans are nobody's own.
    pub fn is_the_encoders(&self) -> bool {
        matches!(
            self,
            TrainError::Diverged { .. }
                | TrainError::Dead { .. }
                | TrainError::Data(_)
                | TrainError::Audit(_)
                | TrainError::Probe(_)
        )
    }
}

impl From<InputError> for TrainError {
    fn from(error: InputError) -> Self {
        Self::Input(Box::new(error))
    }
}
