//! Bytes that stand for numbers, decoded as they are read.

use std::sync::Arc;

use crate::num::Codes;

/// What each byte stands for.
#[derive(Clone)]
pub(super) struct Coded {
    codes: Codes,
    /// What is flipped in a byte before its bits are numbers: the highest bit of a signed one, which adds 128.
    flip: u8,
    /// The number of each byte, where it is one.
    values: Arc<[f32; 256]>,
}

impl Coded {
    /// `None` where a byte stands for no finite number.
    pub(super) fn new(codes: Codes, signed: bool) -> Option<Self> {
        let mut values = [0.0; 256];
        if let Codes::Scaled { scale, offset } = codes {
            for (byte, value) in (0_u8..=255).zip(&mut values) {
                let code = match signed {
                    true => f64::from(byte.cast_signed()),
                    false => f64::from(byte),
                };
                *value = (scale * code + offset) as f32;
            }
        }
        values.iter().all(|value| value.is_finite()).then(|| Self {
            codes,
            flip: if signed { 0x80 } else { 0 },
            values: Arc::new(values),
        })
    }

    pub(super) fn codes(&self) -> Codes {
        self.codes
    }

    /// The numbers in a row.
    pub(super) fn decode<T: From<f32>>(&self, bytes: &[u8], out: &mut [T]) {
        match self.codes {
            Codes::Scaled { .. } => {
                for (out, byte) in out.iter_mut().zip(bytes) {
                    *out = self.values[usize::from(*byte)].into();
                }
            }
            Codes::Bits => {
                for (out, byte) in out.chunks_mut(8).zip(bytes) {
                    let mut bits = *byte ^ self.flip;
                    for out in out {
                        *out = if bits & 0x80 == 0 { -1.0 } else { 1.0 }.into();
                        bits <<= 1;
                    }
                }
            }
        }
    }
}
