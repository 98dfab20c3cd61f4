//! The command line: what users type, as a [`Request`] that the conductor can carry out.
//!
//! Pure: nothing here opens a file, reads the environment or prints. Not here: exit codes, messages about data.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::error::ErrorKind;
use clap::{CommandFactory, Parser};

use crate::audit::Settings;
use crate::metric::MetricId;
use crate::report::Format;

mod args;
mod probe;
#[cfg(feature = "train")]
mod train;

pub use probe::{ProbeRequest, TargetSource, TrainSplit};

use args::{AuditArgs, Cli, Command};
#[cfg(feature = "train")]
pub use train::{EmbedRequest, Part, PlanBase, PlanChanges, TrainRequest};

/// What a command line asks for.
#[derive(Debug)]
pub enum Request {
    /// `spherecheck audit`
    Audit(Box<AuditRequest>),
    /// `spherecheck train`
    #[cfg(feature = "train")]
    Train(Box<TrainRequest>),
    /// `spherecheck embed`
    #[cfg(feature = "train")]
    Embed(EmbedRequest),
    /// `spherecheck probe`
    Probe(Box<ProbeRequest>),
    /// `spherecheck explain`; no metric lists them all.
    Explain(Option<MetricId>),
}

/// One audit: where rows and positives are, what to compute, where results go.
#[derive(Debug)]
pub struct AuditRequest {
    /// First (or only) view.
    pub a: Source,
    /// Second view.
    pub b: Option<Source>,
    /// Which rows are positives of each other.
    pub positives: PositivesSource,
    /// Groups of rows that are no independent draws.
    pub groups: Option<Source>,
    /// Reference encoders to place the model among: a folder with `zoo.json`, or that file.
    pub against: Option<PathBuf>,
    /// Exponents, temperatures and policies.
    pub settings: Settings,
    /// Form of the report on stdout.
    pub format: Format,
    /// Whether the table lists derived measures too.
    pub details: bool,
    /// Directory for reports in every form.
    pub out: Option<PathBuf>,
    /// Threads of the passes; all cores when absent.
    pub threads: Option<usize>,
    /// Whether a progress bar is wanted.
    pub progress: bool,
    /// Whether stderr is kept to errors.
    pub quiet: bool,
}

/// A file, and which tensor, member or column(s) of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// The file.
    pub path: PathBuf,
    /// Tensor, member or column(s), where the file has more than one.
    pub tensor: Option<String>,
}

/// Where positives come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PositivesSource {
    /// Nowhere: only the rows are audited.
    None,
    /// Row i of the first view with row i of the second.
    Aligned,
    /// A file of index pairs.
    Pairs(Source),
    /// A file of labels.
    Labels(Source),
}

/// Reads a command line, program name first.
///
/// # Errors
/// clap's: wrong usage, and also `--help` and `--version`, whose text is the error's.
pub fn parse(args: &[OsString]) -> Result<Request, clap::Error> {
    match Cli::try_parse_from(args)?.command {
        Command::Audit(args) => args
            .request()
            .map(|request| Request::Audit(Box::new(request))),
        #[cfg(feature = "train")]
        Command::Train(args) => args
            .request()
            .map(|request| Request::Train(Box::new(request))),
        #[cfg(feature = "train")]
        Command::Embed(args) => Ok(Request::Embed(args.request())),
        Command::Probe(args) => Ok(Request::Probe(Box::new(args.request()))),
        Command::Explain { metric } => Ok(Request::Explain(metric)),
    }
}

/// The `--color` of a command line, found without parsing the rest, so that messages about wrong usage obey it.
pub fn colour(args: &[OsString]) -> anstream::ColorChoice {
    let mut words = args
        .iter()
        .skip(1)
        .map_while(|arg| arg.to_str().filter(|word| *word != "--"));
    let mut choice = None;
    while let Some(word) = words.next() {
        choice = match word.strip_prefix("--color") {
            Some("") => words.next(),
            Some(rest) if rest.starts_with('=') => Some(&rest[1..]),
            _ => choice,
        };
    }
    match choice {
        Some("always") => anstream::ColorChoice::Always,
        Some("never") => anstream::ColorChoice::Never,
        _ => anstream::ColorChoice::Auto,
    }
}

impl AuditArgs {
    fn request(self) -> Result<AuditRequest, clap::Error> {
        let (tensor_a, tensor_b) = match (&self.tensor[..], self.second_view.is_some()) {
            ([], _) => (None, None),
            ([both], _) => (named(both), named(both)),
            ([a, b], true) => (named(a), named(b)),
            ([_, _], false) => {
                return Err(refusal(
                    "--tensor is given twice but there is one file; \
                     to compare two tensors of one file, name the file twice",
                ));
            }
            (more, _) => {
                let found = more.len();
                return Err(refusal(format!(
                    "--tensor is given {found} times, expected at most one for each view"
                )));
            }
        };
        let positives = match (self.pairs, self.labels, self.second_view.is_some()) {
            (Some(path), _, _) => PositivesSource::Pairs(Source {
                path,
                tensor: self.pairs_tensor,
            }),
            (None, Some(_), true) => {
                return Err(refusal(
                    "--labels pairs up the rows of one file, but there are two; \
                     give --pairs, or nothing to pair row i of the first with row i of the second",
                ));
            }
            (None, Some(path), false) => PositivesSource::Labels(Source {
                path,
                tensor: self.labels_tensor,
            }),
            (None, None, true) => PositivesSource::Aligned,
            (None, None, false) => PositivesSource::None,
        };
        Ok(AuditRequest {
            a: Source {
                path: self.embeddings,
                tensor: tensor_a,
            },
            b: self.second_view.map(|path| Source {
                path,
                tensor: tensor_b,
            }),
            positives,
            groups: self.groups.map(|path| Source {
                path,
                tensor: self.groups_tensor,
            }),
            against: self.against,
            settings: Settings {
                alphas: distinct(&self.alpha),
                ts: distinct(&self.t),
                taus: distinct(&self.tau),
                negatives: distinct(&self.negatives),
                normalize: self.normalize,
                zero_rows: self.zero_rows,
                // Their one reader is the pictures, and those are only drawn into a directory.
                histograms: self.out.is_some(),
                verify: self.verify,
                confidence: self.confidence,
                seed: self.seed,
            },
            format: self.format,
            details: self.details,
            out: self.out,
            threads: self.threads,
            progress: !self.no_progress && !self.quiet,
            quiet: self.quiet,
        })
    }
}

/// Wrong usage that clap cannot see by itself, in clap's form.
fn refusal(message: impl std::fmt::Display) -> clap::Error {
    let mut command = Cli::command();
    command.build();
    match command.find_subcommand_mut("audit") {
        Some(audit) => audit.error(ErrorKind::ArgumentConflict, message),
        None => command.error(ErrorKind::ArgumentConflict, message),
    }
}

/// The values without repetitions, in the order given.
fn distinct<T: PartialEq + Copy>(values: &[T]) -> Vec<T> {
    let mut seen = Vec::with_capacity(values.len());
    for value in values {
        if !seen.contains(value) {
            seen.push(*value);
        }
    }
    seen
}

/// A name given to `--tensor`; `-` stands for none, so that a view that needs no name can be passed over.
fn named(tensor: &str) -> Option<String> {
    (tensor != "-").then(|| tensor.to_owned())
}

#[cfg(test)]
mod tests;
