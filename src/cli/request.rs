//! What an audit is asked, as the command line says it.

use std::path::PathBuf;

use super::items::ItemSources;
use super::source::Source;
use crate::audit::Settings;
use crate::backend::DeviceChoice;
use crate::report::Format;

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
    /// Reference encoders to place the model among: a folder with `zoo.json`, or that file.
    pub against: Option<PathBuf>,
    /// Exponents, temperatures and policies.
    pub settings: Settings,
    /// Whether only the work is told.
    pub dry_run: bool,
    /// Form of the report on stdout.
    pub format: Format,
    /// Whether the table lists derived measures too.
    pub details: bool,
    /// Directory for reports in every form.
    pub out: Option<PathBuf>,
    /// Threads of the passes; all cores when absent.
    pub threads: Option<usize>,
    /// Where all pairs are walked.
    pub device: DeviceChoice,
    /// Whether a progress bar is wanted.
    pub progress: bool,
    /// Whether stderr is kept to errors.
    pub quiet: bool,
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
