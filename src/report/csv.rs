//! Records as CSV: absent fields empty, numbers with all their digits.
//!
//! Text comes as in the table, with control characters spelled out; and where it begins with `=`, `+`, `-` or `@` an
//! apostrophe stands before it, because spreadsheets would run it as a formula. JSON has names as they are.

use super::document::{Records, Values};
use super::error::ReportError;
use super::text::printable;

pub(super) fn csv(records: &Records) -> Result<Vec<u8>, ReportError> {
    let height = records.columns.first().map_or(0, |(_, cells)| cells.len());
    let write = || -> Result<Vec<u8>, csv::Error> {
        let mut lines = csv::Writer::from_writer(Vec::new());
        lines.write_record(records.columns.iter().map(|(name, _)| name))?;
        for at in 0..height {
            lines.write_record(records.columns.iter().map(|(_, cells)| cell(cells, at)))?;
        }
        lines
            .into_inner()
            .map_err(|cause| cause.into_error().into())
    };
    write().map_err(|source| ReportError::Csv {
        subject: records.subject.clone(),
        source: source.into(),
    })
}

fn cell(cells: &Values, at: usize) -> String {
    match cells {
        Values::Text(cells) => cells[at].as_deref().map(inert).unwrap_or_default(),
        Values::Number(cells) => cells[at].map(shortest).unwrap_or_default(),
        Values::Count(cells) => cells[at].to_string(),
    }
}

/// The shortest digits that read back to the same number, as in JSON.
fn shortest(value: f64) -> String {
    let json = serde_json::Number::from_f64(value);
    json.map_or_else(|| value.to_string(), |json| json.to_string())
}

/// Text that no spreadsheet takes for a formula.
fn inert(text: &str) -> String {
    let text = printable(text);
    if text.starts_with(['=', '+', '-', '@']) {
        format!("'{text}")
    } else {
        text
    }
}
