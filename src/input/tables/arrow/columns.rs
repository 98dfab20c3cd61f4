//! Columns of Arrow files and streams, one value in each row.

use half::f16;

use super::data::{Data, bit};
use super::layout::Held;
use super::messages::Messages;
use super::schema::columns;
use crate::data::Bytes;
use crate::input::InputError;
use crate::input::cells::{CellSource, CellValue, Cells, Visit};
use crate::input::format::TableFormat;
use crate::input::tables::kind::EXACT;
use crate::input::wanted::Inquiry;

/// Whole numbers below these are exact in an f16 and an f32.
const EXACT_HALF: f64 = 2048.0;
const EXACT_SINGLE: f64 = 16_777_216.0;

/// The chosen columns, batch by batch.
pub(in crate::input::tables) struct ArrowCells {
    source: CellSource,
    batches: Vec<Vec<Data>>,
}

/// Chooses the columns and reads them.
pub(in crate::input::tables) fn open(
    bytes: &Bytes,
    inquiry: &mut Inquiry<'_>,
) -> Result<ArrowCells, InputError> {
    let file = Messages::open(bytes, inquiry.path, inquiry.notes)?;
    let columns = columns(file.columns());
    let chosen = inquiry.choose(&columns)?;
    let names: Vec<String> = chosen.iter().map(|&at| columns[at].name.clone()).collect();
    let (mut batches, mut rows) = (Vec::new(), 0);
    for batch in file.batches(&chosen) {
        let batch = batch?;
        for (column, name) in batch.columns.iter().zip(&names) {
            if let Some(row) = (0..batch.rows).find(|&row| cell(column, row).is_none()) {
                let cause = format!("row {} of column `{name}` is damaged", rows + row);
                return Err(inquiry.refused(TableFormat::Arrow, cause));
            }
        }
        rows += batch.rows;
        batches.push(batch.columns);
    }
    let source = inquiry.source(names, rows);
    Ok(ArrowCells { source, batches })
}

impl Cells for ArrowCells {
    fn source(&self) -> &CellSource {
        &self.source
    }

    fn each(&self, visit: &mut Visit<'_>) -> Result<(), InputError> {
        for batch in &self.batches {
            for row in 0..batch.first().map_or(0, |column| column.len(0)) {
                let mut found = [CellValue::Absent; 2];
                for (found, column) in found.iter_mut().zip(batch) {
                    // They were all looked at when they were read.
                    *found = cell(column, row).unwrap_or(CellValue::Absent);
                }
                visit(&found[..batch.len()])?;
            }
        }
        Ok(())
    }
}

/// The cell in a row of a column; nothing if the row says that it lies where nothing does.
fn cell(column: &Data, row: usize) -> Option<CellValue<'_>> {
    if column.first_null(0, row..row + 1).is_some() {
        return Some(CellValue::Absent);
    }
    let number = |size: usize| column.part(1).get(row * size..)?.get(..size);
    match column.held {
        Held::Whole { size, signed } => Some(CellValue::Whole(whole(number(size)?, signed))),
        Held::Real { size } => Some(real(number(size)?)),
        Held::Truth => Some(CellValue::Truth(bit(column.part(1), row))),
        Held::Text { ends } => {
            let end = |row| end(column.part(1), ends, row);
            text(column.part(2).get(end(row)?..end(row + 1)?)?)
        }
        Held::View => {
            // A length, and the text itself if it has at most 12 bytes; else its beginning, its buffer and its place there.
            let view = number(16)?;
            let word = |at: usize| usize::try_from(whole(&view[at..at + 4], true)).ok();
            let length = word(0)?;
            if let Some(short) = view[4..].get(..length) {
                return text(short);
            }
            let buffer = column.parts.get(word(8)?.checked_add(2)?)?.get();
            text(buffer.get(word(12)?..)?.get(..length)?)
        }
        Held::Codes { size, signed, .. } => {
            let mut code = usize::try_from(whole(number(size)?, signed)).ok()?;
            for values in column.dictionary.iter() {
                if code < values.len(0) {
                    return cell(values, code);
                }
                code -= values.len(0);
            }
            None
        }
        // Columns of other types are not chosen.
        Held::List { .. } | Held::Fixed { .. } | Held::Other(_) => Some(CellValue::Absent),
    }
}

fn text(bytes: &[u8]) -> Option<CellValue<'_>> {
    std::str::from_utf8(bytes).ok().map(CellValue::Word)
}

/// Where row `row` begins, of numbers of `size` bytes that say where rows end; nothing if that is nowhere.
pub(super) fn end(ends: &[u8], size: usize, row: usize) -> Option<usize> {
    let end = ends.get(row.checked_mul(size)?..)?.get(..size)?;
    usize::try_from(whole(end, true)).ok()
}

/// The integer in some bytes.
fn whole(bytes: &[u8], signed: bool) -> i128 {
    let negative = signed && bytes.last().is_some_and(|last| last >> 7 == 1);
    let mut wide = [if negative { 0xff } else { 0 }; 16];
    wide[..bytes.len()].copy_from_slice(bytes);
    i128::from_le_bytes(wide)
}

/// The floating-point number in 2, 4 or 8 bytes.
fn real(bytes: &[u8]) -> CellValue<'_> {
    let (value, exact) = match *bytes {
        [a, b] => (f16::from_le_bytes([a, b]).to_f64(), EXACT_HALF),
        [a, b, c, d] => (f32::from_le_bytes([a, b, c, d]).into(), EXACT_SINGLE),
        _ => {
            let mut all = [0; 8];
            all.copy_from_slice(bytes);
            (f64::from_le_bytes(all), EXACT)
        }
    };
    CellValue::Real { value, exact }
}
