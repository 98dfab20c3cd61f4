//! What commands that report say, and where.

use crate::report::Format;

#[derive(clap::Args, Clone)]
pub(super) struct OutputArgs {
    /// Form of the report on standard output
    #[arg(long, value_enum, default_value = "table", help_heading = "Output")]
    pub(super) format: Format,
    /// No progress bar
    #[arg(long, help_heading = "Output")]
    no_progress: bool,
    /// Nothing on standard error but errors
    #[arg(long, help_heading = "Output")]
    pub(super) quiet: bool,
}

impl OutputArgs {
    /// Whether a progress bar is wanted.
    pub(super) fn progress(&self) -> bool {
        !self.no_progress && !self.quiet
    }
}
