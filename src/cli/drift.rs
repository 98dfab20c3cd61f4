//! What rows are held against for drift.

use std::path::PathBuf;

use super::request::{DriftRequest, Source};
use super::values::count;

#[derive(clap::Args, Clone)]
#[command(next_help_heading = "Drift")]
pub(super) struct DriftArgs {
    /// Also measure how far the rows (of two views, the first) lie from those of this reference, with a test and a
    /// classifier; the same options say what the numbers of both files mean
    #[arg(long, value_name = "REFERENCE")]
    #[arg(conflicts_with_all = ["budget", "max_error", "dry_run"])]
    pub(super) drift_from: Option<PathBuf>,
    /// Tensor, member, key or columns of the reference [default: those of the first file]
    #[arg(long, value_name = "NAME", requires = "drift_from")]
    drift_tensor: Option<String>,
    /// Groups of the rows of the reference, as --groups says those of the new ones: whole groups are dealt in the test.
    /// Files as for --labels
    #[arg(long, value_name = "FILE", requires_all = ["drift_from", "groups"])]
    drift_groups: Option<PathBuf>,
    /// Tensor, member, column or key of these groups
    #[arg(long, value_name = "NAME", requires = "drift_groups")]
    drift_groups_tensor: Option<String>,
    /// Random deals of the rows behind drift_p, at most 9999 [default: 199, or what a policy asks for]
    #[arg(long, value_name = "B", value_parser = count, requires = "drift_from")]
    drift_permutations: Option<usize>,
}

impl DriftArgs {
    /// With what the first file is read by, and whether its rows have groups.
    pub(super) fn request(
        self,
        tensor: Option<&str>,
        grouped: bool,
    ) -> Result<Option<DriftRequest>, String> {
        let Some(path) = self.drift_from else {
            return Ok(None);
        };
        if grouped && self.drift_groups.is_none() {
            return Err(format!(
                "--groups deals whole groups, but those of {} are not given; give --drift-groups too, or --groups none",
                path.display()
            ));
        }
        let groups = |path| Source::new(path, self.drift_groups_tensor);
        Ok(Some(DriftRequest {
            reference: Source::new(path, self.drift_tensor.or(tensor.map(str::to_owned))),
            groups: self.drift_groups.map(groups).filter(|_| grouped),
            permutations: self.drift_permutations,
        }))
    }
}
