//! Records as CSV: absent fields empty, numbers with all their digits.
//!
//! Text comes as in the table, with control characters spelled out; and where it begins with `=`, `+`, `-` or `@` an
//! apostrophe stands before it, because spreadsheets would run it as a formula. JSON has names as they are.

use polars::prelude::{Column, CsvWriter, DataFrame, PolarsResult, SerWriter};

use super::document::{Records, Values};
use super::error::ReportError;
use super::text::printable;

pub(super) fn csv(records: &Records) -> Result<Vec<u8>, ReportError> {
    let write = || -> PolarsResult<Vec<u8>> {
        let column = |(name, cells): &(&str, Values)| {
            let name = (*name).into();
            match cells {
                Values::Text(cells) => {
                    let cells = cells.iter().map(|cell| cell.as_deref().map(inert));
                    Column::new(name, cells.collect::<Vec<_>>())
                }
                Values::Number(cells) => Column::new(name, cells),
                Values::Count(cells) => Column::new(name, cells),
            }
        };
        let columns: Vec<Column> = records.columns.iter().map(column).collect();
        let height = columns.first().map_or(0, Column::len);
        let mut frame = DataFrame::new(height, columns)?;
        let mut bytes = Vec::new();
        CsvWriter::new(&mut bytes)
            .include_header(true)
            .finish(&mut frame)?;
        Ok(bytes)
    };
    write().map_err(|source| ReportError::Csv {
        subject: records.subject.clone(),
        source: source.into(),
    })
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
