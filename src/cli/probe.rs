//! `spherecheck probe`: its words, which are the request.

use std::path::{Path, PathBuf};

use clap::{ArgGroup, ValueEnum};

use super::idle::Idle;
use super::meaning::MeaningArgs;
use super::request::Output;
use super::values::{count, distinct, level, positive, whole};
use crate::data::ZeroRows;
use crate::input::Meant;
use crate::probe::{Features, ProbeSettings, Solver, Vote};

pub(super) const EXAMPLES: &str = "\
Examples:
  Classes, three quarters of each to train on and the rest to test on:
    spherecheck probe vectors.npy --labels labels.npy

  A split of your own: a file with 1 (train) or 0 (test) for each row:
    spherecheck probe vectors.npy --labels labels.npy --train-split is_train.npy

  Rows to train on and to test on in files of their own, by the paper's linear probe:
    spherecheck probe --train a.npy --test b.npy --labels y.npy --test-labels z.npy --solver adam

  Votes of 5 and of 200 neighbours, all alike and by how near they are:
    spherecheck probe vectors.npy --labels labels.npy --k 5,200 --vote equal,weighted

  Real numbers, as JSON:
    spherecheck probe vectors.npy --targets prices.csv --targets-tensor price --format json

Exit status:
  0    the probe is complete
  2    it could not be completed: wrong usage, unreadable files, data that were refused
  130  interrupted by Ctrl-C or SIGTERM";

/// Which rows are trained on.
#[derive(Clone, Debug, PartialEq)]
pub enum TrainSplit {
    /// A share of each class, drawn.
    Share(f64),
    /// A file of marks.
    File(PathBuf),
}

/// One probe: rows, what is to be read from them, how.
#[derive(Debug, clap::Args)]
#[command(group(ArgGroup::new("target").required(true).args(["labels", "targets"])))]
#[command(group(ArgGroup::new("test_target").args(["test_labels", "test_targets"])))]
pub struct ProbeRequest {
    /// File of embeddings, one row each: .npy, .npz, .safetensors, .parquet, .arrow, .feather, JSON lines, word vectors
    /// (GloVe, word2vec), .csv, .tsv, or .fvecs, .bvecs, .ivecs, .fbin, .f16bin, .i8bin, .u8bin; any of them packed (.gz,
    /// .zst); or several of them read as one: a folder, a pattern in quotes ('emb_*.npy'), or model.safetensors.index.json
    #[arg(required_unless_present = "train")]
    pub embeddings: Option<PathBuf>,
    /// Rows to train on, where those to test on lie in a file of their own: in place of EMBEDDINGS, with --test
    #[arg(long, value_name = "FILE", requires = "test")]
    #[arg(conflicts_with = "embeddings")]
    pub train: Option<PathBuf>,
    /// Rows to test on, all of them; those of EMBEDDINGS or --train are all trained on. Options that say how files are read
    /// hold for both
    #[arg(long, value_name = "FILE", requires = "test_target")]
    pub test: Option<PathBuf>,
    /// Tensor, member, key of JSON lines or columns to read (`a,b,c`, `d*`)
    #[arg(long, value_name = "NAME", aliases = ["column", "columns"])]
    pub tensor: Option<String>,
    /// One view of an n x views x d array, counted from 0
    #[arg(long, value_name = "I", value_parser = whole::<usize>)]
    view: Option<usize>,
    #[command(flatten)]
    meaning: MeaningArgs,

    /// What is to be read from the rows.
    #[command(flatten)]
    pub what: TargetArgs,

    /// Rows to train on: a share of each class (drawn with --seed), or a file with 1 (train) or 0 (test) for each row
    #[arg(long, value_name = "SHARE|FILE", default_value = "0.75")]
    #[arg(value_parser = split, allow_hyphen_values = true, help_heading = "Probes")]
    #[arg(conflicts_with = "test")]
    pub train_split: TrainSplit,
    /// Test on each of N parts of the rows in turn, and train on the others; with --labels
    #[arg(long, value_name = "N", value_parser = folds, help_heading = "Probes")]
    #[arg(conflicts_with_all = ["test", "train_split"])]
    pub test_folds: Option<usize>,
    /// Tensor, member, column or key of the split
    #[arg(long, value_name = "NAME", requires = "train_split")]
    #[arg(help_heading = "Probes")]
    pub split_tensor: Option<String>,
    /// Neighbours that vote: one or more numbers, each for a score
    #[arg(long, value_name = "N,..", default_value = "5", value_parser = count)]
    #[arg(value_delimiter = ',', help_heading = "Probes")]
    k: Vec<usize>,
    /// How neighbours' votes are weighed, one or both
    #[arg(long, value_name = "HOW,..", value_enum, default_value = "equal")]
    #[arg(value_delimiter = ',', help_heading = "Probes")]
    vote: Vec<Vote>,
    /// How the linear probe of classes is trained
    #[arg(long, value_enum, default_value = "lbfgs", help_heading = "Probes")]
    solver: SolverName,
    /// Walks of --solver adam over the rows to train on
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = count)]
    #[arg(help_heading = "Probes")]
    epochs: usize,
    /// Folds of the cross-validation that chooses the penalty of the linear probe
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = folds)]
    #[arg(help_heading = "Probes")]
    folds: usize,
    /// Inverse penalties that the logistic probe chooses from [default: 1e-4 to 1e6, by tens]
    #[arg(long, value_name = "C,..", value_delimiter = ',', value_parser = positive)]
    #[arg(allow_hyphen_values = true, help_heading = "Probes")]
    c: Vec<f64>,
    /// What the linear probe reads; neighbours are always found by cosine
    #[arg(long, value_enum, default_value = "unit", help_heading = "Probes")]
    features: Features,
    /// What to do with rows of norm 0, which have no direction
    #[arg(long, value_name = "POLICY", value_enum, default_value = "reject")]
    #[arg(help_heading = "Probes")]
    zero_rows: ZeroRows,
    /// Level of the intervals
    #[arg(long, value_name = "C", default_value_t = 0.95, value_parser = level)]
    #[arg(allow_hyphen_values = true, help_heading = "Probes")]
    confidence: f64,

    /// What is said on stdout and stderr.
    #[command(flatten)]
    pub output: Output,

    /// Seed of the split and of the folds
    #[arg(long, value_name = "N", value_parser = whole::<u64>, default_value_t = 0)]
    #[arg(help_heading = "Run")]
    seed: u64,
    /// Threads; numbers do not depend on it [default: all cores]
    #[arg(long, value_name = "N", value_parser = count, help_heading = "Run")]
    pub threads: Option<usize>,
}

/// Files of labels or targets.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "What to read")]
#[group(skip)]
pub struct TargetArgs {
    /// Classes, one for each row: k-NN and logistic regression; also .csv, .tsv, .parquet, .arrow or JSON lines
    #[arg(long, value_name = "FILE")]
    pub labels: Option<PathBuf>,
    /// Tensor, member, column or key of the labels
    #[arg(long, value_name = "NAME", requires = "labels")]
    pub labels_tensor: Option<String>,
    /// Labels of the rows of --test; the same text is the same class in both
    #[arg(long, value_name = "FILE", requires = "test", requires = "labels")]
    pub test_labels: Option<PathBuf>,
    /// The classes to probe, one a line, named as --labels names them; rows of others are left out
    #[arg(long, value_name = "FILE", requires = "labels")]
    #[arg(conflicts_with = "targets")]
    pub classes: Option<PathBuf>,
    /// Real numbers for each row, one or several columns: k-NN and ridge regression; files as for --labels
    #[arg(long, value_name = "FILE")]
    pub targets: Option<PathBuf>,
    /// Tensor, member, column or key of the targets; once for each of several columns
    #[arg(long, value_name = "NAME", requires = "targets")]
    pub targets_tensor: Vec<String>,
    /// Targets of the rows of --test
    #[arg(long, value_name = "FILE", requires = "test", requires = "targets")]
    pub test_targets: Option<PathBuf>,
}

impl ProbeRequest {
    /// The rows to train on, or all rows.
    pub fn rows(&self) -> &Path {
        let given = self.train.as_deref().or(self.embeddings.as_deref());
        given.unwrap_or(Path::new(""))
    }

    /// What the way of training, or what is read, leaves without an effect.
    pub(super) fn idle(&self) -> Vec<Idle> {
        let adam = self.solver == SolverName::Adam;
        let numbers = self.what.targets.is_some();
        let classes = "it is about classes, and --targets are numbers; leave it out";
        let minimum = "only --solver adam walks over the rows a number of times; give that, too, or leave it out";
        let penalty = "--solver adam has no penalty to choose; leave one of the two out";
        vec![
            ("c", numbers, classes),
            ("epochs", !adam, minimum),
            ("c", adam, penalty),
            ("folds", adam, penalty),
        ]
    }

    /// What the numbers of the embeddings mean.
    pub fn meant(&self) -> Meant {
        self.meaning.meant(self.view)
    }

    /// Neighbours, folds, policies; the classes to probe are in a file.
    pub fn settings(&self) -> ProbeSettings {
        ProbeSettings {
            ks: distinct(&self.k),
            votes: distinct(&self.vote),
            folds: self.folds,
            cs: distinct(&self.c),
            features: self.features,
            solver: match self.solver {
                SolverName::Lbfgs => Solver::Lbfgs,
                SolverName::Adam => Solver::Adam {
                    epochs: self.epochs,
                },
            },
            classes: None,
            zero_rows: self.zero_rows,
            confidence: self.confidence,
            seed: self.seed,
        }
    }
}

/// A number is a share; anything else names a file.
fn split(text: &str) -> Result<TrainSplit, &'static str> {
    match text.trim().parse::<f64>() {
        Ok(share) if share > 0.0 && share < 1.0 => Ok(TrainSplit::Share(share)),
        Ok(_) => Err("expected a share between 0 and 1, both excluded, or the name of a file"),
        Err(_) => Ok(TrainSplit::File(text.into())),
    }
}

fn folds(text: &str) -> Result<usize, &'static str> {
    match text.parse() {
        Ok(folds) if (2..=1000).contains(&folds) => Ok(folds),
        _ => Err("expected a whole number from 2 to 1000"),
    }
}

/// How the linear probe of classes is trained, by name.
#[derive(Clone, Copy, Debug, PartialEq, ValueEnum)]
enum SolverName {
    /// To the minimum, the penalty chosen by cross-validation, in float64: all that is linearly there is read
    Lbfgs,
    /// As Wang & Isola: batches of 128, a step of 1e-3, no penalty, in float32: rows are read where they lie
    Adam,
}
