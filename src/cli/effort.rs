//! How long an audit may take, or how exact an estimate is to be.

use super::values::{duration, max_error, refuse_if};
use crate::audit::Effort;
use crate::report::Format;

#[derive(clap::Args, Clone)]
#[command(next_help_heading = "When exact takes too long")]
pub(super) struct EffortArgs {
    /// Time limit for each audit, such as 10s, 500ms or 2m: pairs are sampled if the exact computation would take longer. A
    /// limit that is too short for the smallest sample is refused, with what that takes
    #[arg(long, value_name = "TIME", value_parser = duration, allow_hyphen_values = true)]
    #[arg(conflicts_with_all = ["max_error", "verify", "slices"])]
    budget: Option<f64>,
    /// Sample pairs until the sampling error of uniformity and of the uniform terms is below this, such as 1e-3; all pairs, if
    /// that is less work
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
        refuse_if(
            self.dry_run && !matches!(format, Format::Table | Format::Json),
            "--dry-run is printed as a table or as JSON; give --format table or --format json",
        )
    }

    pub(super) fn effort(&self) -> Effort {
        match (self.budget, self.max_error) {
            (Some(seconds), _) => Effort::Seconds(seconds),
            (None, Some(error)) => Effort::MaxError(error),
            (None, None) => Effort::Exact,
        }
    }
}
