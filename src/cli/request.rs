//! What an audit is asked, as the command line says it, and what other requests share with it.

use std::path::PathBuf;

use super::values::count;
use crate::audit::Settings;
use crate::backend::DeviceChoice;
use crate::report::Format;

/// A file, and which tensor, member or column(s) of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// The file.
    pub path: PathBuf,
    /// Tensor, member or column(s), where the file has more than one.
    pub tensor: Option<String>,
}

impl Source {
    pub(super) fn new(path: PathBuf, tensor: Option<String>) -> Self {
        Self { path, tensor }
    }
}

/// What commands that report say, and where.
#[derive(clap::Args, Clone, Debug)]
pub struct Output {
    /// Form of the report on standard output
    #[arg(long, value_enum, default_value = "table", help_heading = "Output")]
    pub format: Format,
    /// No progress bar
    #[arg(long, help_heading = "Output")]
    no_progress: bool,
    /// Nothing on standard error but errors
    #[arg(long, help_heading = "Output")]
    pub quiet: bool,
}

impl Output {
    /// Whether a progress bar is wanted.
    pub fn progress(&self) -> bool {
        !self.no_progress && !self.quiet
    }
}

/// One audit: where rows and positives are, what to compute, where results go.
#[derive(Clone, Debug)]
pub struct AuditRequest {
    /// First (or only) view.
    pub a: Source,
    /// Second view.
    pub b: Option<Source>,
    /// Which rows are positives of each other.
    pub positives: PositivesSource,
    /// Groups of rows that are no independent draws.
    pub groups: Option<Source>,
    /// Ids and slices of the rows.
    pub items: ItemSources,
    /// Words of the rows, of the first view and of the second; one for both where row i of both is one thing.
    pub texts: Vec<Source>,
    /// Reference encoders to place the model among: a folder with `zoo.json`, or that file.
    pub against: Option<PathBuf>,
    /// Exponents, temperatures and policies.
    pub settings: Settings,
    /// Whether only the work is told.
    pub dry_run: bool,
    /// What is said on stdout and stderr.
    pub output: Output,
    /// Whether the table lists derived measures too.
    pub details: bool,
    /// Directory for reports in every form.
    pub out: Option<PathBuf>,
    /// Threads of the passes; all cores when absent.
    pub threads: Option<usize>,
    /// Where all pairs are walked.
    pub device: DeviceChoice,
}

/// Where positives come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PositivesSource {
    /// Nowhere: only the rows are audited.
    None,
    /// Row i of the first view with row i of the second.
    Aligned,
    /// A file of index pairs.
    Pairs(Source),
    /// A file of labels.
    Labels(Source),
}

#[derive(clap::Args, Clone)]
pub(super) struct ItemArgs {
    /// Ids, one for each row: comparisons then join rows by id, not by place (compare takes it once, or once for each
    /// model). Files as for --labels
    #[arg(long, value_name = "FILE", help_heading = "Items", action = clap::ArgAction::Append)]
    pub(super) ids: Vec<PathBuf>,
    /// Tensor, member or column of the ids
    #[arg(long, value_name = "NAME", requires = "ids", help_heading = "Items")]
    pub(super) ids_tensor: Option<String>,
    /// Slices (languages, sources, ...), one name for each row: every number also on each of them. Files as for --labels
    #[arg(long, value_name = "FILE", help_heading = "Items")]
    pub(super) slices: Option<PathBuf>,
    /// Tensor, member or column of the slices
    #[arg(long, value_name = "NAME", requires = "slices", help_heading = "Items")]
    pub(super) slices_tensor: Option<String>,
    /// Fewest rows of a slice that is looked at
    #[arg(long, value_name = "N", default_value_t = 50, value_parser = count, help_heading = "Items")]
    pub(super) slice_min: usize,
}

/// Ids and slices of an audit's rows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ItemSources {
    /// Ids of the rows.
    pub ids: Option<Source>,
    /// Slices of the rows.
    pub slices: Option<Source>,
    /// Fewest rows of a slice that is audited.
    pub slice_min: usize,
}

impl ItemArgs {
    /// Those of one model.
    pub(super) fn sources(self) -> ItemSources {
        let slices = self.slices;
        ItemSources {
            ids: (self.ids.into_iter().next()).map(|path| Source::new(path, self.ids_tensor)),
            slices: slices.map(|path| Source::new(path, self.slices_tensor)),
            slice_min: self.slice_min,
        }
    }
}

impl AuditRequest {
    /// Without the files that go by the rows of another model: its positives and groups.
    pub(super) fn rows_alone(self) -> Self {
        let positives = match self.b {
            Some(_) => PositivesSource::Aligned,
            None => PositivesSource::None,
        };
        Self {
            positives,
            groups: None,
            ..self
        }
    }
}
