//! All that changes while training runs, and how it is kept and taken up again.

use std::path::Path;

use candle_core::{DType, Device, Tensor, Var};
use serde::{Deserialize, Serialize};

use super::TrainError;
use super::data::Dataset;
use super::encoder::{Encoder, Maker, Parameter};
use super::objective::Objective;
use super::optim::{RateSchedule, Stepper};
use super::plan::TrainPlan;
use super::store::{TensorFile, json, write_tensors};
use super::weights::{self, begin_with};

/// An epoch that was completed: one line of `log.csv`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EpochLog {
    /// Counted from 1.
    pub epoch: usize,
    /// Steps made in all epochs so far.
    pub steps: usize,
    /// Rate of this epoch.
    pub rate: f64,
    /// Mean loss of its batches.
    pub loss: f64,
    /// Mean `alignment{alpha=2}` of its batches.
    pub alignment: f64,
    /// Mean `uniformity{t=2}` of its batches.
    pub uniformity: f64,
    /// `alignment{alpha=2}` of two views of the test items, where they were audited.
    pub test_alignment: Option<f64>,
    /// `uniformity{t=2}` of two views of the test items, on average.
    pub test_uniformity: Option<f64>,
    /// Seconds that it took.
    pub seconds: f64,
}

/// What an epoch that has begun has come to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Begun {
    /// Sums over its batches of loss, alignment and uniformity.
    pub(super) sums: [f64; 3],
    /// Seconds that it took so far.
    pub(super) seconds: f64,
}

/// A linear layer from embeddings to classes.
pub struct Head {
    weight: Var,
    bias: Var,
    parameters: Vec<Parameter>,
}

impl Head {
    fn new(classes: usize, dim: usize, seed: u64, device: &Device) -> Result<Self, TrainError> {
        let mut maker = Maker::new(seed, &[1], DType::F32, device);
        // PyTorch's default: uniform within 1 / sqrt(dim).
        let reach = 1.0 / (dim as f32).sqrt();
        Ok(Self {
            weight: maker.uniform("head.weight".into(), &[classes, dim], reach)?,
            bias: maker.uniform("head.bias".into(), &[classes], reach)?,
            parameters: maker.made,
        })
    }

    /// n x classes.
    ///
    /// # Errors
    /// candle's.
    pub fn logits(&self, z: &Tensor) -> candle_core::Result<Tensor> {
        z.matmul(&self.weight.t()?)?.broadcast_add(&self.bias)
    }
}

/// Encoder, head, optimiser and log.
pub struct Session {
    /// What is being trained.
    pub encoder: Encoder,
    /// Classes from embeddings, for the supervised objective.
    pub head: Option<Head>,
    /// Epochs completed.
    pub log: Vec<EpochLog>,
    pub(super) stepper: Stepper,
    pub(super) begun: Begun,
    /// Steps of an epoch.
    pub(super) per_epoch: usize,
}

/// What a checkpoint says beside its tensors.
#[derive(Serialize, Deserialize)]
struct About {
    plan: TrainPlan,
    steps: usize,
    log: Vec<EpochLog>,
    /// Of the epoch after those in the log.
    #[serde(default)]
    begun: Begun,
    /// Steps of an epoch: a number that the data determine. Checkpoints that do not say it end with an epoch.
    #[serde(default)]
    per_epoch: Option<usize>,
}

const ABOUT: &str = "spherecheck.checkpoint";

impl Session {
    /// Initial weights, nothing learned here.
    ///
    /// # Errors
    /// [`TrainError::Plan`], [`TrainError::Damaged`].
    pub fn new(plan: &TrainPlan, data: &Dataset, device: &Device) -> Result<Self, TrainError> {
        let encoder = Encoder::new(plan.encoder_for(data), plan.seed, device)?;
        if let Some(path) = &plan.init {
            begin_with(&encoder, Path::new(path))?;
        }
        let head = match plan.objective {
            Objective::Supervised => {
                let dim = encoder.spec().dim;
                Some(Head::new(data.classes, dim, plan.seed, device)?)
            }
            _ => None,
        };
        let of_head = head.iter().flat_map(|head| &head.parameters);
        let all = encoder.parameters().iter().chain(of_head);
        let learned = all.filter(|p| p.learned);
        let learned = learned.map(|p| (p.name.clone(), p.var.clone())).collect();
        Ok(Self {
            stepper: Stepper::new(plan.optimiser.clone(), learned)?,
            per_epoch: plan.deal(data, &encoder.spec().takes).batches(),
            encoder,
            head,
            log: Vec::new(),
            begun: Begun::default(),
        })
    }

    /// Steps made since the beginning.
    pub fn steps(&self) -> usize {
        self.stepper.steps()
    }

    /// Every tensor that a checkpoint keeps, by name.
    fn state(&self) -> impl Iterator<Item = (String, Var)> {
        let encoder = self.encoder.parameters().iter();
        let encoder = encoder.map(|p| (format!("encoder.{}", p.name), p.var.clone()));
        let head = self.head.iter().flat_map(|head| &head.parameters);
        let head = head.map(|p| (p.name.clone(), p.var.clone()));
        let kept = self.stepper.state();
        let kept = kept.map(|(name, var)| (format!("optimiser.{name}"), var.clone()));
        encoder.chain(head).chain(kept)
    }

    /// Keeps everything in one file.
    ///
    /// # Errors
    /// [`TrainError::Write`].
    pub fn save(&self, path: &Path, plan: &TrainPlan) -> Result<(), TrainError> {
        let about = About {
            plan: plan.clone(),
            steps: self.stepper.steps(),
            log: self.log.clone(),
            begun: self.begun,
            per_epoch: Some(self.per_epoch),
        };
        let tensors = self.state().map(|(name, var)| (name, var.into_inner()));
        let spec = json(path, self.encoder.spec())?;
        let lines = [(ABOUT, json(path, &about)?), (weights::ABOUT, spec)];
        write_tensors(path, tensors, &lines)
    }

    /// Takes up where a checkpoint of the same plan was made. Data may lie elsewhere now, and other epochs may be wanted,
    /// where the rates of those that are done do not depend on how many there are.
    ///
    /// # Errors
    /// [`TrainError::NoCheckpoint`], [`TrainError::OtherPlan`], [`TrainError::OtherEpochs`], [`TrainError::Damaged`].
    pub fn load(
        path: &Path,
        plan: &TrainPlan,
        data: &Dataset,
        device: &Device,
    ) -> Result<Self, TrainError> {
        if !path.exists() {
            return Err(TrainError::NoCheckpoint {
                path: path.to_owned(),
            });
        }
        let stored = TensorFile::open(path, ABOUT)?;
        let about = stored.about.as_deref().unwrap_or_default();
        let about: About = serde_json::from_str(about).map_err(|error| {
            let (place, expected) = (format!("metadata {ABOUT}"), "a plan and a log");
            let advice = "leave --resume out to start again";
            TrainError::damaged(path, place, expected, error, advice)
        })?;
        if let Some(difference) = difference(&about.plan, plan) {
            return Err(TrainError::OtherPlan {
                path: path.to_owned(),
                difference,
            });
        }
        let (before, now) = (about.plan.epochs, plan.epochs);
        if plan.schedule == RateSchedule::Cosine && before != now && about.steps > 0 {
            return Err(TrainError::OtherEpochs {
                path: path.to_owned(),
                before,
                now,
            });
        }
        // What it began with is in the checkpoint.
        let plan = &TrainPlan {
            init: None,
            ..plan.clone()
        };
        let mut session = Self::new(plan, data, device)?;
        let own = session.per_epoch;
        let whole = about.steps / about.log.len().max(1);
        let before = about.per_epoch.unwrap_or(whole);
        if before != own && about.steps > 0 {
            return Err(TrainError::OtherPlan {
                path: path.to_owned(),
                difference: format!("other data: there {before} steps to an epoch, here {own}"),
            });
        }
        for (name, var) in session.state() {
            let value = stored.take(path, &name, (var.dims(), var.dtype()))?;
            var.set(&value.to_device(var.device())?)?;
        }
        session.stepper.resume(about.steps);
        (session.log, session.begun) = (about.log, about.begun);
        Ok(session)
    }

    /// Name of the first learned tensor that holds NaN or an infinity.
    pub(super) fn broken_weight(&self) -> Result<Option<&str>, TrainError> {
        for (name, var) in self.stepper.weights() {
            let sum = var.to_dtype(DType::F64)?.sqr()?.sum_all()?;
            if !sum.to_scalar::<f64>()?.is_finite() {
                return Ok(Some(name));
            }
        }
        Ok(None)
    }
}

/// The first difference of two plans that matters, in words: of the old plan, then of the new. Epochs may differ, and where
/// the data and the weights lie that it began with.
fn difference(old: &TrainPlan, new: &TrainPlan) -> Option<String> {
    let lines = |plan: &TrainPlan| -> Vec<String> {
        let plan = TrainPlan {
            data: String::new(),
            init: None,
            epochs: 0,
            audit_every: 1,
            ..plan.clone()
        };
        let text = toml::to_string(&plan).unwrap_or_default();
        text.lines().map(str::to_owned).collect()
    };
    let (old, new) = (lines(old), lines(new));
    if old == new {
        return None;
    }
    let pairs = old.iter().zip(&new).find(|(a, b)| a != b);
    Some(match pairs {
        Some((a, b)) => format!("there `{a}`, here `{b}`"),
        None => "one says more than the other".into(),
    })
}
