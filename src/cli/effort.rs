//! How long an audit may take, or how exact an estimate is to be.

use super::values::{duration, max_error};
use crate::audit::Effort;
use crate::report::Format;

#[derive(clap::Args, Clone)]
#[command(next_help_heading = "When exact takes too long")]
pub(super) struct EffortArgs {
    /// Take this time for each audit, e.g. 10s, 500ms, 2m: estimate what sees pairs of rows, or see all pairs if that
    /// fits. A time that is too short for the least estimate is refused, with what that takes
    #[arg(long, value_name = "TIME", value_parser = duration, allow_hyphen_values = true)]
    #[arg(conflicts_with_all = ["max_error", "verify", "slices"])]
    budget: Option<f64>,
    /// Estimate until sampling pairs brings no larger a standard error into uniformity and the uniform terms, e.g. 1e-3;
    /// the exact pass, if that is less work
    #[arg(long, value_name = "ERROR", value_parser = max_error, allow_hyphen_values = true)]
    #[arg(conflicts_with = "verify")]
    max_error: Option<f64>,
    /// Print rows, pairs, flops, memory and the expected time, and stop
    #[arg(long, conflicts_with = "out")]
    pub(super) dry_run: bool,
}

impl EffortArgs {
    /// # Errors
    /// Where a forecast is to be printed in a form that has none.
    pub(super) fn check(&self, format: Format) -> Result<(), String> {
        match self.dry_run && !matches!(format, Format::Table | Format::Json) {
            true => Err(
                "--dry-run is printed as a table or as JSON; give --format table or --format json"
                    .to_owned(),
            ),
            false => Ok(()),
        }
    }

    pub(super) fn effort(&self) -> Effort {
        match (self.budget, self.max_error) {
            (Some(seconds), _) => Effort::Seconds(seconds),
            (None, Some(error)) => Effort::MaxError(error),
            (None, None) => Effort::Exact,
        }
    }
}
