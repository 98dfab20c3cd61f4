//! Files of vectors as benchmarks of vector search exchange them, told by their endings: nothing in their bytes names them.
//!
//! `.fvecs`, `.bvecs`, `.ivecs`: each row after its length. `.fbin`, `.f16bin`, `.i8bin`, `.u8bin`: the numbers of rows and
//! columns, then one matrix, which is used where it lies. All are little-endian.

use std::path::Path;
use std::sync::Arc;

use super::InputError;
use super::array::{Array, ArrayLayout};
use super::element::Element;
use super::room::room;
use super::wanted::Wanted;
use crate::data::Bytes;
use crate::num::counted;

/// One of these formats.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Vectors {
    /// The ending.
    pub(super) name: &'static str,
    element: Element,
    /// Bytes of one element.
    size: usize,
    /// Whether each row begins with its length.
    by_row: bool,
}

const fn kind(name: &'static str, element: Element, size: usize, by_row: bool) -> Vectors {
    Vectors {
        name,
        element,
        size,
        by_row,
    }
}

const KINDS: [Vectors; 7] = [
    kind("fvecs", Element::F32, 4, true),
    kind("bvecs", Element::Unsigned(1), 1, true),
    kind("ivecs", Element::Signed(4), 4, true),
    kind("fbin", Element::F32, 4, false),
    kind("f16bin", Element::F16, 2, false),
    kind("i8bin", Element::Signed(1), 1, false),
    kind("u8bin", Element::Unsigned(1), 1, false),
];

/// The format of files with this ending (in lower case).
pub(super) fn named(suffix: &str) -> Option<Vectors> {
    KINDS.into_iter().find(|kind| kind.name == suffix)
}

impl Vectors {
    /// Whether the length of the file is one that its first bytes ask for. Chance does not bring that about: such a file is
    /// of this format even if its counts spell the first bytes of another.
    pub(super) fn fits(self, bytes: &[u8]) -> bool {
        match self.by_row {
            true => first_dim(bytes)
                .and_then(|dim| self.row_size(dim))
                .is_some_and(|row| bytes.len().is_multiple_of(row)),
            false => counts(bytes).is_some_and(|counts| {
                let numbers = counts.rows.checked_mul(counts.dim);
                let needed = numbers.and_then(|n| n.checked_mul(self.size));
                needed == Some(counts.bytes)
            }),
        }
    }

    /// Its matrix: a view of the file, or a copy of its rows without their lengths. Embeddings of i32 become f64, which holds
    /// all of them.
    pub(super) fn array(
        self,
        path: &Path,
        bytes: &Bytes,
        wanted: Wanted,
    ) -> Result<Array, InputError> {
        let name = path.display().to_string();
        let file = (**bytes).as_ref();
        if self.by_row {
            return self.copied(name, file, wanted);
        }
        let Some(BlockCounts { rows, dim, .. }) = counts(file) else {
            let expected = "the numbers of rows and columns (two u32)";
            let found = format!("the end of the file after {}", counted(file.len(), "byte"));
            let (place, advice) = ("the first 8 bytes", "the file is truncated: write it again");
            return Err(InputError::row(name, place, expected, found, advice));
        };
        let layout = self.layout(self.element, rows, dim);
        Array::new(name, Arc::clone(bytes), (8, file.len()), layout)
    }

    fn layout(self, element: Element, rows: usize, dim: usize) -> ArrayLayout {
        ArrayLayout {
            element,
            spelled: self.name.into(),
            big_endian: false,
            fortran: false,
            shape: vec![rows, dim],
        }
    }

    /// Bytes of a row and its length.
    fn row_size(self, dim: usize) -> Option<usize> {
        dim.checked_mul(self.size)?.checked_add(4)
    }

    fn copied(self, name: String, file: &[u8], wanted: Wanted) -> Result<Array, InputError> {
        let refused = |row: usize, at: usize, expected: String, found: String| {
            let place = format!("row {row} (counted from 0; byte {at})");
            let advice = "the file is damaged or of another format: write it again";
            InputError::row(&*name, place, expected, found, advice)
        };
        let past_end = |found: usize| format!("the end of the file {} on", counted(found, "byte"));
        let lengths = || "the length of a row (an i32, at least 1)".to_owned();
        let dim = first_dim(file).ok_or_else(|| {
            let found = match file.first_chunk::<4>() {
                Some(dim) => i32::from_le_bytes(*dim).to_string(),
                None => past_end(file.len()),
            };
            refused(0, 0, lengths(), found)
        })?;
        let row_size = self.row_size(dim).unwrap_or(usize::MAX);
        let count = file.len() / row_size;
        let wide = wanted == Wanted::Embeddings && self.element == Element::Signed(4);
        let size = if wide { 8 } else { self.size };
        let mut out: Vec<u8> = room(&name, count * dim * size)?;
        let mut rest = file;
        let mut row = 0;
        while !rest.is_empty() {
            let at = file.len() - rest.len();
            let Some((length, after)) = rest.split_first_chunk::<4>() else {
                return Err(refused(row, at, lengths(), past_end(rest.len())));
            };
            let length = i32::from_le_bytes(*length);
            if usize::try_from(length) != Ok(dim) {
                let expected = format!("length {dim}, as the first row has");
                return Err(refused(row, at, expected, length.to_string()));
            }
            let Some((values, after)) = after.split_at_checked(row_size - 4) else {
                let expected = format!(
                    "{} in {} after its length",
                    counted(dim, "value"),
                    counted(row_size - 4, "byte")
                );
                return Err(refused(row, at, expected, past_end(after.len())));
            };
            match wide {
                true => {
                    let (values, _) = values.as_chunks::<4>();
                    let doubles = values.iter().map(|v| f64::from(i32::from_le_bytes(*v)));
                    out.extend(doubles.flat_map(f64::to_le_bytes));
                }
                false => out.extend_from_slice(values),
            }
            rest = after;
            row += 1;
        }
        let element = if wide { Element::F64 } else { self.element };
        let end = out.len();
        let layout = self.layout(element, row, dim);
        Array::new(name, Arc::new(out), (0, end), layout)
    }
}

/// The length of the first row, if it can be one.
fn first_dim(file: &[u8]) -> Option<usize> {
    let dim = i32::from_le_bytes(*file.first_chunk::<4>()?);
    usize::try_from(dim).ok().filter(|&dim| dim > 0)
}

/// What the first bytes of a block say, and what follows them.
struct BlockCounts {
    rows: usize,
    dim: usize,
    /// Bytes that follow.
    bytes: usize,
}

fn counts(file: &[u8]) -> Option<BlockCounts> {
    let (rows, rest) = file.split_first_chunk::<4>()?;
    let (dim, rest) = rest.split_first_chunk::<4>()?;
    let count = |bytes: &[u8; 4]| usize::try_from(u32::from_le_bytes(*bytes)).ok();
    Some(BlockCounts {
        rows: count(rows)?,
        dim: count(dim)?,
        bytes: rest.len(),
    })
}
