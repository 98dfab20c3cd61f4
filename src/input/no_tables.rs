//! Stands in for the table readers in a build without them (feature `tables`).

use super::InputError;
use super::array::Array;
use super::cells::Cells;
use super::format::Table;
use super::wanted::Asked;
use crate::data::Bytes;

pub(super) fn read<T>(
    _: &Bytes,
    table: Table,
    asked: Asked<'_>,
    _: impl FnOnce(&dyn Cells) -> Result<T, InputError>,
) -> Result<T, InputError> {
    Err(refused(table, &asked))
}

pub(super) fn matrix(_: &Bytes, table: Table, asked: Asked<'_>) -> Result<Array, InputError> {
    Err(refused(table, &asked))
}

fn refused(table: Table, asked: &Asked<'_>) -> InputError {
    InputError::TablesNotBuilt {
        path: asked.path.display().to_string(),
        wanted: asked.wanted.name(),
        format: table.name(),
    }
}
