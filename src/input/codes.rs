//! Elements of another type than their file says, and whole numbers as the bytes that they are codes of.

use std::sync::Arc;

use super::InputError;
use super::array::Array;
use super::cells::CellValue;
use super::element::{Element, Odd};
use super::elements;
use super::room::room;
use crate::data::FileRows;
use crate::num::Dtype;

/// The array with elements of `dtype`, where they are stored as something else; whole numbers of more than a byte become
/// bytes. What else is stored is left as it is.
pub(super) fn typed(array: Array, dtype: Option<Dtype>) -> Result<Array, InputError> {
    match (dtype, array.layout.element) {
        (Some(Dtype::Bf16), element) => bf16(array, element),
        (
            Some(dtype @ (Dtype::I8 | Dtype::U8)),
            Element::Signed(2..) | Element::Unsigned(2..) | Element::Bool,
        ) => narrowed(array, dtype),
        _ => Ok(array),
    }
}

/// bf16, which NumPy has no type for: it is saved as raw bytes, or as integers of two bytes.
fn bf16(array: Array, element: Element) -> Result<Array, InputError> {
    match element {
        Element::Bf16 => Ok(array),
        Element::Odd(Odd::RawBytes) | Element::Signed(2) | Element::Unsigned(2) => {
            array.into_type(Element::Bf16)
        }
        _ => Err(InputError::Array {
            source_name: array.name.clone(),
            expected: "bf16, raw bytes (`V2`) or integers of two bytes (--dtype bf16)",
            found: array.layout.element_text(),
            advice: "leave out --dtype bf16",
        }),
    }
}

fn narrowed(array: Array, dtype: Dtype) -> Result<Array, InputError> {
    let (element, big_endian) = (array.layout.element, array.layout.big_endian);
    let size = element.size().unwrap_or(1);
    let mut out: Vec<u8> = room(&array.name, array.data().len() / size)?;
    for (at, bytes) in array.data().chunks_exact(size).enumerate() {
        let value = match elements::number(element, bytes, big_endian) {
            CellValue::Whole(value) => value,
            CellValue::Truth(truth) => i128::from(truth),
            _ => unreachable!("these elements are whole numbers"),
        };
        out.push(code(value, dtype).ok_or_else(|| {
            let place = format!("element {at} of the array (counted from 0, as they are stored)");
            InputError::row(&*array.name, place, expected(dtype), value, OTHER)
        })?);
    }
    let end = out.len();
    let mut layout = array.layout.clone();
    layout.element = match dtype {
        Dtype::I8 => Element::Signed(1),
        _ => Element::Unsigned(1),
    };
    Array::new(array.name, Arc::new(out), (0, end), layout)
}

const OTHER: &str = "say which codes these are, --dtype u8 or --dtype i8, or leave it out";

fn expected(dtype: Dtype) -> &'static str {
    match dtype {
        Dtype::I8 => "a whole number from -128 to 127 (--dtype i8)",
        _ => "a whole number from 0 to 255 (--dtype u8)",
    }
}

/// The byte of a whole number.
fn code(value: i128, dtype: Dtype) -> Option<u8> {
    match dtype {
        Dtype::I8 => i8::try_from(value).ok().map(i8::cast_unsigned),
        _ => u8::try_from(value).ok(),
    }
}

/// The rows as bytes of type `dtype`, or of the type it has if none is said.
pub(super) fn bytes(matrix: FileRows, dtype: Option<Dtype>) -> Result<FileRows, InputError> {
    let found = matrix.dtype();
    let dtype = match (dtype, found) {
        (None, Dtype::I8 | Dtype::U8) => return Ok(matrix),
        (Some(dtype), found) if dtype == found => return Ok(matrix),
        (Some(dtype @ (Dtype::I8 | Dtype::U8)), _) => dtype,
        _ => {
            return Err(InputError::Array {
                source_name: matrix.name().to_owned(),
                expected: "bytes (i8 or u8), of which --scale, --offset and --unpack say what they stand for",
                found: found.name().to_owned(),
                advice: "leave these options out, or, if these are whole numbers, say --dtype u8 or --dtype i8",
            });
        }
    };
    let (rows, dim) = (matrix.rows(), matrix.dim());
    let mut out: Vec<u8> = room(matrix.name(), rows.saturating_mul(dim))?;
    let mut row: Vec<f64> = room(matrix.name(), dim)?;
    row.resize(dim, 0.0);
    for at in 0..rows {
        matrix.row_f64(at, &mut row);
        for (column, value) in row.iter().enumerate() {
            let whole = (value.fract() == 0.0).then_some(*value as i128);
            let byte = whole.and_then(|whole| code(whole, dtype));
            out.push(byte.ok_or_else(|| {
                let place = format!("row {at}, column {column} (counted from 0)");
                InputError::row(matrix.name(), place, expected(dtype), value, OTHER)
            })?);
        }
    }
    let big_endian = cfg!(target_endian = "big");
    let (name, shape) = (matrix.name().to_owned(), (rows, dim));
    Ok(FileRows::new(
        name,
        Arc::new(out),
        0,
        dtype,
        big_endian,
        shape,
    )?)
}
