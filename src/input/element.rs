//! Types of stored elements.

use crate::num::Dtype;

/// Type of one stored element.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Element {
    F16,
    Bf16,
    F32,
    F64,
    /// Integers of so many bytes.
    Signed(usize),
    Unsigned(usize),
    Bool,
    /// Fixed length, as UTF-32 (`wide`) or as bytes.
    Text {
        wide: bool,
        size: usize,
    },
    Odd(Odd),
}

/// Element types nothing is read from; they are told apart for the advice they need.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Odd {
    Object,
    Structured,
    RawBytes,
    LongDouble,
    Complex,
    Float8,
    Other,
}

impl Element {
    /// Bytes of one element, where that is known here.
    pub(super) fn size(self) -> Option<usize> {
        match self {
            Element::Bool => Some(1),
            Element::Signed(size) | Element::Unsigned(size) | Element::Text { size, .. } => {
                Some(size)
            }
            _ => self.dtype().map(Dtype::size),
        }
    }

    pub(super) fn dtype(self) -> Option<Dtype> {
        match self {
            Element::F16 => Some(Dtype::F16),
            Element::Bf16 => Some(Dtype::Bf16),
            Element::F32 => Some(Dtype::F32),
            Element::F64 => Some(Dtype::F64),
            Element::Signed(1) => Some(Dtype::I8),
            Element::Unsigned(1) => Some(Dtype::U8),
            _ => None,
        }
    }
}
