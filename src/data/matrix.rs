//! Embeddings as they lie in memory or in mapped files.

use std::sync::Arc;

use ndarray::ArrayView2;

use super::DataError;
use super::file_rows::{Bytes, FileRows};
use crate::num::{Codes, Dtype};

/// An n x d matrix of numbers over shared bytes, which may lie in several places.
///
/// - n >= 2, d >= 1, n fits a `u32`;
/// - all files have rows of d elements of one type, and the first of each follows the last of the one before.
///
/// Rows are decoded when they are read: a mapped file is never copied as a whole, nor are several put together.
#[derive(Clone)]
pub struct Embeddings {
    name: String,
    /// At least one. Where there are several, each has rows.
    files: Arc<[FileRows]>,
    rows: usize,
    dim: usize,
}

impl Embeddings {
    /// Rows of `dim` elements of `dtype`, starting `offset` bytes into `bytes`; `name` is what messages call them.
    ///
    /// # Errors
    /// [`DataError::TooSmall`], [`DataError::TooManyRows`], [`DataError::ShortBytes`].
    pub fn new(
        name: impl Into<String>,
        bytes: Bytes,
        offset: usize,
        dtype: Dtype,
        big_endian: bool,
        (rows, dim): (usize, usize),
    ) -> Result<Self, DataError> {
        let name = name.into();
        check_size(&name, rows, dim)?;
        Self::whole(FileRows::new(
            name,
            bytes,
            offset,
            dtype,
            big_endian,
            (rows, dim),
        )?)
    }

    /// The matrix that one file holds whole.
    ///
    /// # Errors
    /// [`DataError::TooSmall`], [`DataError::TooManyRows`].
    pub fn whole(file: FileRows) -> Result<Self, DataError> {
        Self::of_files(file.name().to_owned(), vec![file])
    }

    /// The rows of `files`, one after the other, where they lie; `name` is what messages call them all. Files without
    /// rows say nothing and may be of any width.
    ///
    /// # Errors
    /// [`DataError::UnlikeFiles`] with the first that has other rows than those before it; [`DataError::TooSmall`],
    /// [`DataError::TooManyRows`].
    pub fn of_files(name: impl Into<String>, files: Vec<FileRows>) -> Result<Self, DataError> {
        let name = name.into();
        let (mut files, empty): (Vec<FileRows>, Vec<FileRows>) =
            files.into_iter().partition(|file| file.rows() > 0);
        if files.is_empty() {
            files.extend(empty.into_iter().next());
        }
        let Some((first, later)) = files.split_first() else {
            return Err(DataError::TooSmall {
                source_name: name,
                rows: 0,
                dim: 0,
            });
        };
        let dim = first.dim();
        let kind = |file: &FileRows| (file.dim(), file.dtype(), file.codes());
        if let Some(other) = later.iter().find(|file| kind(file) != kind(first)) {
            let kind = |file: &FileRows| format!("{} {}", file.dim(), file.dtype().name());
            return Err(DataError::UnlikeFiles {
                source_name: other.name().to_owned(),
                first_name: first.name().to_owned(),
                expected: kind(first),
                found: kind(other),
            });
        }
        let mut rows = 0_usize;
        for file in &mut files {
            file.first = rows;
            rows = rows.saturating_add(file.rows());
        }
        check_size(&name, rows, dim)?;
        Ok(Self {
            name,
            files: files.into(),
            rows,
            dim,
        })
    }

    /// The first `dim` columns (at least 1, at most as many as there are), over the same bytes.
    #[must_use]
    pub fn prefix(&self, dim: usize) -> Self {
        Self {
            dim: dim.clamp(1, self.dim),
            ..self.clone()
        }
    }

    /// A copy of an array in memory.
    ///
    /// # Errors
    /// [`DataError::TooSmall`], [`DataError::TooManyRows`].
    pub fn from_array(
        name: impl Into<String>,
        rows: ArrayView2<'_, f32>,
    ) -> Result<Self, DataError> {
        let bytes: Vec<u8> = rows.iter().flat_map(|v| v.to_ne_bytes()).collect();
        let big_endian = cfg!(target_endian = "big");
        Self::new(name, Arc::new(bytes), 0, Dtype::F32, big_endian, rows.dim())
    }

    /// What messages and reports call this matrix.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Number of rows, n.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Number of columns, d.
    pub fn dim(&self) -> usize {
        self.dim
    }

    /// Element type of the bytes.
    pub fn dtype(&self) -> Dtype {
        self.files[0].dtype()
    }

    /// What the bytes stand for, where they are not the numbers themselves.
    pub fn codes(&self) -> Option<Codes> {
        self.files[0].codes()
    }

    /// Stored bytes of one row.
    pub fn row_size(&self) -> usize {
        let elements = self.codes().map_or(self.dim, |codes| codes.bytes(self.dim));
        elements * self.dtype().size()
    }

    /// The file that has row `row`, and the number of the row in it.
    fn file(&self, row: usize) -> (&FileRows, usize) {
        let file = match &*self.files {
            [whole] => whole,
            files => &files[files.partition_point(|file| file.first <= row) - 1],
        };
        (file, row - file.first)
    }

    /// What messages call the file that has row `row`, and the number of the row in it.
    pub fn place(&self, row: usize) -> (&str, usize) {
        let (file, row) = self.file(row);
        (file.name(), row)
    }

    /// Row `row` as f32 (f64 is rounded), `out.len() == dim`.
    pub fn row_f32(&self, row: usize, out: &mut [f32]) {
        assert_eq!(out.len(), self.dim);
        let (file, row) = self.file(row);
        file.row_f32(row, out);
    }

    /// Row `row` as f64, exactly, `out.len() == dim`.
    pub fn row_f64(&self, row: usize, out: &mut [f64]) {
        assert_eq!(out.len(), self.dim);
        let (file, row) = self.file(row);
        file.row_f64(row, out);
    }
}

fn check_size(name: &str, rows: usize, dim: usize) -> Result<(), DataError> {
    let source_name = || name.to_owned();
    if rows < 2 || dim < 1 {
        return Err(DataError::TooSmall {
            source_name: source_name(),
            rows,
            dim,
        });
    }
    let limit = u32::MAX as usize;
    if rows > limit {
        return Err(DataError::TooManyRows {
            source_name: source_name(),
            rows,
            limit,
        });
    }
    Ok(())
}
