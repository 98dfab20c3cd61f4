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
use bench::{Bench, Told};
use sides::{Divided, ProbedRows, divided};

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
    let all = ProbedRows::new(embeddings, target, (settings, true), backend, watch)?;
    let parts = divided(all, split, settings, backend, watch)?;
    let most = settings.most_neighbours();
    let fewest = parts.iter().map(|part| part.train.rows.rows()).min();
    let fewest = fewest.unwrap_or(0);
    if most > fewest {
        return Err(ProbeError::TooManyNeighbours {
            rows_name: source,
            k: most,
            train: fewest,
        });
    }
    let (left_out, how) = (parts[0].left_out, parts[0].how.clone());
    let rows = (parts[0].train.rows.rows() + parts[0].test.rows.rows()) as u64;
    let tested: usize = parts.iter().map(|part| part.test.rows.rows()).sum();
    let split_card = SplitCard {
        source: how,
        train: fewest as u64,
        test: tested as u64,
    };
    let mut found = Vec::with_capacity(parts.len());
    for part in parts {
        found.push(told(part, &source, settings, backend, watch)?);
    }
    let (card, intervals) = (found[0].1.clone(), found[0].2);
    let mut each: Vec<Told> = found.into_iter().map(|(told, _, _)| told).collect();
    let told = match each.len() {
        1 => each.swap_remove(0),
        _ => Told::pooled(each, settings.confidence),
    };
    Ok(ProbeReport {
        schema: PROBE_SCHEMA.to_owned(),
        name,
        rows,
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

/// What the probes tell of the rows to test on, what that was, and how intervals were made.
fn told(
    part: Divided,
    source: &str,
    settings: &ProbeSettings,
    backend: &dyn Backend,
    watch: &dyn Watch,
) -> Result<(Told, TargetCard, &'static str), ProbeError> {
    let bench = Bench {
        train: part.train.rows,
        test: part.test.rows,
        settings,
        backend,
        watch,
    };
    Ok(match (part.train.target, part.test.target) {
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
                source_name: source.to_owned(),
            });
        }
    })
}
