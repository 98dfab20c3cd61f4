//! The words of `spherecheck devices`.

use clap::ValueEnum;

/// What `--help` ends with.
pub(super) const DEVICES_EXAMPLES: &str = "\
Examples:
  What `audit --device` can be given here, and why not the rest:
    spherecheck devices

  For programs:
    spherecheck devices --format json";

#[derive(clap::Args)]
pub(super) struct DevicesArgs {
    /// Form of the list
    #[arg(long, value_enum, default_value = "table")]
    format: ListFormat,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum ListFormat {
    /// For reading in a terminal
    Table,
    /// For programs
    Json,
}

impl DevicesArgs {
    pub(super) fn json(&self) -> bool {
        self.format == ListFormat::Json
    }
}
