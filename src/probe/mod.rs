//! How well simple readers tell labels from embeddings: k nearest neighbours, a linear classifier, ridge regression.
//!
//! The question behind them is the user's: what is in the embeddings that a cheap reader can find? Rows are trained on
//! and tested on apart; penalties are chosen by cross-validation among the rows to train on. Not here: files, reports.

mod classes;
mod error;
mod features;
mod leak;
mod logistic;
mod neighbours;
mod ridge;
mod split;
mod values;

use std::time::Instant;

use crate::backend::{Backend, on_host};
use crate::data::{DataError, Embeddings, Labels, Normalize, Norms, Numbers, UnitRows, ZeroRows};
use crate::pass::{Cancelled, Watch, nearest};
use crate::result::{PROBE_SCHEMA, ProbeReport, Score, SplitCard, TargetCard};
use crate::theory::student_quantile;

pub use error::ProbeError;
pub use features::Features;
pub use split::Split;

/// What is to be read from the rows.
#[derive(Clone, Debug, PartialEq)]
pub enum Target {
    /// A class for each row: k-NN and logistic regression.
    Classes(Labels),
    /// A real number for each row: k-NN and ridge regression.
    Values(Numbers),
}

/// Which rows are trained on.
#[derive(Clone, Debug, PartialEq)]
pub enum SplitInput {
    /// A seeded draw of this share, stratified by class.
    Share(f64),
    /// 1 to train, 0 to test, for each row.
    Given(Numbers),
}

/// What a probe starts from.
pub struct ProbeInputs {
    /// Short name for reports.
    pub name: String,
    /// The rows.
    pub embeddings: Embeddings,
    /// What is to be read from them.
    pub target: Target,
    /// Which rows are trained on.
    pub split: SplitInput,
}

/// The parameters of a probe.
#[derive(Clone, Debug, PartialEq)]
pub struct ProbeSettings {
    /// Neighbours that vote.
    pub k: usize,
    /// Folds of the cross-validation that chooses the penalty.
    pub folds: usize,
    /// What the linear probe reads; neighbours are always found by cosine.
    pub features: Features,
    /// What to do about rows of norm zero.
    pub zero_rows: ZeroRows,
    /// Level of the intervals.
    pub confidence: f64,
    /// Seed of the split and of the folds.
    pub seed: u64,
}

impl Default for ProbeSettings {
    fn default() -> Self {
        Self {
            k: 5,
            folds: 5,
            features: Features::Unit,
            zero_rows: ZeroRows::Reject,
            confidence: 0.95,
            seed: 0,
        }
    }
}

impl ProbeSettings {
    fn check(&self) -> Result<(), ProbeError> {
        let wrong = |name, expected, value| {
            Err(ProbeError::Setting {
                name,
                expected,
                value,
            })
        };
        if self.k == 0 {
            return wrong("k", "at least 1 neighbour", 0.0);
        }
        if self.folds < 2 {
            return wrong("folds", "at least 2 folds", self.folds as f64);
        }
        if !(self.confidence > 0.0 && self.confidence < 1.0) {
            return wrong(
                "confidence",
                "a level between 0 and 1, both excluded (0.95 is usual)",
                self.confidence,
            );
        }
        Ok(())
    }
}

/// Rows, split and context that every probe shares.
struct Bench<'a> {
    rows: UnitRows,
    split: Split,
    settings: &'a ProbeSettings,
    backend: &'a dyn Backend,
    watch: &'a dyn Watch,
}

impl Bench<'_> {
    /// The k nearest rows to train on (as positions in the split) of every row to test on.
    fn neighbours(&self) -> Result<Vec<Vec<(u32, f32)>>, ProbeError> {
        let side = |chosen: &[u32]| {
            let mut keep = vec![false; self.rows.rows()];
            chosen.iter().for_each(|&row| keep[row as usize] = true);
            self.rows.only(&keep)
        };
        let (train, test) = (side(&self.split.train)?, side(&self.split.test)?);
        let kernel = self.backend.processor();
        self.watch.phase("nearest neighbours", test.rows() as u64);
        Ok(on_host(self.backend, || {
            nearest(kernel, (&test, &train), self.settings.k, self.watch)
        })?)
    }

    fn name(&self) -> &str {
        self.rows.embeddings().name()
    }

    fn cancelled(&self) -> Result<(), ProbeError> {
        match self.watch.cancelled() {
            true => Err(Cancelled.into()),
            false => Ok(()),
        }
    }
}

/// Scores and remarks of the probes of one kind of target.
struct Told {
    scores: Vec<Score>,
    notes: Vec<String>,
}

/// Trains the probes on some rows and tests them on the others.
///
/// Same inputs and seed: same numbers, on any number of threads.
///
/// # Errors
/// [`ProbeError`], for data that tell nothing, parameters out of range, and when the watcher asked to stop.
pub fn probe(
    inputs: ProbeInputs,
    settings: &ProbeSettings,
    backend: &dyn Backend,
    watch: &dyn Watch,
) -> Result<ProbeReport, ProbeError> {
    let started = Instant::now();
    settings.check()?;
    let ProbeInputs {
        name,
        embeddings,
        target,
        split,
    } = inputs;
    let (source, count) = (embeddings.name().to_owned(), embeddings.rows());
    check_target(&target, &source, count)?;
    watch.phase(&format!("reading {source}"), 0);
    let norms = on_host(backend, || Norms::of(&embeddings))?;
    norms.check(&embeddings, Normalize::L2, settings.zero_rows)?;
    let rows = UnitRows::new(embeddings, &norms, |_| true)?;
    let given = match &split {
        SplitInput::Share(share) if !(*share > 0.0 && *share < 1.0) => {
            return Err(ProbeError::Setting {
                name: "train-split",
                expected: "a share between 0 and 1, both excluded, or a file",
                value: *share,
            });
        }
        SplitInput::Share(_) => None,
        SplitInput::Given(marks) => {
            // Counted against the file's rows; then those that were kept.
            Split::given(marks, &source, count)?;
            Some(kept(marks, &rows))
        }
    };
    let target = match target {
        Target::Classes(labels) => Target::Classes(Labels {
            classes: (0..rows.rows())
                .map(|row| labels.classes[rows.file_row(row)])
                .collect(),
            ..labels
        }),
        Target::Values(numbers) => Target::Values(kept(&numbers, &rows)),
    };
    let none = vec![0; rows.rows()];
    let strata = match &target {
        Target::Classes(labels) => &labels.classes,
        Target::Values(_) => &none,
    };
    let (split, how) = match (&split, given) {
        (_, Some(marks)) => (
            Split::given(&marks, &source, rows.rows())?,
            marks.name.clone(),
        ),
        (SplitInput::Share(share), None) => (
            Split::stratified(strata, *share, settings.seed, &source)?,
            match &target {
                Target::Classes(_) => format!("drawn, stratified by label, seed {}", settings.seed),
                Target::Values(_) => format!("drawn, seed {}", settings.seed),
            },
        ),
        (SplitInput::Given(_), None) => unreachable!("given marks were kept above"),
    };
    let split_card = SplitCard {
        source: how,
        train: split.train.len() as u64,
        test: split.test.len() as u64,
    };
    if settings.k > split.train.len() {
        return Err(ProbeError::TooManyNeighbours {
            rows_name: source,
            k: settings.k,
            train: split.train.len(),
        });
    }
    let bench = Bench {
        rows,
        split,
        settings,
        backend,
        watch,
    };
    let (told, card, intervals) = match &target {
        Target::Classes(labels) => (
            classes::probe(&bench, labels)?,
            TargetCard {
                source: labels.name.clone(),
                classes: Some(classes::count(&labels.classes) as u64),
            },
            "accuracy: Wilson's score interval; over other rows to test on, not over other rows to train on",
        ),
        Target::Values(numbers) => (
            values::probe(&bench, numbers)?,
            TargetCard {
                source: numbers.name.clone(),
                classes: None,
            },
            "mse: Student's t of the mean squared error; over other rows to test on, not over other rows to train on",
        ),
    };
    Ok(ProbeReport {
        schema: PROBE_SCHEMA.to_owned(),
        name,
        rows: bench.rows.rows() as u64,
        dim: bench.rows.dim() as u64,
        dropped_zero_rows: (count - bench.rows.rows()) as u64,
        source,
        target: card,
        split: split_card,
        features: settings.features.text().to_owned(),
        intervals: intervals.to_owned(),
        scores: told.scores,
        notes: told.notes,
        tool: concat!("spherecheck ", env!("CARGO_PKG_VERSION")).to_owned(),
        kernel: backend.processor().name().to_owned(),
        threads: backend.threads() as u64,
        seed: settings.seed,
        seconds: started.elapsed().as_secs_f64(),
    })
}

fn check_target(target: &Target, rows_name: &str, rows: usize) -> Result<(), ProbeError> {
    match target {
        Target::Classes(labels) if labels.classes.len() != rows => Err(DataError::LabelCount {
            source_name: labels.name.clone(),
            rows_name: rows_name.to_owned(),
            rows,
            found: labels.classes.len(),
        }
        .into()),
        Target::Classes(labels) if classes::count(&labels.classes) == rows => {
            Err(ProbeError::NoSharedLabel {
                source_name: labels.name.clone(),
                rows,
            })
        }
        Target::Values(numbers) if numbers.values.len() != rows => Err(ProbeError::TargetCount {
            source_name: numbers.name.clone(),
            rows_name: rows_name.to_owned(),
            rows,
            found: numbers.values.len(),
        }),
        Target::Values(numbers) => match numbers.values.iter().position(|v| !v.is_finite()) {
            Some(row) => Err(ProbeError::Target {
                source_name: numbers.name.clone(),
                row,
                value: numbers.values[row],
            }),
            None => Ok(()),
        },
        Target::Classes(_) => Ok(()),
    }
}

/// The numbers of the rows that are left.
fn kept(numbers: &Numbers, rows: &UnitRows) -> Numbers {
    Numbers {
        name: numbers.name.clone(),
        values: (0..rows.rows())
            .map(|row| numbers.values[rows.file_row(row)])
            .collect(),
    }
}

/// Standard errors on either side of a normal statistic at this level.
fn normal_quantile(level: f64) -> f64 {
    student_quantile(level, f64::INFINITY)
}

/// The values of the rows `chosen`.
fn pick<T: Copy>(values: &[T], chosen: &[u32]) -> Vec<T> {
    chosen.iter().map(|&row| values[row as usize]).collect()
}
