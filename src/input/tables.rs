//! Columns of tables (feature `tables`): CSV and TSV through `csv-core`, Parquet through polars.

mod column;
mod first_line;
mod footer;
mod kind;
mod matrix;
mod pages;
mod parquet;
mod records;
mod separated;
mod thrift;

use super::InputError;
use super::array::Array;
use super::cells::Cells;
use super::format::Table;
use super::quiet;
use super::wanted::Asked;
use crate::data::Bytes;

/// Makes a value of the cells in the columns that are asked for.
pub(super) fn read<T>(
    bytes: &Bytes,
    table: Table,
    mut asked: Asked<'_>,
    make: impl FnOnce(&dyn Cells) -> Result<T, InputError>,
) -> Result<T, InputError> {
    let text = (**bytes).as_ref();
    match table {
        Table::Csv | Table::Tsv => make(&separated::open(text, table, &mut asked)?),
        Table::Parquet => {
            let path = asked.path;
            let gave_up = |cause| InputError::TablePanic {
                path: path.display().to_string(),
                format: table.name(),
                cause,
            };
            quiet::catch(|| make(&parquet::open(bytes, &mut asked)?))
                .unwrap_or_else(|cause| Err(gave_up(cause)))
        }
    }
}

/// The rows of embeddings in a table of text.
pub(super) fn matrix(
    bytes: &Bytes,
    table: Table,
    mut asked: Asked<'_>,
) -> Result<Array, InputError> {
    matrix::open((**bytes).as_ref(), table, &mut asked)
}
