//! Files that say something of the rows of a matrix.

use std::path::Path;

use super::cells::{self, Cells};
use super::wanted::{Asked, Rows, Wanted};
use super::{InputError, Opened, lines, open, tables};
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

    /// The pairs in a P x 2 array of whole numbers (`.npy`, `.npz`, `.safetensors`) or in two columns of them (`.csv`,
    /// `.tsv`, `.parquet`); P may be 0. 8 bytes a pair.
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
    /// `.safetensors`) or in one such column (`.csv`, `.tsv`, `.parquet`), numbered in order of first appearance.
    ///
    /// `tensor` names the array or the column. The first line of a text table is a header unless it holds only
    /// numbers, or unless there is one line too few with it.
    ///
    /// # Errors
    /// [`InputError`], for anything else.
    pub fn labels(&mut self, path: &Path, tensor: Option<&str>) -> Result<Labels, InputError> {
        self.read(path, tensor, Wanted::Labels, cells::labels)
    }

    /// A text for each row, from the same files as labels: ids or slices. Numbers are written out.
    ///
    /// # Errors
    /// [`InputError`], for anything else.
    pub fn names(&mut self, path: &Path, tensor: Option<&str>) -> Result<Names, InputError> {
        self.read(path, tensor, Wanted::Names, cells::names)
    }

    /// The words of each row, in UTF-8: the lines of a `.txt` file, one for each row (an empty line is a row without
    /// words), or what [`Reader::names`] reads.
    ///
    /// # Errors
    /// [`InputError`], for anything else.
    pub fn texts(&mut self, path: &Path, tensor: Option<&str>) -> Result<Names, InputError> {
        match (lines::are_in(path), tensor) {
            (true, None) => lines::lines(path),
            (true, Some(tensor)) => Err(InputError::NoColumns {
                path: path.display().to_string(),
                tensor: tensor.to_owned(),
            }),
            (false, _) => self.read(path, tensor, Wanted::Texts, cells::names),
        }
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
