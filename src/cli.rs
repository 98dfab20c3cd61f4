//! The command line: what users type, as a [`Request`] that the conductor can carry out.
//!
//! Pure: nothing here opens a file, reads the environment or prints. Not here: exit codes, messages about data.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::error::ErrorKind;
use clap::{CommandFactory, FromArgMatches};

use crate::audit::{Effort, Settings};
use crate::backend::DeviceChoice;
use crate::metric::MetricId;
use crate::report::Format;

mod args;
mod compare;
mod devices;
mod gate;
mod items;
mod output;
mod probe;
mod values;

pub use probe::{ProbeRequest, TargetSource, TrainSplit};
#[cfg(feature = "train")]
mod train;

use args::{AuditArgs, Cli, Command};
#[cfg(feature = "train")]
pub use train::{EmbedRequest, Part, PlanBase, PlanChanges, TrainRequest};

pub use compare::{Candidate, CompareRequest};
pub use gate::{GateRequest, GateTask};
pub use items::ItemSources;

/// What a command line asks for.
#[derive(Debug)]
pub enum Request {
    /// `spherecheck audit`
    Audit(Box<AuditRequest>),
    /// `spherecheck compare`
    Compare(Box<CompareRequest>),
    /// `spherecheck gate`
    Gate(Box<GateRequest>),
    /// `spherecheck probe`
    Probe(Box<ProbeRequest>),
    /// `spherecheck train`
    #[cfg(feature = "train")]
    Train(Box<TrainRequest>),
    /// `spherecheck embed`
    #[cfg(feature = "train")]
    Embed(EmbedRequest),
    /// `spherecheck devices`; whether as JSON.
    Devices {
        /// For programs.
        json: bool,
    },
    /// `spherecheck explain`; no metric lists them all.
    Explain(Option<MetricId>),
}

impl Request {
    /// The number of threads, where it was given, and whether stderr is kept to errors.
    pub fn threads(&mut self) -> Option<(&mut usize, bool)> {
        let (threads, quiet) = match self {
            Self::Audit(r) => (&mut r.threads, r.quiet),
            Self::Compare(r) => (&mut r.common.threads, r.common.quiet),
            Self::Gate(r) => (&mut r.common.threads, r.common.quiet),
            Self::Probe(r) => (&mut r.threads, r.quiet),
            #[cfg(feature = "train")]
            Self::Train(r) => (&mut r.threads, r.quiet),
            #[cfg(feature = "train")]
            Self::Embed(r) => (&mut r.threads, r.quiet),
            Self::Devices { .. } | Self::Explain(_) => return None,
        };
        threads.as_mut().map(|threads| (threads, quiet))
    }
}

/// One audit: where rows and positives are, what to compute, where results go.
#[derive(Clone, Debug)]
pub struct AuditRequest {
    /// First (or only) view.
    pub a: Source,
    /// Second view.
    pub b: Option<Source>,
    /// Which rows are positives of each other.
    pub positives: PositivesSource,
    /// Groups of rows that are no independent draws.
    pub groups: Option<Source>,
    /// Ids and slices of the rows.
    pub items: ItemSources,
    /// Reference encoders to place the model among: a folder with `zoo.json`, or that file.
    pub against: Option<PathBuf>,
    /// Exponents, temperatures and policies.
    pub settings: Settings,
    /// Whether only the work is told.
    pub dry_run: bool,
    /// Form of the report on stdout.
    pub format: Format,
    /// Whether the table lists derived measures too.
    pub details: bool,
    /// Directory for reports in every form.
    pub out: Option<PathBuf>,
    /// Threads of the passes; all cores when absent.
    pub threads: Option<usize>,
    /// Where all pairs are walked.
    pub device: DeviceChoice,
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
    let matches = command().try_get_matches_from(args)?;
    match Cli::from_arg_matches(&matches)?.command {
        Command::Audit(args) => args
            .request("audit")
            .map(|request| Request::Audit(Box::new(request))),
        Command::Compare(args) => args
            .request()
            .map(|request| Request::Compare(Box::new(request))),
        Command::Gate(args) => args
            .request()
            .map(|request| Request::Gate(Box::new(request))),
        Command::Probe(args) => Ok(Request::Probe(Box::new(args.request()))),
        #[cfg(feature = "train")]
        Command::Train(args) => args
            .request()
            .map(|request| Request::Train(Box::new(request))),
        #[cfg(feature = "train")]
        Command::Embed(args) => Ok(Request::Embed(args.request())),
        Command::Devices(args) => Ok(Request::Devices { json: args.json() }),
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

/// The command line's grammar. Subcommands that take what an audit takes call the files by other names; an argument
/// that is changed loses its place among the positional ones, so places are said again.
fn command() -> clap::Command {
    let saved = "embeddings, or a saved audit.json";
    Cli::command()
        .mut_subcommand("compare", |compare| {
            without_what_only_audits_do(compare)
                .mut_arg("slices", hidden)
                .mut_arg("slices_tensor", hidden)
                .mut_arg("slice_min", hidden)
                .mut_arg("embeddings", |arg| {
                    arg.index(1)
                        .value_name("BASE")
                        .help(format!("The model to compare with: {saved}"))
                })
                .mut_arg("second_view", |arg| {
                    arg.index(2)
                        .value_name("CANDIDATE")
                        .help(format!("The model to judge: {saved}"))
                })
                .mut_arg("more", |arg| arg.index(3))
                .mut_arg("tensor", |arg| {
                    arg.help(
                        "Tensor or member to read; give it once for all models, or once for each",
                    )
                })
        })
        .mut_subcommand("gate", |gate| {
            without_what_only_audits_do(gate)
                .mut_arg("embeddings", |arg| {
                    arg.index(1)
                        .value_name("CANDIDATE")
                        .help(format!("The model to judge: {saved}"))
                })
                .mut_arg("second_view", |arg| arg.index(2))
        })
}

/// Their help does not tell of these options, and `AuditArgs::request` refuses them.
fn without_what_only_audits_do(command: clap::Command) -> clap::Command {
    command
        .mut_arg("dry_run", hidden)
        .mut_arg("against", hidden)
}

/// Whether this file of groups says that there are none.
fn ungrouped(groups: &std::path::Path) -> bool {
    groups.as_os_str() == "none"
}

fn hidden(arg: clap::Arg) -> clap::Arg {
    arg.hide(true)
}

impl AuditRequest {
    /// Without the files that go by the rows of another model: its positives and groups.
    fn rows_alone(self) -> Self {
        let positives = match self.b {
            Some(_) => PositivesSource::Aligned,
            None => PositivesSource::None,
        };
        Self {
            positives,
            groups: None,
            ..self
        }
    }
}

impl AuditArgs {
    fn request(self, subcommand: &str) -> Result<AuditRequest, clap::Error> {
        let refusal = |message: String| refusal(subcommand, message);
        if subcommand != "audit" {
            let given = [
                ("--dry-run", self.dry_run),
                ("--against", self.against.is_some()),
            ];
            if let Some((option, _)) = given.into_iter().find(|(_, given)| *given) {
                return Err(refusal(format!(
                    "{option} is for audits alone; give it to `spherecheck audit`"
                )));
            }
        }
        if self.items.ids.len() > 1 {
            return Err(refusal(format!(
                "--ids is given {} times for one model; `spherecheck compare` takes it once for each model",
                self.items.ids.len()
            )));
        }
        let items = self.items.sources();
        let (tensor_a, tensor_b) = match (&self.tensor[..], self.second_view.is_some()) {
            ([], _) => (None, None),
            ([both], _) => (named(both), named(both)),
            ([a, b], true) => (named(a), named(b)),
            ([_, _], false) => {
                return Err(refusal(
                    "--tensor is given twice but there is one file; \
                     to compare two tensors of one file, name the file twice"
                        .to_owned(),
                ));
            }
            (more, _) => {
                let found = more.len();
                return Err(refusal(format!(
                    "--tensor is given {found} times, expected at most one for each view"
                )));
            }
        };
        let join_pairs = !self.groups.as_deref().is_some_and(ungrouped);
        let positives = match (self.pairs, self.labels, self.second_view.is_some()) {
            (Some(path), _, _) => PositivesSource::Pairs(Source {
                path,
                tensor: self.pairs_tensor,
            }),
            (None, Some(_), true) => {
                return Err(refusal(
                    "--labels pairs up the rows of one file, but there are two; \
                     give --pairs, or nothing to pair row i of the first with row i of the second"
                        .to_owned(),
                ));
            }
            (None, Some(path), false) => PositivesSource::Labels(Source {
                path,
                tensor: self.labels_tensor,
            }),
            (None, None, true) => PositivesSource::Aligned,
            (None, None, false) => PositivesSource::None,
        };
        if self.dry_run && !matches!(self.output.format, Format::Table | Format::Json) {
            return Err(refusal(
                "--dry-run is printed as a table or as JSON; give --format table or --format json"
                    .to_owned(),
            ));
        }
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
            groups: self
                .groups
                .filter(|path| !ungrouped(path.as_path()))
                .map(|path| Source {
                    path,
                    tensor: self.groups_tensor,
                }),
            items,
            against: self.against,
            settings: Settings {
                alphas: distinct(&self.alpha),
                ts: distinct(&self.t),
                taus: distinct(&self.tau),
                negatives: distinct(&self.negatives),
                compat: distinct(&self.compat),
                normalize: self.normalize,
                zero_rows: self.zero_rows,
                // Their one reader is the pictures, and those are only drawn into a directory.
                histograms: self.out.is_some(),
                verify: self.verify,
                confidence: self.confidence,
                precision: self.precision,
                seed: self.seed,
                effort: match (self.budget, self.max_error) {
                    (Some(seconds), _) => Effort::Seconds(seconds),
                    (None, Some(error)) => Effort::MaxError(error),
                    (None, None) => Effort::Exact,
                },
                join_pairs,
            },
            dry_run: self.dry_run,
            format: self.output.format,
            details: self.details,
            out: self.out,
            threads: self.threads,
            device: self.device,
            progress: self.output.progress(),
            quiet: self.output.quiet,
        })
    }
}

/// Wrong usage that clap cannot see by itself, in clap's form.
fn refusal(subcommand: &str, message: impl std::fmt::Display) -> clap::Error {
    let mut command = command();
    command.build();
    match command.find_subcommand_mut(subcommand) {
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
