//! Stands in for the table readers in a build without them (feature `tables`).

use std::path::Path;

use super::InputError;
use super::cells::Cells;
use super::format::TableFormat;
use super::wanted::{Inquiry, Wanted};
use crate::data::{Bytes, FileRows};

pub(super) fn read<T>(
    _: &Bytes,
    table: TableFormat,
    inquiry: Inquiry<'_>,
    _: impl FnOnce(&dyn Cells) -> Result<T, InputError>,
) -> Result<T, InputError> {
    Err(refused(table, &inquiry))
}

pub(super) fn embeddings(
    _: &Bytes,
    table: TableFormat,
    _: Option<&str>,
    notes: &mut Vec<String>,
    path: &Path,
) -> Result<FileRows, InputError> {
    let inquiry = Inquiry {
        path,
        wanted: Wanted::Embeddings,
        names: None,
        rows: None,
        notes,
    };
    Err(refused(table, &inquiry))
}

fn refused(table: TableFormat, inquiry: &Inquiry<'_>) -> InputError {
    InputError::TablesNotBuilt {
        path: inquiry.path.display().to_string(),
        wanted: inquiry.wanted.name(),
        format: table.name(),
    }
}
