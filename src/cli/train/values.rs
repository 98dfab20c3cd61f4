//! The words that options take.

use std::time::Duration;

use clap::ValueEnum;
use clap::builder::PossibleValue;

use crate::cli::values::{duration, words};
use crate::train::{Architecture, Every, Preset, Recipe, Scale};

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
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum DataPart {
    /// Items that encoders learn from
    Train,
    /// Items that they are judged by
    Test,
    /// Both
    All,
}

/// What `--recipe` names: a plan of one encoder, or how large an experiment is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Begin {
    /// Of a preset.
    At(Scale),
    /// Of one encoder.
    With(Recipe),
}

impl ValueEnum for Begin {
    fn value_variants<'a>() -> &'a [Self] {
        &[
            Begin::At(Scale::Paper),
            Begin::At(Scale::Desk),
            Begin::With(Recipe::Stl10),
            Begin::With(Recipe::Cifar10),
            Begin::With(Recipe::Bookcorpus),
        ]
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        let (name, help) = match self {
            Begin::At(Scale::Paper) => ("paper", "With --preset: the paper's plan, for a GPU"),
            Begin::At(Scale::Desk) => ("desk", "With --preset: an evening on two cores [default]"),
            Begin::With(recipe) => {
                let help = match recipe {
                    Recipe::Stl10 => "small-alexnet, 64 x 64, align + uniform, 200 epochs",
                    Recipe::Cifar10 => "small-alexnet, 32 x 32, contrastive, on the circle",
                    Recipe::Bookcorpus => "quick-thought, 1200 dimensions, contrastive",
                };
                (recipe.name(), help)
            }
        };
        Some(PossibleValue::new(name).help(help))
    }
}

words!(Preset by name {
    Circle: "Random, supervised and contrastive encoders onto the circle (figure 3)",
    Stl10: "Classes read from output and hidden layer, two ways each (table 1)",
    Depth: "Depth read from convolutions; needs depths.npy (table 2)",
    Bookcorpus: "Text, two encoders each; --tasks are read from them (table 4)",
    Sweep: "(1 - lambda) align + lambda uniform, lambda from 0 to 1 (figure 7)",
    Finetune: "From a poor encoder on: alignment, uniformity, both (figure 8)",
    Zoo: "A dozen encoders, for `spherecheck audit --against` (figure 5)",
    Losses: "Contrastive against alternative losses, five seeds each",
});
words!(Architecture by name {
    SmallAlexnet: "The paper's: five convolutions, two hidden layers of 4096",
    SmallCnn: "Three convolutions and a hidden layer, for small images",
    Mlp: "Two hidden layers",
    Gru: "Gated recurrent units in both directions, for text",
    QuickThought: "Two of these, for neighbouring sentences; batches are consecutive sentences",
});
