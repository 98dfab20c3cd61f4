//! Embeddings of a Parquet file: lists of numbers in a column, or numbers in many, read row group by row group.
//!
//! Decoded values are copied into one matrix, as long as the footer says that there are rows. Where all rows are in one
//! group, what was decoded is the matrix and nothing is copied. Beside the matrix there is never more than a group, or
//! several small ones that are decoded side by side.

use std::hint::black_box;
use std::path::Path;
use std::sync::Arc;

use polars_arrow::array::{Array, ListArray, PrimitiveArray};
use polars_arrow::types::NativeType;
use polars_utils::float16::pf16;
use rayon::prelude::*;

use super::checked::{Cause, CheckedParquet};
use super::growing::Growing;
use super::vectors::{ColumnChoice, Vectors};
use crate::data::{Bytes, FileRows};
use crate::input::InputError;
use crate::input::format::TableFormat;
use crate::input::quiet;
use crate::input::room::room;
use crate::num::Dtype;

const OTHER_TYPE: &str = "a column was decoded to another type than its footer says";

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
        format: TableFormat::Parquet.name(),
        cause,
    };
    let file = CheckedParquet::open(bytes).map_err(refused)?;
    let fields = file.fields();
    let choice = ColumnChoice {
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
                    let read = || matrix.read(&file, group, column, values[group]);
                    quiet::read(path, TableFormat::Parquet, read)
                });
                let read: Vec<Result<Box<dyn Array>, InputError>> = read.collect();
                for (lists, &(_, rows)) in read.into_iter().zip(some) {
                    matrix.add_lists(lists?.as_ref(), rows)?;
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

/// A matrix that is being read.
struct Matrix {
    to: Growing,
    /// All rows, as they were decoded.
    whole: Option<Bytes>,
}

impl Matrix {
    fn new(name: String, dtype: Dtype, rows: &[usize]) -> Self {
        Self {
            to: Growing::new(name, TableFormat::Parquet, dtype, rows),
            whole: None,
        }
    }

    /// A column of a row group that has `values` numbers.
    fn read(
        &self,
        file: &CheckedParquet,
        group: usize,
        column: &str,
        values: usize,
    ) -> Result<Box<dyn Array>, InputError> {
        let refused = |cause: Cause| self.to.refused(cause);
        file.check_pages(group, column).map_err(refused)?;
        self.can_decode(values)?;
        file.column(group, column).map_err(refused)
    }

    /// Adds a group of rows, one list each.
    fn add_lists(&mut self, lists: &dyn Array, rows: usize) -> Result<(), InputError> {
        self.no_null(lists, rows, "")?;
        let lists = lists.as_any().downcast_ref::<ListArray<i64>>();
        let lists = lists.ok_or_else(|| self.to.refused(OTHER_TYPE))?;
        if *lists.offsets().first() != 0 {
            return Err(self.to.refused("its lists begin where there is nothing"));
        }
        let width = self.to.one_width(lists.offsets().lengths())?;
        let values = lists.values();
        if values.len() != rows.saturating_mul(width) {
            return Err(self
                .to
                .refused("its lists are not as long as they claim to be"));
        }
        if let Some(at) = first_null(values.as_ref()) {
            return Err(self.to.hole(at, width));
        }
        let bytes = self.shared(values.as_ref())?;
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
        file: &CheckedParquet,
        group: usize,
        columns: &[&str],
        rows: usize,
    ) -> Result<(), InputError> {
        self.to.make_room(columns.len())?;
        let start = self.to.add_empty(rows, columns.len())?;
        for (at, column) in columns.iter().enumerate() {
            let values = self.read(file, group, column, rows)?;
            self.no_null(values.as_ref(), rows, &format!(" in column `{column}`"))?;
            let bytes = self.shared(values.as_ref())?;
            self.to.put(start, (*bytes).as_ref(), at, columns.len());
        }
        self.to.read += rows;
        Ok(())
    }

    /// Refuses other rows than `rows` that hold something.
    fn no_null(&self, values: &dyn Array, rows: usize, column: &str) -> Result<(), InputError> {
        if values.len() != rows {
            let cause = "a row group has other rows than its footer says";
            return Err(self.to.refused(cause));
        }
        match first_null(values) {
            None => Ok(()),
            Some(row) => Err(self.to.no_value(row, column)),
        }
    }

    /// The numbers, which are all there, as bytes.
    fn shared(&self, values: &dyn Array) -> Result<Bytes, InputError> {
        match self.to.dtype {
            Dtype::F16 => self.decoded::<pf16>(values),
            Dtype::F32 => self.decoded::<f32>(values),
            Dtype::F64 => self.decoded::<f64>(values),
            Dtype::I8 => self.decoded::<i8>(values),
            Dtype::U8 => self.decoded::<u8>(values),
            Dtype::Bf16 => unreachable!("Parquet has no such type"),
        }
    }

    fn decoded<T: NativeType>(&self, values: &dyn Array) -> Result<Bytes, InputError> {
        let values = values.as_any().downcast_ref::<PrimitiveArray<T>>();
        let values = values.ok_or_else(|| self.to.refused(OTHER_TYPE))?;
        Ok(Arc::new(Decoded(values.clone())))
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

fn first_null(values: &dyn Array) -> Option<usize> {
    let there = values.validity().filter(|_| values.null_count() > 0)?;
    there.iter().position(|there| !there)
}

/// What was decoded, as bytes.
struct Decoded<T: NativeType>(PrimitiveArray<T>);

impl<T: NativeType> AsRef<[u8]> for Decoded<T> {
    fn as_ref(&self) -> &[u8] {
        bytemuck::cast_slice(self.0.values().as_slice())
    }
}
