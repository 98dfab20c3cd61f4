//! One way from any result to bytes: the result tells what is in its report, a writer gives that its form.

use super::document::{Document, Records};
use super::error::ReportError;
use super::format::{Format, Style};
use super::markdown::markdown;
use super::terminal::terminal;

/// A result that can be reported.
pub trait Report {
    /// What people read; with `details`, also what derives from other numbers.
    fn document(&self, details: bool) -> Document;

    /// What spreadsheets read: every number by itself, in long form.
    fn records(&self) -> Records;

    /// The result itself as JSON, from which it can be read back.
    ///
    /// # Errors
    /// [`ReportError::NotFinite`] (JSON has no NaN), [`ReportError::Json`].
    fn json(&self) -> Result<Vec<u8>, ReportError>;
}

/// The result in the given format, ending in a newline.
///
/// # Errors
/// Those of [`Report::json`], [`ReportError::Csv`], [`ReportError::NotBuilt`] for CSV in a build without the feature
/// `tables`.
pub fn render<R: Report + ?Sized>(
    result: &R,
    format: Format,
    style: Style,
) -> Result<Vec<u8>, ReportError> {
    match format {
        Format::Table => Ok(terminal(&result.document(style.details), style).into_bytes()),
        Format::Json => result.json(),
        #[cfg(feature = "tables")]
        Format::Csv => super::csv::csv(&result.records()),
        #[cfg(not(feature = "tables"))]
        Format::Csv => Err(ReportError::NotBuilt {
            what: "CSV reports",
            feature: "tables",
        }),
        Format::Md => Ok(markdown(&result.document(style.details)).into_bytes()),
    }
}

/// The result as files of these names: JSON, CSV and Markdown. A build without the feature `tables` leaves CSV out.
///
/// # Errors
/// Those of [`render`].
pub fn files<R: Report + ?Sized>(
    result: &R,
    names: [&'static str; 3],
) -> Result<Vec<(&'static str, Vec<u8>)>, ReportError> {
    let formats = [Format::Json, Format::Csv, Format::Md];
    let mut files = Vec::new();
    for (name, format) in names.into_iter().zip(formats) {
        match render(result, format, Style::default()) {
            Ok(bytes) => files.push((name, bytes)),
            Err(ReportError::NotBuilt { .. }) => {}
            Err(other) => return Err(other),
        }
    }
    Ok(files)
}
