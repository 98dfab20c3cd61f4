//! What stored bytes stand for, where they are not the numbers themselves.

use serde::{Deserialize, Serialize};

/// How bytes (i8 or u8) become numbers. Vectors are served in this form because it takes a fourth of f32, or a
/// thirty-second.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Codes {
    /// Each number is `scale * code + offset`, rounded to f32. A zero point is an offset of `-scale * zero`.
    Scaled {
        /// The step from one code to the next.
        scale: f64,
        /// What code 0 stands for.
        offset: f64,
    },
    /// Each byte holds eight numbers: 1 for a bit that is set and -1 for one that is not, the highest bit first, as
    /// `np.packbits` packs them. Signed bytes are packed ones less 128.
    Bits,
}

impl Codes {
    /// Bytes are the numbers.
    pub const PLAIN: Self = Self::Scaled {
        scale: 1.0,
        offset: 0.0,
    };

    /// Bytes that hold `dim` numbers.
    pub fn bytes(self, dim: usize) -> usize {
        match self {
            Self::Scaled { .. } => dim,
            Self::Bits => dim.div_ceil(8),
        }
    }

    /// What was done, for a row of `dim` numbers: `unpacked to 384 bits`, `read as 0.02 x code - 2.56`.
    pub fn text(self, dim: u64) -> String {
        match self {
            Self::Bits => format!("unpacked to {dim} bits"),
            Self::Scaled { scale, offset } => {
                let scaled = match scale {
                    1.0 => "code".to_owned(),
                    _ => format!("{scale} x code"),
                };
                match offset {
                    0.0 => format!("read as {scaled}"),
                    _ if offset < 0.0 => format!("read as {scaled} - {}", -offset),
                    _ => format!("read as {scaled} + {offset}"),
                }
            }
        }
    }
}
