//! Columns of tables (feature `tables`), and embeddings in them: CSV and TSV through `csv-core`, Parquet through polars,
//! Arrow through `arrow-ipc`.

mod arrow;
mod checked;
mod column;
mod first_line;
mod footer;
mod growing;
mod kind;
mod matrix;
mod pages;
mod parquet;
mod records;
mod separated;
mod thrift;
mod vectors;
mod written;

use std::path::Path;

use super::InputError;
use super::cells::Cells;
use super::format::TableFormat;
use super::quiet;
use super::wanted::{Inquiry, Wanted};
use crate::data::{Bytes, FileRows};

/// Makes a value of the cells in the columns that are asked for.
pub(super) fn read<T>(
    bytes: &Bytes,
    table: TableFormat,
    mut inquiry: Inquiry<'_>,
    make: impl FnOnce(&dyn Cells) -> Result<T, InputError>,
) -> Result<T, InputError> {
    let (text, path) = ((**bytes).as_ref(), inquiry.path);
    match table {
        TableFormat::Csv | TableFormat::Tsv => make(&separated::open(text, table, &mut inquiry)?),
        TableFormat::Parquet => {
            quiet::read(path, table, || make(&parquet::open(bytes, &mut inquiry)?))
        }
        TableFormat::Arrow => quiet::read(path, table, || make(&arrow::open(bytes, &mut inquiry)?)),
    }
}

/// The rows in a table: the lists of one column, or many columns of numbers; `tensor` names it, or them.
pub(super) fn embeddings(
    bytes: &Bytes,
    table: TableFormat,
    tensor: Option<&str>,
    notes: &mut Vec<String>,
    path: &Path,
) -> Result<FileRows, InputError> {
    match table {
        TableFormat::Parquet => quiet::read(path, table, || matrix::open(bytes, path, tensor)),
        TableFormat::Arrow => quiet::read(path, table, || {
            arrow::embeddings(bytes, path, tensor, notes)
        }),
        TableFormat::Csv | TableFormat::Tsv => {
            let mut inquiry = Inquiry {
                path,
                wanted: Wanted::Embeddings,
                names: tensor.map(|names| names.split(',').map(str::trim).collect()),
                rows: None,
                notes,
            };
            written::open((**bytes).as_ref(), table, &mut inquiry)?.into_shard()
        }
    }
}
