//! From an [`Audit`] to bytes: a table for people, JSON and CSV for machines, Markdown for pull requests, pictures
//! for papers.
//!
//! Everything here is a function of the audit alone. Not here: rows of embeddings, passes, printing, and any
//! arithmetic that could change a number.

mod aligned;
mod card;
mod comparison;
#[cfg(feature = "tables")]
mod csv;
mod curves;
mod error;
pub mod figures;
mod files;
mod forecast;
mod json;
mod markdown;
mod number;
#[cfg(feature = "plots")]
mod plot;
mod probe;
mod rows;
mod slices;
mod table;
mod text;
mod verdict;
mod zoo;

use std::fmt;
use std::str::FromStr;

use crate::result::Audit;

pub use comparison::{comparison_files, render_comparison};
pub use error::ReportError;
pub use files::Destination;
pub use forecast::forecast;
pub use probe::render_probe;
pub use text::printable;
pub use verdict::{SUMMARY_LIMIT, annotations, junit, render_verdict, summary};
pub use zoo::render_zoo;

/// The form of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub enum Format {
    /// For a terminal.
    #[default]
    Table,
    /// The whole audit; reads back to an equal [`Audit`].
    Json,
    /// One line for each measure.
    Csv,
    /// GitHub-flavoured Markdown.
    Md,
}

impl Format {
    /// Every format, in the order help lists them.
    pub const ALL: [Format; 4] = [Format::Table, Format::Json, Format::Csv, Format::Md];

    /// `table`, `json`, `csv`, `md`.
    pub fn name(self) -> &'static str {
        match self {
            Format::Table => "table",
            Format::Json => "json",
            Format::Csv => "csv",
            Format::Md => "md",
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Format {
    type Err = ReportError;

    fn from_str(given: &str) -> Result<Self, ReportError> {
        let known = Self::ALL.into_iter().find(|format| format.name() == given);
        known.ok_or_else(|| ReportError::UnknownFormat {
            given: given.to_owned(),
        })
    }
}

/// How a terminal wants its table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Style {
    /// Whether to write colour escapes.
    pub colour: bool,
    /// Whether to list measures that derive from others as well, and every slice (in Markdown, too).
    pub details: bool,
    /// Columns of the terminal. Fewer than 80 are treated as 80.
    pub width: usize,
}

impl Default for Style {
    /// No colour, 100 columns.
    fn default() -> Self {
        Self {
            colour: false,
            details: false,
            width: 100,
        }
    }
}

/// The audit in the given format, ending in a newline.
///
/// # Errors
/// [`ReportError::NotFinite`] (JSON has no NaN), [`ReportError::Csv`], [`ReportError::NotBuilt`] for CSV in a build
/// without the feature `tables`.
pub fn render(audit: &Audit, format: Format, style: Style) -> Result<Vec<u8>, ReportError> {
    match format {
        Format::Table => Ok(table::table(audit, style).into_bytes()),
        Format::Json => json::json(audit),
        #[cfg(feature = "tables")]
        Format::Csv => csv::csv(audit),
        #[cfg(not(feature = "tables"))]
        Format::Csv => Err(ReportError::NotBuilt {
            what: "CSV reports",
            feature: "tables",
        }),
        Format::Md => Ok(markdown::markdown(audit, style).into_bytes()),
    }
}
