//! The words that options take.

use clap::ValueEnum;
use clap::builder::PossibleValue;

use super::part::Part;
use crate::train::{Architecture, Preset, Recipe};

/// The objectives as the command line names them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Goal {
    Random,
    Supervised,
    Contrastive,
    AlignUniform,
    Mix,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Method {
    Sgd,
    Adam,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pace {
    Constant,
    Steps,
    Cosine,
}

impl ValueEnum for Recipe {
    fn value_variants<'a>() -> &'a [Self] {
        &Recipe::ALL
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        let help = match self {
            Recipe::Stl10 => "small-alexnet, 64 x 64, 128 dimensions, align + uniform, 200 epochs",
            Recipe::Cifar10 => "small-alexnet, 32 x 32, on the circle, contrastive, 200 epochs",
            Recipe::Bookcorpus => "gru, 1200 dimensions, contrastive, one epoch",
        };
        Some(PossibleValue::new(self.name()).help(help))
    }
}

impl ValueEnum for Preset {
    fn value_variants<'a>() -> &'a [Self] {
        &Preset::ALL
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        let help = match self {
            Preset::Circle => "Random, supervised and contrastive encoders onto the circle",
            Preset::Sweep => "(1 - lambda) align + lambda uniform, for lambda from 0 to 1",
            Preset::Zoo => "A dozen encoders, for `spherecheck audit --against`",
            Preset::Losses => "Contrastive against alternative losses, five seeds each",
        };
        Some(PossibleValue::new(self.name()).help(help))
    }
}

impl ValueEnum for Architecture {
    fn value_variants<'a>() -> &'a [Self] {
        &Architecture::ALL
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        let help = match self {
            Architecture::SmallAlexnet => {
                "The paper's: five convolutions, two hidden layers of 4096"
            }
            Architecture::SmallCnn => "Three convolutions and a hidden layer, for small images",
            Architecture::Mlp => "Two hidden layers",
            Architecture::Gru => "Gated recurrent units in both directions, for text",
        };
        Some(PossibleValue::new(self.name()).help(help))
    }
}

impl ValueEnum for Goal {
    fn value_variants<'a>() -> &'a [Self] {
        &[
            Goal::Random,
            Goal::Supervised,
            Goal::Contrastive,
            Goal::AlignUniform,
            Goal::Mix,
        ]
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        let (name, help) = match self {
            Goal::Random => ("random", "Nothing: initial weights"),
            Goal::Supervised => ("supervised", "Cross-entropy of a linear head; needs labels"),
            Goal::Contrastive => (
                "contrastive",
                "InfoNCE with negatives from the batch, in both directions",
            ),
            Goal::AlignUniform => ("align-uniform", "Alignment + uniformity"),
            Goal::Mix => ("mix", "All three, weighted"),
        };
        Some(PossibleValue::new(name).help(help))
    }
}

impl ValueEnum for Method {
    fn value_variants<'a>() -> &'a [Self] {
        &[Method::Sgd, Method::Adam]
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(PossibleValue::new(match self {
            Method::Sgd => "sgd",
            Method::Adam => "adam",
        }))
    }
}

impl ValueEnum for Pace {
    fn value_variants<'a>() -> &'a [Self] {
        &[Pace::Constant, Pace::Steps, Pace::Cosine]
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(PossibleValue::new(match self {
            Pace::Constant => "constant",
            Pace::Steps => "steps",
            Pace::Cosine => "cosine",
        }))
    }
}

impl ValueEnum for Part {
    fn value_variants<'a>() -> &'a [Self] {
        &[Part::Train, Part::Test]
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(PossibleValue::new(match self {
            Part::Train => "train",
            Part::Test => "test",
        }))
    }
}
