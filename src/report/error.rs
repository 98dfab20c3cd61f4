//! What can go wrong between an audit and its report.

#![expect(
    missing_docs,
    reason = "fields are named after what they hold; each variant has its line"
)]

use std::io;
use std::path::PathBuf;

use crate::output::WriteError;

/// Refusals of the `report` room.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReportError {
    /// The build leaves this out.
    #[error("this build has no {what}: build with --features {feature}, or ask for json or md")]
    NotBuilt {
        what: &'static str,
        feature: &'static str,
    },
    /// NaN or an infinity where JSON needs a number.
    #[error(
        "audit of {subject}: {label} on side {side} is {value}, which JSON cannot hold; use the table, and report this"
    )]
    NotFinite {
        subject: String,
        label: String,
        side: &'static str,
        value: f64,
    },
    /// The JSON writer refused.
    #[error("audit of {subject}: cannot be written as JSON")]
    Json {
        subject: String,
        source: serde_json::Error,
    },
    /// The CSV writer refused.
    #[error("audit of {subject}: cannot be written as CSV")]
    Csv {
        subject: String,
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The XML writer refused.
    #[error("verdict on {subject}: cannot be written as JUnit XML")]
    Junit {
        subject: String,
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A figure of nothing.
    #[error("{what}: nothing can be drawn")]
    NothingToDraw { what: &'static str },
    /// A picture could not be drawn.
    #[error("{picture}: cannot be drawn")]
    Draw {
        picture: &'static str,
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The output directory is a file.
    #[error("{}: expected a directory for the reports, found a file; give --out another name", path.display())]
    NotADirectory { path: PathBuf },
    /// The output directory is not there and cannot be made.
    #[error("{}: this directory does not exist and cannot be created; give --out a place you may write to", path.display())]
    CannotCreate { path: PathBuf, source: io::Error },
    /// The output directory takes no files.
    #[error("{}: no file can be written in this directory; give --out a place you may write to", path.display())]
    NotWritable { path: PathBuf, source: io::Error },
    /// A report file could not be written.
    #[error(transparent)]
    Write(#[from] WriteError),
}
