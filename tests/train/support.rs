//! Shared by the tests of training.

use candle_core::Device;
use spherecheck::backend::{self, Backend};
use spherecheck::train::data::{self, Dataset};
use spherecheck::train::{Architecture, EncoderPlan, Session, TrainPlan};

pub(crate) fn cpu() -> Box<dyn Backend> {
    backend::cpu(Some(2), None).expect("two threads")
}

pub(crate) fn digits() -> Dataset {
    data::open("digits", None).expect("the digits are in the program")
}

/// A plan that takes a second.
pub(crate) fn quick() -> TrainPlan {
    TrainPlan {
        epochs: 3,
        encoder: EncoderPlan {
            architecture: Some(Architecture::Mlp),
            dim: 8,
            width: Some(32),
            size: None,
        },
        ..TrainPlan::default()
    }
}

pub(crate) fn session(plan: &TrainPlan, data: &Dataset) -> Session {
    Session::new(plan, data, &Device::Cpu).expect("a sound plan")
}
