//! An array as it lies in bytes: what every array format comes down to, and how it becomes [`Embeddings`].

use std::sync::Arc;

use super::InputError;
use super::wanted::Wanted;
use crate::data::{Bytes, Dtype, Embeddings};

/// Type of one stored element.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Element {
    F16,
    Bf16,
    F32,
    F64,
    Int { signed: bool, size: usize },
    Odd(Odd),
}

/// Element types nothing is read from; they are told apart for the advice they need.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Odd {
    Object,
    Structured,
    RawBytes,
    Text,
    Complex,
    Float8,
    Bool,
    Other,
}

impl Element {
    fn size(self) -> Option<usize> {
        match self {
            Element::F16 | Element::Bf16 => Some(2),
            Element::F32 => Some(4),
            Element::F64 => Some(8),
            Element::Int { size, .. } => Some(size),
            Element::Odd(_) => None,
        }
    }

    fn dtype(self) -> Option<Dtype> {
        match self {
            Element::F16 => Some(Dtype::F16),
            Element::Bf16 => Some(Dtype::Bf16),
            Element::F32 => Some(Dtype::F32),
            Element::F64 => Some(Dtype::F64),
            Element::Int {
                signed: true,
                size: 1,
            } => Some(Dtype::I8),
            Element::Int {
                signed: false,
                size: 1,
            } => Some(Dtype::U8),
            Element::Int { .. } | Element::Odd(_) => None,
        }
    }
}

/// How the elements of an array lie.
#[derive(Clone, Debug)]
pub(super) struct Layout {
    pub(super) element: Element,
    /// The element type as the file spells it.
    pub(super) spelled: String,
    pub(super) big_endian: bool,
    /// Column after column instead of row after row.
    pub(super) fortran: bool,
    pub(super) shape: Vec<usize>,
}

impl Layout {
    /// `f32`, `i64`; for types that are not read, the file's own spelling and what it means.
    pub(super) fn element_text(&self) -> String {
        let meaning = match self.element {
            Element::F16 => return "f16".into(),
            Element::Bf16 => return "bf16".into(),
            Element::F32 => return "f32".into(),
            Element::F64 => return "f64".into(),
            Element::Int { signed, size } => {
                return format!("{}{}", if signed { 'i' } else { 'u' }, 8 * size);
            }
            Element::Odd(Odd::Object) => "Python objects",
            Element::Odd(Odd::Structured) => "a structured type",
            Element::Odd(Odd::RawBytes) => "raw bytes, as NumPy writes bfloat16",
            Element::Odd(Odd::Text) => "text",
            Element::Odd(Odd::Complex) => "complex numbers",
            Element::Odd(Odd::Float8) => "8-bit floats",
            Element::Odd(Odd::Bool | Odd::Other) => return format!("`{}`", self.spelled),
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

    /// Bytes of all elements. `None` when the size of an element is not known here; `Some(None)` on overflow.
    fn data_len(&self) -> Option<Option<usize>> {
        let size = self.element.size()?;
        Some(
            self.shape
                .iter()
                .try_fold(size, |len, &axis| len.checked_mul(axis)),
        )
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
    pub(super) layout: Layout,
}

impl Array {
    /// The array that fills `bytes[start..end]`.
    pub(super) fn new(
        name: String,
        bytes: Bytes,
        (start, end): (usize, usize),
        layout: Layout,
    ) -> Result<Self, InputError> {
        let found = (*bytes).as_ref().get(start..end).map_or(0, <[u8]>::len);
        let (shape, dtype) = (layout.shape_text(), layout.element_text());
        match layout.data_len() {
            None => {}
            Some(Some(needed)) if needed == found => {}
            Some(Some(needed)) if needed < found => {
                return Err(InputError::ExtraBytes {
                    source_name: name,
                    shape,
                    dtype,
                    extra: found - needed,
                });
            }
            Some(needed) => {
                let needed = needed.map_or("more bytes than can be addressed".into(), |len| {
                    format!("{len} bytes")
                });
                return Err(InputError::Truncated {
                    source_name: name,
                    shape,
                    dtype,
                    needed,
                    found,
                });
            }
        }
        Ok(Self {
            name,
            bytes,
            start,
            end,
            layout,
        })
    }

    /// The bytes of the elements.
    pub(super) fn data(&self) -> &[u8] {
        (*self.bytes)
            .as_ref()
            .get(self.start..self.end)
            .unwrap_or_default()
    }

    /// One row for each step of the first axis, and the shape.
    pub(super) fn into_items(mut self) -> Result<(Embeddings, Vec<usize>), InputError> {
        let shape = self.layout.shape.clone();
        let refused = match shape.as_slice() {
            [] | [_] => Some("stack the items along a first axis"),
            [_, _] => None,
            _ if self.layout.fortran => Some("save it row after row: np.ascontiguousarray(x)"),
            _ => None,
        };
        if let Some(advice) = refused {
            return Err(InputError::Shape {
                found: self.layout.shape_text(),
                expected: "items along the first axis, row after row",
                advice,
                source_name: self.name,
            });
        }
        if let [rows, rest @ ..] = shape.as_slice() {
            self.layout.shape = vec![*rows, rest.iter().product()];
        }
        Ok((self.into_embeddings()?, shape))
    }

    /// The matrix in this array. Nothing is copied, except that a Fortran-ordered one is transposed once.
    pub(super) fn into_embeddings(self) -> Result<Embeddings, InputError> {
        let Some(dtype) = self.layout.element.dtype() else {
            return Err(Wanted::Embeddings.refuse_elements(&self));
        };
        let &[rows, dim] = self.layout.shape.as_slice() else {
            return Err(InputError::Shape {
                found: self.layout.shape_text(),
                expected: "one row per item (two axes, n x d)",
                advice: match self.layout.shape.len() {
                    0 | 1 => "a single vector has no pairs: stack all vectors into one n x d array",
                    _ => {
                        "make it one vector per row: pool the extra axes, or x.reshape(len(x), -1)"
                    }
                },
                source_name: self.name,
            });
        };
        let (bytes, start) = match self.layout.fortran && rows > 1 && dim > 1 {
            true => (
                Arc::new(row_major(self.data(), rows, dim, dtype.size())) as Bytes,
                0,
            ),
            false => (self.bytes, self.start),
        };
        Ok(Embeddings::new(
            self.name,
            bytes,
            start,
            dtype,
            self.layout.big_endian,
            (rows, dim),
        )?)
    }
}

/// Elements stored column after column, rewritten row after row.
fn row_major(columns: &[u8], rows: usize, dim: usize, size: usize) -> Vec<u8> {
    let mut out = vec![0; columns.len()];
    match size {
        1 => transpose::<1>(columns, &mut out, rows, dim),
        2 => transpose::<2>(columns, &mut out, rows, dim),
        4 => transpose::<4>(columns, &mut out, rows, dim),
        _ => transpose::<8>(columns, &mut out, rows, dim),
    }
    out
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
