//! The options of `spherecheck train` and `spherecheck embed`, and their help.

use std::path::PathBuf;

use super::values::{Begin, DataPart, Goal, Method, Pace, every};
use crate::cli::figures::FigureArgs;
use crate::cli::request::Output;
use crate::cli::values::{count, positive, whole};
use crate::train::data::Augment;
use crate::train::{Architecture, Every, Preset};

/// One training run.
#[derive(Debug, clap::Args)]
pub struct TrainRequest {
    /// What to learn from: `digits`, a folder, or a text file (see below) [default: digits]
    #[arg(long, value_name = "DATA", help_heading = "Plan")]
    pub data: Option<String>,
    /// Begin with a recipe of the paper, for data that --data names; with --preset, how large the experiment is
    #[arg(long, value_enum, conflicts_with = "plan", help_heading = "Plan")]
    pub recipe: Option<Begin>,
    /// Train the encoders of one of the paper's experiments, with their table and figures; other options change what
    /// they share
    #[arg(long, value_enum, conflicts_with_all = ["plan", "objective"], help_heading = "Plan")]
    pub preset: Option<Preset>,
    /// Sentences with labels that encoders of text are judged by: on each line a label, a tab, a sentence
    #[arg(long, value_name = "FILE,..", value_delimiter = ',')]
    #[arg(help_heading = "Plan")]
    pub tasks: Vec<PathBuf>,
    /// Begin with a plan as plan.toml; other options change it
    #[arg(long, value_name = "FILE", help_heading = "Plan")]
    pub plan: Option<PathBuf>,
    /// Begin with these weights, not with random ones: weights.safetensors of a run, or a .safetensors file with the
    /// names of the PyTorch module
    #[arg(long, value_name = "FILE", conflicts_with = "resume")]
    #[arg(help_heading = "Plan")]
    pub(super) init: Option<PathBuf>,
    /// Seed of weights, order, views and negatives: same seed, same machine, same weights [default: 0]
    #[arg(long, value_name = "N", value_parser = whole::<u64>, help_heading = "Plan")]
    pub(super) seed: Option<u64>,

    /// Architecture [default: small-cnn up to 16 x 16 pixels, small-alexnet beyond, gru for text]
    #[arg(long, value_enum, help_heading = "Encoder")]
    pub(super) encoder: Option<Architecture>,
    /// Dimension of the embedding [default: 32]
    #[arg(long, value_name = "M", value_parser = count, help_heading = "Encoder")]
    pub(super) dim: Option<usize>,
    /// Size of inner layers (small-cnn 32 channels, mlp 256 units, gru 128 numbers for each word)
    #[arg(long, value_name = "N", value_parser = count, help_heading = "Encoder")]
    pub(super) width: Option<usize>,
    /// Height and width that images are brought to [default: their own height]
    #[arg(long, value_name = "PIXELS", value_parser = count, help_heading = "Encoder")]
    pub(super) size: Option<usize>,

    /// A tokenizer.json (Hugging Face) whose word pieces are read of text [default: words between blanks]
    #[arg(long, value_name = "FILE", help_heading = "Encoder")]
    pub tokenizer: Option<PathBuf>,

    #[command(flatten)]
    pub(super) objective: ObjectiveOptions,
    #[command(flatten)]
    pub(super) optimisation: OptimisationOptions,
    #[command(flatten)]
    pub(super) views: ViewOptions,

    /// Folder of the run
    #[arg(long, value_name = "DIR", default_value = "trained")]
    #[arg(help_heading = "Output")]
    pub out: PathBuf,
    /// Continue the run in that folder after its last step, to the numbers that it had come to uninterrupted
    #[arg(long, help_heading = "Output")]
    pub resume: bool,
    /// Keep a checkpoint after so many steps (500) or so much time (10m) [default: 5m]
    #[arg(long, value_name = "STEPS|TIME", value_parser = every, help_heading = "Output")]
    pub checkpoint_every: Option<Every>,
    /// Replace a run in that folder
    #[arg(long, conflicts_with = "resume", help_heading = "Output")]
    pub force: bool,
    /// What is said on stdout and stderr.
    #[command(flatten)]
    pub output: Output,
    /// What is asked of the figures.
    #[command(flatten)]
    pub drawing: FigureArgs,

    /// Where to compute: cpu, cuda:N or metal
    #[arg(long, value_name = "DEVICE", default_value = "cpu")]
    #[arg(help_heading = "Run")]
    pub device: String,
    /// Threads [default: all cores]
    #[arg(long, value_name = "N", value_parser = count, help_heading = "Run")]
    pub threads: Option<usize>,
}

#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Objective")]
#[group(skip)]
pub(super) struct ObjectiveOptions {
    /// What the encoder is trained for [default: align-uniform]
    #[arg(long, value_enum)]
    pub(super) objective: Option<Goal>,
    /// Temperature of the contrastive loss [default: 0.5]
    #[arg(long, value_name = "TAU", value_parser = positive, allow_hyphen_values = true)]
    pub(super) tau: Option<f64>,
    /// Negatives of each anchor, from its batch [default: all]
    #[arg(long, value_name = "M", value_parser = count)]
    pub(super) negatives: Option<usize>,
    /// Exponent of alignment [default: 2]
    #[arg(long, value_name = "ALPHA", value_parser = positive, allow_hyphen_values = true)]
    pub(super) alpha: Option<f64>,
    /// Sharpness of uniformity [default: 2]
    #[arg(long, value_name = "T", value_parser = positive, allow_hyphen_values = true)]
    pub(super) t: Option<f64>,
    /// Weight of alignment, for align-uniform and mix [default: 1]
    #[arg(long, value_name = "W", allow_hyphen_values = true)]
    pub(super) align_weight: Option<f64>,
    /// Weight of uniformity, for align-uniform and mix [default: 1]
    #[arg(long, value_name = "W", allow_hyphen_values = true)]
    pub(super) uniform_weight: Option<f64>,
    /// Weight of the contrastive loss, for mix [default: 1]
    #[arg(long, value_name = "W", allow_hyphen_values = true)]
    pub(super) contrastive_weight: Option<f64>,
}

#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Optimisation")]
#[group(skip)]
pub(super) struct OptimisationOptions {
    /// Pairs in a batch [default: 256]
    #[arg(long, value_name = "N", value_parser = count)]
    pub(super) batch: Option<usize>,
    /// Passes over the data [default: 40]
    #[arg(long, value_name = "N", value_parser = count)]
    pub(super) epochs: Option<usize>,
    /// How weights follow gradients [default: adam]
    #[arg(long, value_enum)]
    pub(super) optimizer: Option<Method>,
    /// Learning rate [default: 0.002 for adam, 0.12 for each 256 pairs for sgd]
    #[arg(long, value_name = "LR", value_parser = positive, allow_hyphen_values = true)]
    pub(super) rate: Option<f64>,
    /// Momentum of sgd, beta1 of adam [default: 0.9]
    #[arg(long, value_name = "SHARE", allow_hyphen_values = true)]
    pub(super) momentum: Option<f64>,
    /// Pull of weights to 0; running moments are never pulled [default: 0.0001 for sgd, 0 for adam]
    #[arg(long, value_name = "W", allow_hyphen_values = true)]
    pub(super) weight_decay: Option<f64>,
    /// How the rate changes over the epochs [default: cosine]
    #[arg(long, value_enum)]
    pub(super) schedule: Option<Pace>,
    /// Epochs at whose start the rate falls, for `--schedule steps`
    #[arg(long, value_name = "EPOCH,..", value_delimiter = ',')]
    pub(super) steps: Vec<usize>,
    /// What the rate is then multiplied by [default: 0.1]
    #[arg(long, value_name = "F", value_parser = positive, requires = "steps")]
    pub(super) step_factor: Option<f64>,
    /// Longer gradients are shortened to this
    #[arg(long, value_name = "NORM", value_parser = positive)]
    pub(super) clip_norm: Option<f64>,
    /// Audit the test items after every so many epochs [default: 1]
    #[arg(long, value_name = "N", value_parser = count)]
    pub(super) audit_every: Option<usize>,
}

#[derive(Debug, Default, PartialEq, clap::Args)]
#[command(next_help_heading = "Views")]
#[group(skip)]
pub(super) struct ViewOptions {
    /// Shares of the image that crops keep, from and to [default: 0.08,1 for photographs, 0.5,1 for grey images]
    #[arg(long, value_name = "MIN,MAX", value_delimiter = ',', num_args = 1)]
    pub(super) crop: Option<Vec<f32>>,
    /// Whether half of the views are mirrored [default: for photographs]
    #[arg(long, value_name = "YES")]
    pub(super) flip: Option<bool>,
    /// Spread of brightness, contrast, saturation and hue [default: 0.4 each]
    #[arg(long, value_name = "B,C,S,H", value_delimiter = ',', num_args = 1)]
    pub(super) jitter: Option<Vec<f32>>,
    /// Share of the views that lose all colour [default: 0.2]
    #[arg(long, value_name = "P")]
    pub(super) grayscale: Option<f32>,
}

/// Embeddings of some data under given weights.
#[derive(Debug, clap::Args)]
pub struct EmbedRequest {
    /// weights.safetensors of a training run; with --architecture any .safetensors file with the names of that PyTorch
    /// module
    #[arg(long, value_name = "FILE")]
    pub weights: PathBuf,
    /// What to embed: as for `spherecheck train`
    #[arg(long, value_name = "DATA", default_value = "digits")]
    pub data: String,
    /// Which items; all: in the order of their file, or those to learn from first
    #[arg(long, value_enum, default_value = "test")]
    pub part: DataPart,
    /// Outputs of these blocks instead of the embedding, each a tensor with its shape: by name (conv4,fc7,output) or by
    /// number, counted from the end where negative
    #[arg(long, value_name = "LAYER,..", value_delimiter = ',')]
    #[arg(allow_hyphen_values = true)]
    pub layer: Vec<String>,
    /// One row for each item, whatever the shape of its activations
    #[arg(long, requires = "layer")]
    pub flatten: bool,
    /// File of the embeddings: a tensor `items`, or one for each layer or view, by its name
    #[arg(long, value_name = "FILE", default_value = "embeddings.safetensors")]
    pub out: PathBuf,
    /// Also write the classes of the items, as .npy
    #[arg(long, value_name = "FILE")]
    pub labels: Option<PathBuf>,
    /// Also write 1 for each item to learn from and 0 for each test item, as .npy: `probe --train-split`
    #[arg(long, value_name = "FILE")]
    pub split: Option<PathBuf>,
    /// Where to compute: cpu, cuda:N or metal
    #[arg(long, value_name = "DEVICE", default_value = "cpu")]
    pub device: String,
    /// Threads [default: all cores]
    #[arg(long, value_name = "N", value_parser = count)]
    pub threads: Option<usize>,
    /// Nothing on standard error but errors
    #[arg(long)]
    pub quiet: bool,

    /// Architecture of weights that spherecheck did not write
    #[arg(long, value_enum, help_heading = "Weights of PyTorch")]
    pub architecture: Option<Architecture>,
    /// Height and width of the images that they were trained on [default: those of the data]
    #[arg(long, value_name = "PIXELS", value_parser = count, requires = "architecture")]
    #[arg(help_heading = "Weights of PyTorch")]
    pub size: Option<usize>,
    /// Mean of each channel that their pixels, from 0 to 1, were normalised with [default: that of the data]
    #[arg(long, value_name = "MEAN,..", value_delimiter = ',', requires_all = ["architecture", "std"])]
    #[arg(help_heading = "Weights of PyTorch")]
    pub mean: Option<Vec<f32>>,
    /// Standard deviation likewise
    #[arg(long, value_name = "STD,..", value_delimiter = ',', requires_all = ["architecture", "mean"])]
    #[arg(help_heading = "Weights of PyTorch")]
    pub std: Option<Vec<f32>>,

    /// Random views of each item instead of the item: tensors view_a, view_b, .., whose rows are positives
    #[arg(long, value_name = "N", value_parser = count, help_heading = "Views")]
    pub views: Option<usize>,
    /// Seed of views; test items have those of a training run with this seed
    #[arg(long, value_name = "N", value_parser = whole::<u64>, default_value = "0")]
    #[arg(requires = "views", help_heading = "Views")]
    pub seed: u64,
    #[command(flatten)]
    pub(super) differ: ViewOptions,
}

impl EmbedRequest {
    /// How views differ, where `usual` suits the data.
    pub fn augment(&self, usual: Augment) -> Augment {
        self.differ.apply(usual)
    }
}
