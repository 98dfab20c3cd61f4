//! `--threads` for the tensor library's own pool.
//!
//! candle adds and multiplies large tensors on threads that it starts itself, as many as CANDLE_NUM_THREADS said when it
//! started the first (the machine's cores, where nothing was said): nothing that a program calls changes that later, and a
//! process may not safely change its own environment. So training on fewer threads begins the program once more.

use std::ffi::OsString;
use std::process::{Command, ExitCode};

use crate::cli::{self, Request};

const VARIABLE: &str = "CANDLE_NUM_THREADS";

/// Begins the program anew where `args` bound the threads of training. On Unix in the same process: this returns only if
/// that is not wanted or not possible. Elsewhere as a child, whose status it gives.
pub(super) fn bound(args: &[OsString]) -> Option<ExitCode> {
    if std::env::var_os(VARIABLE).is_some() {
        return None;
    }
    let threads = match cli::parse(args) {
        Ok(Request::Train(request)) => request.threads,
        Ok(Request::Embed(request)) => request.threads,
        _ => None,
    }?;
    let mut command = Command::new(std::env::current_exe().ok()?);
    command
        .args(args.iter().skip(1))
        .env(VARIABLE, threads.to_string());
    begin(command, args)
}

#[cfg(unix)]
fn begin(mut command: Command, args: &[OsString]) -> Option<ExitCode> {
    use std::os::unix::process::CommandExt;
    if let Some(name) = args.first() {
        command.arg0(name);
    }
    // It comes back only where the system refuses; candle's pool is then as large as the machine.
    let _ = command.exec();
    None
}

#[cfg(not(unix))]
fn begin(mut command: Command, _: &[OsString]) -> Option<ExitCode> {
    let code = command.status().ok()?.code()?;
    u8::try_from(code).ok().map(ExitCode::from)
}
