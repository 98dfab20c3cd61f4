//! An array as it lies in bytes: what every array format comes down to, and how it becomes [`Embeddings`].

use std::sync::Arc;

use super::InputError;
use super::element::{Element, Odd};
use super::room::room_or;
use super::wanted::Wanted;
use crate::data::{Bytes, Embeddings, FileRows};
use crate::num::counted;

/// How the elements of an array lie.
#[derive(Clone, Debug)]
pub(super) struct ArrayLayout {
    pub(super) element: Element,
    /// The element type as the file spells it.
    pub(super) spelled: String,
    pub(super) big_endian: bool,
    /// Column after column instead of row after row.
    pub(super) fortran: bool,
    pub(super) shape: Vec<usize>,
}

impl ArrayLayout {
    /// `f32`, `i64`; for types that are not read, the file's own spelling and what it means.
    pub(super) fn element_text(&self) -> String {
        let meaning = match self.element {
            Element::F16 => return "f16".into(),
            Element::Bf16 => return "bf16".into(),
            Element::F32 => return "f32".into(),
            Element::F64 => return "f64".into(),
            Element::Signed(size) => return format!("i{}", 8 * size),
            Element::Unsigned(size) => return format!("u{}", 8 * size),
            Element::Odd(Odd::Object) => "Python objects",
            Element::Odd(Odd::Structured) => "a structured type",
            Element::Odd(Odd::RawBytes) => "raw bytes, as NumPy writes bfloat16",
            Element::Text { .. } => "text",
            Element::Bool => "True and False",
            Element::Odd(Odd::LongDouble) => {
                "a long double: NumPy counts bytes here, f16 is 16 bytes wide"
            }
            Element::Odd(Odd::Complex) => "complex numbers",
            Element::Odd(Odd::Float8) => "8-bit floats",
            Element::Odd(Odd::Other) => return format!("`{}`", self.spelled),
        };
        format!("`{}` ({meaning})", self.spelled)
    }

    /// The shape as NumPy prints it: `(1000, 384)`, `(5,)`, `()`.
    pub(super) fn shape_text(&self) -> String {
        match self.shape.as_slice() {
            [n] => format!("({n},)"),
            shape => {
                let axes: Vec<String> = shape.iter().map(usize::to_string).collect();
                format!("({})", axes.join(", "))
            }
        }
    }

    /// `(1000, 384) f32`, for lists of what a file holds.
    pub(super) fn summary(&self) -> String {
        format!("{} {}", self.shape_text(), self.element_text())
    }
}

/// An array over shared bytes.
///
/// - `bytes[start..end]` hold exactly its elements, unless their type is one that is not read.
#[derive(Clone)]
pub(super) struct Array {
    /// File, and tensor or member within it.
    pub(super) name: String,
    bytes: Bytes,
    start: usize,
    end: usize,
    pub(super) layout: ArrayLayout,
}

impl Array {
    /// The array that fills `bytes[start..end]`.
    pub(super) fn new(
        name: String,
        bytes: Bytes,
        (start, end): (usize, usize),
        layout: ArrayLayout,
    ) -> Result<Self, InputError> {
        let found = (*bytes).as_ref().get(start..end).map_or(0, <[u8]>::len);
        let mut axes = layout.shape.iter();
        let needed = match layout.element.size() {
            Some(size) => axes.try_fold(size, |len, &axis| len.checked_mul(axis)),
            // What is not read may have any length.
            None => Some(found),
        };
        match needed {
            Some(needed) if needed == found => Ok(Self {
                name,
                bytes,
                start,
                end,
                layout,
            }),
            Some(needed) if needed < found => Err(InputError::ExtraBytes {
                source_name: name,
                array: layout.summary(),
                extra: found - needed,
            }),
            _ => Err(InputError::Truncated {
                source_name: name,
                array: layout.summary(),
                needed: needed.map_or("more bytes than can be addressed".into(), |len| {
                    counted(len, "byte")
                }),
                found,
            }),
        }
    }

    /// Refuses the element type.
    pub(super) fn refuse_elements(&self, wanted: Wanted) -> InputError {
        InputError::Array {
            source_name: self.name.clone(),
            expected: wanted.elements(),
            found: self.layout.element_text(),
            advice: wanted.advice(self.layout.element),
        }
    }

    /// Refuses the shape.
    pub(super) fn refuse_shape(&self, expected: &'static str, advice: &'static str) -> InputError {
        InputError::Array {
            source_name: self.name.clone(),
            expected,
            found: format!("shape {}", self.layout.shape_text()),
            advice,
        }
    }

    /// The bytes of the elements.
    pub(super) fn data(&self) -> &[u8] {
        (*self.bytes)
            .as_ref()
            .get(self.start..self.end)
            .unwrap_or_default()
    }

    /// The axes that are not of length 1: the others say nothing and are dropped.
    pub(super) fn long_axes(&self) -> Vec<usize> {
        let axes = self.layout.shape.iter().copied();
        axes.filter(|&axis| axis != 1).collect()
    }

    /// The same bytes as elements of another type.
    pub(super) fn into_type(mut self, element: Element) -> Result<Self, InputError> {
        self.layout.element = element;
        Self::new(self.name, self.bytes, (self.start, self.end), self.layout)
    }

    /// One row for each step of the first axis, and the shape.
    pub(super) fn into_items(mut self) -> Result<(Embeddings, Vec<usize>), InputError> {
        let shape = self.layout.shape.clone();
        let advice = match shape.as_slice() {
            [] | [_] => "stack the items along a first axis",
            [_, _, _, ..] if self.layout.fortran => {
                "save it row after row: np.ascontiguousarray(x)"
            }
            [rows, rest @ ..] => {
                self.layout.shape = vec![*rows, rest.iter().product()];
                return Ok((self.into_embeddings()?, shape));
            }
        };
        Err(self.refuse_shape("items along the first axis, row after row", advice))
    }

    /// The matrix in this array.
    fn into_embeddings(self) -> Result<Embeddings, InputError> {
        Ok(Embeddings::whole(self.into_shard()?)?)
    }

    /// The rows in this array, any number of them; axes of length 1 beside its two are dropped. Nothing is copied, except
    /// that a Fortran-ordered one is transposed once.
    pub(super) fn into_shard(self) -> Result<FileRows, InputError> {
        let Some(dtype) = self.layout.element.dtype() else {
            return Err(self.refuse_elements(Wanted::Embeddings));
        };
        let kept = self.long_axes();
        let (rows, dim) = match (self.layout.shape.as_slice(), kept.as_slice()) {
            (&[rows, dim], _) | (_, &[rows, dim]) => (rows, dim),
            // Many rows of one column, or one row of many.
            (&[rows, _, .., 1], &[long]) if rows == long => (rows, 1),
            (&[_, _, .., dim], &[long]) if dim == long => (1, dim),
            (shape, kept) => {
                let advice = to_one_row_per_item(shape, kept);
                return Err(self.refuse_shape("one row per item (two axes, n x d)", advice));
            }
        };
        let (bytes, start): (Bytes, usize) = if self.layout.fortran && rows > 1 && dim > 1 {
            let turned = row_major(&self.name, self.data(), (rows, dim), dtype.size())?;
            (Arc::new(turned), 0)
        } else {
            (self.bytes, self.start)
        };
        let big_endian = self.layout.big_endian;
        let shape = (rows, dim);
        Ok(FileRows::new(
            self.name, bytes, start, dtype, big_endian, shape,
        )?)
    }
}

/// Whether the first of three axes holds views: it is one of a few, before one of many.
pub(super) fn views_first(first: usize, second: usize) -> bool {
    first <= 8 && second > first
}

/// What to do with an array that is no matrix.
fn to_one_row_per_item(shape: &[usize], kept: &[usize]) -> &'static str {
    match (shape, kept) {
        ([] | [_], _) => "a single vector has no pairs: stack all vectors into one n x d array",
        (_, [first, second, _]) if views_first(*first, *second) => {
            "if the first axis holds views of the same items, save x[0] and x[1] as two files and give both; else make \
             it one vector per row"
        }
        (_, [_, _, _]) => {
            "if the middle axis holds views of the same item, choose one with --view I (counted from 0), or two with \
             --view I --view J; if it holds tokens or patches, pool it: x.mean(1)"
        }
        _ => {
            "make it one vector per row: save the views of an item as two files (x[:, 0], x[:, 1]), pool tokens or \
             patches (x.mean(1))"
        }
    }
}

/// Elements stored column after column, rewritten row after row.
fn row_major(
    name: &str,
    columns: &[u8],
    (rows, dim): (usize, usize),
    size: usize,
) -> Result<Vec<u8>, InputError> {
    let advice = "this array lies column after column and must be copied; save it row after row, which is used where \
                  it lies: np.ascontiguousarray(x)";
    let mut out = room_or(name, columns.len(), advice)?;
    out.resize(columns.len(), 0);
    match size {
        1 => transpose::<1>(columns, &mut out, rows, dim),
        2 => transpose::<2>(columns, &mut out, rows, dim),
        4 => transpose::<4>(columns, &mut out, rows, dim),
        _ => transpose::<8>(columns, &mut out, rows, dim),
    }
    Ok(out)
}

fn transpose<const W: usize>(columns: &[u8], out: &mut [u8], rows: usize, dim: usize) {
    /// Both the tile read and the tile written stay in the first-level cache.
    const TILE: usize = 32;
    let (from, _) = columns.as_chunks::<W>();
    let (to, _) = out.as_chunks_mut::<W>();
    for top in (0..rows).step_by(TILE) {
        for left in (0..dim).step_by(TILE) {
            for i in top..rows.min(top + TILE) {
                for j in left..dim.min(left + TILE) {
                    to[i * dim + j] = from[j * rows + i];
                }
            }
        }
    }
}
