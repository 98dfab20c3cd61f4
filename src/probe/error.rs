//! What keeps a probe from being made, in words a user can act on.

#![expect(
    missing_docs,
    reason = "fields are named after what they hold; each variant has its line"
)]

use crate::backend::BackendError;
use crate::data::DataError;
use crate::num;
use crate::pass::Cancelled;

/// Refusals of the `probe` room. Each says source, place, expected, found and what to do.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ProbeError {
    /// The embeddings were refused.
    #[error(transparent)]
    Data(#[from] DataError),
    /// The backend could not be opened or did not finish.
    #[error(transparent)]
    Backend(BackendError),
    /// The watcher asked to stop.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
    /// A target that is no number.
    #[error(
        "{source_name}: row {row} holds {value}, expected finite targets; fix it or leave the row out of both files"
    )]
    Target {
        source_name: String,
        row: usize,
        value: f64,
    },
    /// Targets of one value.
    #[error(
        "{source_name}: all targets to train on are {value}; there is nothing to learn: give targets that differ"
    )]
    ConstantTarget { source_name: String, value: f64 },
    /// Marks do not match the rows.
    #[error(
        "{source_name}: expected {rows} marks (one for each row of {rows_name}: 1 to train on, 0 to test on), found {found}; write one for each row, in the same order",
        rows = num::count(*rows), found = num::count(*found)
    )]
    MarkCount {
        source_name: String,
        rows_name: String,
        rows: usize,
        found: usize,
    },
    /// A mark that is neither 0 nor 1.
    #[error(
        "{source_name}: row {row} is marked {value}, expected 1 (train) or 0 (test); a split has one mark for each row, not a list of row numbers"
    )]
    Mark {
        source_name: String,
        row: usize,
        value: f64,
    },
    /// A given split that leaves a side empty.
    #[error(
        "{source_name}: expected at least 2 rows marked 1 (train) and 2 marked 0 (test), found {train} and {test}; mark more",
        train = num::count(*train), test = num::count(*test)
    )]
    OneSided {
        source_name: String,
        train: usize,
        test: usize,
    },
    /// Too few rows for a drawn split.
    #[error(
        "{source_name}: {rows} rows are too few to train on some and test on others; give more rows, or another share with --train-split"
    )]
    TooFewRows { source_name: String, rows: usize },
    /// One class, or as many as rows.
    #[error(
        "{source_name}: expected at least 2 classes to tell apart among the rows to train on, found {found}; give labels that differ"
    )]
    OneClass { source_name: String, found: usize },
    /// Labels that are no classes.
    #[error(
        "{source_name}: no label occurs twice among {rows} rows, so none can be learnt from another row; for real numbers use --targets",
        rows = num::count(*rows)
    )]
    NoSharedLabel { source_name: String, rows: usize },
    /// What only classes have, asked of real targets.
    #[error(
        "{source_name}: real targets are read by ridge regression; --solver adam, --classes, --c and --test-folds go with --labels: leave them out, or give labels"
    )]
    NoClasses { source_name: String },
    /// Classes on one side, real targets on the other.
    #[error(
        "{source_name}: expected targets of one kind, found labels for some rows and real targets for the others; give --labels with --test-labels, or --targets with --test-targets"
    )]
    UnlikeTargets { source_name: String },
    /// Rows to test on that are of another width than those to train on.
    #[error(
        "{source_name}: expected {expected} columns as in {train_name}, found {found}; give rows of one model",
        expected = num::count(*expected), found = num::count(*found)
    )]
    Width {
        source_name: String,
        train_name: String,
        expected: usize,
        found: usize,
    },
    /// Too many or too few parts to test on in turn.
    #[error(
        "{source_name}: expected from 2 to half as many parts as there are rows ({rows}), found {found}; give another --test-folds",
        rows = num::count(*rows)
    )]
    Parts {
        source_name: String,
        rows: usize,
        found: usize,
    },
    /// More or fewer columns of targets than there are of the rows to train on.
    #[error(
        "{source_name}: expected {expected} columns of targets as for the rows to train on, found {found}; give the same columns of both"
    )]
    Columns {
        source_name: String,
        expected: usize,
        found: usize,
    },
    /// More neighbours than rows.
    #[error(
        "{rows_name}: expected at most k = {train} neighbours (the rows to train on), found k = {k}; give a smaller --k"
    )]
    TooManyNeighbours {
        rows_name: String,
        k: usize,
        train: usize,
    },
    /// A parameter outside its range.
    #[error("{name}: expected {expected}, found {value}")]
    Setting {
        name: &'static str,
        expected: &'static str,
        value: f64,
    },
    /// A decomposition or a search that did not end.
    #[error(
        "{rows_name}: the {probe} probe found no solution ({cause}); look for columns of very different size, or normalise the rows"
    )]
    Numeric {
        rows_name: String,
        probe: &'static str,
        cause: String,
    },
}

impl From<BackendError> for ProbeError {
    fn from(error: BackendError) -> Self {
        match error {
            // One name for a stop, whoever noticed it.
            BackendError::Cancelled(stopped) => Self::Cancelled(stopped),
            error => Self::Backend(error),
        }
    }
}
