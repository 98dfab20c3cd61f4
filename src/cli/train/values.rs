//! The words that options take.

use std::time::Duration;

use clap::ValueEnum;
use clap::builder::PossibleValue;

use crate::cli::values::duration;
use crate::train::{Architecture, Every, Preset, Recipe};

/// Steps, or a time.
pub(super) fn every(text: &str) -> Result<Every, &'static str> {
    let steps = || text.trim().parse().ok().filter(|steps| *steps > 0);
    let time = || Duration::try_from_secs_f64(duration(text).ok()?).ok();
    let found = steps().map(Every::Steps);
    found
        .or_else(|| time().map(Every::Time))
        .ok_or("expected a number of steps, e.g. 500, or a time with its unit, e.g. 10m")
}

/// The objectives as the command line names them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Goal {
    /// Nothing: initial weights
    Random,
    /// Cross-entropy of a linear head; needs labels
    Supervised,
    /// InfoNCE with negatives from the batch, in both directions
    Contrastive,
    /// Alignment + uniformity
    AlignUniform,
    /// All three, weighted
    Mix,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Method {
    Sgd,
    Adam,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Pace {
    Constant,
    Steps,
    Cosine,
}

/// Part of a set of data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Items that encoders learn from.
    Train,
    /// Items that they are judged by.
    Test,
    /// Both.
    All,
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

impl ValueEnum for Part {
    fn value_variants<'a>() -> &'a [Self] {
        &[Part::Train, Part::Test, Part::All]
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(PossibleValue::new(match self {
            Part::Train => "train",
            Part::Test => "test",
            Part::All => "all",
        }))
    }
}
