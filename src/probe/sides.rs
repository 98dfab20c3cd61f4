//! The rows to train on and those to test on, checked, each with what is to be read from it.

use std::collections::HashMap;
use std::sync::Arc;

use super::asked::{Apart, ProbeSettings, SplitInput, Target};
use super::bench::pick;
use super::classes;
use super::error::ProbeError;
use super::split::{Split, folds};
use crate::backend::{Backend, on_host};
use crate::data::{DataError, Embeddings, Labels, Names, Normalize, Norms, Numbers, UnitRows};
use crate::pass::Watch;

/// Rows of one file that are probed.
pub(super) struct ProbedRows {
    pub(super) rows: UnitRows,
    pub(super) target: Target,
    left_out: Unprobed,
}

/// Rows that are not probed.
#[derive(Clone, Copy)]
pub(super) struct Unprobed {
    /// Those of norm zero.
    pub(super) zero: u64,
    /// Those whose class was not asked for.
    pub(super) other_classes: u64,
}

impl ProbedRows {
    /// The rows of a file; `whole` says whether classes must be such that one row can tell of another.
    pub(super) fn new(
        embeddings: Embeddings,
        target: Target,
        (settings, whole): (&ProbeSettings, bool),
        backend: &dyn Backend,
        watch: &dyn Watch,
    ) -> Result<Self, ProbeError> {
        let (source, count) = (embeddings.name().to_owned(), embeddings.rows());
        check(&target, &source, count, whole)?;
        let asked = settings.classes.as_ref().map(|names| asked(&target, names));
        let is_asked = |row: usize| asked.as_ref().is_none_or(|asked| asked[row]);
        watch.phase(&format!("reading {source}"), 0);
        let norms = on_host(backend, || Norms::of(&embeddings))?;
        norms.check(&embeddings, Normalize::L2, settings.zero_rows)?;
        let rows = UnitRows::new(embeddings, &norms, is_asked)?;
        let other = (0..count).filter(|&row| !is_asked(row)).count();
        let all: Vec<u32> = (0..rows.rows())
            .map(|row| rows.file_row(row) as u32)
            .collect();
        Ok(Self {
            target: target.of(&all),
            left_out: Unprobed {
                zero: (count - rows.rows() - other) as u64,
                other_classes: other as u64,
            },
            rows,
        })
    }

    fn divided(&self, split: &Split, how: String) -> Result<Divided, ProbeError> {
        Ok(Divided {
            train: self.of(&split.train)?,
            test: self.of(&split.test)?,
            how,
            left_out: self.left_out,
        })
    }

    fn of(&self, chosen: &[u32]) -> Result<Self, ProbeError> {
        Ok(Self {
            rows: self.rows.gather(chosen)?,
            target: self.target.of(chosen),
            left_out: self.left_out,
        })
    }
}

impl Target {
    /// That of some rows.
    fn of(&self, chosen: &[u32]) -> Self {
        match self {
            Target::Classes(labels) => Target::Classes(Labels {
                classes: pick(&labels.classes, chosen),
                ..labels.clone()
            }),
            Target::Values(columns) => {
                let of = |column: &Numbers| Numbers {
                    name: column.name.clone(),
                    values: pick(&column.values, chosen),
                };
                Target::Values(columns.iter().map(of).collect())
            }
        }
    }
}

/// Whether each row is of a class that was asked for by its name.
fn asked(target: &Target, names: &Names) -> Vec<bool> {
    let Target::Classes(labels) = target else {
        return Vec::new();
    };
    let called = |value: &String| names.values.iter().any(|name| name.trim() == value.trim());
    let known: Vec<bool> = labels.values.iter().map(called).collect();
    let classes = labels.classes.iter();
    classes
        .map(|&class| known.get(class as usize) == Some(&true))
        .collect()
}

/// Rows to train on and to test on, how they were told apart, and how many are neither.
pub(super) struct Divided {
    pub(super) train: ProbedRows,
    pub(super) test: ProbedRows,
    pub(super) how: String,
    pub(super) left_out: Unprobed,
}

/// Tells rows to train on from rows to test on, in one way or in several, in turn.
pub(super) fn divided(
    all: ProbedRows,
    split: SplitInput,
    settings: &ProbeSettings,
    backend: &dyn Backend,
    watch: &dyn Watch,
) -> Result<Vec<Divided>, ProbeError> {
    let embeddings = all.rows.embeddings();
    let (source, count) = (embeddings.name().to_owned(), embeddings.rows());
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
            let (strata, how) = match &all.target {
                Target::Classes(labels) => (&labels.classes, "drawn, stratified by label"),
                Target::Values(_) => (&vec![0; all.rows.rows()], "drawn"),
            };
            let split = Split::stratified(strata, share, seed, &source)?;
            (split, format!("{how}, seed {seed}"))
        }
        SplitInput::Given(marks) => {
            // Counted against the file's rows; then those that were kept.
            Split::given(&marks, &source, count)?;
            let kept = 0..all.rows.rows();
            let values = kept
                .map(|row| marks.values[all.rows.file_row(row)])
                .collect();
            let marks = Numbers { values, ..marks };
            (Split::given(&marks, &source, all.rows.rows())?, marks.name)
        }
        SplitInput::Folds(count) => return in_turn(&all, count, settings.seed),
        SplitInput::Apart(apart) => {
            let apart = with_others(all, *apart, settings, backend, watch)?;
            return Ok(vec![apart]);
        }
    };
    Ok(vec![all.divided(&split, how)?])
}

/// Each of `count` parts to test on, the others to train on.
fn in_turn(all: &ProbedRows, count: usize, seed: u64) -> Result<Vec<Divided>, ProbeError> {
    let source = all.rows.embeddings().name();
    let Target::Classes(labels) = &all.target else {
        return Err(ProbeError::NoClasses {
            source_name: source.to_owned(),
        });
    };
    let rows = all.rows.rows();
    if count < 2 || 2 * count > rows {
        return Err(ProbeError::Parts {
            source_name: source.to_owned(),
            rows,
            found: count,
        });
    }
    let fold = folds(&labels.classes, count, seed);
    let how = format!("each of {count} parts in turn, drawn, stratified by label, seed {seed}");
    let parts = (0..count as u32).map(|k| {
        let (test, train) = (0..rows as u32).partition(|&row| fold[row as usize] == k);
        all.divided(&Split { train, test }, how.clone())
    });
    parts.collect()
}

/// All rows of one file to train on, all of another to test on.
fn with_others(
    train: ProbedRows,
    apart: Apart,
    settings: &ProbeSettings,
    backend: &dyn Backend,
    watch: &dyn Watch,
) -> Result<Divided, ProbeError> {
    let Apart { embeddings, target } = apart;
    let (found, expected) = (embeddings.dim(), train.rows.dim());
    if found != expected {
        return Err(ProbeError::Width {
            source_name: embeddings.name().to_owned(),
            train_name: train.rows.embeddings().name().to_owned(),
            expected,
            found,
        });
    }
    let how = embeddings.name().to_owned();
    let target = match (&train.target, target) {
        (Target::Classes(labels), Target::Classes(others)) => {
            Target::Classes(numbered_as(labels, others))
        }
        (Target::Values(columns), Target::Values(others)) if columns.len() != others.len() => {
            return Err(ProbeError::Columns {
                source_name: others.first().map_or(how, |first| first.name.clone()),
                expected: columns.len(),
                found: others.len(),
            });
        }
        (_, target) => target,
    };
    let test = ProbedRows::new(embeddings, target, (settings, false), backend, watch)?;
    let left_out = Unprobed {
        zero: train.left_out.zero + test.left_out.zero,
        other_classes: train.left_out.other_classes + test.left_out.other_classes,
    };
    Ok(Divided {
        train,
        test,
        how,
        left_out,
    })
}

/// Labels of another file by the numbers that the same texts have in `labels`; new texts have the numbers after these.
/// Labels without texts keep their numbers.
fn numbered_as(labels: &Labels, others: Labels) -> Labels {
    if labels.values.is_empty() || others.values.is_empty() {
        return others;
    }
    let mut texts = labels.values.to_vec();
    let mut known: HashMap<String, u32> = texts.iter().cloned().zip(0..).collect();
    let numbers: Vec<u32> = others
        .values
        .iter()
        .map(|text| {
            *known.entry(text.clone()).or_insert_with(|| {
                texts.push(text.clone());
                texts.len() as u32 - 1
            })
        })
        .collect();
    Labels {
        classes: others
            .classes
            .iter()
            .map(|&class| numbers[class as usize])
            .collect(),
        values: Arc::new(texts),
        name: others.name,
    }
}

/// Whether there is one target for each row, and such as can be read.
fn check(target: &Target, rows_name: &str, rows: usize, whole: bool) -> Result<(), ProbeError> {
    match target {
        Target::Classes(labels) if labels.classes.len() != rows => {
            Ok(labels.check("labels", rows_name, rows)?)
        }
        Target::Classes(labels) if whole && classes::count(&labels.classes) == rows => {
            Err(ProbeError::NoSharedLabel {
                source_name: labels.name.clone(),
                rows,
            })
        }
        Target::Classes(_) => Ok(()),
        Target::Values(columns) => {
            let count = |name: &str, found| DataError::Count {
                source_name: name.to_owned(),
                what: "targets",
                rows_name: rows_name.to_owned(),
                rows,
                found,
            };
            if columns.is_empty() {
                return Err(count("targets", 0).into());
            }
            columns.iter().try_for_each(|numbers| {
                let (name, values) = (&numbers.name, &numbers.values);
                if values.len() != rows {
                    return Err(count(name, values.len()).into());
                }
                match values.iter().position(|v| !v.is_finite()) {
                    Some(row) => Err(ProbeError::Target {
                        source_name: name.clone(),
                        row,
                        value: values[row],
                    }),
                    None => Ok(()),
                }
            })
        }
    }
}
