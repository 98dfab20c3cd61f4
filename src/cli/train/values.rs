//! The words that options take.

use clap::ValueEnum;

use crate::cli::values::words;
use crate::train::{Architecture, Preset, Recipe};

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
pub enum Part {
    /// Items that encoders learn from
    Train,
    /// Items that they are judged by
    Test,
}

words!(Recipe by name {
    Stl10: "small-alexnet, 64 x 64, 128 dimensions, align + uniform, 200 epochs",
    Cifar10: "small-alexnet, 32 x 32, on the circle, contrastive, 200 epochs",
    Bookcorpus: "gru, 1200 dimensions, contrastive, one epoch",
});
words!(Preset by name {
    Circle: "Random, supervised and contrastive encoders onto the circle",
    Sweep: "(1 - lambda) align + lambda uniform, for lambda from 0 to 1",
    Zoo: "A dozen encoders, for `spherecheck audit --against`",
    Losses: "Contrastive against alternative losses, five seeds each",
});
words!(Architecture by name {
    SmallAlexnet: "The paper's: five convolutions, two hidden layers of 4096",
    SmallCnn: "Three convolutions and a hidden layer, for small images",
    Mlp: "Two hidden layers",
    Gru: "Gated recurrent units in both directions, for text",
});
