//! What to train, on what, and how: all that determines the weights, but the data themselves.

use serde::{Deserialize, Serialize};

use super::data::{self, Augment, DataSplit, Dataset, Deal, Items, Takes};
use super::encoder::{self, Architecture, EncoderSpec};
use super::error::TrainError;
use super::objective::{Objective, PairLoss};
use super::optim::{Optimiser, RateSchedule};
use super::ranges::{BELOW_ONE, NOT_NEGATIVE, POSITIVE, Range, within};

/// A training run. `TrainPlan::default()` trains on the digits in about a minute on two cores.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TrainPlan {
    /// `digits`, a folder, or a text file.
    pub data: String,
    /// Names every random stream: weights, order, views, negatives.
    pub seed: u64,
    /// Pairs in a batch.
    pub batch: usize,
    /// Passes over the data.
    pub epochs: usize,
    /// The test items are audited after every so many epochs, and after the last.
    pub audit_every: usize,
    /// Longer gradients (all weights together) are shortened to this.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub clip_norm: Option<f64>,
    /// File of the weights that the encoder begins with, under PyTorch's names; random ones where none is said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub init: Option<String>,
    /// File of a tokenizer (`tokenizer.json`) that cuts sentences into pieces; words between blanks where none is said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tokenizer: Option<String>,
    /// The encoder.
    pub encoder: EncoderPlan,
    /// What it is trained for.
    pub objective: Objective,
    /// How weights follow gradients.
    pub optimiser: Optimiser,
    /// How the rate changes.
    pub schedule: RateSchedule,
    /// How views differ; what suits the data where nothing is said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub augment: Option<Augment>,
}

/// An encoder, but for what the data say about its input.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct EncoderPlan {
    /// Architecture; what suits the data where none is said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub architecture: Option<Architecture>,
    /// Dimension of the output.
    pub dim: usize,
    /// Size of inner layers; the architecture's own where none is said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub width: Option<usize>,
    /// Height and width that images are brought to; their own height where none is said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub size: Option<usize>,
}

impl Default for EncoderPlan {
    fn default() -> Self {
        Self {
            architecture: None,
            dim: 32,
            width: None,
            size: None,
        }
    }
}

impl Default for TrainPlan {
    fn default() -> Self {
        Self {
            data: "digits".into(),
            seed: 0,
            batch: 256,
            epochs: 40,
            audit_every: 1,
            clip_norm: None,
            init: None,
            tokenizer: None,
            encoder: EncoderPlan::default(),
            objective: Objective::Pairs(PairLoss::default()),
            optimiser: Optimiser::adam(2e-3),
            schedule: RateSchedule::Cosine,
            augment: None,
        }
    }
}

impl TrainPlan {
    /// Checks every number, alone and against the data.
    ///
    /// # Errors
    /// [`TrainError::Plan`], [`TrainError::Lacking`].
    pub fn check(&self, data: &Dataset) -> Result<(), TrainError> {
        if self.batch < 2 {
            return Err(TrainError::plan("batch", "at least 2 pairs", self.batch));
        }
        if self.audit_every < 1 {
            let found = self.audit_every;
            return Err(TrainError::plan("audit_every", "at least 1", found));
        }
        if let (Some(path), Items::Images(_)) = (&self.tokenizer, &*data.train.items) {
            let expected = format!("none, for the images of {}", data.name);
            return Err(TrainError::plan("tokenizer", expected, path));
        }
        within(&self.numbers())?;
        if let Some(augment) = &self.augment {
            let [from, to] = augment.crop;
            if !(from > 0.0 && from <= to && to <= 1.0) {
                let expected = "two shares of the image, the smaller first, above 0 and at most 1";
                let found = format!("{from},{to}");
                return Err(TrainError::plan("crop", expected, found));
            }
            let shares = [augment.hue * 2.0, augment.grayscale];
            if shares.iter().any(|share| !(0.0..=1.0).contains(share)) {
                let expected = "hue in 0 to 0.5, grayscale in 0 to 1";
                let found = format!("{} and {}", augment.hue, augment.grayscale);
                return Err(TrainError::plan("hue, grayscale", expected, found));
            }
            let spreads = [augment.brightness, augment.contrast, augment.saturation];
            if !spreads.iter().all(|s| NOT_NEGATIVE.holds(f64::from(*s))) {
                let found = format!("{spreads:?}");
                return Err(TrainError::plan("jitter", NOT_NEGATIVE.0, found));
            }
        }
        match &self.objective {
            Objective::Random => Ok(()),
            Objective::Supervised if data.classes < 2 => Err(TrainError::Lacking {
                data: data.name.clone(),
                lacks: "there are no labels (of at least two classes)".into(),
                advice: "use --objective contrastive or align-uniform, which need none",
            }),
            Objective::Supervised => self.check_size(data, 1),
            Objective::Pairs(loss) => {
                let weights = [
                    loss.contrastive_weight,
                    loss.align_weight,
                    loss.uniform_weight,
                ];
                if !weights.iter().all(|w| NOT_NEGATIVE.holds(*w)) || weights == [0.0; 3] {
                    let expected = "none negative, and one of them positive";
                    let found = format!("{weights:?}");
                    return Err(TrainError::plan("weights", expected, found));
                }
                within(&[
                    ("tau", loss.tau, POSITIVE),
                    ("alpha", loss.alpha, POSITIVE),
                    ("t", loss.t, POSITIVE),
                ])?;
                if self.consecutive(data) && loss.negatives.is_some() {
                    let expected =
                        "none: with quick-thought all other sentences of a batch are negatives";
                    return Err(TrainError::plan("negatives", expected, "a number"));
                }
                if let Some(m) = loss.negatives.filter(|m| *m == 0 || *m >= self.batch) {
                    let expected =
                        format!("1 to {}, from the batch of {}", self.batch - 1, self.batch);
                    return Err(TrainError::plan("negatives", expected, m));
                }
                self.check_size(data, self.fewest_pairs())
            }
        }
    }

    /// The numbers that steps depend on, and what each may be.
    fn numbers(&self) -> Vec<(&'static str, f64, Range)> {
        let mut numbers = match self.optimiser {
            Optimiser::Sgd {
                rate,
                momentum,
                weight_decay,
            } => vec![
                ("rate", rate, POSITIVE),
                ("momentum", momentum, BELOW_ONE),
                ("weight_decay", weight_decay, NOT_NEGATIVE),
            ],
            Optimiser::Adam {
                rate,
                beta1,
                beta2,
                epsilon,
                weight_decay,
            } => vec![
                ("rate", rate, POSITIVE),
                ("momentum", beta1, BELOW_ONE),
                ("weight_decay", weight_decay, NOT_NEGATIVE),
                ("beta2", beta2, BELOW_ONE),
                ("epsilon", epsilon, POSITIVE),
            ],
        };
        if let RateSchedule::Steps { factor, .. } = self.schedule {
            numbers.push(("factor", factor, POSITIVE));
        }
        numbers.extend(self.clip_norm.map(|norm| ("clip_norm", norm, POSITIVE)));
        numbers
    }

    fn check_size(&self, data: &Dataset, least: usize) -> Result<(), TrainError> {
        let count = self.learned_from(data).len();
        if count < least.max(2) {
            return Err(TrainError::Lacking {
                data: data.name.clone(),
                lacks: format!(
                    "{count} items to learn from are fewer than a batch needs ({})",
                    least.max(2)
                ),
                advice: "give more data, or fewer --negatives",
            });
        }
        let spec = self.encoder_for(data);
        encoder::forms(&spec)?;
        encoder::check_batch(&spec, self.batch.min(count))
    }

    fn learned_from(&self, data: &Dataset) -> DataSplit {
        match self.objective {
            Objective::Supervised => data.train.labelled(),
            _ => data.train.clone(),
        }
    }

    /// Fewest pairs that make a batch.
    fn fewest_pairs(&self) -> usize {
        match &self.objective {
            Objective::Pairs(loss) => loss.negatives.map_or(2, |m| m + 1),
            _ => 2,
        }
    }

    /// The encoder to make.
    pub fn encoder_for(&self, data: &Dataset) -> EncoderSpec {
        let takes = Takes::of(data, self.encoder.size);
        let architecture = self.encoder.architecture.unwrap_or(match &takes {
            Takes::Sentences { .. } => Architecture::Gru,
            Takes::Images { side, .. } if *side <= 16 => Architecture::SmallCnn,
            Takes::Images { .. } => Architecture::SmallAlexnet,
        });
        let width = self.encoder.width.unwrap_or(match architecture {
            Architecture::SmallAlexnet => 96,
            Architecture::SmallCnn => 32,
            Architecture::Mlp => 256,
            Architecture::Gru | Architecture::QuickThought => 128,
        });
        EncoderSpec {
            architecture,
            dim: self.encoder.dim,
            width,
            takes,
        }
    }

    /// Whether batches are runs of sentences whose neighbours are their positives.
    fn consecutive(&self, data: &Dataset) -> bool {
        self.encoder_for(data).architecture == Architecture::QuickThought
    }

    /// How views of these data differ.
    pub fn augment_for(&self, data: &Dataset) -> Augment {
        self.augment
            .clone()
            .unwrap_or_else(|| match &*data.train.items {
                Items::Images(images) if images.shape()[0] == 3 => Augment::photographs(),
                Items::Images(_) => Augment::handwriting(),
                Items::Sentences(_) => Augment::none(),
            })
    }

    /// The same plan with everything said that the data decide where nothing is.
    pub fn resolved(mut self, data: &Dataset) -> Self {
        let spec = self.encoder_for(data);
        self.augment = match &spec.takes {
            Takes::Images { side, .. } => {
                self.encoder.size = Some(*side);
                Some(self.augment_for(data))
            }
            Takes::Sentences { .. } => None,
        };
        self.encoder.architecture = Some(spec.architecture);
        self.encoder.width = Some(spec.width);
        self
    }

    /// The same plan with the places of its files told from the root, so that it holds in any folder.
    pub fn located(mut self) -> Self {
        let files = [self.init.as_mut(), self.tokenizer.as_mut()];
        for path in files.into_iter().flatten().chain([&mut self.data]) {
            if let Some(place) = data::located(path) {
                *path = place;
            }
        }
        self
    }

    /// The batches of each epoch.
    pub fn deal(&self, data: &Dataset, takes: &Takes) -> Deal {
        Deal {
            split: self.learned_from(data),
            takes: takes.clone(),
            augment: self.augment_for(data),
            size: self.batch,
            least: self.fewest_pairs(),
            seed: self.seed,
            consecutive: self.consecutive(data),
        }
    }

    /// Epochs that are trained: none for random encoders.
    pub fn passes(&self) -> usize {
        match self.objective {
            Objective::Random => 0,
            _ => self.epochs,
        }
    }
}
