//! Columns of Parquet files, through polars' own reader.

use polars_arrow::array::{Array, BooleanArray, PrimitiveArray, Utf8ViewArray};
use polars_arrow::datatypes::ArrowDataType;
use polars_arrow::types::NativeType;

use super::checked::{Cause, CheckedParquet};
use super::column::NamedColumn;
use super::kind::{EXACT, arrow_kind, short_name};
use crate::data::Bytes;
use crate::input::InputError;
use crate::input::cells::{CellSource, CellValue, Cells, Visit};
use crate::input::format::TableFormat;
use crate::input::wanted::Inquiry;

/// Whole numbers below this are exact in an f32.
const EXACT_SINGLE: f64 = 16_777_216.0;

/// The chosen columns of a Parquet file.
pub(super) struct ParquetCells {
    source: CellSource,
    /// The columns of each row group.
    groups: Vec<Vec<Box<dyn Array>>>,
}

/// Chooses the columns, checks what the file says of them, and reads them.
pub(super) fn open(bytes: &Bytes, inquiry: &mut Inquiry<'_>) -> Result<ParquetCells, InputError> {
    let file = CheckedParquet::open(bytes)
        .map_err(|cause| inquiry.refused(TableFormat::Parquet, cause))?;
    let columns: Vec<NamedColumn> = file
        .schema()
        .iter()
        .map(|(name, field)| NamedColumn {
            name: name.to_string(),
            type_name: short_name(field.dtype()),
            kind: arrow_kind(field.dtype()),
        })
        .collect();
    let chosen = inquiry.choose(&columns)?;
    let names: Vec<String> = chosen.iter().map(|&at| columns[at].name.clone()).collect();
    let rows = file.rows();
    let mut groups = Vec::new();
    // A group without rows has no pages, either.
    for group in (0..rows.len()).filter(|&group| rows[group] > 0) {
        let read = || -> Result<Vec<Box<dyn Array>>, Cause> {
            let column = |name: &String| {
                file.check_pages(group, name)?;
                let values = file.column(group, name)?;
                match values.len() == rows[group] {
                    true => Ok(values),
                    false => Err("a row group has other rows than its footer says".into()),
                }
            };
            names.iter().map(column).collect()
        };
        groups.push(read().map_err(|cause| inquiry.refused(TableFormat::Parquet, cause))?);
    }
    let source = inquiry.source(names, rows.iter().sum());
    Ok(ParquetCells { source, groups })
}

impl Cells for ParquetCells {
    fn source(&self) -> &CellSource {
        &self.source
    }

    fn each(&self, visit: &mut Visit<'_>) -> Result<(), InputError> {
        for group in &self.groups {
            let mut columns: Vec<CellsOfColumn<'_>> =
                group.iter().map(|column| cells(column.as_ref())).collect();
            for _ in 0..group.first().map_or(0, |column| column.len()) {
                let mut row = [CellValue::Absent; 2];
                for (cell, column) in row.iter_mut().zip(&mut columns) {
                    *cell = column.next().flatten().unwrap_or(CellValue::Absent);
                }
                visit(&row[..columns.len()])?;
            }
        }
        Ok(())
    }
}

type CellsOfColumn<'s> = Box<dyn Iterator<Item = Option<CellValue<'s>>> + 's>;

fn cells(column: &dyn Array) -> CellsOfColumn<'_> {
    use ArrowDataType as T;
    let real = |value, exact| CellValue::Real { value, exact };
    match column.dtype() {
        T::Int8 => numbers(column, |v: i8| CellValue::Whole(v.into())),
        T::Int16 => numbers(column, |v: i16| CellValue::Whole(v.into())),
        T::Int32 => numbers(column, |v: i32| CellValue::Whole(v.into())),
        T::Int64 => numbers(column, |v: i64| CellValue::Whole(v.into())),
        T::UInt8 => numbers(column, |v: u8| CellValue::Whole(v.into())),
        T::UInt16 => numbers(column, |v: u16| CellValue::Whole(v.into())),
        T::UInt32 => numbers(column, |v: u32| CellValue::Whole(v.into())),
        T::UInt64 => numbers(column, |v: u64| CellValue::Whole(v.into())),
        T::Float32 => numbers(column, move |v: f32| real(v.into(), EXACT_SINGLE)),
        T::Float64 => numbers(column, move |v: f64| real(v, EXACT)),
        T::Boolean => each(of::<BooleanArray>(column).iter(), CellValue::Truth),
        T::Utf8View => each(of::<Utf8ViewArray>(column).iter(), CellValue::Word),
        // Columns of other types are not chosen.
        _ => Box::new(std::iter::repeat(None)),
    }
}

fn numbers<'s, T: NativeType>(
    column: &'s dyn Array,
    cell: impl Fn(T) -> CellValue<'s> + 's,
) -> CellsOfColumn<'s> {
    each(
        of::<PrimitiveArray<T>>(column).iter().map(|v| v.copied()),
        cell,
    )
}

/// The array of this type.
fn of<A: 'static>(column: &dyn Array) -> &A {
    let found = column.as_any().downcast_ref();
    found.expect("an array is of the type that it says")
}

fn each<'s, T>(
    values: impl Iterator<Item = Option<T>> + 's,
    cell: impl Fn(T) -> CellValue<'s> + 's,
) -> CellsOfColumn<'s> {
    Box::new(values.map(move |value| value.map(&cell)))
}
