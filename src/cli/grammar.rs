//! The grammar of the command line: its subcommands, and what the help of the program tells.

use clap::error::ErrorKind;
use clap::{CommandFactory, Parser, Subcommand, ValueEnum};

use super::audit::AuditArgs;
use super::audit::examples::EXAMPLES;
use super::compare::{COMPARE_EXAMPLES, CompareArgs};
use super::gate::{GATE_EXAMPLES, GateArgs};
use super::generate::{Generated, version};
use super::topic::Topic;

/// Measures how well saved embeddings are aligned and spread out, and fails a build when a new model gets worse.
///
/// From files of embeddings it computes, exactly and with standard errors, how close positive pairs lie
/// (alignment), how evenly rows spread over the sphere (uniformity), and the limit that the contrastive loss tends
/// to. Each number comes with its ideal and with its value for a collapsed encoder.
#[derive(Parser)]
#[command(name = "spherecheck", version, long_version = version(), after_help = BRIEFLY, after_long_help = COMMANDS)]
#[command(arg_required_else_help = true, max_term_width = 100)]
pub(super) struct Cli {
    /// When to colour output; auto also looks at NO_COLOR and CLICOLOR_FORCE
    // Read by `super::colour` before the rest is parsed; here clap checks and explains it.
    #[arg(long = "color", value_name = "WHEN", value_enum, default_value_t = clap::ColorChoice::Auto)]
    #[arg(global = true, hide_possible_values = false, display_order = 900)]
    #[arg(help_heading = "Output")]
    colour: clap::ColorChoice,
    /// Write completions for a shell, the manual page or a BibTeX entry to standard output
    #[arg(long, value_name = "WHAT", value_enum, exclusive = true)]
    pub(super) generate: Option<Generated>,
    #[command(subcommand)]
    pub(super) command: Option<Command>,
}

#[derive(Subcommand)]
pub(super) enum Command {
    /// Audit embeddings: alignment, uniformity and the contrastive limit, each with its error
    #[command(after_help = EXAMPLES)]
    Audit(Box<AuditArgs>),
    /// Compare models of the same items: paired differences, similarity, prefixes
    #[command(after_help = COMPARE_EXAMPLES)]
    Compare(Box<CompareArgs>),
    /// Judge whether a model may ship, by the rules of a policy
    #[command(after_help = GATE_EXAMPLES)]
    Gate(Box<GateArgs>),
    /// Probe embeddings: how well k-NN and a linear model read labels or numbers from them
    #[command(after_help = super::probe::EXAMPLES)]
    Probe(Box<super::probe::ProbeRequest>),
    /// Divide an audit among processes and machines: plan it, walk its shards, merge them to the same bits
    #[command(after_help = super::shard::EXAMPLES)]
    Shard {
        /// What to do
        #[command(subcommand)]
        command: super::shard::ShardCommand,
    },
    /// Train a reference encoder, write its embeddings and audit them
    #[cfg(feature = "train")]
    #[command(after_help = super::train::TRAIN_EXAMPLES)]
    Train(Box<super::train::TrainRequest>),
    /// Embed data with the weights of a training run
    #[cfg(feature = "train")]
    #[command(after_help = super::train::EMBED_EXAMPLES)]
    Embed(Box<super::train::EmbedRequest>),
    /// Not in this build: train a reference encoder
    #[cfg(not(feature = "train"))]
    #[command(hide = true, disable_help_flag = true)]
    Train(Ignored),
    /// Not in this build: embed data with the weights of a training run
    #[cfg(not(feature = "train"))]
    #[command(hide = true, disable_help_flag = true)]
    Embed(Ignored),
    /// List the devices that an audit can run on, and why the others cannot be used
    #[command(after_help = DEVICES_EXAMPLES)]
    Devices {
        /// Form of the list
        #[arg(long, value_enum, default_value = "table")]
        format: ListFormat,
    },
    /// Explain a metric (formula, range, ideal, how to read it) or a finding (meaning, cause, what to do)
    #[command(after_help = EXPLAIN_EXAMPLES)]
    Explain {
        /// The metric or finding; without one, all are listed
        #[arg(value_name = "NAME", value_parser = Topic::parse)]
        topic: Option<Topic>,
    },
}

/// Whatever follows a command that is not in this build.
#[cfg(not(feature = "train"))]
#[derive(clap::Args)]
pub(super) struct Ignored {
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    rest: Vec<std::ffi::OsString>,
}

/// The refusal of a command whose code is behind a feature that this build lacks.
#[cfg(not(feature = "train"))]
pub(super) fn lacks(feature: &str) -> clap::Error {
    let message = format!(
        "this build has no trainer; build with --features {feature} (`cargo install --path . --features {feature}`)"
    );
    command().error(ErrorKind::InvalidSubcommand, message)
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum ListFormat {
    /// For reading in a terminal
    Table,
    /// For programs
    Json,
}

/// What the short help of the program ends with.
const BRIEFLY: &str = "\
Examples:
  spherecheck audit vectors.npy --pairs pairs.npy --out report
  spherecheck compare base.npy candidate.npy
  spherecheck gate candidate.npy --policy spherecheck.toml

`spherecheck COMMAND -h` has more; `spherecheck --help` has exit status and environment.";

/// What the long help of the program ends with; each subcommand has more.
const COMMANDS: &str = "\
Examples:
  Audit rows, and a file with two columns of zero-based row numbers that belong together:
    spherecheck audit vectors.npy --pairs pairs.npy

  Compare two models of the same items, and judge one by the rules of a policy:
    spherecheck compare base.npy candidate.npy --pairs pairs.npy
    spherecheck gate candidate.npy --pairs pairs.npy --policy spherecheck.toml

  How well labels are read from the rows, and what a number means:
    spherecheck probe vectors.npy --labels labels.npy
    spherecheck explain uniformity

`spherecheck COMMAND --help` has more, and tells what the exit status says.

Exit status:
  0    done
  1    fail: a rule of the gate is broken
  2    error: wrong usage, unreadable files, data that were refused
  3    undecided: no rule failed, but one with on_undecided = \"fail\" needs more data
  130  interrupted by Ctrl-C or SIGTERM

Environment:
  SPHERECHECK_KERNEL  forces how the all-pairs pass computes: portable, neon, avx2 or avx512
  SPHERECHECK_NVRTC   1 compiles the GPU's kernels for the card at hand, where libnvrtc is installed
  SPHERECHECK_WGMMA   0 leaves a Hopper GPU to the kernels for every card
  NO_COLOR            no colours, unless --color always is given
  CLICOLOR_FORCE      colours even where output is not a terminal";

const DEVICES_EXAMPLES: &str = "\
Examples:
  What `audit --device` can be given here, and why not the rest:
    spherecheck devices

  For programs:
    spherecheck devices --format json";

const EXPLAIN_EXAMPLES: &str = "\
Examples:
  Every metric and finding in a line, and all about one:
    spherecheck explain
    spherecheck explain uniformity
    spherecheck explain narrow_cone";

/// Options that the short help of a subcommand lists; `--help` has all.
const COMMON: &[&str] = &[
    "embeddings",
    "second_view",
    "more",
    "second_view_of",
    "names",
    "policy",
    "baseline",
    "update_baseline",
    "ratchet",
    "exit_zero",
    "init",
    "junit",
    "tensor",
    "pairs",
    "labels",
    "qrels",
    "ids",
    "groups",
    "slices",
    "search",
    "dims",
    "offenders",
    "format",
    "details",
    "out",
    "budget",
    "dry_run",
    "t",
    "tau",
    "train",
    "test",
    "test_labels",
    "targets",
    "train_split",
    "test_folds",
    "k",
    "solver",
    "features",
    "help",
];

/// The command line's grammar. Short help is one screen: the common options, and where the rest is told.
pub(super) fn command() -> clap::Command {
    ["audit", "compare", "gate", "probe", "shard"]
        .into_iter()
        .fold(whole(), |all, name| {
            all.mut_subcommand(name, |own| {
                let examples = own.get_after_help().cloned().unwrap_or_default();
                own.after_long_help(examples)
                    .after_help("`--help` lists every option, with examples and exit status.")
                    .mut_args(brief)
            })
        })
}

/// Its short help is its first clause, and nothing where it is not common. A negative number is its value, which it may
/// refuse in its own words.
fn brief(arg: clap::Arg) -> clap::Arg {
    let takes = arg.get_long().is_some() && arg.get_action().takes_values();
    let arg = arg.allow_negative_numbers(takes);
    let common = COMMON.contains(&arg.get_id().as_str()) && !arg.is_hide_set();
    // Made into text only where it is: for all options that would take a third of what it takes to start.
    let Some(whole) = arg.get_help().filter(|_| common).map(ToString::to_string) else {
        return arg.hide_short_help(true);
    };
    let ends = [": ", "; ", ". ", " ("].map(|end| whole.find(end).unwrap_or(whole.len()));
    let end = ends.into_iter().min().unwrap_or(whole.len());
    arg.help(whole[..end].to_owned()).long_help(whole)
}

/// All of it. Subcommands that take what an audit takes call the files by other names; an argument
/// that is changed loses its place among the positional ones, so places are said again.
fn whole() -> clap::Command {
    Cli::command()
        .mut_subcommand("compare", |compare| {
            let hidden = [
                "dry_run",
                "against",
                "sample",
                "qrels",
                "slices",
                "slices_tensor",
                "slice_min",
            ];
            let drift = compare.get_arguments().map(|arg| arg.get_id().to_string());
            let drift: Vec<String> = drift.filter(|id| id.starts_with("drift")).collect();
            let compare = hiding(compare, &drift);
            hiding(compare, &hidden)
                .mut_arg("embeddings", model(1, "BASE", "The model to compare with, or alone a folder of saved audits"))
                .mut_arg("second_view", model(2, "CANDIDATE", "The model to judge"))
                .mut_arg("more", |arg| arg.index(3))
                .mut_arg("forms", |arg| {
                    arg.value_name("FORM,..").help(
                        "Compare copies of one model with it, as an index stores them: f16, bf16, i8-row, i8-st (codes of \
                         sentence-transformers), i8-st-dequantised, u8-offset, binary, dims:N, or all. With --parity",
                    )
                })
                .mut_arg("tensor", |arg| {
                    arg.help(
                        "Tensor or member to read; give it once for all models, or once for each",
                    )
                })
        })
        .mut_subcommand("gate", |gate| {
            hiding(gate, &["dry_run", "against"])
                .mut_arg("embeddings", model(1, "CANDIDATE", "The model to judge"))
                .mut_arg("second_view", |arg| arg.index(2))
        })
}

/// Its help does not tell of these options, and requests refuse them.
fn hiding(command: clap::Command, options: &[impl AsRef<str>]) -> clap::Command {
    let hide = |command: clap::Command, option: &_| {
        command.mut_arg(AsRef::as_ref(option), |arg| arg.hide(true))
    };
    options.iter().fold(command, hide)
}

/// A positional argument that is a model.
fn model(place: usize, name: &'static str, what: &str) -> impl FnOnce(clap::Arg) -> clap::Arg {
    let help = format!("{what}: embeddings, or a saved audit.json");
    move |arg| arg.index(place).value_name(name).help(help)
}

/// Options of the program without a subcommand.
pub(super) fn no_command() -> clap::Error {
    command().error(
        ErrorKind::MissingSubcommand,
        "a subcommand is required; `spherecheck --help` lists them",
    )
}

/// `--generate` before a subcommand, which clap does not count among what an exclusive option excludes.
pub(super) fn generate_alone() -> clap::Error {
    command().error(
        ErrorKind::ArgumentConflict,
        "--generate cannot be used with a subcommand; leave one of the two out",
    )
}

/// Wrong usage of a subcommand that clap cannot see by itself, from what is wrong with it.
pub(super) fn refusal(subcommand: &str) -> impl Fn(String) -> clap::Error + Copy {
    move |message| {
        let mut command = command();
        command.build();
        match command.find_subcommand_mut(subcommand) {
            Some(own) => own.error(ErrorKind::ArgumentConflict, message),
            None => command.error(ErrorKind::ArgumentConflict, message),
        }
    }
}
