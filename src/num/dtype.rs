//! Element types of embeddings: their names, sizes and widening.

use std::fmt;

/// Element type of stored embeddings. Everything is widened to f32 (or f64) when read; nothing is rescaled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dtype {
    /// IEEE half precision.
    F16,
    /// bfloat16.
    Bf16,
    /// IEEE single precision.
    F32,
    /// IEEE double precision.
    F64,
    /// Signed byte; read as its integer value.
    I8,
    /// Unsigned byte; read as its integer value.
    U8,
}

impl Dtype {
    /// Bytes of one element.
    pub fn size(self) -> usize {
        match self {
            Dtype::I8 | Dtype::U8 => 1,
            Dtype::F16 | Dtype::Bf16 => 2,
            Dtype::F32 => 4,
            Dtype::F64 => 8,
        }
    }

    /// The name used in reports: `f16`, `bf16`, `f32`, `f64`, `i8`, `u8`.
    pub fn name(self) -> &'static str {
        match self {
            Dtype::F16 => "f16",
            Dtype::Bf16 => "bf16",
            Dtype::F32 => "f32",
            Dtype::F64 => "f64",
            Dtype::I8 => "i8",
            Dtype::U8 => "u8",
        }
    }

    /// The type of this name.
    pub fn named(name: &str) -> Option<Self> {
        [
            Dtype::F16,
            Dtype::Bf16,
            Dtype::F32,
            Dtype::F64,
            Dtype::I8,
            Dtype::U8,
        ]
        .into_iter()
        .find(|dtype| dtype.name() == name)
    }

    /// How far a row that was normalised before it was rounded to this type may stray from norm 1.
    pub fn unit_tolerance(self) -> f64 {
        match self {
            Dtype::F64 | Dtype::F32 => 1e-4,
            Dtype::F16 => 2e-3,
            Dtype::Bf16 | Dtype::I8 | Dtype::U8 => 1e-2,
        }
    }
}

impl fmt::Display for Dtype {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
