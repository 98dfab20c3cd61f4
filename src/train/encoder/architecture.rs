//! The kinds of encoders that there are.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The architectures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, strum::IntoStaticStr)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum Architecture {
    /// The paper's encoder for STL-10: five convolutions, two hidden layers of 4,096. The eval layers are fc7 and the output.
    SmallAlexnet,
    /// Three convolutions and a hidden layer, for small images.
    SmallCnn,
    /// Two hidden layers.
    Mlp,
    /// Bidirectional gated recurrent units over words.
    Gru,
    /// Two of them, f and g (Logeswaran and Lee, 2018, as the paper trains text): f reads a sentence, g the sentences that may
    /// stand beside it. Batches are runs of consecutive sentences, and neighbours are positives.
    QuickThought,
}

impl Architecture {
    /// Every architecture, in the order help lists them.
    pub const ALL: [Architecture; 5] = [
        Architecture::SmallAlexnet,
        Architecture::SmallCnn,
        Architecture::Mlp,
        Architecture::Gru,
        Architecture::QuickThought,
    ];

    /// `small-alexnet`, `small-cnn`, `mlp`, `gru`, `quick-thought`.
    pub fn name(self) -> &'static str {
        self.into()
    }

    /// Names of its blocks, the output last. Layers with weights are counted from 1, as the paper counts them.
    pub fn layer_names(self) -> &'static [&'static str] {
        match self {
            Architecture::SmallAlexnet => &[
                "conv1", "conv2", "conv3", "conv4", "conv5", "fc6", "fc7", "output",
            ],
            Architecture::SmallCnn => &["conv1", "conv2", "conv3", "fc4", "output"],
            Architecture::Mlp => &["fc1", "fc2", "output"],
            Architecture::Gru | Architecture::QuickThought => &["output"],
        }
    }
}

impl fmt::Display for Architecture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
