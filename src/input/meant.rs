//! What the numbers of a file mean, where the file does not say it: an element type, codes, one of several views.

use std::path::Path;

use super::InputError;
use super::array::Array;
use super::codes;
use super::views;
use crate::data::FileRows;
use crate::num::{Codes, Dtype};

/// What is said of a file of embeddings; by default nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Meant {
    /// The type of its elements: bf16 of raw bytes (`V2`) or integers of two bytes; u8 or i8 of whole numbers of any type,
    /// all of which must be of it.
    pub dtype: Option<Dtype>,
    /// What its bytes stand for.
    pub codes: Option<Codes>,
    /// Which step of the middle axis of an n x views x d array, counted from 0.
    pub view: Option<usize>,
}

impl Meant {
    /// What its bytes stand for: where only their type is said, the numbers themselves.
    fn codes(&self) -> Option<Codes> {
        let bytes = matches!(self.dtype, Some(Dtype::I8 | Dtype::U8));
        self.codes.or_else(|| bytes.then_some(Codes::PLAIN))
    }

    /// The rows in an array.
    pub(super) fn array(&self, array: Array) -> Result<FileRows, InputError> {
        let array = codes::typed(array, self.dtype)?;
        let matrix = match self.view {
            Some(view) => views::one(array, view)?,
            None => array.into_shard()?,
        };
        self.decoded(matrix)
    }

    /// Refuses what only arrays can be.
    pub(super) fn table(&self, path: &Path) -> Result<(), InputError> {
        let refused = |expected, found: &str, advice| {
            Err(InputError::Array {
                source_name: path.display().to_string(),
                expected,
                found: found.to_owned(),
                advice,
            })
        };
        match (self.view, self.dtype) {
            (Some(_), _) => refused(
                "an array of n x views x d",
                "columns of a table",
                "leave out --view",
            ),
            (None, Some(Dtype::Bf16)) => refused(
                "an array of raw bytes or of integers of two bytes (bf16)",
                "columns of a table",
                "leave out --dtype bf16",
            ),
            _ => Ok(()),
        }
    }

    /// The numbers that the elements stand for.
    pub(super) fn decoded(&self, matrix: FileRows) -> Result<FileRows, InputError> {
        let Some(meaning) = self.codes() else {
            return Ok(matrix);
        };
        let bytes = codes::bytes(matrix, self.dtype)?;
        Ok(bytes.decoded(meaning)?)
    }
}
