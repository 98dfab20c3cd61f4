//! How a run ends, and what is said then.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;

use crate::cli::Output;
use crate::console::{Cancel, Console, Progress};

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
    /// Ctrl-C, as shells report it, or SIGTERM.
    Interrupted = 130,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        ExitCode::from(exit as u8)
    }
}

/// Does the long part of a run, under a progress bar if one is wanted. None when it was interrupted, which is said.
pub(super) fn watched<T>(
    bar: bool,
    console: &mut Console<'_>,
    cancel: &Cancel,
    work: impl FnOnce(&Progress) -> anyhow::Result<T>,
) -> anyhow::Result<Option<T>> {
    let watch = console.progress(bar, cancel);
    let done = work(&watch);
    drop(watch);
    if cancel.requested() {
        console.note("interrupted; nothing was written");
        return Ok(None);
    }
    done.map(Some)
}

pub(super) fn print(data: &[u8], console: &mut Console<'_>) -> anyhow::Result<()> {
    console
        .data(data)
        .context("standard output takes no more data")
}

/// Prints a report, writes files and says which. A stdout that takes nothing must not cost the user the files as well:
/// its error waits.
pub(super) fn deliver(
    report: &[u8],
    output: &Output,
    console: &mut Console<'_>,
    write: impl FnOnce() -> anyhow::Result<Vec<PathBuf>>,
) -> anyhow::Result<()> {
    let printed = print(report, console);
    say_written(&write()?, output.quiet, console);
    printed
}

/// Says what was decided where something could mean two things.
pub(super) fn say_notes(notes: &[String], quiet: bool, console: &mut Console<'_>) {
    for note in notes.iter().filter(|_| !quiet) {
        console.note(format_args!("note: {note}"));
    }
}

pub(super) fn say_written(paths: &[PathBuf], quiet: bool, console: &mut Console<'_>) {
    for path in paths.iter().filter(|_| !quiet) {
        console.note(format_args!("wrote {}", path.display()));
    }
}
