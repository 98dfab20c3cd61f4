//! The command line: what users type, as a [`Request`] that the conductor can carry out.
//!
//! Pure: nothing here opens a file, reads the environment or prints. Not here: exit codes, messages about data.

mod asked;
mod audit;
mod compare;
mod copies;
mod drift;
mod effort;
mod figures;
mod gate;
mod generate;
mod grammar;
mod idle;
mod meaning;
mod offenders;
mod positives;
mod probe;
mod request;
mod search;
mod shard;
mod topic;
#[cfg(feature = "train")]
mod train;
mod values;

use std::ffi::OsString;

use clap::FromArgMatches;

use grammar::{Cli, Command, ListFormat, command, generate_alone, no_command, refusal};
use idle::{Idle, of_dry_run, refuse_idle, refuse_measuring, without_positives};

pub use compare::{Candidate, CompareRequest};
pub use copies::Copies;
pub use figures::FigureArgs;
pub use gate::{GateOptions, GateRequest};
pub use generate::Generated;
pub use probe::{ProbeRequest, TargetArgs, TrainSplit};
pub use request::{AuditRequest, DriftRequest, ItemSources, Output, PositivesSource, Source};
pub use shard::{
    JoinRequest, MachineOptions, MergeOptions, MergeRequest, Numbered, PlanRequest, RunRequest,
    ShardRequest,
};
pub use topic::Topic;
#[cfg(feature = "train")]
pub use train::{Begin, DataPart, EmbedRequest, TrainRequest};

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
    /// `spherecheck shard`
    Shard(Box<ShardRequest>),
    /// `spherecheck train`
    #[cfg(feature = "train")]
    Train(Box<TrainRequest>),
    /// `spherecheck embed`
    #[cfg(feature = "train")]
    Embed(Box<EmbedRequest>),
    /// `spherecheck devices`; whether as JSON.
    Devices {
        /// For programs.
        json: bool,
    },
    /// `spherecheck explain`; no topic lists them all.
    Explain(Option<Topic>),
    /// `spherecheck --generate`
    Generate(Generated),
}

impl Request {
    /// The number of threads, where it was given, and whether stderr is kept to errors.
    pub fn threads(&mut self) -> Option<(&mut usize, bool)> {
        let (threads, quiet) = match self {
            Self::Audit(r) => (&mut r.threads, r.output.quiet),
            Self::Compare(r) => (&mut r.common.threads, r.common.output.quiet),
            Self::Gate(r) => (&mut r.common.threads, r.common.output.quiet),
            Self::Probe(r) => (&mut r.threads, r.output.quiet),
            Self::Shard(r) => r.threads()?,
            #[cfg(feature = "train")]
            Self::Train(r) => (&mut r.threads, r.output.quiet),
            #[cfg(feature = "train")]
            Self::Embed(r) => (&mut r.threads, r.quiet),
            Self::Devices { .. } | Self::Explain(_) | Self::Generate(_) => return None,
        };
        threads.as_mut().map(|threads| (threads, quiet))
    }

    /// Options that would have nothing to act on, if they were given.
    fn idle(&self) -> Vec<Idle> {
        match self {
            Self::Audit(r) => [without_positives(&r.positives), of_dry_run(r.dry_run)].concat(),
            Self::Compare(r) => without_positives(&r.common.positives),
            Self::Gate(r) => without_positives(&r.common.positives),
            Self::Probe(r) => r.idle(),
            _ => Vec::new(),
        }
    }
}

/// Reads a command line, program name first.
///
/// # Errors
/// clap's: wrong usage, and also `--help` and `--version`, whose text is the error's.
pub fn parse(args: &[OsString]) -> Result<Request, clap::Error> {
    let matches = command().try_get_matches_from(args)?;
    let refused = refusal(matches.subcommand_name().unwrap_or_default());
    let Cli {
        command, generate, ..
    } = Cli::from_arg_matches(&matches)?;
    let command = match (command, generate) {
        (Some(command), None) => command,
        (None, Some(generated)) => return Ok(Request::Generate(generated)),
        (None, None) => return Err(no_command()),
        (Some(_), Some(_)) => return Err(generate_alone()),
    };
    let request = match command {
        Command::Audit(args) => Request::Audit(Box::new(args.request().map_err(refused)?)),
        Command::Compare(args) => {
            let request = args.request().map_err(refused)?;
            if request.models.iter().all(Candidate::is_saved) {
                refuse_measuring(&grammar::command(), &matches).map_err(refused)?;
            }
            Request::Compare(Box::new(request))
        }
        Command::Gate(args) => {
            let request = args.request().map_err(refused)?;
            if request.candidate.is_saved() {
                refuse_measuring(&grammar::command(), &matches).map_err(refused)?;
            }
            Request::Gate(Box::new(request))
        }
        Command::Probe(request) => Request::Probe(request),
        Command::Shard { command } => {
            Request::Shard(Box::new(command.request(args).map_err(refused)?))
        }
        #[cfg(feature = "train")]
        Command::Train(request) => {
            request.check().map_err(refused)?;
            Request::Train(request)
        }
        #[cfg(feature = "train")]
        Command::Embed(request) => {
            request.check().map_err(refused)?;
            Request::Embed(request)
        }
        #[cfg(not(feature = "train"))]
        Command::Train(_) | Command::Embed(_) => return Err(grammar::lacks("train")),
        Command::Devices { format } => Request::Devices {
            json: format == ListFormat::Json,
        },
        Command::Explain { topic } => Request::Explain(topic),
    };
    refuse_idle(&matches, &request.idle()).map_err(refused)?;
    Ok(request)
}

/// What `--generate` writes.
///
/// # Errors
/// Those of writing to memory.
pub fn generated(what: Generated) -> std::io::Result<Vec<u8>> {
    what.bytes(command())
}

/// What `spherecheck audit` is asked with these arguments.
///
/// # Errors
/// clap's: wrong usage.
pub fn audit_request(arguments: &[String]) -> Result<AuditRequest, clap::Error> {
    let words = ["spherecheck", "audit"].into_iter().map(OsString::from);
    let words: Vec<OsString> = words.chain(arguments.iter().map(OsString::from)).collect();
    match parse(&words)? {
        Request::Audit(request) => Ok(*request),
        _ => Err(refusal("audit")(
            "these are no arguments of an audit".to_owned(),
        )),
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

#[cfg(test)]
mod tests;
