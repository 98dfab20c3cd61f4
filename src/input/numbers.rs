//! One-dimensional arrays as one number for each row.

use half::{bf16, f16};

use super::InputError;
use super::array::{Array, Element, Odd};
use super::wanted::Wanted;
use crate::data::Numbers;

impl Array {
    /// The numbers in a one-dimensional (or N x 1) array of any real type; True and False are 1 and 0.
    pub(super) fn into_numbers(self, wanted: Wanted) -> Result<Numbers, InputError> {
        let big_endian = self.layout.big_endian;
        let read = |wide: fn(&[u8]) -> f64, size: usize| -> Vec<f64> {
            let mut bytes = [0; 8];
            let elements = self.data().chunks_exact(size);
            elements
                .map(|element| {
                    let bytes = &mut bytes[..size];
                    bytes.copy_from_slice(element);
                    if big_endian {
                        bytes.reverse();
                    }
                    wide(bytes)
                })
                .collect()
        };
        if !matches!(self.layout.shape.as_slice(), [_] | [_, 1]) {
            return Err(InputError::Shape {
                expected: "one number per row (shape (N,) or (N, 1))",
                found: self.layout.shape_text(),
                advice: "save one number for each row of the embeddings",
                source_name: self.name,
            });
        }
        let values = match self.layout.element {
            Element::F16 => read(|b| f16::from_le_bytes(fixed(b)).to_f64(), 2),
            Element::Bf16 => read(|b| bf16::from_le_bytes(fixed(b)).to_f64(), 2),
            Element::F32 => read(|b| f32::from_le_bytes(fixed(b)).into(), 4),
            Element::F64 => read(|b| f64::from_le_bytes(fixed(b)), 8),
            Element::Int { signed: true, size } => read(signed, size),
            Element::Int {
                signed: false,
                size,
            } => read(unsigned, size),
            Element::Odd(Odd::Bool) => read(unsigned, 1),
            Element::Odd(_) => return Err(wanted.refuse_elements(&self)),
        };
        Ok(Numbers {
            name: self.name,
            values,
        })
    }
}

/// The bytes of one element, whose size is known.
fn fixed<const N: usize>(bytes: &[u8]) -> [u8; N] {
    std::array::from_fn(|i| bytes[i])
}

/// Little-endian, at most eight bytes.
fn unsigned(bytes: &[u8]) -> f64 {
    bytes
        .iter()
        .rev()
        .fold(0_u64, |value, &byte| value << 8 | u64::from(byte)) as f64
}

/// Little-endian two's complement, at most eight bytes.
fn signed(bytes: &[u8]) -> f64 {
    let fill = if bytes.last().is_some_and(|top| top & 0x80 != 0) {
        0xff
    } else {
        0
    };
    let mut wide = [fill; 8];
    wide[..bytes.len()].copy_from_slice(bytes);
    i64::from_le_bytes(wide) as f64
}
