//! From results to bytes: a table for people, JSON and CSV for machines, Markdown for pull requests, pictures
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
mod format;
mod json;
mod markdown;
mod markup;
mod number;
mod page;
mod panels;
#[cfg(feature = "plots")]
mod plot;
mod probe;
mod rows;
mod slices;
mod table;
mod text;
mod verdict;
mod zoo;

use crate::result::Audit;

pub use comparison::{comparison_files, render_comparison};
pub use error::ReportError;
pub use files::Destination;
pub use forecast::forecast;
pub use format::{Format, Style};
pub use probe::render_probe;
pub use text::printable;
pub use verdict::{SUMMARY_LIMIT, annotations, junit, render_verdict, summary};
pub use zoo::render_zoo;

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
