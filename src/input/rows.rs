//! Rows of f32, put together one after the other where a file holds no matrix that could be used as it lies.

use std::sync::Arc;

use super::InputError;
use super::array::{Array, ArrayLayout};
use super::element::Element;
use super::room::grow;

/// Rows of one length, the last of them perhaps not whole.
pub(super) struct Collected {
    name: String,
    values: Vec<f32>,
    /// Length of each row, once it is known.
    dim: Option<usize>,
    rows: usize,
}

impl Collected {
    /// No rows yet; `name` is what messages call the matrix.
    pub(super) fn new(name: String, dim: Option<usize>) -> Self {
        Self {
            name,
            values: Vec::new(),
            dim,
            rows: 0,
        }
    }

    pub(super) fn dim(&self) -> Option<usize> {
        self.dim
    }

    /// Whole rows so far.
    pub(super) fn rows(&self) -> usize {
        self.rows
    }

    /// Asks for room for `rows` more rows, as far as a text of `bytes` bytes can hold their numbers: each takes a digit
    /// and a separator.
    pub(super) fn expect(&mut self, rows: usize, bytes: usize) -> Result<(), InputError> {
        let wanted = rows.saturating_mul(self.dim.unwrap_or(0));
        grow(&self.name, &mut self.values, wanted.min(bytes / 2 + 1))
    }

    /// Where the values of the next row go, with room for all of them (of a first row: for as many as `bytes` bytes of text
    /// can hold); at most so many may be added.
    pub(super) fn next_row(&mut self, bytes: usize) -> Result<(&mut Vec<f32>, usize), InputError> {
        let most = self.dim.unwrap_or(bytes / 2 + 1);
        grow(&self.name, &mut self.values, most)?;
        Ok((&mut self.values, most))
    }

    /// Ends a row; its length, where that is another than expected.
    pub(super) fn end_row(&mut self) -> Result<(), usize> {
        let before = self.rows * self.dim.unwrap_or(0);
        let found = self.values.len() - before;
        if found != *self.dim.get_or_insert(found) {
            return Err(found);
        }
        self.rows += 1;
        Ok(())
    }

    /// The whole rows as an array of the machine's own f32.
    pub(super) fn into_array(self) -> Result<Array, InputError> {
        let layout = ArrayLayout {
            element: Element::F32,
            spelled: "f32".into(),
            big_endian: cfg!(target_endian = "big"),
            fortran: false,
            shape: vec![self.rows, self.dim.unwrap_or(0)],
        };
        let end = size_of_val(self.values.as_slice());
        Array::new(self.name, Arc::new(Floats(self.values)), (0, end), layout)
    }
}

/// Numbers, seen as their bytes.
struct Floats(Vec<f32>);

impl AsRef<[u8]> for Floats {
    fn as_ref(&self) -> &[u8] {
        bytemuck::cast_slice(&self.0)
    }
}
