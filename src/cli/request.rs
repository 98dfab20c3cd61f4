//! What an audit is asked, as the command line says it, and what other requests share with it.

use std::path::{Path, PathBuf};

use super::values::count;
use crate::audit::Settings;
use crate::backend::DeviceChoice;
use crate::input::{Meant, PairsBy};
use crate::num::Storage;
use crate::report::{Figures, Format};

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
#[command(next_help_heading = "Output")]
pub struct Output {
    /// Form of the report on standard output
    #[arg(long, value_enum, default_value = "table")]
    pub format: Format,
    /// No progress bar
    #[arg(long)]
    pub(super) no_progress: bool,
    /// Nothing on standard error but errors
    #[arg(long)]
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
    /// What the numbers of the first file mean, and of the second.
    pub meant: [Meant; 2],
    /// The form in which the rows are copied before they are audited.
    pub copied: Option<Storage>,
    /// Which rows are positives of each other.
    pub positives: PositivesSource,
    /// Whether listed pairs are rows or ids.
    pub pairs_by: PairsBy,
    /// A score for each pair.
    pub scores: Option<Source>,
    /// Groups of rows that are no independent draws.
    pub groups: Option<Source>,
    /// Ids and slices of the rows.
    pub items: ItemSources,
    /// Part of a split that each row is in.
    pub split: Option<Source>,
    /// Words of the rows, of the first view and of the second; one for both where row i of both is one thing.
    pub texts: Vec<Source>,
    /// What the rows are held against for drift.
    pub drift: Option<DriftRequest>,
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
    /// Whether reports leave out paths, ids, texts and names.
    pub redact: bool,
    /// Directory for reports in every form.
    pub out: Option<PathBuf>,
    /// What is asked of the figures there.
    pub figures: Figures,
    /// Threads of the passes; all cores when absent.
    pub threads: Option<usize>,
    /// Where all pairs are walked.
    pub device: DeviceChoice,
}

/// A reference, and how rows are held against it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DriftRequest {
    /// Its rows.
    pub reference: Source,
    /// Groups of its rows.
    pub groups: Option<Source>,
    /// Random deals, where a number was given.
    pub permutations: Option<usize>,
}

/// Where positives come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PositivesSource {
    /// Nowhere: only the rows are audited.
    None,
    /// Row i of the first view with row i of the second.
    Aligned,
    /// Rows of the same id, of which each view has its own.
    Joined,
    /// A file of pairs of rows, or of ids.
    Pairs(Source),
    /// Judgements of which rows of the second view answer which of the first, by ids.
    Qrels(PathBuf),
    /// A file of labels.
    Labels(Source),
}

#[derive(clap::Args, Clone)]
#[command(next_help_heading = "Items")]
pub(super) struct ItemArgs {
    /// Ids, one for each row. Given once for each of two views, rows of the same id belong together, whatever their
    /// places; comparisons join rows by id, too (compare takes it once, or once for each model). Files as for --labels
    #[arg(long, value_name = "FILE", action = clap::ArgAction::Append)]
    pub(super) ids: Vec<PathBuf>,
    /// Tensor, member, column or key of the ids; once for all, or once for each file of ids (`-` for one without).
    /// Without --ids, of the files of embeddings themselves
    #[arg(long, value_name = "NAME", action = clap::ArgAction::Append)]
    pub(super) ids_tensor: Vec<String>,
    /// Slices (languages, sources, ...), one name for each row: every number also on each of them. Files as for --labels
    #[arg(long, value_name = "FILE")]
    pub(super) slices: Option<PathBuf>,
    /// Tensor, member, column or key of the slices
    #[arg(long, value_name = "NAME", requires = "slices")]
    pub(super) slices_tensor: Option<String>,
    /// Fewest rows of a slice that is looked at
    #[arg(long, value_name = "N", default_value_t = 50, value_parser = count, requires = "slices")]
    pub(super) slice_min: usize,
}

/// Ids and slices of an audit's rows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ItemSources {
    /// Ids of the rows of the first view; of aligned views, of both.
    pub ids: Option<Source>,
    /// Ids of the rows of the second view, where it has its own.
    pub ids_b: Option<Source>,
    /// Slices of the rows.
    pub slices: Option<Source>,
    /// Fewest rows of a slice that is audited.
    pub slice_min: usize,
}

impl ItemArgs {
    /// Those of one model, whose files of embeddings are `views`.
    pub(super) fn sources(self, views: &[&Path]) -> Result<ItemSources, String> {
        let (slices, tensors) = (self.slices, self.ids_tensor);
        let files: Vec<PathBuf> = match self.ids.is_empty() && !tensors.is_empty() {
            true => views.iter().map(|&view| view.to_owned()).collect(),
            false => self.ids,
        };
        let found = files.len();
        if found > views.len() {
            return Err(match views.len() {
                1 => format!(
                    "--ids is given {found} times for one model; `spherecheck compare` takes it once for each model"
                ),
                _ => format!("--ids is given {found} times, expected at most once for each view"),
            });
        }
        if tensors.len() > found {
            return Err(format!(
                "--ids-tensor is given {} times for {found} file{} of ids; give it once for all, or once for each",
                tensors.len(),
                if found == 1 { "" } else { "s" }
            ));
        }
        let of = |at: usize| {
            tensors
                .get(at)
                .or(tensors.first())
                .and_then(|name| named(name))
        };
        let mut ids = (0..).zip(files).map(|(at, path)| Source::new(path, of(at)));
        Ok(ItemSources {
            ids: ids.next(),
            ids_b: ids.next(),
            slices: slices.map(|path| Source::new(path, self.slices_tensor)),
            slice_min: self.slice_min,
        })
    }
}

/// The tensors of both views that --tensor names, given never, once for both or once for each.
pub(super) fn tensors(
    names: &[String],
    two: bool,
) -> Result<(Option<String>, Option<String>), String> {
    match (names, two) {
        ([], _) => Ok((None, None)),
        ([both], _) => Ok((named(both), named(both))),
        ([a, b], true) => Ok((named(a), named(b))),
        ([_, _], false) => Err("--tensor is given twice but there is one file; \
                                to compare two tensors of one file, name the file twice"
            .to_owned()),
        (more, _) => Err(format!(
            "--tensor is given {} times, expected at most one for each view",
            more.len()
        )),
    }
}

/// A name of a tensor; `-` stands for none, so that a file that needs no name can be passed over.
pub(super) fn named(tensor: &str) -> Option<String> {
    (tensor != "-").then(|| tensor.to_owned())
}

impl AuditRequest {
    /// Whether positives are named; a file may hold two views of its own besides.
    pub fn has_positives(&self) -> bool {
        self.b.is_some() || !matches!(self.positives, PositivesSource::None)
    }

    /// Without the files that go by the rows of another model: its positives and groups.
    pub(super) fn rows_alone(self) -> Self {
        let positives = match (self.positives, &self.b) {
            (PositivesSource::Joined, _) => PositivesSource::Joined,
            (_, Some(_)) => PositivesSource::Aligned,
            (_, None) => PositivesSource::None,
        };
        Self {
            positives,
            scores: None,
            groups: None,
            ..self
        }
    }
}
