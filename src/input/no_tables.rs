//! Stands in for the table readers in a build without them (feature `tables`).

use std::path::Path;

use super::InputError;
use super::cells::Cells;
use super::format::Table;
use super::wanted::{Asked, Wanted};
use crate::data::{Bytes, FileRows};

pub(super) fn read<T>(
    _: &Bytes,
    table: Table,
    asked: Asked<'_>,
    _: impl FnOnce(&dyn Cells) -> Result<T, InputError>,
) -> Result<T, InputError> {
    Err(refused(table, &asked))
}

pub(super) fn embeddings(
    _: &Bytes,
    table: Table,
    _: Option<&str>,
    notes: &mut Vec<String>,
    path: &Path,
) -> Result<FileRows, InputError> {
    let asked = Asked {
        path,
        wanted: Wanted::Embeddings,
        names: None,
        rows: None,
        notes,
    };
    Err(refused(table, &asked))
}

fn refused(table: Table, asked: &Asked<'_>) -> InputError {
    InputError::TablesNotBuilt {
        path: asked.path.display().to_string(),
        wanted: asked.wanted.name(),
        format: table.name(),
    }
}
