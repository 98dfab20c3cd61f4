//! The conductor: one short function for each subcommand, from arguments to an exit status.
//!
//! The order is part of the promise: whatever can refuse cheaply (usage, files, the output directory) does so before
//! the pass, and nothing is written before everything is known.

mod audit;
mod compare;
mod devices;
mod exit;
mod gate;
mod measure;
mod probe;
#[cfg(feature = "train")]
mod study;
mod threads;
#[cfg(feature = "train")]
mod train;
mod walker;
mod zoo;

use std::ffi::OsString;
use std::process::ExitCode;

use anyhow::Context;

use crate::cli::{self, Request};
use crate::console::{Cancel, Console};
use crate::input;
use crate::metric::{self, MetricId};
use crate::report::{metrics, printable};

pub use exit::Exit;

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
        Ok(Request::Audit(request)) => audit::audit(&request, console, cancel),
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

fn explain(metric: Option<MetricId>, console: &mut Console<'_>) -> anyhow::Result<Exit> {
    let text = metric.map_or_else(|| metrics(console.style(false)), metric::explain);
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
