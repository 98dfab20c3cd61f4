//! Embeddings of a Parquet file: lists of numbers in a column, or numbers in many, read row group by row group.
//!
//! Decoded values are copied into one matrix, as long as the footer says that there are rows. Where all rows are in one
//! group, what polars decoded is the matrix and nothing is copied. Beside the matrix there is never more than a group.

use std::hint::black_box;
use std::path::Path;
use std::sync::Arc;

use polars::prelude::{ChunkedArray, ListChunked, PolarsNumericType, PolarsResult, Series};

use super::checked::{Cause, Checked};
use super::vectors::{self, Vectors};
use crate::data::{Bytes, Shard};
use crate::input::InputError;
use crate::input::format::Table;
use crate::input::room::room;
use crate::num::Dtype;

/// The matrix in the column that is meant, or in the columns.
pub(super) fn open(bytes: &Bytes, path: &Path, tensor: Option<&str>) -> Result<Shard, InputError> {
    let refused = |cause| refused(&path.display().to_string(), cause);
    let file = Checked::open(bytes).map_err(refused)?;
    let fields = vectors::fields(file.schema(), |name| file.is_half(name));
    let rows = file.rows();
    let groups = rows.iter().copied().enumerate();
    // A group without rows has no pages, either.
    let groups = groups.filter(|&(_, rows)| rows > 0);
    match vectors::choose(path, tensor, &fields)? {
        Vectors::Lists(column, dtype) => {
            let values: Result<Vec<usize>, Cause> = (0..rows.len())
                .map(|group| file.values(group, column))
                .collect();
            let values = values.map_err(refused)?;
            let name = format!("{}[{column}]", path.display());
            let mut matrix = Matrix::new(name, dtype, &rows);
            matrix.values = values.iter().fold(0, |sum, &n| sum.saturating_add(n));
            for (group, rows) in groups {
                let lists = matrix.read(&file, group, column, values[group])?;
                matrix.add_lists(&lists, rows)?;
            }
            matrix.finish()
        }
        Vectors::Spread(columns, dtype) => {
            let name = format!("{}[{}]", path.display(), tensor.unwrap_or_default());
            let mut matrix = Matrix::new(name, dtype, &rows);
            matrix.width = Some(columns.len());
            matrix.values = matrix.rows.saturating_mul(columns.len());
            for (group, rows) in groups {
                matrix.add_columns(&file, group, &columns, rows)?;
            }
            matrix.finish()
        }
    }
}

/// A matrix that is being read.
struct Matrix {
    name: String,
    dtype: Dtype,
    /// Rows and numbers in all, as the footer says.
    rows: usize,
    values: usize,
    /// Rows so far, and numbers in each, once that is known.
    read: usize,
    width: Option<usize>,
    copied: Vec<u8>,
    /// All rows, as they were decoded.
    whole: Option<Bytes>,
}

impl Matrix {
    fn new(name: String, dtype: Dtype, rows: &[usize]) -> Self {
        Self {
            name,
            dtype,
            rows: rows.iter().fold(0, |sum, &rows| sum.saturating_add(rows)),
            values: 0,
            read: 0,
            width: None,
            copied: Vec::new(),
            whole: None,
        }
    }

    /// The lists of a row group that has `values` numbers.
    fn read(
        &self,
        file: &Checked,
        group: usize,
        column: &str,
        values: usize,
    ) -> Result<Series, InputError> {
        let refused = |cause| refused(&self.name, cause);
        file.check_pages(group, column).map_err(refused)?;
        self.can_decode(values)?;
        if self.dtype == Dtype::F16 {
            let stored = file.lists(group, column).map_err(refused)?;
            let mut copied = room(&self.name, stored.len())?;
            copied.extend_from_slice(stored);
            return file.halves(group, column, copied).map_err(refused);
        }
        let mut read = file
            .group(group, &[column])
            .map_err(|cause| refused(cause.into()))?;
        read.pop()
            .ok_or_else(|| refused("a column is missing".into()))
    }

    /// Adds a group of rows, one list each.
    fn add_lists(&mut self, lists: &Series, rows: usize) -> Result<(), InputError> {
        self.no_null(lists, rows, "")?;
        let lists = lists.list().map_err(|cause| self.refused(cause))?;
        let width = self.one_width(lists)?;
        let values = lists.get_inner().rechunk();
        if values.len() != rows.saturating_mul(width) {
            return Err(self.refused("its lists are not as long as they claim to be"));
        }
        if let Some(at) = first_null(&values) {
            return Err(InputError::Value {
                source_name: self.name.clone(),
                row: self.read + at / width,
                column: String::new(),
                expected: "a number",
                found: format!("nothing at place {} (counted from 0)", at % width),
            });
        }
        let bytes = shared(&values, self.dtype).map_err(|cause| self.refused(cause))?;
        if rows == self.rows {
            self.whole = Some(bytes);
        } else if self.make_room(width)? {
            self.copied.extend_from_slice((*bytes).as_ref());
        }
        self.read += rows;
        Ok(())
    }

    /// Adds a group of rows, one number in each of `columns`.
    fn add_columns(
        &mut self,
        file: &Checked,
        group: usize,
        columns: &[&str],
        rows: usize,
    ) -> Result<(), InputError> {
        for column in columns {
            file.check_pages(group, column)
                .map_err(|cause| refused(&self.name, cause))?;
        }
        self.make_room(columns.len())?;
        let size = self.dtype.size();
        let here = rows.saturating_mul(columns.len());
        self.can_decode(here)?;
        let here = here.saturating_mul(size);
        let read = file.group(group, columns);
        let read = read.map_err(|cause| self.refused(cause))?;
        let start = self.copied.len();
        for (at, (values, column)) in read.iter().zip(columns).enumerate() {
            self.no_null(values, rows, &format!(" in column `{column}`"))?;
            let bytes = shared(&values.rechunk(), self.dtype);
            let bytes = bytes.map_err(|cause| self.refused(cause))?;
            self.copied.resize(start + here, 0);
            let (out, bytes) = (&mut self.copied[start..], (*bytes).as_ref());
            match size {
                1 => scatter::<1>(bytes, out, at, columns.len()),
                2 => scatter::<2>(bytes, out, at, columns.len()),
                4 => scatter::<4>(bytes, out, at, columns.len()),
                _ => scatter::<8>(bytes, out, at, columns.len()),
            }
        }
        self.read += rows;
        Ok(())
    }

    /// Numbers in each of these lists, which must be as many as in the rows before.
    fn one_width(&mut self, lists: &ListChunked) -> Result<usize, InputError> {
        let chunks = || lists.downcast_iter();
        if chunks().any(|chunk| *chunk.offsets().first() != 0) {
            return Err(self.refused("its lists begin where there is nothing"));
        }
        let lengths = chunks().flat_map(|chunk| chunk.offsets().lengths());
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
            return Err(InputError::Value {
                source_name: self.name.clone(),
                row: self.read + at,
                column: String::new(),
                expected,
                found,
            });
        }
        Ok(self.width.unwrap_or(0))
    }

    /// Refuses other rows than `rows` that hold something.
    fn no_null(&self, values: &Series, rows: usize, column: &str) -> Result<(), InputError> {
        if values.len() != rows {
            return Err(self.refused("a row group has other rows than its footer says"));
        }
        match first_null(values) {
            None => Ok(()),
            Some(row) => Err(InputError::Null {
                source_name: self.name.clone(),
                row: self.read + row,
                column: column.to_owned(),
            }),
        }
    }

    /// Refuses a group whose numbers the memory does not hold: polars ends the process then.
    fn can_decode(&self, values: usize) -> Result<(), InputError> {
        let room = room::<u8>(&self.name, values.saturating_mul(self.dtype.size()))?;
        // Room that nobody looks at may be left unasked for.
        drop(black_box(room));
        Ok(())
    }

    /// Asks for the memory of the whole matrix, once; not where the footer's numbers do not fit each other: what is wrong
    /// is then found in the rows, and if it is not, in the end.
    fn make_room(&mut self, width: usize) -> Result<bool, InputError> {
        if self.rows.checked_mul(width) != Some(self.values) {
            return Ok(false);
        }
        if self.copied.capacity() == 0 {
            let bytes = self.values.saturating_mul(self.dtype.size());
            self.copied = room(&self.name, bytes)?;
        }
        Ok(true)
    }

    fn finish(self) -> Result<Shard, InputError> {
        let dim = self.width.unwrap_or(0);
        if self.rows.checked_mul(dim) != Some(self.values) {
            return Err(self.refused("its footer claims other values than its rows have"));
        }
        let bytes = self.whole.unwrap_or_else(|| Arc::new(self.copied));
        let big_endian = cfg!(target_endian = "big");
        let shape = (self.rows, dim);
        let rows = Shard::new(self.name, bytes, 0, self.dtype, big_endian, shape);
        Ok(rows?)
    }

    fn refused(&self, cause: impl Into<Cause>) -> InputError {
        refused(&self.name, cause.into())
    }
}

fn refused(name: &str, cause: Cause) -> InputError {
    InputError::Table {
        path: name.to_owned(),
        format: Table::Parquet.name(),
        cause,
    }
}

fn first_null(values: &Series) -> Option<usize> {
    let found = (values.null_count() > 0).then(|| values.is_null())?;
    found.iter().position(|null| null == Some(true))
}

/// Writes one column of a matrix of `width` columns.
fn scatter<const W: usize>(column: &[u8], out: &mut [u8], at: usize, width: usize) {
    let (from, _) = column.as_chunks::<W>();
    let (to, _) = out.as_chunks_mut::<W>();
    let places = to.iter_mut().skip(at).step_by(width);
    places.zip(from).for_each(|(to, from)| *to = *from);
}

/// The values, which lie in one part and are all there, as bytes.
fn shared(values: &Series, dtype: Dtype) -> PolarsResult<Bytes> {
    Ok(match dtype {
        Dtype::F16 => Arc::new(Decoded(values.f16()?.clone())),
        Dtype::F32 => Arc::new(Decoded(values.f32()?.clone())),
        Dtype::F64 => Arc::new(Decoded(values.f64()?.clone())),
        Dtype::I8 => Arc::new(Decoded(values.i8()?.clone())),
        Dtype::U8 => Arc::new(Decoded(values.u8()?.clone())),
        Dtype::Bf16 => unreachable!("Parquet has no such type"),
    })
}

/// What polars decoded, as bytes.
struct Decoded<T: PolarsNumericType>(ChunkedArray<T>);

impl<T: PolarsNumericType> AsRef<[u8]> for Decoded<T> {
    fn as_ref(&self) -> &[u8] {
        let values = self.0.cont_slice();
        values.map_or(&[], bytemuck::cast_slice)
    }
}
