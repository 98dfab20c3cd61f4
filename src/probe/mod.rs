//! How well simple readers tell labels from embeddings: k nearest neighbours, a linear classifier, ridge regression.
//!
//! The question behind them is the user's: what is in the embeddings that a cheap reader can find? Rows are trained on
//! and tested on apart; penalties are chosen by cross-validation among the rows to train on. Not here: files, reports.

mod asked;
mod bench;
mod classes;
mod error;
mod features;
mod leak;
mod logistic;
mod neighbours;
mod ridge;
mod separability;
mod split;
mod values;

use std::time::Instant;

use crate::backend::{Backend, on_host};
use crate::data::{Labels, Normalize, Norms, Numbers, UnitRows};
use crate::pass::Watch;
use crate::result::{PROBE_SCHEMA, ProbeReport, SplitCard, TargetCard};
use bench::Bench;

pub use asked::{ProbeInputs, ProbeSettings, SplitInput, Target};
pub use error::ProbeError;
pub use features::Features;
pub use separability::{RowsOfItems, Separability, separability};
pub use split::Split;

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
    let target = match target {
        Target::Classes(labels) => Target::Classes(Labels {
            classes: kept(&labels.classes, &rows),
            ..labels
        }),
        Target::Values(numbers) => Target::Values(Numbers {
            values: kept(&numbers.values, &rows),
            ..numbers
        }),
    };
    let (split, how) = match split {
        SplitInput::Share(share) if !(share > 0.0 && share < 1.0) => {
            return Err(ProbeError::Setting {
                name: "train-split",
                expected: "a share between 0 and 1, both excluded, or a file",
                value: share,
            });
        }
        SplitInput::Share(share) => {
            let seed = settings.seed;
            let (strata, how) = match &target {
                Target::Classes(labels) => (&labels.classes, "drawn, stratified by label"),
                Target::Values(_) => (&vec![0; rows.rows()], "drawn"),
            };
            let split = Split::stratified(strata, share, seed, &source)?;
            (split, format!("{how}, seed {seed}"))
        }
        SplitInput::Given(marks) => {
            // Counted against the file's rows; then those that were kept.
            Split::given(&marks, &source, count)?;
            let values = kept(&marks.values, &rows);
            let marks = Numbers { values, ..marks };
            (Split::given(&marks, &source, rows.rows())?, marks.name)
        }
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
    let (told, target, found, intervals) = match target {
        Target::Classes(labels) => (
            classes::probe(&bench, &labels)?,
            labels.name,
            Some(classes::count(&labels.classes) as u64),
            "accuracy: Wilson's score interval; over other rows to test on, not over other rows to train on",
        ),
        Target::Values(numbers) => (
            values::probe(&bench, &numbers)?,
            numbers.name,
            None,
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
        target: TargetCard {
            source: target,
            classes: found,
        },
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
        Target::Classes(labels) if labels.classes.len() != rows => {
            Ok(labels.check("labels", rows_name, rows)?)
        }
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

/// What the rows that are left have.
fn kept<T: Copy>(values: &[T], rows: &UnitRows) -> Vec<T> {
    let left = 0..rows.rows();
    left.map(|row| values[rows.file_row(row)]).collect()
}
