//! Stands in for the table readers in a build without them (feature `tables`).

use super::InputError;
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
    Err(InputError::TablesNotBuilt {
        path: asked.path.display().to_string(),
        wanted: asked.wanted.name(),
        format: table.name(),
    })
}
