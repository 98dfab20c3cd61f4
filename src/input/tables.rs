//! Columns of CSV, TSV and Parquet files, through polars (feature `tables`).

use std::error::Error;
use std::io::Cursor;
use std::path::Path;
use std::sync::Arc;

use polars::prelude::{
    ArrowDataType, CsvParseOptions, CsvReadOptions, DataFrame, DataType, ParallelStrategy,
    ParquetReader, PolarsResult, SerReader, Series,
};

use super::InputError;
use super::choose::{Entry, listing};
use super::format::Table;
use super::integers::number;
use super::{pages, quiet};
use crate::data::{Bytes, Labels, Names, RawPairs};

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

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Integer,
    Text,
    Other,
}

/// What a door asks of the columns.
struct Ask<'a> {
    expected: &'static str,
    advice: &'static str,
    fits: fn(Kind) -> bool,
    /// The names asked for; `None` to take all columns, which must then be `count` of them.
    names: Option<Vec<&'a str>>,
    count: usize,
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
        fits: |kind| kind != Kind::Other,
        names: column.map(|name| vec![name]),
        count: 1,
    };
    let (frame, names) = read(source, &ask)?;
    let [column] = names.as_slice() else {
        return Err(ask.refuse(source, format!("{} columns", names.len()), &[]));
    };
    let name = format!("{}[{column}]", source.path.display());
    let series = series(source, &frame, column)?;
    if kind_of(series.dtype()) == Kind::Integer {
        let values = present(&name, &series, integers(source, &series)?)?;
        return Ok((name, Texts::Numbers(values)));
    }
    let text = series.str().map_err(|cause| refused(source, cause))?;
    let values = present(&name, &series, text.iter())?;
    let values = values.into_iter().map(str::to_owned).collect();
    Ok((name, Texts::Words(values)))
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

fn read_text(source: &Source<'_>, ask: &Ask<'_>, separator: u8) -> Result<Columns, InputError> {
    let options = CsvReadOptions::default()
        .with_has_header(has_header((**source.bytes).as_ref(), separator))
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

/// Whether the first line of a table of text names its columns. A line of integers is data: taking it for
/// names would lose a row without a word.
fn has_header(bytes: &[u8], separator: u8) -> bool {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let line = bytes.split(|&b| b == b'\n').next().unwrap_or_default();
    !line.split(|&b| b == separator).all(|field| {
        let field = String::from_utf8_lossy(field);
        field
            .trim()
            .trim_matches('"')
            .trim()
            .parse::<i128>()
            .is_ok()
    })
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

fn kind_of(dtype: &DataType) -> Kind {
    match dtype {
        DataType::Int8 | DataType::Int16 | DataType::Int32 | DataType::Int64 => Kind::Integer,
        DataType::UInt8 | DataType::UInt16 | DataType::UInt32 | DataType::UInt64 => Kind::Integer,
        DataType::String => Kind::Text,
        _ => Kind::Other,
    }
}

fn arrow_kind(dtype: &ArrowDataType) -> Kind {
    use ArrowDataType as A;
    match dtype {
        A::Int8 | A::Int16 | A::Int32 | A::Int64 | A::UInt8 | A::UInt16 | A::UInt32 | A::UInt64 => {
            Kind::Integer
        }
        A::Utf8 | A::LargeUtf8 | A::Utf8View => Kind::Text,
        _ => Kind::Other,
    }
}

/// `Float32`, `LargeList`: the type without what it is made of.
fn arrow_name(dtype: &ArrowDataType) -> String {
    let text = format!("{dtype:?}");
    text.split(|c: char| !c.is_alphanumeric())
        .next()
        .unwrap_or_default()
        .to_owned()
}

fn refused(source: &Source<'_>, cause: impl Into<Box<dyn Error + Send + Sync>>) -> InputError {
    InputError::Table {
        path: source.path.display().to_string(),
        format: source.table.name(),
        cause: cause.into(),
    }
}
