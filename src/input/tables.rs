//! Columns of CSV, TSV and Parquet files, through polars (feature `tables`).

use std::error::Error;
use std::io::Cursor;
use std::path::Path;
use std::sync::Arc;

use polars::prelude::{
    CsvParseOptions, CsvReadOptions, DataFrame, DataType, ParallelStrategy, ParquetReader,
    PolarsResult, SerReader, Series,
};

mod kind;

use super::InputError;
use super::choose::{Entry, listing};
use super::format::Table;
use super::header::has_header;
use super::integers::number;
use super::wanted::Wanted;
use super::{pages, quiet};
use crate::data::{Bytes, Labels, Names, Numbers, RawPairs};
use kind::{Kind, arrow_kind, arrow_name, kind_of};

/// A table that is being read.
struct Source<'a> {
    path: &'a Path,
    bytes: &'a Bytes,
    table: Table,
}

/// A column, as far as choosing it needs to know.
struct Column {
    name: String,
    type_name: String,
    kind: Kind,
}

/// What a door asks of the columns.
struct Ask<'a> {
    expected: &'static str,
    advice: &'static str,
    fits: fn(Kind) -> bool,
    /// The names asked for; `None` to take all columns, which must then be `count` of them.
    names: Option<Vec<&'a str>>,
    count: usize,
    /// Whether a first line of numbers with points is data too.
    real: bool,
}

/// The pairs in two integer columns: the only two, or those named `left,right`.
pub(super) fn pairs(
    path: &Path,
    bytes: &Bytes,
    table: Table,
    columns: Option<&str>,
) -> Result<RawPairs, InputError> {
    let source = Source { path, bytes, table };
    guarded(&source, || read_pairs(&source, columns))
}

/// The labels in one integer or text column: the only one, or the one named.
pub(super) fn labels(
    path: &Path,
    bytes: &Bytes,
    table: Table,
    column: Option<&str>,
) -> Result<Labels, InputError> {
    let source = Source { path, bytes, table };
    guarded(&source, || match read_column(&source, column)? {
        (name, Texts::Numbers(values)) => number(name, values),
        (name, Texts::Words(values)) => number(name, values),
    })
}

/// The texts in one integer or text column.
pub(super) fn names(
    path: &Path,
    bytes: &Bytes,
    table: Table,
    column: Option<&str>,
) -> Result<Names, InputError> {
    let source = Source { path, bytes, table };
    guarded(&source, || {
        let (name, texts) = read_column(&source, column)?;
        let values = match texts {
            Texts::Numbers(values) => values.iter().map(i128::to_string).collect(),
            Texts::Words(values) => values,
        };
        Ok(Names { name, values })
    })
}

/// A column of one of the types that labels may have.
enum Texts {
    Numbers(Vec<i128>),
    Words(Vec<String>),
}

/// Runs `read`; a panic of polars in it becomes an error.
fn guarded<T>(
    source: &Source<'_>,
    read: impl FnOnce() -> Result<T, InputError>,
) -> Result<T, InputError> {
    let gave_up = |cause| InputError::TablePanic {
        path: source.path.display().to_string(),
        format: source.table.name(),
        cause,
    };
    quiet::catch(read).unwrap_or_else(|cause| Err(gave_up(cause)))
}

fn read_pairs(source: &Source<'_>, columns: Option<&str>) -> Result<RawPairs, InputError> {
    let ask = Ask {
        expected: "two integer columns",
        advice: "choose two by name with --pairs-tensor LEFT,RIGHT",
        fits: |kind| kind == Kind::Integer,
        names: columns.map(|names| names.split(',').map(str::trim).collect()),
        count: 2,
        real: false,
    };
    let (frame, names) = read(source, &ask)?;
    let name = format!("{}[{}]", source.path.display(), names.join(","));
    let mut sides = names.iter().map(|column| {
        let series = series(source, &frame, column)?;
        present(&name, &series, integers(source, &series)?)
    });
    let (Some(left), Some(right), None) = (sides.next(), sides.next(), sides.next()) else {
        return Err(ask.refuse(source, format!("{} columns", names.len()), &[]));
    };
    let pairs = left?.into_iter().zip(right?).map(|(i, j)| [i, j]).collect();
    Ok(RawPairs { name, pairs })
}

fn read_column(source: &Source<'_>, column: Option<&str>) -> Result<(String, Texts), InputError> {
    let ask = Ask {
        expected: "one column of integers or text",
        advice: "choose one by name with --labels-tensor NAME",
        fits: |kind| matches!(kind, Kind::Integer | Kind::Text),
        names: column.map(|name| vec![name]),
        count: 1,
        real: false,
    };
    let (frame, column) = read_one(source, &ask)?;
    let name = format!("{}[{column}]", source.path.display());
    let series = series(source, &frame, &column)?;
    if kind_of(series.dtype()) == Kind::Integer {
        let values = present(&name, &series, integers(source, &series)?)?;
        return Ok((name, Texts::Numbers(values)));
    }
    let text = series.str().map_err(|cause| refused(source, cause))?;
    let values = present(&name, &series, text.iter())?;
    let values = values.into_iter().map(str::to_owned).collect();
    Ok((name, Texts::Words(values)))
}

/// The numbers in one column: the only one, or the one named.
pub(super) fn numbers(
    path: &Path,
    bytes: &Bytes,
    table: Table,
    column: Option<&str>,
    wanted: Wanted,
) -> Result<Numbers, InputError> {
    let source = Source { path, bytes, table };
    guarded(&source, || read_numbers(&source, column, wanted))
}

fn read_numbers(
    source: &Source<'_>,
    column: Option<&str>,
    wanted: Wanted,
) -> Result<Numbers, InputError> {
    let ask = Ask {
        expected: "one column of numbers",
        advice: wanted.how_to_choose(),
        fits: |kind| matches!(kind, Kind::Integer | Kind::Real),
        names: column.map(|name| vec![name]),
        count: 1,
        real: true,
    };
    let (frame, column) = read_one(source, &ask)?;
    let name = format!("{}[{column}]", source.path.display());
    let series = series(source, &frame, &column)?;
    let real = series
        .cast(&DataType::Float64)
        .map_err(|cause| refused(source, cause))?;
    let real = real.f64().map_err(|cause| refused(source, cause))?;
    let values = present(&name, &series, real.iter())?;
    Ok(Numbers { name, values })
}

impl Ask<'_> {
    /// The names of the columns to read.
    fn choose(&self, source: &Source<'_>, columns: &[Column]) -> Result<Vec<String>, InputError> {
        let chosen: Vec<&Column> = match &self.names {
            None => columns.iter().collect(),
            Some(names) => {
                let find = |name: &str| {
                    columns.iter().find(|c| c.name == name).ok_or_else(|| {
                        self.refuse(source, format!("no column named `{name}`"), columns)
                    })
                };
                names
                    .iter()
                    .map(|name| find(name))
                    .collect::<Result<_, _>>()?
            }
        };
        if chosen.len() != self.count {
            let what = if self.names.is_some() {
                "name"
            } else {
                "column"
            };
            let plural = if chosen.len() == 1 { "" } else { "s" };
            return Err(self.refuse(source, format!("{} {what}{plural}", chosen.len()), columns));
        }
        if let Some(odd) = chosen.iter().find(|c| !(self.fits)(c.kind)) {
            let found = format!("column `{}` of type {}", odd.name, odd.type_name);
            return Err(self.refuse(source, found, columns));
        }
        Ok(chosen.iter().map(|c| c.name.clone()).collect())
    }

    fn refuse(&self, source: &Source<'_>, found: String, columns: &[Column]) -> InputError {
        let entry = |c: &Column| Entry {
            name: c.name.clone(),
            summary: c.type_name.clone(),
        };
        InputError::Columns {
            path: source.path.display().to_string(),
            expected: self.expected,
            found,
            advice: self.advice,
            listing: listing(&columns.iter().map(entry).collect::<Vec<_>>()),
        }
    }
}

type Columns = (DataFrame, Vec<String>);

/// Reads the columns that `ask` chooses.
fn read(source: &Source<'_>, ask: &Ask<'_>) -> Result<Columns, InputError> {
    match source.table {
        Table::Csv => read_text(source, ask, b','),
        Table::Tsv => read_text(source, ask, b'\t'),
        Table::Parquet => read_parquet(source, ask),
    }
}

/// Reads the one column that `ask` chooses.
fn read_one(source: &Source<'_>, ask: &Ask<'_>) -> Result<(DataFrame, String), InputError> {
    let (frame, names) = read(source, ask)?;
    let count = names.len();
    match (names.into_iter().next(), count) {
        (Some(column), 1) => Ok((frame, column)),
        _ => Err(ask.refuse(source, format!("{count} columns"), &[])),
    }
}

fn read_text(source: &Source<'_>, ask: &Ask<'_>, separator: u8) -> Result<Columns, InputError> {
    let options = CsvReadOptions::default()
        .with_has_header(has_header((**source.bytes).as_ref(), separator, ask.real))
        // Types are inferred from all rows: a number with a point in the last one must not go unseen.
        .with_infer_schema_length(None)
        .with_parse_options(CsvParseOptions::default().with_separator(separator));
    let reader =
        options.into_reader_with_file_handle(Cursor::new(Shared(Arc::clone(source.bytes))));
    let frame = reader.finish().map_err(|cause| refused(source, cause))?;
    let columns: Vec<Column> = frame
        .columns()
        .iter()
        .map(|column| Column {
            name: column.name().to_string(),
            type_name: column.dtype().to_string(),
            // A column without rows has no type of its own and may be anything.
            kind: if frame.height() == 0 {
                Kind::Integer
            } else {
                kind_of(column.dtype())
            },
        })
        .collect();
    let chosen = ask.choose(source, &columns)?;
    Ok((frame, chosen))
}

fn read_parquet(source: &Source<'_>, ask: &Ask<'_>) -> Result<Columns, InputError> {
    // One thread: a few columns of integers are read faster than threads are started.
    let mut reader = ParquetReader::new(Cursor::new(Shared(Arc::clone(source.bytes))))
        .read_parallel(ParallelStrategy::None);
    let schema = reader.schema().map_err(|cause| refused(source, cause))?;
    // Arrow's own types are looked at: polars panics when it is asked to translate some of them.
    let columns: Vec<Column> = schema
        .iter()
        .map(|(name, field)| Column {
            name: name.to_string(),
            type_name: arrow_name(field.dtype()),
            kind: arrow_kind(field.dtype()),
        })
        .collect();
    let chosen = ask.choose(source, &columns)?;
    let metadata = reader
        .get_metadata()
        .map_err(|cause| refused(source, cause))?;
    for group in &metadata.row_groups {
        for chunk in chosen
            .iter()
            .filter_map(|name| group.columns_under_root_iter(name))
            .flatten()
        {
            let range = chunk.byte_range();
            let bounds = usize::try_from(range.start)
                .ok()
                .zip(usize::try_from(range.end).ok());
            bounds
                .and_then(|(start, end)| (**source.bytes).as_ref().get(start..end))
                .ok_or("a column lies outside the file")
                .and_then(|bytes| pages::check(bytes, chunk.num_values(), group.num_rows()))
                .map_err(|cause| refused(source, cause))?;
        }
    }
    let reader = reader.with_columns(Some(chosen.clone()));
    let frame = reader.finish().map_err(|cause| refused(source, cause))?;
    Ok((frame, chosen))
}

/// Shared bytes under a name that readers can own.
struct Shared(Bytes);

impl AsRef<[u8]> for Shared {
    fn as_ref(&self) -> &[u8] {
        (*self.0).as_ref()
    }
}

fn series(source: &Source<'_>, frame: &DataFrame, column: &str) -> Result<Series, InputError> {
    let column = frame
        .column(column)
        .map_err(|cause| refused(source, cause))?;
    Ok(column.as_materialized_series().clone())
}

/// The values of an integer column.
fn integers(source: &Source<'_>, series: &Series) -> Result<Vec<Option<i128>>, InputError> {
    let values = || -> PolarsResult<Vec<Option<i128>>> {
        if series.dtype() == &DataType::UInt64 {
            return Ok(series.u64()?.iter().map(|v| v.map(i128::from)).collect());
        }
        Ok(series
            .cast(&DataType::Int64)?
            .i64()?
            .iter()
            .map(|v| v.map(i128::from))
            .collect())
    };
    values().map_err(|cause| refused(source, cause))
}

/// The values, all of which must be there.
fn present<T>(
    name: &str,
    series: &Series,
    values: impl IntoIterator<Item = Option<T>>,
) -> Result<Vec<T>, InputError> {
    let missing = |row| InputError::Null {
        source_name: name.to_owned(),
        column: series.name().to_string(),
        row,
    };
    values
        .into_iter()
        .enumerate()
        .map(|(row, value)| value.ok_or_else(|| missing(row)))
        .collect()
}

fn refused(source: &Source<'_>, cause: impl Into<Box<dyn Error + Send + Sync>>) -> InputError {
    InputError::Table {
        path: source.path.display().to_string(),
        format: source.table.name(),
        cause: cause.into(),
    }
}
