//! All that changes while training runs, and how it is kept and taken up again.

use std::path::Path;

use candle_core::{DType, Device, Tensor, Var};
use serde::{Deserialize, Serialize};

use super::data::Dataset;
use super::encoder::Encoder;
use super::objective::Objective;
use super::optim::Stepper;
use super::plan::TrainPlan;
use super::store::{Stored, write_tensors};
use super::{TrainError, seeds};

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

/// A linear layer from embeddings to classes.
pub struct Head {
    weight: Var,
    bias: Var,
}

impl Head {
    fn new(classes: usize, dim: usize, seed: u64, device: &Device) -> Result<Self, TrainError> {
        use rand::RngExt;
        // PyTorch's default: uniform within 1 / sqrt(dim).
        let mut rng = seeds::stream(seed, seeds::Stream::Weights, &[1]);
        let reach = 1.0 / (dim as f32).sqrt();
        let mut draw = |count: usize| -> Vec<f32> {
            (0..count)
                .map(|_| rng.random_range(-reach..=reach))
                .collect()
        };
        let weight = Tensor::from_vec(draw(classes * dim), (classes, dim), device)?;
        let bias = Tensor::from_vec(draw(classes), classes, device)?;
        Ok(Self {
            weight: Var::from_tensor(&weight)?,
            bias: Var::from_tensor(&bias)?,
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
}

/// What a checkpoint says beside its tensors.
#[derive(Serialize, Deserialize)]
struct About {
    plan: TrainPlan,
    steps: usize,
    log: Vec<EpochLog>,
}

const ABOUT: &str = "spherecheck.checkpoint";

impl Session {
    /// Initial weights, nothing learned.
    ///
    /// # Errors
    /// [`TrainError::Plan`].
    pub fn new(plan: &TrainPlan, data: &Dataset, device: &Device) -> Result<Self, TrainError> {
        let encoder = Encoder::new(plan.encoder_for(data), plan.seed, device)?;
        let head = match plan.objective {
            Objective::Supervised => {
                let dim = encoder.spec().dim;
                Some(Head::new(data.classes, dim, plan.seed, device)?)
            }
            _ => None,
        };
        let learned = encoder.parameters().iter().filter(|p| p.learned);
        let mut weights: Vec<(String, Var)> =
            learned.map(|p| (p.name.clone(), p.var.clone())).collect();
        if let Some(head) = &head {
            weights.push(("head.weight".into(), head.weight.clone()));
            weights.push(("head.bias".into(), head.bias.clone()));
        }
        Ok(Self {
            stepper: Stepper::new(plan.optimiser.clone(), weights)?,
            encoder,
            head,
            log: Vec::new(),
        })
    }

    /// Every tensor that a checkpoint keeps, by name.
    fn state(&self) -> Vec<(String, Var)> {
        let encoder = self.encoder.parameters().iter();
        let mut all: Vec<(String, Var)> = encoder
            .map(|p| (format!("encoder.{}", p.name), p.var.clone()))
            .collect();
        if let Some(head) = &self.head {
            all.push(("head.weight".into(), head.weight.clone()));
            all.push(("head.bias".into(), head.bias.clone()));
        }
        let kept = self.stepper.state();
        all.extend(kept.map(|(name, var)| (format!("optimiser.{name}"), var.clone())));
        all
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
        };
        let about = serde_json::to_string(&about).map_err(|error| TrainError::Write {
            path: path.to_owned(),
            source: error.into(),
        })?;
        let state = self.state().into_iter();
        let tensors: Vec<(String, Tensor)> = state
            .map(|(name, var)| (name, var.as_tensor().clone()))
            .collect();
        write_tensors(path, &tensors, Some((ABOUT, about)))
    }

    /// Takes up where a checkpoint of the same plan was made; more epochs may be wanted now.
    ///
    /// # Errors
    /// [`TrainError::NoCheckpoint`], [`TrainError::OtherPlan`], [`TrainError::Weights`].
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
        let stored = Stored::open(path, ABOUT)?;
        let about = stored.about.as_deref().unwrap_or_default();
        let about: About = serde_json::from_str(about).map_err(|error| TrainError::Weights {
            path: path.to_owned(),
            place: format!("metadata {ABOUT}"),
            expected: "a plan and a log".into(),
            found: error.to_string(),
            advice: "leave --resume out to start again",
        })?;
        if let Some(difference) = difference(&about.plan, plan) {
            return Err(TrainError::OtherPlan {
                path: path.to_owned(),
                difference,
            });
        }
        let mut session = Self::new(plan, data, device)?;
        for (name, var) in session.state() {
            let value = stored.take(path, &name, (var.dims(), var.dtype()))?;
            var.set(&value.to_device(var.device())?)?;
        }
        session.stepper.resume(about.steps);
        session.log = about.log;
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

/// The first difference of two plans that matters, in words: of the old plan, then of the new. Epochs may differ.
fn difference(old: &TrainPlan, new: &TrainPlan) -> Option<String> {
    let lines = |plan: &TrainPlan| -> Vec<String> {
        let plan = TrainPlan {
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
