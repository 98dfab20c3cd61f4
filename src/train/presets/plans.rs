//! The plan that the encoders of a preset share: the paper's, or one for a desk.

use super::Preset;
use crate::train::data::{Dataset, Items};
use crate::train::encoder::Architecture;
use crate::train::optim::{Optimiser, RateSchedule};
use crate::train::plan::{EncoderPlan, TrainPlan};
use crate::train::recipe::Recipe;

/// How large an experiment is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, strum::IntoStaticStr)]
#[strum(serialize_all = "lowercase")]
pub enum Scale {
    /// The paper's plan, for a GPU.
    Paper,
    /// An evening on two cores.
    Desk,
}

/// Images up to this height are learned by the smallest encoder.
const SMALLEST: usize = 8;
/// Height and width that larger images are brought to on a desk.
const DESK_SIDE: usize = 32;

impl Scale {
    /// Every scale.
    pub const ALL: [Scale; 2] = [Scale::Paper, Scale::Desk];

    /// `paper`, `desk`.
    pub fn name(self) -> &'static str {
        self.into()
    }
}

impl Preset {
    /// What suits the preset where the user says nothing: the plan that its encoders share, for `data`, which `named` names.
    pub fn plan(self, scale: Scale, named: &str, data: &Dataset) -> TrainPlan {
        let plan = match scale {
            Scale::Paper => self.paper_plan(named),
            Scale::Desk => self.desk_plan(named, data),
        };
        TrainPlan {
            // Each is audited at its end.
            audit_every: 1_000_000,
            ..plan
        }
    }

    /// The paper's (appendix B). Figure 8 and the scatter of figure 5 are of STL-10; depth takes the encoder of STL-10, since
    /// that of the paper is not stated.
    pub(super) fn paper_plan(self, named: &str) -> TrainPlan {
        match self {
            Preset::Circle => Recipe::Cifar10.plan(named),
            Preset::Bookcorpus => Recipe::Bookcorpus.plan(named),
            Preset::Depth => TrainPlan {
                batch: 128,
                epochs: 400,
                optimiser: Optimiser::sgd(0.06),
                schedule: RateSchedule::Steps {
                    epochs: vec![310, 340, 370],
                    factor: 0.1,
                },
                ..Recipe::Stl10.plan(named)
            },
            Preset::Stl10 | Preset::Sweep | Preset::Finetune | Preset::Zoo | Preset::Losses => {
                Recipe::Stl10.plan(named)
            }
        }
    }

    fn desk_plan(self, named: &str, data: &Dataset) -> TrainPlan {
        let encoder = match &*data.train.items {
            Items::Sentences(_) => EncoderPlan {
                architecture: Some(Architecture::QuickThought),
                dim: 256,
                ..EncoderPlan::default()
            },
            Items::Images(images) => {
                let [_, height, _] = images.shape();
                let architecture = match height {
                    0..=SMALLEST => Architecture::Mlp,
                    _ => Architecture::SmallCnn,
                };
                EncoderPlan {
                    architecture: Some(architecture),
                    size: Some(height.min(DESK_SIDE)),
                    ..EncoderPlan::default()
                }
            }
        };
        let desk = TrainPlan {
            data: named.to_owned(),
            epochs: 40,
            optimiser: Optimiser::adam(2e-3),
            encoder,
            ..TrainPlan::default()
        };
        match self {
            // 256 negatives need as many other pairs in a batch.
            Preset::Circle => TrainPlan {
                batch: 360,
                epochs: 100,
                encoder: EncoderPlan {
                    dim: 2,
                    ..desk.encoder.clone()
                },
                ..desk
            },
            Preset::Depth => TrainPlan {
                batch: 128,
                encoder: EncoderPlan {
                    architecture: Some(Architecture::SmallCnn),
                    ..desk.encoder.clone()
                },
                ..desk
            },
            Preset::Bookcorpus => TrainPlan {
                batch: 400,
                epochs: 3,
                clip_norm: Some(5.0),
                optimiser: Optimiser::adam(5e-4),
                schedule: RateSchedule::Constant,
                ..desk
            },
            Preset::Stl10 | Preset::Sweep | Preset::Finetune | Preset::Zoo | Preset::Losses => desk,
        }
    }
}
