//! A matrix that is put together part by part, and what is wrong with a part.

use super::checked::Cause;
use crate::data::{Bytes, FileRows};
use crate::input::InputError;
use crate::input::format::TableFormat;
use crate::input::room::{grow, room};
use crate::num::Dtype;

/// A matrix that is being read.
pub(super) struct Growing {
    pub(super) name: String,
    table: TableFormat,
    pub(super) dtype: Dtype,
    /// Rows and numbers in all, as the file says.
    pub(super) rows: usize,
    pub(super) values: usize,
    /// Rows so far, and numbers in each, once that is known.
    pub(super) read: usize,
    pub(super) width: Option<usize>,
    pub(super) copied: Vec<u8>,
}

impl Growing {
    /// No rows yet, of a matrix that will have as many as all its parts.
    pub(super) fn new(name: String, table: TableFormat, dtype: Dtype, parts: &[usize]) -> Self {
        Self {
            name,
            table,
            dtype,
            rows: parts.iter().fold(0, |sum, &rows| sum.saturating_add(rows)),
            values: 0,
            read: 0,
            width: None,
            copied: Vec::new(),
        }
    }

    /// Numbers in each of the next rows, which must be as many as in the rows before.
    pub(super) fn one_width(
        &mut self,
        lengths: impl Iterator<Item = usize>,
    ) -> Result<usize, InputError> {
        for (at, found) in lengths.enumerate() {
            let width = *self.width.get_or_insert(found);
            if found > 0 && found == width {
                continue;
            }
            let (expected, found) = match width {
                0 => ("at least one", "a list without numbers".to_owned()),
                _ => (
                    "as many in each row",
                    format!("a list of {found} (row 0: {width})"),
                ),
            };
            return Err(self.value(at, expected, found));
        }
        Ok(self.width.unwrap_or(0))
    }

    /// Asks for the memory of all `rows` of `width` numbers, once.
    pub(super) fn make_room(&mut self, width: usize) -> Result<(), InputError> {
        if self.copied.capacity() == 0 {
            let values = self.rows.saturating_mul(width).min(self.values);
            self.copied = room(&self.name, values.saturating_mul(self.dtype.size()))?;
        }
        Ok(())
    }

    /// Adds the numbers of whole rows.
    pub(super) fn add(&mut self, bytes: &[u8]) -> Result<(), InputError> {
        grow(&self.name, &mut self.copied, bytes.len())?;
        self.copied.extend_from_slice(bytes);
        Ok(())
    }

    /// Adds `rows` rows of `width` numbers, which [`Growing::put`] sets column by column; the place of the first.
    pub(super) fn add_empty(&mut self, rows: usize, width: usize) -> Result<usize, InputError> {
        let start = self.copied.len();
        let more = rows.saturating_mul(width).saturating_mul(self.dtype.size());
        grow(&self.name, &mut self.copied, more)?;
        self.copied.resize(start.saturating_add(more), 0);
        Ok(start)
    }

    /// Sets column `at` of the `width` columns of the rows that lie from `start` on.
    pub(super) fn put(&mut self, start: usize, column: &[u8], at: usize, width: usize) {
        let out = &mut self.copied[start..];
        match self.dtype.size() {
            1 => scatter::<1>(column, out, at, width),
            2 => scatter::<2>(column, out, at, width),
            4 => scatter::<4>(column, out, at, width),
            _ => scatter::<8>(column, out, at, width),
        }
    }

    /// The matrix: the rows that were added, or those that lie in `whole` from `start` on.
    pub(super) fn finish(self, whole: Option<(Bytes, usize)>) -> Result<FileRows, InputError> {
        let dim = self.width.unwrap_or(0);
        let (bytes, start) = match whole {
            Some(whole) => whole,
            None => (std::sync::Arc::new(self.copied) as Bytes, 0),
        };
        let big_endian = cfg!(target_endian = "big");
        let shape = (self.rows, dim);
        let matrix = FileRows::new(self.name, bytes, start, self.dtype, big_endian, shape);
        Ok(matrix?)
    }

    /// Refuses the `row`-th of the next rows, which holds nothing.
    pub(super) fn no_value(&self, row: usize, column: &str) -> InputError {
        InputError::Null {
            source_name: self.name.clone(),
            row: self.read + row,
            column: column.to_owned(),
        }
    }

    /// Refuses the next rows, of `width` numbers each: the `at`-th of these is none.
    pub(super) fn hole(&self, at: usize, width: usize) -> InputError {
        let found = format!("nothing at place {} (counted from 0)", at % width);
        self.value(at / width, "a number", found)
    }

    fn value(&self, row: usize, expected: &'static str, found: String) -> InputError {
        InputError::Value {
            source_name: self.name.clone(),
            row: self.read + row,
            column: String::new(),
            expected,
            found,
        }
    }

    /// Refuses the file.
    pub(super) fn refused(&self, cause: impl Into<Cause>) -> InputError {
        InputError::Table {
            path: self.name.clone(),
            format: self.table.name(),
            cause: cause.into(),
        }
    }
}

/// Writes one column of a matrix of `width` columns.
fn scatter<const W: usize>(column: &[u8], out: &mut [u8], at: usize, width: usize) {
    let (from, _) = column.as_chunks::<W>();
    let (to, _) = out.as_chunks_mut::<W>();
    let places = to.iter_mut().skip(at).step_by(width);
    places.zip(from).for_each(|(to, from)| *to = *from);
}
