//! What libraries read when a process starts: how many threads they may start, and which memory they keep.

use std::ffi::OsString;
use std::process::{Command, ExitCode};
use std::thread::available_parallelism;

use crate::cli::{self, Request};
use crate::console::Console;

/// Threads of a core, at most: more only wait for each other, and thousands stop the machine.
const EACH: usize = 4;

/// What candle adds and multiplies large tensors on: threads that it starts itself, as many as this says when it starts
/// the first.
const CANDLE: &str = "CANDLE_NUM_THREADS";
/// What rayon, candle and polars read when they start their threads.
const VARIABLES: [&str; 4] = [
    "RAYON_NUM_THREADS",
    "RAYON_RS_NUM_CPUS",
    CANDLE,
    "POLARS_MAX_THREADS",
];

/// What glibc goes by: it keeps memory that was freed, for all threads alike. A step of training frees as much as the next
/// one needs, and to have it from the kernel anew takes up to a quarter of the processor's time.
#[cfg(feature = "train")]
const KEPT: &[(&str, u64)] = if cfg!(all(target_os = "linux", target_env = "gnu")) {
    &[
        ("MALLOC_ARENA_MAX", 1),
        ("MALLOC_MMAP_THRESHOLD_", 1 << 32),
        ("MALLOC_TRIM_THRESHOLD_", 1 << 34),
    ]
} else {
    &[]
};

fn most() -> usize {
    available_parallelism().map_or(1, usize::from) * EACH
}

fn lowered(name: &str, asked: usize) -> String {
    format!(
        "{name} {asked} is lowered to {}: more than {EACH} threads a core only wait for each other",
        most()
    )
}

/// Lowers `--threads` to what can be of use, and says so.
pub(super) fn lower_threads(request: &mut Request, console: &mut Console<'_>) {
    let Some((threads, quiet)) = request.threads() else {
        return;
    };
    if *threads > most() {
        if !quiet {
            console.note(lowered("--threads", *threads));
        }
        *threads = most();
    }
}

/// Begins the program anew where `args` train, or a variable asks for too many threads: a process may not safely change its
/// own environment. On Unix in the same process: this returns only if that is not wanted or not possible. Elsewhere as a
/// child, whose status it gives.
pub(super) fn begin_anew(args: &[OsString]) -> Option<ExitCode> {
    let too_many = VARIABLES.iter().filter_map(|name| {
        let asked: usize = std::env::var(name).ok()?.parse().ok()?;
        (asked > most()).then_some((*name, asked))
    });
    let too_many: Vec<_> = too_many.collect();
    let lowered_to = too_many.iter().map(|(name, _)| (*name, most() as u64));
    let set: Vec<_> = lowered_to.chain(of_training(args)).collect();
    if set.is_empty() {
        return None;
    }
    let mut console = Console::from_terminal(cli::colour(args));
    for (name, asked) in too_many {
        console.note(lowered(name, asked));
    }
    let mut command = Command::new(std::env::current_exe().ok()?);
    command.args(args.iter().skip(1));
    command.envs(set.iter().map(|(name, value)| (name, value.to_string())));
    begin(command, args)
}

/// What training is begun with, of that for which nobody set anything.
#[cfg(feature = "train")]
fn of_training(args: &[OsString]) -> Vec<(&'static str, u64)> {
    let Ok(mut request @ (Request::Train(_) | Request::Embed(_))) = cli::parse(args) else {
        return Vec::new();
    };
    let threads = request.threads();
    let threads = threads.map(|(threads, _)| (CANDLE, most().min(*threads) as u64));
    let mut all: Vec<_> = KEPT.iter().copied().chain(threads).collect();
    all.retain(|(name, _)| std::env::var_os(name).is_none());
    all
}

#[cfg(not(feature = "train"))]
fn of_training(_: &[OsString]) -> Vec<(&'static str, u64)> {
    Vec::new()
}

#[cfg(unix)]
fn begin(mut command: Command, args: &[OsString]) -> Option<ExitCode> {
    use std::os::unix::process::CommandExt;
    if let Some(name) = args.first() {
        command.arg0(name);
    }
    // It comes back only where the system refuses; libraries then start as many threads as they like.
    let _ = command.exec();
    None
}

#[cfg(not(unix))]
fn begin(mut command: Command, _: &[OsString]) -> Option<ExitCode> {
    let code = command.status().ok()?.code()?;
    u8::try_from(code).ok().map(ExitCode::from)
}
