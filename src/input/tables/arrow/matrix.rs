//! Embeddings of Arrow files and streams: lists of numbers in a column, or numbers in many, read batch by batch.
//!
//! Where all rows are in one batch, they are used where they lie: in the file, or where they were unpacked. Else they are
//! copied into one matrix, as long as the batches say that there are rows.

use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef, GenericListArray, OffsetSizeTrait};
use arrow_buffer::NullBuffer;

use super::messages::{Batch, Messages};
use super::schema::fields;
use crate::data::{Bytes, FileRows};
use crate::input::InputError;
use crate::input::format::Table;
use crate::input::tables::growing::Growing;
use crate::input::tables::vectors::{Choice, Vectors};

const SHORT: &str = "its lists are longer than what they are lists of";

/// The matrix in the column that is meant, or in the columns.
pub(in crate::input::tables) fn open(
    bytes: &Bytes,
    path: &Path,
    tensor: Option<&str>,
    notes: &mut Vec<String>,
) -> Result<FileRows, InputError> {
    let file = Messages::open(bytes, path, notes)?;
    let fields = fields(file.schema());
    let choice = Choice {
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
    let mut to = Growing::new(name, Table::Arrow, dtype, &rows);
    to.values = match lists {
        true => sizes
            .iter()
            .fold(0, |sum, size| size.values.saturating_add(sum)),
        false => to.rows.saturating_mul(names.len()),
    };
    to.width = (!lists).then_some(names.len());
    let mut whole = None;
    for batch in file.batches(&wanted, true) {
        let batch = batch?;
        match lists {
            _ if batch.rows == 0 => {}
            true => whole = add_lists(&mut to, &batch, file.bytes())?,
            false => add_columns(&mut to, &batch, file.bytes(), &names)?,
        }
        to.read += batch.rows;
    }
    if to.read != to.rows {
        return Err(to.refused("its batches have other rows than they say"));
    }
    to.finish(whole)
}

/// Adds a batch of rows, one list each; if it is all rows, it is only told where they lie.
fn add_lists(
    to: &mut Growing,
    batch: &Batch,
    file: &Bytes,
) -> Result<Option<(Bytes, usize)>, InputError> {
    let lists = &batch.columns[0];
    if let Some(row) = first_null(lists.nulls(), 0..lists.len()) {
        return Err(to.no_value(row, ""));
    }
    let (width, first, items) = if let Some(lists) = lists.as_list_opt::<i32>() {
        of_any_length(to, lists)?
    } else if let Some(lists) = lists.as_list_opt::<i64>() {
        of_any_length(to, lists)?
    } else {
        let lists = lists.as_fixed_size_list();
        let width = usize::try_from(lists.value_length()).unwrap_or(0);
        let width = to.one_width(std::iter::repeat_n(width, batch.rows))?;
        (width, 0, lists.values())
    };
    let count = batch.rows.checked_mul(width);
    let end = count.and_then(|count| first.checked_add(count));
    let Some(end) = end.filter(|&end| end <= items.len()) else {
        return Err(to.refused(SHORT));
    };
    if let Some(at) = first_null(items.nulls(), first..end) {
        return Err(to.hole(at - first, width));
    }
    let (bytes, at) = lying(to, items, batch.values[0].as_ref(), first..end, file)?;
    if batch.rows == to.rows {
        return Ok(Some((bytes, at.start)));
    }
    to.make_room(width)?;
    to.add(&(*bytes).as_ref()[at])?;
    Ok(None)
}

/// How long each list is, where the first begins, and what they are lists of.
fn of_any_length<'l, O: OffsetSizeTrait>(
    to: &mut Growing,
    lists: &'l GenericListArray<O>,
) -> Result<(usize, usize, &'l ArrayRef), InputError> {
    let offsets = lists.offsets();
    let width = to.one_width(offsets.lengths())?;
    let first = offsets.first().as_usize();
    Ok((width, first, lists.values()))
}

/// Adds a batch of rows, one number in each of the columns.
fn add_columns(
    to: &mut Growing,
    batch: &Batch,
    file: &Bytes,
    names: &[&str],
) -> Result<(), InputError> {
    to.make_room(names.len())?;
    let start = to.add_empty(batch.rows, names.len())?;
    let columns = batch.columns.iter().zip(&batch.values).zip(names);
    for (at, ((column, values), name)) in columns.enumerate() {
        if let Some(row) = first_null(column.nulls(), 0..column.len()) {
            return Err(to.no_value(row, &format!(" in column `{name}`")));
        }
        let (bytes, lie) = lying(to, column, values.as_ref(), 0..batch.rows, file)?;
        to.put(start, &(*bytes).as_ref()[lie], at, names.len());
    }
    Ok(())
}

/// The bytes of some of these numbers: in the file at `plain`, or else where they were decoded.
fn lying(
    to: &Growing,
    numbers: &ArrayRef,
    plain: Option<&Range<usize>>,
    some: Range<usize>,
    file: &Bytes,
) -> Result<(Bytes, Range<usize>), InputError> {
    let (bytes, part): (Bytes, Range<usize>) = match plain {
        Some(plain) => (Arc::clone(file), plain.clone()),
        None => {
            let data = numbers.to_data();
            let buffer = data.buffers().first().cloned();
            let buffer = buffer.ok_or_else(|| to.refused("a column has no numbers"))?;
            let start = data.offset().saturating_mul(to.dtype.size());
            let end = buffer.len();
            (Arc::new(buffer), start..end)
        }
    };
    let place = |at: usize| {
        let at = at.checked_mul(to.dtype.size())?.checked_add(part.start)?;
        (at <= part.end).then_some(at)
    };
    match (place(some.start), place(some.end)) {
        (Some(start), Some(end)) => Ok((bytes, start..end)),
        _ => Err(to.refused(SHORT)),
    }
}

fn first_null(nulls: Option<&NullBuffer>, mut part: Range<usize>) -> Option<usize> {
    let nulls = nulls.filter(|nulls| nulls.null_count() > 0)?;
    part.find(|&at| nulls.is_null(at))
}
