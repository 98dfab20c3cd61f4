//! The conductor: one short function for each subcommand, from arguments to an exit status.
//!
//! The order is part of the promise: whatever can refuse cheaply (usage, files, the output directory) does so before
//! the pass, and nothing is written before everything is known.

mod audit;
mod compare;
mod drift;
#[cfg(feature = "train")]
mod embed;
mod exit;
mod gate;
mod measure;
mod probe;
mod process;
mod scheduled;
mod shard;
#[cfg(feature = "train")]
mod study;
mod subject;
#[cfg(feature = "train")]
mod train;
mod walker;
mod zoo;

use std::ffi::OsString;
use std::process::ExitCode;
use std::time::Instant;

use crate::backend;
use crate::cli::{self, Generated, Request, Topic};
use crate::console::{Cancel, Console};
use crate::input;
use crate::metric;
use crate::report::{DeviceStatus, Format, metrics, printable, render};
use crate::result::explain_finding;

pub use exit::Exit;
use exit::print;

/// Runs the program on the process's own terminal; `args` start with the program's name.
pub fn run(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    let started = Instant::now();
    let args: Vec<OsString> = args.into_iter().collect();
    if let Some(code) = process::begin_anew(&args) {
        return code;
    }
    input::say_if_cut_short();
    let mut console = Console::from_terminal(cli::colour(&args));
    let cancel = Cancel::on_signals(Exit::Interrupted as i32);
    conducted(&args, started, &mut console, &cancel).into()
}

/// Runs the program on any console.
pub fn conduct(args: &[OsString], console: &mut Console<'_>, cancel: &Cancel) -> Exit {
    conducted(args, Instant::now(), console, cancel)
}

fn conducted(
    args: &[OsString],
    started: Instant,
    console: &mut Console<'_>,
    cancel: &Cancel,
) -> Exit {
    let mut parsed = cli::parse(args);
    if let Ok(request) = &mut parsed {
        process::lower_threads(request, console);
    }
    let done = match parsed {
        Ok(Request::Audit(request)) => audit::audit(&request, started, console, cancel),
        Ok(Request::Compare(request)) => compare::compare(&request, console, cancel),
        Ok(Request::Gate(request)) => gate::gate(&request, console, cancel),
        Ok(Request::Probe(request)) => probe::probe(&request, console, cancel),
        Ok(Request::Shard(request)) => shard::shard(*request, started, console, cancel),
        #[cfg(feature = "train")]
        Ok(Request::Train(request)) => match request.preset {
            Some(preset) => study::study(preset, &request, console, cancel),
            None => train::train(&request, console, cancel),
        },
        #[cfg(feature = "train")]
        Ok(Request::Embed(request)) => embed::embed(&request, console),
        Ok(Request::Devices { json }) => devices(json, console),
        Ok(Request::Explain(metric)) => explain(metric, console),
        Ok(Request::Generate(what)) => generate(what, console),
        Err(error) => usage(error, args, console),
    };
    done.unwrap_or_else(|error| {
        console.error(error.as_ref());
        Exit::Trouble
    })
}

fn explain(topic: Option<Topic>, console: &mut Console<'_>) -> anyhow::Result<Exit> {
    let text = match topic {
        Some(Topic::Metric(id)) => metric::explain(id),
        Some(Topic::Finding(id)) => explain_finding(id),
        None => metrics(console.style(false)),
    };
    print(text.as_bytes(), console)?;
    Ok(Exit::Fine)
}

fn generate(what: Generated, console: &mut Console<'_>) -> anyhow::Result<Exit> {
    print(&cli::generated(what)?, console)?;
    Ok(Exit::Fine)
}

/// What is here, what can be used, and why the rest cannot.
fn devices(json: bool, console: &mut Console<'_>) -> anyhow::Result<Exit> {
    let devices = backend::devices().into_iter().map(|listed| DeviceStatus {
        usable: listed.trouble.is_none(),
        device: listed.device,
        model: listed.model,
        trouble: listed.trouble,
    });
    let devices: Vec<DeviceStatus> = devices.collect();
    let format = if json { Format::Json } else { Format::Table };
    print(
        &render(&devices[..], format, console.style(false))?,
        console,
    )?;
    Ok(Exit::Fine)
}

/// `--help` and `--version` are data; wrong usage is not.
fn usage(error: clap::Error, args: &[OsString], console: &mut Console<'_>) -> anyhow::Result<Exit> {
    let text = |error: &clap::Error, colour: bool| match colour {
        true => error.render().ansi().to_string(),
        false => error.render().to_string(),
    };
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
        console.verbatim(text(&error, console.colour_err()).trim_end());
        return Ok(Exit::Trouble);
    }
    print(text(&error, console.colour_out()).as_bytes(), console)?;
    Ok(Exit::Fine)
}
