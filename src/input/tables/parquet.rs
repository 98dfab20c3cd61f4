//! Columns of Parquet files, through polars.

use polars::prelude::{DataType, PolarsResult, Series};

use super::checked::Checked;
use super::column::Column;
use super::kind::{EXACT, arrow_kind, short_name};
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
    let file = Checked::open(bytes).map_err(|cause| asked.refused(Table::Parquet, cause))?;
    let columns: Vec<Column> = file
        .schema()
        .iter()
        .map(|(name, field)| Column {
            name: name.to_string(),
            type_name: short_name(field.dtype()),
            kind: arrow_kind(field.dtype()),
        })
        .collect();
    let chosen = asked.choose(&columns)?;
    let names: Vec<String> = chosen.iter().map(|&at| columns[at].name.clone()).collect();
    let groups = file.rows().into_iter().enumerate();
    // A group without rows has no pages, either.
    for (group, _) in groups.filter(|&(_, rows)| rows > 0) {
        for name in &names {
            file.check_pages(group, name)
                .map_err(|cause| asked.refused(Table::Parquet, cause))?;
        }
    }
    let read = || -> PolarsResult<Vec<Series>> {
        let frame = file.read(names.clone())?;
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
