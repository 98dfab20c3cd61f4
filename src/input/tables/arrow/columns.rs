//! Columns of Arrow files and streams, one value in each row.

use arrow_array::cast::AsArray;
use arrow_array::types::{
    ArrowPrimitiveType, Float16Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type,
    Int64Type, UInt8Type, UInt16Type, UInt32Type, UInt64Type,
};
use arrow_array::{Array, ArrayAccessor, ArrayRef};
use arrow_schema::DataType;

use super::messages::Messages;
use super::schema::columns;
use crate::data::Bytes;
use crate::input::InputError;
use crate::input::cells::{Cell, Cells, Source, Visit};
use crate::input::tables::kind::EXACT;
use crate::input::wanted::Asked;

/// Whole numbers below these are exact in an f16 and an f32.
const EXACT_HALF: f64 = 2048.0;
const EXACT_SINGLE: f64 = 16_777_216.0;

/// The chosen columns, batch by batch.
pub(in crate::input::tables) struct Stored {
    source: Source,
    batches: Vec<Vec<ArrayRef>>,
}

/// Chooses the columns and reads them.
pub(in crate::input::tables) fn open(
    bytes: &Bytes,
    asked: &mut Asked<'_>,
) -> Result<Stored, InputError> {
    let file = Messages::open(bytes, asked.path, asked.notes)?;
    let columns = columns(file.schema());
    let chosen = asked.choose(&columns)?;
    let (mut batches, mut rows) = (Vec::new(), 0);
    for batch in file.batches(&chosen, false) {
        let batch = batch?;
        rows += batch.rows;
        batches.push(batch.columns);
    }
    let names = chosen.iter().map(|&at| columns[at].name.clone()).collect();
    let source = asked.source(names, rows);
    Ok(Stored { source, batches })
}

impl Cells for Stored {
    fn source(&self) -> &Source {
        &self.source
    }

    fn each(&self, visit: &mut Visit<'_>) -> Result<(), InputError> {
        for batch in &self.batches {
            let rows = batch.first().map_or(0, |column| column.len());
            let columns: Vec<Get<'_>> = batch.iter().map(|column| cells(column)).collect();
            for row in 0..rows {
                let mut found = [Cell::Absent; 2];
                for (cell, get) in found.iter_mut().zip(&columns) {
                    *cell = get(row);
                }
                visit(&found[..columns.len()])?;
            }
        }
        Ok(())
    }
}

/// The cell in a row of a column.
type Get<'a> = Box<dyn Fn(usize) -> Cell<'a> + 'a>;

fn cells(column: &dyn Array) -> Get<'_> {
    use DataType as T;
    let real = |value: f64, exact| Cell::Real { value, exact };
    match column.data_type() {
        T::Int8 => whole::<Int8Type>(column),
        T::Int16 => whole::<Int16Type>(column),
        T::Int32 => whole::<Int32Type>(column),
        T::Int64 => whole::<Int64Type>(column),
        T::UInt8 => whole::<UInt8Type>(column),
        T::UInt16 => whole::<UInt16Type>(column),
        T::UInt32 => whole::<UInt32Type>(column),
        T::UInt64 => whole::<UInt64Type>(column),
        T::Float16 => each(column.as_primitive::<Float16Type>(), move |v| {
            real(v.to_f64(), EXACT_HALF)
        }),
        T::Float32 => each(column.as_primitive::<Float32Type>(), move |v| {
            real(v.into(), EXACT_SINGLE)
        }),
        T::Float64 => each(column.as_primitive::<Float64Type>(), move |v| {
            real(v, EXACT)
        }),
        T::Boolean => each(column.as_boolean(), Cell::Truth),
        T::Utf8 => each(column.as_string::<i32>(), Cell::Word),
        T::LargeUtf8 => each(column.as_string::<i64>(), Cell::Word),
        T::Utf8View => each(column.as_string_view(), Cell::Word),
        T::Dictionary(..) => {
            let coded = column.as_any_dictionary();
            if coded.values().is_empty() {
                return Box::new(|_| Cell::Absent);
            }
            let (places, values) = (coded.normalized_keys(), cells(coded.values()));
            Box::new(move |row| match column.is_null(row) {
                true => Cell::Absent,
                false => values(places[row]),
            })
        }
        // Columns of other types are not chosen.
        _ => Box::new(|_| Cell::Absent),
    }
}

fn whole<T: ArrowPrimitiveType<Native: Into<i128>>>(column: &dyn Array) -> Get<'_> {
    each(column.as_primitive::<T>(), |v| Cell::Whole(v.into()))
}

fn each<'a, A: ArrayAccessor + 'a>(column: A, cell: impl Fn(A::Item) -> Cell<'a> + 'a) -> Get<'a> {
    Box::new(move |row| match column.is_null(row) {
        true => Cell::Absent,
        false => cell(column.value(row)),
    })
}
