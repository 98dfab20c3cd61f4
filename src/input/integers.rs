//! Integer arrays as pairs and labels.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::Arc;

use super::InputError;
use super::array::{Array, Element};
use super::wanted::Wanted;
use crate::data::{DataError, Labels, Names, RawPairs};

impl Array {
    /// The pairs in a P x 2 integer array.
    pub(super) fn into_pairs(self) -> Result<RawPairs, InputError> {
        let read = self.integer_reader(Wanted::Pairs)?;
        let &[count, 2] = self.layout.shape.as_slice() else {
            return Err(InputError::Shape {
                source_name: self.name,
                expected: "one pair per row (shape (P, 2))",
                found: self.layout.shape_text(),
                advice: match self.layout.shape.as_slice() {
                    [2, _] => "transpose it: pairs.T",
                    _ => "save two columns: row of the first view, row of the second",
                },
            });
        };
        let values: Vec<i128> = read(self.data());
        let pairs = match self.layout.fortran {
            true => values[..count]
                .iter()
                .zip(&values[count..])
                .map(|(&i, &j)| [i, j])
                .collect(),
            false => values.as_chunks::<2>().0.to_vec(),
        };
        Ok(RawPairs {
            name: self.name,
            pairs,
        })
    }

    /// The labels in a one-dimensional (or N x 1) integer array.
    pub(super) fn into_labels(self) -> Result<Labels, InputError> {
        let (name, values) = self.one_for_each_row(Wanted::Labels)?;
        number(name, values)
    }

    /// The texts of a one-dimensional (or N x 1) integer array.
    pub(super) fn into_names(self) -> Result<Names, InputError> {
        let (name, values) = self.one_for_each_row(Wanted::Names)?;
        let values = values.iter().map(i128::to_string).collect();
        Ok(Names { name, values })
    }

    /// The numbers in a one-dimensional (or N x 1) integer array, as they are.
    pub(super) fn into_classes(self) -> Result<Vec<i128>, InputError> {
        Ok(self.one_for_each_row(Wanted::Labels)?.1)
    }

    fn one_for_each_row(self, wanted: Wanted) -> Result<(String, Vec<i128>), InputError> {
        let read = self.integer_reader(wanted)?;
        if !matches!(self.layout.shape.as_slice(), [_] | [_, 1]) {
            return Err(InputError::Shape {
                source_name: self.name,
                expected: "one label per row (shape (N,) or (N, 1))",
                found: self.layout.shape_text(),
                advice: "save one integer for each row of the embeddings",
            });
        }
        let values = read(self.data());
        Ok((self.name, values))
    }

    /// Decodes the elements; refused here, before any are read, when they are not integers.
    fn integer_reader(
        &self,
        wanted: Wanted,
    ) -> Result<impl Fn(&[u8]) -> Vec<i128> + use<>, InputError> {
        let Element::Int { signed, size } = self.layout.element else {
            return Err(wanted.refuse_elements(self));
        };
        let big_endian = self.layout.big_endian;
        Ok(move |data: &[u8]| {
            data.chunks_exact(size)
                .map(|b| integer(b, signed, big_endian))
                .collect()
        })
    }
}

/// The integer in at most eight bytes.
fn integer(bytes: &[u8], signed: bool, big_endian: bool) -> i128 {
    let push = |value: i128, &byte: &u8| value << 8 | i128::from(byte);
    let value = if big_endian {
        bytes.iter().fold(0, push)
    } else {
        bytes.iter().rev().fold(0, push)
    };
    let modulus = 1_i128 << (8 * bytes.len());
    if signed && value >= modulus / 2 {
        value - modulus
    } else {
        value
    }
}

/// Numbers the distinct values 0, 1, 2, ... in order of first appearance.
pub(super) fn number<T: Eq + Hash + ToString>(
    name: String,
    values: impl IntoIterator<Item = T>,
) -> Result<Labels, InputError> {
    let mut numbers = HashMap::new();
    let (mut classes, mut texts) = (Vec::new(), Vec::new());
    for value in values {
        // A file with 2^32 distinct labels has as many rows, more than any matrix may have.
        let next = u32::try_from(numbers.len()).map_err(|_| DataError::TooManyRows {
            source_name: name.clone(),
            rows: classes.len(),
            limit: u32::MAX as usize,
        })?;
        classes.push(*numbers.entry(value).or_insert_with_key(|value| {
            texts.push(value.to_string());
            next
        }));
    }
    Ok(Labels {
        name,
        classes,
        values: Arc::new(texts),
    })
}
