//! Embeddings of a Parquet file: lists of numbers in a column, or numbers in many, read row group by row group.
//!
//! Decoded values are copied into one matrix, as long as the footer says that there are rows. Where all rows are in one
//! group, what polars decoded is the matrix and nothing is copied. Beside the matrix there is never more than a group, or
//! several small ones that are decoded side by side.

use std::hint::black_box;
use std::path::Path;
use std::sync::Arc;

use polars::prelude::{ChunkedArray, PolarsNumericType, PolarsResult, Series};
use rayon::prelude::*;

use super::checked::{Cause, Checked};
use super::growing::Growing;
use super::vectors::{Choice, Vectors};
use crate::data::{Bytes, FileRows};
use crate::input::InputError;
use crate::input::format::Table;
use crate::input::quiet;
use crate::input::room::room;
use crate::num::Dtype;

/// Bytes of row groups that are decoded side by side.
const BESIDE: usize = 256 << 20;

/// The matrix in the column that is meant, or in the columns.
pub(super) fn open(
    bytes: &Bytes,
    path: &Path,
    tensor: Option<&str>,
) -> Result<FileRows, InputError> {
    let refused = |cause| InputError::Table {
        path: path.display().to_string(),
        format: Table::Parquet.name(),
        cause,
    };
    let file = Checked::open(bytes).map_err(refused)?;
    let fields = file.fields();
    let choice = Choice {
        path,
        fields: &fields,
        typed: true,
    };
    let rows = file.rows();
    let groups = rows.iter().copied().enumerate();
    // A group without rows has no pages, either.
    let groups = groups.filter(|&(_, rows)| rows > 0);
    match choice.typed(tensor)? {
        Vectors::Lists(at, dtype) => {
            let column = fields[at].name.as_str();
            let values: Result<Vec<usize>, Cause> = (0..rows.len())
                .map(|group| file.values(group, column))
                .collect();
            let values = values.map_err(refused)?;
            let name = format!("{}[{column}]", path.display());
            let mut matrix = Matrix::new(name, dtype, &rows);
            matrix.to.values = values.iter().fold(0, |sum, &n| sum.saturating_add(n));
            let groups: Vec<(usize, usize)> = groups.collect();
            let largest = values
                .iter()
                .max()
                .map_or(0, |&n| n.saturating_mul(dtype.size()));
            for some in groups.chunks(together(largest)) {
                let read = some.par_iter().map(|&(group, _)| {
                    // A panic of another thread is kept off the screen there.
                    quiet::catch(|| matrix.read(&file, group, column, values[group]))
                        .unwrap_or_else(|cause| Err(gave_up(path, cause)))
                });
                let read: Vec<Result<Series, InputError>> = read.collect();
                for (lists, &(_, rows)) in read.into_iter().zip(some) {
                    matrix.add_lists(&lists?, rows)?;
                }
            }
            matrix.finish()
        }
        Vectors::Spread(all, dtype) => {
            let columns: Vec<&str> = all.iter().map(|&at| fields[at].name.as_str()).collect();
            let name = format!("{}[{}]", path.display(), tensor.unwrap_or_default());
            let mut matrix = Matrix::new(name, dtype, &rows);
            matrix.to.width = Some(columns.len());
            matrix.to.values = matrix.to.rows.saturating_mul(columns.len());
            for (group, rows) in groups {
                matrix.add_columns(&file, group, &columns, rows)?;
            }
            matrix.finish()
        }
    }
}

/// How many row groups of at most so many bytes are decoded side by side.
fn together(bytes: usize) -> usize {
    (BESIDE / bytes.max(1)).clamp(1, rayon::current_num_threads())
}

/// polars panicked.
fn gave_up(path: &Path, cause: String) -> InputError {
    InputError::TablePanic {
        path: path.display().to_string(),
        format: Table::Parquet.name(),
        cause,
    }
}

/// A matrix that is being read.
struct Matrix {
    to: Growing,
    /// All rows, as they were decoded.
    whole: Option<Bytes>,
}

impl Matrix {
    fn new(name: String, dtype: Dtype, rows: &[usize]) -> Self {
        Self {
            to: Growing::new(name, Table::Parquet, dtype, rows),
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
        let refused = |cause: Cause| self.to.refused(cause);
        file.check_pages(group, column).map_err(refused)?;
        self.can_decode(values)?;
        if self.to.dtype == Dtype::F16 {
            let stored = file.lists(group, column).map_err(refused)?;
            let mut copied = room(&self.to.name, stored.len())?;
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
        let lists = lists.list().map_err(|cause| self.to.refused(cause))?;
        let chunks = || lists.downcast_iter();
        if chunks().any(|chunk| *chunk.offsets().first() != 0) {
            return Err(self.to.refused("its lists begin where there is nothing"));
        }
        let lengths = chunks().flat_map(|chunk| chunk.offsets().lengths());
        let width = self.to.one_width(lengths)?;
        let values = lists.get_inner().rechunk();
        if values.len() != rows.saturating_mul(width) {
            return Err(self
                .to
                .refused("its lists are not as long as they claim to be"));
        }
        if let Some(at) = first_null(&values) {
            return Err(self.to.hole(at, width));
        }
        let bytes = shared(&values, self.to.dtype).map_err(|cause| self.to.refused(cause))?;
        if rows == self.to.rows {
            self.whole = Some(bytes);
        } else if self.fits(width) {
            self.to.make_room(width)?;
            self.to.add((*bytes).as_ref())?;
        }
        self.to.read += rows;
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
                .map_err(|cause| self.to.refused(cause))?;
        }
        self.to.make_room(columns.len())?;
        self.can_decode(rows.saturating_mul(columns.len()))?;
        let read = file.group(group, columns);
        let read = read.map_err(|cause| self.to.refused(cause))?;
        let mut start = None;
        for (at, (values, column)) in read.iter().zip(columns).enumerate() {
            self.no_null(values, rows, &format!(" in column `{column}`"))?;
            let bytes = shared(&values.rechunk(), self.to.dtype);
            let bytes = bytes.map_err(|cause| self.to.refused(cause))?;
            let start = match start {
                Some(start) => start,
                None => *start.insert(self.to.add_empty(rows, columns.len())?),
            };
            self.to.put(start, (*bytes).as_ref(), at, columns.len());
        }
        self.to.read += rows;
        Ok(())
    }

    /// Refuses other rows than `rows` that hold something.
    fn no_null(&self, values: &Series, rows: usize, column: &str) -> Result<(), InputError> {
        if values.len() != rows {
            let cause = "a row group has other rows than its footer says";
            return Err(self.to.refused(cause));
        }
        match first_null(values) {
            None => Ok(()),
            Some(row) => Err(self.to.no_value(row, column)),
        }
    }

    /// Refuses a group whose numbers the memory does not hold: polars ends the process then.
    fn can_decode(&self, values: usize) -> Result<(), InputError> {
        let room = room::<u8>(&self.to.name, values.saturating_mul(self.to.dtype.size()))?;
        // Room that nobody looks at may be left unasked for.
        drop(black_box(room));
        Ok(())
    }

    /// Whether the footer's numbers fit each other: where they do not, what is wrong is found in the rows, and if it is
    /// not, in the end.
    fn fits(&self, width: usize) -> bool {
        self.to.rows.checked_mul(width) == Some(self.to.values)
    }

    fn finish(self) -> Result<FileRows, InputError> {
        if !self.fits(self.to.width.unwrap_or(0)) {
            let cause = "its footer claims other values than its rows have";
            return Err(self.to.refused(cause));
        }
        self.to.finish(self.whole.map(|bytes| (bytes, 0)))
    }
}

fn first_null(values: &Series) -> Option<usize> {
    let found = (values.null_count() > 0).then(|| values.is_null())?;
    found.iter().position(|null| null == Some(true))
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
