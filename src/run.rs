//! The conductor: one short function for each subcommand, from arguments to an exit status.
//!
//! The order is part of the promise: whatever can refuse cheaply (usage, files, the output directory) does so before
//! the pass, and nothing is written before everything is known.

mod probe;
mod zoo;

use std::ffi::OsString;
use std::process::ExitCode;

use anyhow::Context;

use crate::audit::{self, Inputs, PositivesInput, PrecisionChoice};
use crate::backend::{self, Backend, BackendError, DeviceChoice, Wish};
use crate::cli::{self, AuditRequest, PositivesSource, Request, Source};
use crate::console::{Cancel, Console};
use crate::input::{self, InputError, Reader};
use crate::metric::{self, METRICS, MetricId};
use crate::report::{self, Destination, Style, printable};
use crate::result::Against;

mod compare;
mod devices;
mod gate;
mod measure;
#[cfg(feature = "train")]
mod study;
mod threads;
#[cfg(feature = "train")]
mod train;

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// What was asked for is done.
    Fine = 0,
    /// It could not be completed: wrong usage, unreadable files, data that were refused.
    Trouble = 2,
    /// A rule of a gate is broken.
    Violated = 1,
    /// No rule of a gate is broken, but one that must be known is not.
    Undecided = 3,
    /// Ctrl-C, as shells report it.
    Interrupted = 130,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        ExitCode::from(exit as u8)
    }
}

/// Runs the program on the process's own terminal; `args` start with the program's name.
pub fn run(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    let args: Vec<OsString> = args.into_iter().collect();
    if let Some(code) = threads::bound(&args) {
        return code;
    }
    input::say_if_cut_short();
    let mut console = Console::from_terminal(cli::colour(&args));
    let cancel = Cancel::on_ctrl_c(Exit::Interrupted as i32);
    conduct(&args, &mut console, &cancel).into()
}

/// Runs the program on any console.
pub fn conduct(args: &[OsString], console: &mut Console<'_>, cancel: &Cancel) -> Exit {
    let mut parsed = cli::parse(args);
    if let Ok(request) = &mut parsed {
        threads::clamp(request, console);
    }
    let done = match parsed {
        Ok(Request::Audit(request)) => audit(&request, console, cancel),
        Ok(Request::Compare(request)) => compare::compare(&request, console, cancel),
        Ok(Request::Gate(request)) => gate::gate(&request, console, cancel),
        Ok(Request::Probe(request)) => probe::probe(&request, console, cancel),
        #[cfg(feature = "train")]
        Ok(Request::Train(request)) => match request.preset {
            Some(preset) => study::study(preset, &request, console, cancel),
            None => train::train(&request, console, cancel),
        },
        #[cfg(feature = "train")]
        Ok(Request::Embed(request)) => train::embed(&request, console),
        Ok(Request::Devices { json }) => devices::list(json, console),
        Ok(Request::Explain(metric)) => explain(metric, console),
        Err(error) => usage(error, args, console),
    };
    done.unwrap_or_else(|error| {
        console.error(error.as_ref());
        Exit::Trouble
    })
}

fn audit(
    request: &AuditRequest,
    console: &mut Console<'_>,
    cancel: &Cancel,
) -> anyhow::Result<Exit> {
    // What cannot be had is refused before any file is read; whether a GPU is worth it shows afterwards.
    let wish = wish(request);
    let named = named_backend(&wish)?;
    let opened = measure::open(request)?;
    opened.say(request, console);
    let backend = settled(named, &wish, [opened.shape()])?;
    if request.dry_run {
        return dry_run(request, &opened.inputs, &*backend, console);
    }
    let zoo = request.against.as_deref().map(zoo::open).transpose()?;
    let destination = request
        .out
        .as_deref()
        .map(Destination::prepare)
        .transpose()?;

    let watch = console.progress(request.progress, cancel);
    let audited = opened.audit(request, &*backend, &watch);
    drop(watch);
    if cancel.requested() {
        console.note("interrupted; nothing was written");
        return Ok(Exit::Interrupted);
    }
    let mut audit = audited?;
    if let Some((zoo, source)) = &zoo {
        audit.against = Some(Against::new(audit.place(source)?, zoo, source));
    }

    let style = Style {
        colour: console.colour_out(),
        details: request.details,
        width: console.width(),
    };
    let report = report::render(&audit, request.format, style)?;
    // A stdout that takes nothing must not cost the user the files as well: its error waits.
    let printed = console.data(&report);
    for path in destination
        .map(|destination| destination.write(&audit))
        .transpose()?
        .unwrap_or_default()
    {
        if !request.quiet {
            console.note(format_args!("wrote {}", path.display()));
        }
    }
    printed.context("standard output takes no more data")?;
    Ok(Exit::Fine)
}

fn wish(request: &AuditRequest) -> Wish {
    Wish {
        device: request.device,
        precision: match request.settings.precision {
            PrecisionChoice::Auto => None,
            PrecisionChoice::Only(precision) => Some(precision),
        },
        threads: request.threads,
        kernel: forced_kernel(),
    }
}

/// The device that was named; the processor where the choice was left open.
fn named_backend(wish: &Wish) -> Result<Box<dyn Backend>, BackendError> {
    let mut wish = wish.clone();
    if wish.device == DeviceChoice::Auto {
        wish.device = DeviceChoice::Cpu;
    }
    backend::open(&wish, (0, 0))
}

/// What was named, or the choice that was left open, made for the largest of the files.
fn settled(
    named: Box<dyn Backend>,
    wish: &Wish,
    shapes: impl IntoIterator<Item = (usize, usize)>,
) -> Result<Box<dyn Backend>, BackendError> {
    if wish.device != DeviceChoice::Auto {
        return Ok(named);
    }
    let work = |&(rows, dim): &(usize, usize)| rows as u128 * rows as u128 * dim as u128;
    backend::open(wish, shapes.into_iter().max_by_key(work).unwrap_or((0, 0)))
}

/// Nothing is read but the headers; nothing is written.
fn dry_run(
    request: &AuditRequest,
    inputs: &Inputs,
    backend: &dyn Backend,
    console: &mut Console<'_>,
) -> anyhow::Result<Exit> {
    let forecast = audit::forecast(inputs, &request.settings, backend)?;
    console
        .data(&report::forecast(&forecast, request.format)?)
        .context("standard output takes no more data")?;
    Ok(Exit::Fine)
}

fn explain(metric: Option<MetricId>, console: &mut Console<'_>) -> anyhow::Result<Exit> {
    let text = metric.map_or_else(all_metrics, metric::explain);
    console
        .data(text.as_bytes())
        .context("standard output takes no more data")?;
    Ok(Exit::Fine)
}

/// `--help` and `--version` are data; wrong usage is not.
fn usage(error: clap::Error, args: &[OsString], console: &mut Console<'_>) -> anyhow::Result<Exit> {
    if error.use_stderr() {
        // It quotes arguments as they are, between line ends and colours of its own: so it is made again, of printable
        // arguments.
        let shown = args
            .iter()
            .map(|arg| printable(&arg.to_string_lossy()).into());
        let Err(error) = cli::parse(&shown.collect::<Vec<OsString>>()) else {
            console.note(error);
            return Ok(Exit::Trouble);
        };
        let text = error.render();
        let text = if console.colour_err() {
            text.ansi().to_string()
        } else {
            text.to_string()
        };
        console.verbatim(text.trim_end());
        return Ok(Exit::Trouble);
    }
    let text = error.render();
    let text = if console.colour_out() {
        text.ansi().to_string()
    } else {
        text.to_string()
    };
    console
        .data(text.as_bytes())
        .context("standard output takes no more data")?;
    Ok(Exit::Fine)
}

/// What an audit starts from; decisions of the readers are added to `notes`.
fn open(request: &AuditRequest, notes: &mut Vec<String>) -> Result<Inputs, InputError> {
    let embeddings =
        |source: &Source| input::open_embeddings(&source.path, source.tensor.as_deref());
    let name = match &request.b {
        Some(b) if stem(b) != stem(&request.a) => format!("{} + {}", stem(&request.a), stem(b)),
        _ => stem(&request.a),
    };
    let a = embeddings(&request.a)?;
    let mut reader = Reader::beside(&a);
    let inputs = Inputs {
        name,
        b: request.b.as_ref().map(embeddings).transpose()?,
        groups: request
            .groups
            .as_ref()
            .map(|Source { path, tensor }| reader.labels(path, tensor.as_deref()))
            .transpose()?,
        positives: match &request.positives {
            PositivesSource::None => PositivesInput::None,
            PositivesSource::Aligned => PositivesInput::Aligned,
            PositivesSource::Pairs(Source { path, tensor }) => {
                PositivesInput::Pairs(reader.pairs(path, tensor.as_deref())?)
            }
            PositivesSource::Labels(Source { path, tensor }) => {
                PositivesInput::Labels(reader.labels(path, tensor.as_deref())?)
            }
        },
        a,
    };
    notes.extend(reader.notes());
    Ok(inputs)
}

/// The file's name without its ending: what reports call it.
fn stem(source: &Source) -> String {
    let path = &source.path;
    path.file_stem()
        .unwrap_or(path.as_os_str())
        .to_string_lossy()
        .into_owned()
}

/// `SPHERECHECK_KERNEL`; an empty value counts as none, as shells cannot always unset one.
fn forced_kernel() -> Option<String> {
    let name = std::env::var_os("SPHERECHECK_KERNEL")?;
    (!name.is_empty()).then(|| name.to_string_lossy().into_owned())
}

/// One line for each metric: its summary up to the first colon. The rest stands on the metric's own page.
fn all_metrics() -> String {
    let width = METRICS
        .iter()
        .map(|spec| spec.label().len())
        .max()
        .unwrap_or(0);
    let mut text = String::new();
    for spec in METRICS {
        let summary = spec
            .summary
            .split(':')
            .next()
            .unwrap_or(spec.summary)
            .trim_end_matches('.');
        text += &format!("{:width$}  {summary}\n", spec.label());
    }
    text + "\n`spherecheck explain METRIC` tells more about one of them.\n"
}
