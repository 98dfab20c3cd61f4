//! Embeddings of Arrow files and streams: lists of numbers in a column, or numbers in many, read batch by batch.
//!
//! Where all rows are in one batch, they are used where they lie: in the file, or where they were unpacked. Else they are
//! copied into one matrix, as long as the batches say that there are rows.

use std::iter::repeat_n;
use std::ops::Range;
use std::path::Path;

use super::columns::end;
use super::data::{BufferBytes, Data};
use super::layout::Held;
use super::messages::{BatchColumns, Messages};
use super::schema::fields;
use crate::data::{Bytes, FileRows};
use crate::input::InputError;
use crate::input::format::TableFormat;
use crate::input::tables::growing::Growing;
use crate::input::tables::vectors::{ColumnChoice, Vectors};

const SHORT: &str = "its lists are longer than what they are lists of";

/// The matrix in the column that is meant, or in the columns.
pub(in crate::input::tables) fn open(
    bytes: &Bytes,
    path: &Path,
    tensor: Option<&str>,
    notes: &mut Vec<String>,
) -> Result<FileRows, InputError> {
    let file = Messages::open(bytes, path, notes)?;
    let fields = fields(file.columns());
    let choice = ColumnChoice {
        path,
        fields: &fields,
        typed: true,
    };
    let (wanted, dtype, lists) = match choice.typed(tensor)? {
        Vectors::Lists(at, dtype) => (vec![at], dtype, true),
        Vectors::Spread(all, dtype) => (all, dtype, false),
    };
    let names: Vec<&str> = wanted.iter().map(|&at| fields[at].name.as_str()).collect();
    let shown = if lists {
        names[0]
    } else {
        tensor.unwrap_or_default()
    };
    let sizes = file.measure(&wanted)?;
    let rows: Vec<usize> = sizes.iter().map(|size| size.rows).collect();
    let name = format!("{}[{shown}]", path.display());
    let mut to = Growing::new(name, TableFormat::Arrow, dtype, &rows);
    to.values = match lists {
        true => sizes
            .iter()
            .fold(0, |sum, size| size.values.saturating_add(sum)),
        false => to.rows.saturating_mul(names.len()),
    };
    to.width = (!lists).then_some(names.len());
    let mut whole = None;
    for batch in file.batches(&wanted) {
        let batch = batch?;
        match lists {
            _ if batch.rows == 0 => {}
            true => whole = add_lists(&mut to, &batch)?,
            false => add_columns(&mut to, &batch, &names)?,
        }
        to.read += batch.rows;
    }
    if to.read != to.rows {
        return Err(to.refused("its batches have other rows than they say"));
    }
    to.finish(whole)
}

/// Adds a batch of rows, one list each; if it is all rows, it is only told where they lie.
fn add_lists(to: &mut Growing, batch: &BatchColumns) -> Result<Option<(Bytes, usize)>, InputError> {
    let lists = &batch.columns[0];
    if let Some(row) = lists.first_null(0, 0..batch.rows) {
        return Err(to.no_value(row, ""));
    }
    let (width, first) = match lists.held {
        Held::Fixed { width, .. } => (to.one_width(repeat_n(width, batch.rows))?, 0),
        Held::List { ends, .. } => of_any_length(to, lists, ends)?,
        _ => return Err(to.refused(SHORT)),
    };
    let count = batch.rows.checked_mul(width);
    let end = count.and_then(|count| first.checked_add(count));
    let Some(end) = end.filter(|&end| end <= lists.len(1)) else {
        return Err(to.refused(SHORT));
    };
    if let Some(at) = lists.first_null(1, first..end) {
        return Err(to.hole(at - first, width));
    }
    let BufferBytes { bytes, at } = lying(to, lists, first..end)?;
    if batch.rows == to.rows {
        return Ok(Some((bytes, at.start)));
    }
    to.make_room(width)?;
    to.add(&(*bytes).as_ref()[at])?;
    Ok(None)
}

/// How long each list is, and where the first begins.
fn of_any_length(
    to: &mut Growing,
    lists: &Data,
    size: usize,
) -> Result<(usize, usize), InputError> {
    let end = |row: usize| end(lists.part(1), size, row);
    let lengths = || (0..lists.len(0)).map(|row| end(row + 1)?.checked_sub(end(row)?));
    if lengths().any(|length| length.is_none()) {
        return Err(to.refused("a list ends before it begins"));
    }
    let width = to.one_width(lengths().flatten())?;
    Ok((width, end(0).unwrap_or(0)))
}

/// Adds a batch of rows, one number in each of the columns.
fn add_columns(to: &mut Growing, batch: &BatchColumns, names: &[&str]) -> Result<(), InputError> {
    to.make_room(names.len())?;
    let start = to.add_empty(batch.rows, names.len())?;
    for (at, (column, name)) in batch.columns.iter().zip(names).enumerate() {
        if let Some(row) = column.first_null(0, 0..batch.rows) {
            return Err(to.no_value(row, &format!(" in column `{name}`")));
        }
        let numbers = lying(to, column, 0..batch.rows)?;
        to.put(start, numbers.get(), at, names.len());
    }
    Ok(())
}

/// Where some of these numbers lie.
fn lying(to: &Growing, numbers: &Data, some: Range<usize>) -> Result<BufferBytes, InputError> {
    // Numbers are the last of a column's buffers.
    let all = numbers.parts.last().ok_or_else(|| to.refused(SHORT))?;
    let place = |at: usize| {
        let at = at.checked_mul(to.dtype.size())?.checked_add(all.at.start)?;
        (at <= all.at.end).then_some(at)
    };
    match (place(some.start), place(some.end)) {
        (Some(start), Some(end)) => Ok(BufferBytes {
            bytes: all.bytes.clone(),
            at: start..end,
        }),
        _ => Err(to.refused(SHORT)),
    }
}
