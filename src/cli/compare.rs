//! `spherecheck compare`.

use std::path::{Path, PathBuf};

use super::audit::AuditArgs;
use super::copies::Copies;
use super::request::{AuditRequest, ItemArgs, Source};
use super::values::{count, distinct, finite, refuse_if, times};
use crate::audit::{Effort, SearchBy, Settings};
use crate::backend::DeviceChoice;
use crate::drift::PERMUTATIONS;

/// What `--help` ends with.
pub(super) const COMPARE_EXAMPLES: &str = "\
Examples:
  Two models of the same items: each difference with its paired error, and a verdict:
    spherecheck compare base.npy candidate.npy --pairs pairs.npy

  Models of two aligned views, from saved audits, with every report and picture:
    spherecheck compare base/audit.json candidate/audit.json --out report

  Two aligned views each, from files; the second views come in the order of the models:
    spherecheck compare base_a.npy new_a.npy --second-view base_b.npy --second-view new_b.npy

  Checkpoints in their order (trend.png), coloured by their accuracies (models.png):
    spherecheck compare checkpoints --accuracy accuracies.csv --out report

  Models of partly the same items, joined by their ids:
    spherecheck compare base.npy new.npy --ids base_ids.csv --ids new_ids.csv

  What is left in the first columns of a Matryoshka model:
    spherecheck compare model.npy --pairs pairs.npy --dims 64,128,256

  What the cosine threshold 0.62 of the base becomes, at the same false accept rate:
    spherecheck compare base.npy new.npy --pairs pairs.npy --threshold 0.62

  Whether an export is still the model, row by row; and what smaller forms of a file would lose:
    spherecheck compare reference.npy export.npy --parity --ids ids.csv
    spherecheck compare model.npy --pairs pairs.npy --as all --out sizes

Exit status:
  0    the comparison is complete, whatever it says (`spherecheck gate` judges)
  2    it could not be completed: wrong usage, unreadable files, models of different items
  130  interrupted by Ctrl-C or SIGTERM";

#[derive(clap::Args)]
pub(super) struct CompareArgs {
    /// More models
    more: Vec<PathBuf>,
    #[command(flatten)]
    audit: AuditArgs,
    /// What a model is called in reports; once for each model, in their order [default: the names of the files]
    #[arg(long = "name", value_name = "NAME", help_heading = "Models")]
    names: Vec<String>,
    /// What each model is worth by another measure (an accuracy, a benchmark's score), for the colours of models.png: a
    /// number for each model in their order, more being better. Files as for --labels
    #[arg(long, value_name = "FILE", help_heading = "Models")]
    accuracy: Option<PathBuf>,
    /// Tensor, member, column or key of the accuracy
    #[arg(long, value_name = "NAME", requires = "accuracy")]
    #[arg(help_heading = "Models")]
    accuracy_tensor: Option<String>,
    /// Second view of a model, aligned with the first; once for each model, in their order
    #[arg(long = "second-view", value_name = "FILE", help_heading = "Models")]
    second_view_of: Vec<PathBuf>,
    /// Also the numbers of these first columns alone, normalised again (Matryoshka prefixes); on the CPU
    #[arg(long, value_name = "D,..", value_delimiter = ',', value_parser = count, help_heading = "Metrics")]
    dims: Vec<usize>,
    /// Neighbours of each row for the overlap of neighbourhoods
    #[arg(long, value_name = "K", default_value_t = 10, value_parser = count, help_heading = "Metrics")]
    neighbours: usize,
    /// Also whether each model is still the base, row by row: cosine of each row with itself, norms, the same nearest rows
    /// and first answers, and the worst rows. With what --search measures
    #[arg(long, help_heading = "Metrics")]
    parity: bool,
    /// Also the threshold of each candidate that has the false accept rate of this one of the base, and the share of
    /// positives that each keeps. With what --search measures
    #[arg(long = "threshold", value_name = "T,..", value_delimiter = ',', value_parser = finite, allow_negative_numbers = true, help_heading = "Metrics")]
    thresholds: Vec<f64>,
}

/// A model to look at.
#[derive(Clone, Debug)]
pub enum Candidate {
    /// Embeddings to audit.
    Files(Box<AuditRequest>),
    /// An audit that was saved as JSON.
    Saved(PathBuf),
}

impl Candidate {
    /// The same, audited with what `ask` adds to its settings; a saved audit is as it is.
    #[must_use]
    pub fn asked(mut self, ask: impl FnOnce(&mut Settings)) -> Self {
        if let Self::Files(request) = &mut self {
            ask(&mut request.settings);
        }
        self
    }

    /// The same with at least so many random deals behind the p-value of drift; a saved audit is as it is.
    #[must_use]
    pub fn dealt(self, least: usize) -> Self {
        match self {
            Self::Files(mut request) => {
                if let Some(drift) = &mut request.drift {
                    let given = drift.permutations.unwrap_or(PERMUTATIONS);
                    drift.permutations = Some(given.max(least));
                }
                Self::Files(request)
            }
            saved @ Self::Saved(_) => saved,
        }
    }

    pub(super) fn is_saved(&self) -> bool {
        matches!(self, Self::Saved(_))
    }

    /// The first file of the request, which may be a saved audit.
    pub(super) fn of(request: &AuditRequest) -> Self {
        if saved(&request.a.path) {
            Self::Saved(request.a.path.clone())
        } else {
            Self::Files(Box::new(request.clone()))
        }
    }
}

/// Whether a path means a saved audit: embeddings never end in `.json`, save through the index of a safetensors model.
fn saved(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let name = name.to_ascii_lowercase();
    name.ends_with(".json") && !name.ends_with(".safetensors.index.json")
}

/// One comparison.
#[derive(Clone, Debug)]
pub struct CompareRequest {
    /// The models; the first is the base.
    pub models: Vec<Candidate>,
    /// A folder whose saved audits are the models, where it is given in their place.
    pub folder: Option<PathBuf>,
    /// What they are called; none where their files name them.
    pub names: Vec<String>,
    /// A number for each model that colours it; none where none is given.
    pub accuracy: Option<Source>,
    /// Numbers of first columns to look at, ascending; none for whole rows only.
    pub dims: Vec<usize>,
    /// Neighbours for the overlap.
    pub neighbours: usize,
    /// Whether candidates are held against the base row by row.
    pub parity: bool,
    /// Thresholds of the base to be found again in each candidate.
    pub thresholds: Vec<f64>,
    /// Copies of the base that are its candidates.
    pub copies: Vec<Copies>,
    /// Whether each model has its own ids, by which rows are joined.
    pub joined: bool,
    /// What an audit takes: output, threads, settings.
    pub common: Box<AuditRequest>,
}

impl CompareArgs {
    pub(super) fn request(self) -> Result<CompareRequest, String> {
        let mut args = self.audit;
        let copies = std::mem::take(&mut args.copies.forms);
        let parity = self.parity || !copies.is_empty();
        if parity {
            args.searched = args
                .searched
                .of_all_rows("--parity", args.effort.effort())?;
        }
        let thresholds = distinct(&self.thresholds);
        args.searched.search |= !thresholds.is_empty();
        let by_cosine = args.searched.asked().1 == SearchBy::Cosine;
        let outside = |t: &&f64| by_cosine && t.abs() > 1.0;
        if let Some(threshold) = thresholds.iter().find(outside) {
            return Err(format!(
                "--threshold: expected cosines from -1 to 1, found {threshold}; thresholds of inner products go with \
                 --similarity dot"
            ));
        }
        let mut files = vec![args.embeddings.clone()];
        files.extend(args.second_view.clone());
        files.extend(self.more);
        let one = files.len() < 2 && self.dims.is_empty() && copies.is_empty();
        // Whether it is a folder shows when it is opened.
        let folder = files[0].clone();
        let folder =
            (one && folder.extension().is_none() && self.names.is_empty()).then_some(folder);
        refuse_if(
            one && folder.is_none(),
            "one model is given, expected two or more (or a folder of saved audits; or --dims, to compare prefixes of \
             one, or --as, to compare copies of it)",
        )?;
        if files.len() > 1 && !copies.is_empty() {
            return Err(format!(
                "--as compares copies of one model with it, found {} models; give one, or leave out --as",
                files.len()
            ));
        }
        let names = self.names;
        let (seconds, tensors, ids) = (self.second_view_of, &args.tensor, &args.items.ids);
        let ids_tensors = &args.items.ids_tensor;
        // Each has its own: a file of ids, or a column of the file of embeddings.
        let joined = ids.len() > 1 || (ids.is_empty() && !ids_tensors.is_empty());
        let (copied, saved) = (!copies.is_empty(), files.iter().any(|file| saved(file)));
        let refused = [
            (
                self.accuracy.is_some() && copied,
                "--accuracy colours models of their own; the copies of --as have none, leave it out",
            ),
            (
                parity && !self.dims.is_empty(),
                "--dims: prefixes are not held against the base row by row; give --as dims:256 in its place, or leave out \
                 --parity and --as",
            ),
            (
                parity && saved,
                "--parity and --as need the embeddings themselves; a saved audit holds no rows",
            ),
            (
                !thresholds.is_empty() && saved,
                "--threshold needs the embeddings themselves; a saved audit holds no counts of other pairs at every cosine",
            ),
            (
                !thresholds.is_empty() && !self.dims.is_empty(),
                "--threshold goes with whole rows: prefixes have no counts for it; leave out --dims, or give --as dims:256 in \
                 its place",
            ),
            (
                names.iter().any(|name| name.trim().is_empty()),
                "--name is empty; give each model a name",
            ),
            (
                args.sample.is_some(),
                "--sample: each model would be another sample; give it to `spherecheck audit`",
            ),
            (
                args.drift.drift_from.is_some(),
                "--drift-from: models of the same rows are compared row by row; give it to `spherecheck audit` or `spherecheck gate`",
            ),
        ];
        for (given, why) in refused {
            refuse_if(given, why)?;
        }
        let all_or_each = "once for all, or once for each";
        for (option, given, fewest, expected) in [
            (
                "--second-view",
                seconds.len(),
                1,
                "once for each, or not at all",
            ),
            ("--name", names.len(), 1, "once for each, or not at all"),
            ("--tensor", tensors.len(), 2, all_or_each),
            ("--ids", ids.len(), 2, all_or_each),
            ("--ids-tensor", ids_tensors.len(), 2, all_or_each),
        ] {
            if given >= fewest && given != files.len() {
                return Err(format!(
                    "{option} is given {} for {} models; give it {expected}",
                    times(given),
                    files.len()
                ));
            }
        }
        refuse_if(
            joined && saved,
            "--ids for each model joins rows by id, which needs the embeddings; a saved audit holds no rows",
        )?;
        let mut models = Vec::new();
        let mut common = None;
        for (k, file) in files.iter().enumerate() {
            let request = AuditArgs {
                embeddings: file.clone(),
                second_view: seconds.get(k).cloned(),
                tensor: of_model(tensors, k),
                items: ItemArgs {
                    ids: of_model(ids, k),
                    ids_tensor: of_model(ids_tensors, k),
                    ..args.items.clone()
                },
                ..args.clone()
            }
            .shared_request()?;
            refuse_if(
                request.items.slices.is_some(),
                "--slices: a comparison shows whole models; give it to `spherecheck audit` or `spherecheck gate`",
            )?;
            let request = match joined && k > 0 {
                true => request.rows_alone(),
                false => request,
            };
            models.push(Candidate::of(&request));
            common.get_or_insert(request);
        }
        let mut common = common.ok_or("no model is given")?;
        let mut dims = distinct(&self.dims);
        dims.sort_unstable();
        if !dims.is_empty() {
            refuse_if(
                saved,
                "--dims needs the embeddings themselves; a saved audit holds whole rows only",
            )?;
            refuse_if(
                common.settings.search,
                "--dims: prefixes have no counts for --search; leave one of the two out",
            )?;
            refuse_if(
                common.settings.effort != Effort::Exact,
                "--dims: prefixes are walked over all pairs; leave out --budget and --max-error",
            )?;
            common.device = match common.device {
                DeviceChoice::Auto | DeviceChoice::Cpu => DeviceChoice::Cpu,
                device => {
                    return Err(format!(
                        "--dims: prefixes share one pass over all pairs, which only the processor has; expected \
                         --device cpu or auto, found --device {device}"
                    ));
                }
            };
        }
        Ok(CompareRequest {
            models: if folder.is_none() { models } else { Vec::new() },
            folder,
            names,
            accuracy: self
                .accuracy
                .map(|path| Source::new(path, self.accuracy_tensor)),
            dims,
            neighbours: self.neighbours,
            parity,
            thresholds,
            copies,
            joined,
            common: Box::new(common),
        })
    }
}

/// What a model has of an option that is given once for all, or once for each.
fn of_model<T: Clone>(given: &[T], model: usize) -> Vec<T> {
    match given.len() {
        0 | 1 => given.to_vec(),
        _ => vec![given[model].clone()],
    }
}
