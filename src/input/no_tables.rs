//! Stands in for the table readers in a build without them (feature `tables`).

use std::path::Path;

use super::InputError;
use super::cells::Cells;
use super::format::Table;
use super::wanted::{Asked, Wanted};
use crate::data::{Bytes, Embeddings};

pub(super) fn read<T>(
    _: &Bytes,
    table: Table,
    asked: Asked<'_>,
    _: impl FnOnce(&dyn Cells) -> Result<T, InputError>,
) -> Result<T, InputError> {
    Err(InputError::TablesNotBuilt {
        path: asked.path.display().to_string(),
        wanted: asked.wanted.name(),
        format: table.name(),
    })
}

pub(super) fn embeddings(
    _: &Bytes,
    path: &Path,
    _: Option<&str>,
) -> Result<Embeddings, InputError> {
    Err(InputError::TablesNotBuilt {
        path: path.display().to_string(),
        wanted: Wanted::Embeddings.name(),
        format: Table::Parquet.name(),
    })
}
