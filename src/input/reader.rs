//! Files that say something of the rows of a matrix.

use std::path::Path;

use super::cells::{self, Cells};
use super::wanted::{Asked, Rows, Wanted};
use super::{InputError, Opened, open, tables};
use crate::data::{Embeddings, Labels, Names, Numbers, RawPairs};

/// Opens files beside a matrix, and keeps what it had to decide on the way.
#[derive(Debug, Default)]
pub struct Reader {
    rows: Option<Rows>,
    notes: Vec<String>,
}

impl Reader {
    /// For files with one line for each row of `matrix`, which tells whether the first line of a table is a header.
    pub fn beside(matrix: &Embeddings) -> Self {
        Self {
            rows: Some(Rows {
                name: matrix.name().to_owned(),
                count: matrix.rows(),
            }),
            notes: Vec::new(),
        }
    }

    /// What was decided where a file could mean two things, in whole sentences.
    pub fn notes(self) -> Vec<String> {
        self.notes
    }

    /// The matrix in a file: n x d numbers of type f16, bf16, f32, f64, i8 or u8 in an `.npy`, `.npz` or `.safetensors`
    /// array or in vectors of a benchmark (`.fvecs`, `.fbin` and the like; i32 of `.ivecs` become f64); numbers written out,
    /// which become f32, in JSON lines, in word vectors (whose binary form is read, too) and in text tables; in Parquet and
    /// Arrow the lists in one column (List, LargeList or FixedSizeList), decoded into memory, save one batch of Arrow that is
    /// not packed.
    ///
    /// `tensor` names the array where a file holds several, the key of JSON lines, or the columns of a table: one that holds
    /// lists, or several as `a,b,c` or `d*`. Axes of length 1 beside the two of an array are dropped. Arrays are not copied,
    /// except that compressed members are inflated and Fortran-ordered matrices are transposed once, both into memory.
    ///
    /// # Errors
    /// [`InputError`], for anything but one such matrix of at least two rows and one column.
    pub fn embeddings(
        &mut self,
        path: &Path,
        tensor: Option<&str>,
    ) -> Result<Embeddings, InputError> {
        let array = match open(path, tensor, Wanted::Embeddings)? {
            Opened::Array(array) => array,
            Opened::Cells(_) => unreachable!("what holds embeddings is opened as an array"),
            Opened::Table(table, bytes) => {
                return tables::embeddings(&bytes, table, tensor, &mut self.notes, path);
            }
        };
        array.into_embeddings()
    }

    /// The pairs in a P x 2 array of whole numbers (`.npy`, `.npz`, `.safetensors`) or in two columns of them (`.csv`,
    /// `.tsv`, `.parquet`, Arrow, keys of JSON lines); P may be 0. 8 bytes a pair.
    ///
    /// `tensor` names the array, or the two columns as `left,right`. A text table whose first line holds only
    /// numbers has no header; its columns are then called `column_1`, `column_2`.
    ///
    /// # Errors
    /// [`InputError`], for anything else.
    pub fn pairs(&mut self, path: &Path, tensor: Option<&str>) -> Result<RawPairs, InputError> {
        self.read(path, tensor, Wanted::Pairs, cells::pairs)
    }

    /// The labels in an array of whole numbers, truth values or text of shape (N,) or (N, 1) (`.npy`, `.npz`,
    /// `.safetensors`) or in one such column (`.csv`, `.tsv`, `.parquet`, Arrow, a key of JSON lines), numbered in order of first
    /// appearance.
    ///
    /// `tensor` names the array or the column. The first line of a text table is a header unless it holds only
    /// numbers, or unless there is one line too few with it.
    ///
    /// # Errors
    /// [`InputError`], for anything else.
    pub fn labels(&mut self, path: &Path, tensor: Option<&str>) -> Result<Labels, InputError> {
        self.read(path, tensor, Wanted::Labels, cells::labels)
    }

    /// A text for each row, from the same files as labels, or the words of word vectors: ids or slices. Numbers are written
    /// out. Of JSON lines it is the key `id` or `_id`, where none is named.
    ///
    /// # Errors
    /// [`InputError`], for anything else.
    pub fn names(&mut self, path: &Path, tensor: Option<&str>) -> Result<Names, InputError> {
        self.read(path, tensor, Wanted::Names, cells::names)
    }

    /// One real target for each row: an array of numbers of shape (N,) or (N, 1) or one column of numbers, with names
    /// and first lines as in [`Reader::labels`].
    ///
    /// # Errors
    /// [`InputError`], for anything else.
    pub fn targets(&mut self, path: &Path, tensor: Option<&str>) -> Result<Numbers, InputError> {
        self.numbers(path, tensor, Wanted::Targets)
    }

    /// The marks of a split into rows to train on (1, True) and rows to test on (0, False), in the forms of
    /// [`Reader::targets`].
    ///
    /// # Errors
    /// [`InputError`], for anything else.
    pub fn split(&mut self, path: &Path, tensor: Option<&str>) -> Result<Numbers, InputError> {
        self.numbers(path, tensor, Wanted::Split)
    }

    fn numbers(
        &mut self,
        path: &Path,
        tensor: Option<&str>,
        wanted: Wanted,
    ) -> Result<Numbers, InputError> {
        self.read(path, tensor, wanted, |cells| cells::numbers(cells, wanted))
    }

    fn read<T>(
        &mut self,
        path: &Path,
        tensor: Option<&str>,
        wanted: Wanted,
        make: impl FnOnce(&dyn Cells) -> Result<T, InputError>,
    ) -> Result<T, InputError> {
        match open(path, tensor, wanted)? {
            Opened::Array(array) => make(&array.into_cells(wanted)?),
            Opened::Cells(cells) => make(&*cells),
            Opened::Table(table, bytes) => {
                let pairs = wanted == Wanted::Pairs;
                let names = tensor.map(|names| match pairs {
                    true => names.split(',').map(str::trim).collect(),
                    false => vec![names],
                });
                let asked = Asked {
                    path,
                    wanted,
                    names,
                    // Pairs are no values of rows.
                    rows: self.rows.as_ref().filter(|_| !pairs),
                    notes: &mut self.notes,
                };
                tables::read(&bytes, table, asked, make)
            }
        }
    }
}
