//! How a run ends.

use std::process::ExitCode;

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
