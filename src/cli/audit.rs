//! `spherecheck audit`: its words, which `compare` and `gate` share.

pub(super) mod examples;

use std::path::{Path, PathBuf};

use clap::ArgAction;

use super::asked::AskedArgs;
use super::copies::CopyArgs;
use super::drift::DriftArgs;
use super::effort::EffortArgs;
use super::figures::FigureArgs;
use super::meaning::{MeaningArgs, chosen};
use super::offenders::OffenderArgs;
use super::positives::PositiveArgs;
use super::request::{AuditRequest, ItemArgs, Output, Source, tensors};
use super::search::SearchArgs;
use super::values::{
    NegativeCounts, count, distinct, level, negatives, positive, refuse_if, whole,
};
use crate::audit::{Compat, PrecisionChoice, Settings};
use crate::backend::DeviceChoice;
use crate::data::{Normalize, ZeroRows};
use crate::report::FigureForm;

#[derive(clap::Args, Clone)]
pub(super) struct AuditArgs {
    /// File of embeddings, one row each: .npy, .npz, .safetensors, .parquet, .arrow, .feather, JSON lines, word vectors
    /// (GloVe, word2vec), .csv, .tsv, or .fvecs, .bvecs, .ivecs, .fbin, .f16bin, .i8bin, .u8bin; any of them packed (.gz,
    /// .zst); or several of them read as one: a folder, a pattern in quotes ('emb_*.npy'), or model.safetensors.index.json
    pub(super) embeddings: PathBuf,
    /// Second view of the same things; without --pairs, row i belongs with row i, or with --ids for each of the two the
    /// row of the same id
    pub(super) second_view: Option<PathBuf>,
    /// Tensor, member, key of JSON lines or columns to read (`a,b,c`, `d*`); give it twice to name another one for the
    /// second view (`-` for a view without)
    #[arg(long, value_name = "NAME", action = ArgAction::Append, aliases = ["column", "columns"])]
    #[arg(help_heading = "Rows")]
    pub(super) tensor: Vec<String>,
    /// One view of an n x views x d array, counted from 0; give it twice for both views of one file. Without it, n x 2 x d
    /// is two views
    #[arg(long, value_name = "I", value_parser = whole::<usize>, action = ArgAction::Append)]
    #[arg(help_heading = "Rows")]
    pub(super) view: Vec<usize>,
    #[command(flatten)]
    pub(super) meaning: MeaningArgs,

    #[command(flatten)]
    pub(super) positives: PositiveArgs,

    /// Exponents of alignment: mean distance of positive pairs to the power alpha
    #[arg(long, value_name = "ALPHA,..", default_value = "1,2")]
    #[arg(help_heading = "Metrics")]
    #[arg(value_delimiter = ',', value_parser = positive, allow_hyphen_values = true)]
    pub(super) alpha: Vec<f64>,
    /// Widths of uniformity: log mean of exp(-t times squared distance) over all pairs
    #[arg(long, value_name = "T,..", default_value = "2")]
    #[arg(help_heading = "Metrics")]
    #[arg(value_delimiter = ',', value_parser = positive, allow_hyphen_values = true)]
    pub(super) t: Vec<f64>,
    /// Temperatures of the contrastive loss
    #[arg(long, value_name = "TAU,..", default_value = "0.07,0.5")]
    #[arg(help_heading = "Metrics")]
    #[arg(value_delimiter = ',', value_parser = positive, allow_hyphen_values = true)]
    pub(super) tau: Vec<f64>,

    /// Level of the intervals
    #[arg(long, value_name = "C", default_value_t = 0.95)]
    #[arg(help_heading = "Errors")]
    #[arg(value_parser = level, allow_hyphen_values = true)]
    pub(super) confidence: f64,
    /// Group of each row of the first file, such as its document or user, where rows within a group are not independent:
    /// pairs within a group are left out, and errors come from leaving whole groups out. Files as for --labels. Without it,
    /// rows that --pairs joins are one group, where it joins few; `none`: all rows are independent
    #[arg(long, value_name = "FILE|none", help_heading = "Errors")]
    pub(super) groups: Option<PathBuf>,
    /// Tensor, member, column or key of the groups
    #[arg(long, value_name = "NAME", requires = "groups")]
    #[arg(help_heading = "Errors")]
    pub(super) groups_tensor: Option<String>,

    /// Also the contrastive loss itself, at these numbers of negatives, e.g. 16,256,4096,65536; LOW..HIGH: 1, 2, 5, 10, 20,
    /// ... between them
    #[arg(long, value_name = "M,..", help_heading = "Metrics")]
    #[arg(value_delimiter = ',', value_parser = negatives, allow_hyphen_values = true)]
    pub(super) negatives: Vec<NegativeCounts>,

    /// Also numbers as other code prints them: ssnl (align_uniform), simcse (both views pooled), batch:SIZE (means over
    /// batches of rows in the order of the file, e.g. batch:768), RankMe as stable-pretraining, reptrix or ssrlib has it
    #[arg(long, value_name = "CODE,..", help_heading = "Metrics")]
    #[arg(value_delimiter = ',', value_parser = Compat::parse)]
    pub(super) compat: Vec<Compat>,
    #[command(flatten)]
    pub(super) searched: SearchArgs,
    #[command(flatten)]
    pub(super) asked: AskedArgs,
    /// Also place the model among reference encoders: a folder that `spherecheck train --preset zoo` wrote
    #[arg(long, value_name = "DIR", help_heading = "Metrics")]
    pub(super) against: Option<PathBuf>,

    /// How rows are normalised
    #[arg(long, value_enum, default_value = "l2", help_heading = "Rows")]
    pub(super) normalize: Normalize,
    /// What to do with rows of norm 0, which have no direction
    #[arg(long, value_name = "POLICY", value_enum, default_value = "reject")]
    #[arg(help_heading = "Rows")]
    pub(super) zero_rows: ZeroRows,
    #[command(flatten)]
    pub(super) copies: CopyArgs,
    /// Audit a sample of so many rows of the first file, drawn with --seed (of aligned views with their partners): for a
    /// first look. The report says so
    #[arg(long, value_name = "N", value_parser = count, help_heading = "Rows")]
    pub(super) sample: Option<usize>,

    #[command(flatten)]
    pub(super) drift: DriftArgs,
    #[command(flatten)]
    pub(super) items: ItemArgs,

    #[command(flatten)]
    pub(super) output: Output,
    /// Also show derived metrics: gaps to the ideal, the loss at each number of negatives
    #[arg(long, help_heading = "Output")]
    pub(super) details: bool,
    /// Also write every report, with report.html and figures, into this directory
    #[arg(long, value_name = "DIR", help_heading = "Output")]
    pub(super) out: Option<PathBuf>,
    /// Leave paths, ids, texts and names out of every report: models are called a, b, ... or by --name, slices slice 1,
    /// ...; errors still name files
    #[arg(long, conflicts_with = "dry_run", help_heading = "Output")]
    pub(super) redact: bool,
    #[command(flatten)]
    pub(super) drawing: FigureArgs,
    #[command(flatten)]
    pub(super) blame: OffenderArgs,

    #[command(flatten)]
    pub(super) effort: EffortArgs,

    /// Recompute random rows in double precision and report the largest difference; 1000 rows unless stated
    #[arg(long, value_name = "ROWS", num_args = 0..=1, require_equals = true, default_missing_value = "1000")]
    #[arg(value_parser = count, help_heading = "Run")]
    pub(super) verify: Option<usize>,
    /// What rows are rounded to in the pass over all pairs. The error that this makes is measured on random rows and
    /// added to the intervals
    #[arg(long, value_enum, default_value = "f32", help_heading = "Run")]
    pub(super) precision: PrecisionChoice,
    /// Seed of everything random: the groups behind standard errors, the rows of --verify and --sample, the pairs of an
    /// estimate
    #[arg(long, value_name = "N", value_parser = whole::<u64>, default_value_t = 0)]
    #[arg(help_heading = "Run")]
    pub(super) seed: u64,
    /// Threads; numbers do not depend on it [default: all cores]
    #[arg(long, value_name = "N", value_parser = count, help_heading = "Run")]
    pub(super) threads: Option<usize>,
    /// Where all pairs are computed: auto, cpu, cuda:N, cuda:all or metal. Auto takes an NVIDIA GPU when there is one and
    /// the data are large enough
    #[arg(long, value_name = "DEVICE", default_value = "auto")]
    #[arg(help_heading = "Run")]
    pub(super) device: DeviceChoice,
}

impl AuditArgs {
    /// For another subcommand than `audit`.
    pub(super) fn shared_request(self) -> Result<AuditRequest, String> {
        let given = [
            ("--dry-run", self.effort.dry_run),
            ("--against", self.against.is_some()),
            ("--offenders", self.blame.offenders),
        ];
        match given.into_iter().find(|(_, given)| *given) {
            Some((option, _)) => Err(format!(
                "{option} is for audits alone; give it to `spherecheck audit`"
            )),
            None => self.request(),
        }
    }

    pub(super) fn request(mut self) -> Result<AuditRequest, String> {
        let chosen = chosen(&self.view)?;
        if self.view.len() == 2 && self.second_view.is_none() {
            // Both views of one file.
            self.second_view = Some(self.embeddings.clone());
        }
        let views = [Some(&self.embeddings), self.second_view.as_ref()];
        let views: Vec<&Path> = views.into_iter().flatten().map(PathBuf::as_path).collect();
        let items = self.items.sources(&views)?;
        let (tensor_a, tensor_b) = tensors(&self.tensor, self.second_view.is_some())?;
        let (groups, join_pairs) = match self.groups {
            Some(path) if path.as_os_str() == "none" => (None, false),
            path => (path.map(|path| Source::new(path, self.groups_tensor)), true),
        };
        let second = self.second_view.is_some();
        let (own, other) = (items.ids.is_some(), items.ids_b.is_some());
        let pairs_by = self.positives.pairs_by;
        let (positives, scores) = self.positives.sources(second, (own, other))?;
        self.effort.check(self.output.format)?;
        refuse_if(
            self.out.is_none() && !self.drawing.is_empty(),
            "--figures and --title are about the files of --out; give --out DIR, too",
        )?;
        let offenders = self.blame.offenders;
        let (search, search_by) = self.searched.asked();
        let queries = self.searched.queries.unwrap_or_default();
        let views = 1 + usize::from(self.second_view.is_some());
        Ok(AuditRequest {
            drift: self.drift.request(tensor_a.as_deref(), groups.is_some())?,
            a: Source::new(self.embeddings, tensor_a),
            b: self.second_view.map(|path| Source::new(path, tensor_b)),
            meant: chosen.map(|view| self.meaning.meant(view)),
            copied: self.copies.one()?,
            positives,
            pairs_by,
            scores,
            groups,
            items,
            against: self.against,
            settings: self.asked.of(Settings {
                alphas: distinct(&self.alpha),
                ts: distinct(&self.t),
                taus: distinct(&self.tau),
                negatives: NegativeCounts::all(&self.negatives),
                compat: distinct(&self.compat),
                normalize: self.normalize,
                zero_rows: self.zero_rows,
                // Their one reader is the pictures, and those are only drawn into a directory.
                histograms: self.out.is_some(),
                verify: self.verify,
                confidence: self.confidence,
                precision: self.precision,
                seed: self.seed,
                effort: self.effort.effort(),
                join_pairs,
                sample: self.sample,
                offenders,
                search,
                search_by,
                queries,
                ..Settings::default()
            }),
            split: self.blame.split(),
            texts: self.blame.sources(views)?,
            dry_run: self.effort.dry_run,
            output: self.output,
            details: self.details,
            redact: self.redact,
            out: self.out,
            figures: self.drawing.or_forms(&[FigureForm::Png]),
            threads: self.threads,
            device: self.device,
        })
    }
}
