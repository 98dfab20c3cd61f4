//! The paper's plans.

use super::data::Augment;
use super::encoder::Architecture;
use super::objective::{Objective, PairLoss};
use super::optim::{Optimiser, RateSchedule};
use super::plan::{EncoderPlan, TrainPlan};

/// The recipes of Wang & Isola (2020), appendix B. Those for images share SGD (0.12 for each 256 pairs, so 0.36; momentum
/// 0.9, weight decay 1e-4), batches of 768, 200 epochs with a tenth of the rate from epochs 155, 170 and 185, and the views
/// of [`Augment::photographs`]. Not here: NYU-Depth-V2, whose encoder the paper does not state, and ImageNet, whose
/// encoders (ResNet-50 with a momentum queue) are not among these.
#[derive(Clone, Copy, Debug, PartialEq, Eq, strum::IntoStaticStr)]
#[strum(serialize_all = "lowercase")]
pub enum Recipe {
    /// STL-10: small-alexnet at 64 x 64, 128 dimensions, align(2) + uniform(2), 200 epochs of batches of 768.
    Stl10,
    /// CIFAR-10 on the circle: small-alexnet at 32 x 32, 2 dimensions, contrastive with tau 0.5 and 256 negatives.
    Cifar10,
    /// BookCorpus: quick-thought, two encoders of 600 units in each direction on words of 620 numbers, contrastive with tau
    /// 0.075, one epoch of batches of 400 consecutive sentences, Adam at 5e-4. Gradients are shortened to 5, as the published
    /// code does (the text says 0.5).
    Bookcorpus,
}

impl Recipe {
    /// Every recipe.
    pub const ALL: [Recipe; 3] = [Recipe::Stl10, Recipe::Cifar10, Recipe::Bookcorpus];

    /// `stl10`, `cifar10`, `bookcorpus`.
    pub fn name(self) -> &'static str {
        self.into()
    }

    /// The plan, for the data that `data` names.
    pub fn plan(self, data: &str) -> TrainPlan {
        let steps = |epochs: &[usize]| RateSchedule::Steps {
            epochs: epochs.to_vec(),
            factor: 0.1,
        };
        let photographs = TrainPlan {
            data: data.to_owned(),
            batch: 768,
            epochs: 200,
            // 0.12 for each 256 pairs.
            optimiser: Optimiser::sgd(0.36),
            schedule: steps(&[155, 170, 185]),
            augment: Some(Augment::photographs()),
            ..TrainPlan::default()
        };
        let alexnet = |dim, size| EncoderPlan {
            architecture: Some(Architecture::SmallAlexnet),
            dim,
            width: None,
            size: Some(size),
        };
        match self {
            Recipe::Stl10 => TrainPlan {
                encoder: alexnet(128, 64),
                ..photographs
            },
            Recipe::Cifar10 => TrainPlan {
                encoder: alexnet(2, 32),
                objective: Objective::Pairs(PairLoss::contrastive(0.5, Some(256))),
                ..photographs
            },
            Recipe::Bookcorpus => TrainPlan {
                batch: 400,
                epochs: 1,
                clip_norm: Some(5.0),
                encoder: EncoderPlan {
                    architecture: Some(Architecture::QuickThought),
                    dim: 1200,
                    width: Some(620),
                    size: None,
                },
                objective: Objective::Pairs(PairLoss::contrastive(0.075, None)),
                optimiser: Optimiser::adam(5e-4),
                schedule: RateSchedule::Constant,
                augment: None,
                ..photographs
            },
        }
    }
}
