//! How well simple readers tell labels from embeddings: k nearest neighbours, a linear classifier, ridge regression.
//!
//! The question behind them is the user's: what is in the embeddings that a cheap reader can find? Rows are trained on
//! and tested on apart; penalties are chosen by cross-validation among the rows to train on. Not here: files, reports.

mod adam;
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
mod sides;
mod split;
mod values;

use std::time::Instant;

use crate::backend::Backend;
use crate::pass::Watch;
use crate::result::{PROBE_SCHEMA, ProbeReport, SplitCard, TargetCard};
use bench::Bench;
use sides::{Divided, Side, divided};

pub use asked::{Apart, ProbeInputs, ProbeSettings, Solver, SplitInput, Target, Vote};
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
    let (source, dim) = (embeddings.name().to_owned(), embeddings.dim());
    if let (Target::Values(_), true) = (&target, settings.needs_classes()) {
        return Err(ProbeError::NoClasses {
            source_name: source,
        });
    }
    let all = Side::new(embeddings, target, (settings, true), backend, watch)?;
    let Divided {
        train,
        test,
        how,
        left_out,
    } = divided(all, split, settings, backend, watch)?;
    let most = settings.most_neighbours();
    if most > train.rows.rows() {
        return Err(ProbeError::TooManyNeighbours {
            rows_name: source,
            k: most,
            train: train.rows.rows(),
        });
    }
    let split_card = SplitCard {
        source: how,
        train: train.rows.rows() as u64,
        test: test.rows.rows() as u64,
    };
    let bench = Bench {
        train: train.rows,
        test: test.rows,
        settings,
        backend,
        watch,
    };
    let (told, card, intervals) = match (train.target, test.target) {
        (Target::Classes(labels), Target::Classes(others)) => {
            let all = [&labels.classes[..], &others.classes].concat();
            (
                classes::probe(&bench, &labels, (&labels.classes, &others.classes))?,
                TargetCard {
                    source: labels.name,
                    columns: None,
                    classes: Some(classes::count(&all) as u64),
                },
                "accuracy: Wilson's score interval; over other rows to test on, not over other rows to train on",
            )
        }
        (Target::Values(columns), Target::Values(others)) => (
            values::probe(&bench, &columns, &others)?,
            TargetCard {
                source: columns[0].name.clone(),
                columns: Some(columns.len() as u64),
                classes: None,
            },
            "mse: Student's t of the mean squared error; over other rows to test on, not over other rows to train on",
        ),
        _ => {
            return Err(ProbeError::UnlikeTargets {
                source_name: source,
            });
        }
    };
    Ok(ProbeReport {
        schema: PROBE_SCHEMA.to_owned(),
        name,
        rows: split_card.train + split_card.test,
        dim: dim as u64,
        dropped_zero_rows: left_out.zero,
        other_classes: left_out.other_classes,
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
