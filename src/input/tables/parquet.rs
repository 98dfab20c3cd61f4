//! Columns of Parquet files, through polars.

use std::io::Cursor;
use std::sync::Arc;

use polars::prelude::{DataType, ParallelStrategy, ParquetReader, PolarsResult, SerReader, Series};

use super::column::Column;
use super::kind::{EXACT, arrow_kind, arrow_name};
use super::{footer, pages};
use crate::data::Bytes;
use crate::input::InputError;
use crate::input::cells::{Cell, Cells, Source, Visit};
use crate::input::format::Table;
use crate::input::wanted::Asked;

/// Whole numbers below this are exact in an f32.
const EXACT_SINGLE: f64 = 16_777_216.0;

/// The chosen columns of a Parquet file.
pub(super) struct Stored {
    source: Source,
    columns: Vec<Series>,
}

/// Chooses the columns, checks what the file says of them, and reads them.
pub(super) fn open(bytes: &Bytes, asked: &mut Asked<'_>) -> Result<Stored, InputError> {
    let file = (**bytes).as_ref();
    footer::check(file).map_err(|cause| asked.refused(Table::Parquet, cause))?;
    // One thread: a few columns of integers are read faster than threads are started.
    let mut reader = ParquetReader::new(Cursor::new(Shared(Arc::clone(bytes))))
        .read_parallel(ParallelStrategy::None);
    let metadata = reader.get_metadata();
    let metadata = metadata.map_err(|cause| asked.refused(Table::Parquet, cause))?;
    // The types that the writer had in memory (dictionaries, say) are forgotten: those of the file are plainer.
    let mut plain = (**metadata).clone();
    plain.key_value_metadata = None;
    let plain = Arc::new(plain);
    reader.set_metadata(Arc::clone(&plain));
    let schema = reader.schema();
    let schema = schema.map_err(|cause| asked.refused(Table::Parquet, cause))?;
    // Arrow's own types are looked at: polars panics when it is asked to translate some of them.
    let columns: Vec<Column> = schema
        .iter()
        .map(|(name, field)| Column {
            name: name.to_string(),
            type_name: arrow_name(field.dtype()),
            kind: arrow_kind(field.dtype()),
        })
        .collect();
    let chosen = asked.choose(&columns)?;
    let names: Vec<String> = chosen.iter().map(|&at| columns[at].name.clone()).collect();
    for group in &plain.row_groups {
        for chunk in names
            .iter()
            .filter_map(|name| group.columns_under_root_iter(name))
            .flatten()
        {
            let range = chunk.byte_range();
            let bounds = usize::try_from(range.start)
                .ok()
                .zip(usize::try_from(range.end).ok());
            bounds
                .and_then(|(start, end)| file.get(start..end))
                .ok_or("a column lies outside the file")
                .and_then(|bytes| pages::check(bytes, chunk.num_values(), group.num_rows()))
                .map_err(|cause| asked.refused(Table::Parquet, cause))?;
        }
    }
    let frame = reader.with_columns(Some(names.clone())).finish();
    let read = || -> PolarsResult<Vec<Series>> {
        let frame = frame?;
        let column = |name: &String| plain_type(frame.column(name)?.as_materialized_series());
        names.iter().map(column).collect()
    };
    let columns = read().map_err(|cause| asked.refused(Table::Parquet, cause))?;
    let rows = columns.first().map_or(0, |series| series.len());
    let source = asked.source(names, rows);
    Ok(Stored { source, columns })
}

/// The column in the type that its cells are read from: all integers that fit as i64.
fn plain_type(series: &Series) -> PolarsResult<Series> {
    match series.dtype() {
        DataType::Int8
        | DataType::Int16
        | DataType::Int32
        | DataType::UInt8
        | DataType::UInt16
        | DataType::UInt32 => series.cast(&DataType::Int64),
        _ => Ok(series.clone()),
    }
}

impl Cells for Stored {
    fn source(&self) -> &Source {
        &self.source
    }

    fn each(&self, visit: &mut Visit<'_>) -> Result<(), InputError> {
        let columns: PolarsResult<Vec<_>> = self.columns.iter().map(cells).collect();
        let mut columns = columns.map_err(|cause| InputError::Table {
            path: self.source.name.clone(),
            format: Table::Parquet.name(),
            cause: cause.into(),
        })?;
        for _ in 0..self.source.rows {
            let mut row = [Cell::Absent; 2];
            for (cell, column) in row.iter_mut().zip(&mut columns) {
                *cell = column.next().flatten().unwrap_or(Cell::Absent);
            }
            visit(&row[..columns.len()])?;
        }
        Ok(())
    }
}

type CellsOfColumn<'s> = Box<dyn Iterator<Item = Option<Cell<'s>>> + 's>;

fn cells(series: &Series) -> PolarsResult<CellsOfColumn<'_>> {
    let real = |value, exact| Cell::Real { value, exact };
    Ok(match series.dtype() {
        DataType::Boolean => each(series.bool()?.iter(), Cell::Truth),
        DataType::String => each(series.str()?.iter(), Cell::Word),
        DataType::Float32 => each(series.f32()?.iter(), move |v| real(v.into(), EXACT_SINGLE)),
        DataType::Float64 => each(series.f64()?.iter(), move |v| real(v, EXACT)),
        DataType::UInt64 => each(series.u64()?.iter(), |v| Cell::Whole(v.into())),
        _ => each(series.i64()?.iter(), |v| Cell::Whole(v.into())),
    })
}

fn each<'s, T>(
    values: impl Iterator<Item = Option<T>> + 's,
    cell: impl Fn(T) -> Cell<'s> + 's,
) -> CellsOfColumn<'s> {
    Box::new(values.map(move |value| value.map(&cell)))
}

/// Shared bytes under a name that readers can own.
struct Shared(Bytes);

impl AsRef<[u8]> for Shared {
    fn as_ref(&self) -> &[u8] {
        (*self.0).as_ref()
    }
}
