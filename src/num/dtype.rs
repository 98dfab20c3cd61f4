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
    const ALL: [Self; 6] = [
        Self::F16,
        Self::Bf16,
        Self::F32,
        Self::F64,
        Self::I8,
        Self::U8,
    ];

    /// Name, bytes of one element, and tolerance of norms.
    fn facts(self) -> (&'static str, usize, f64) {
        match self {
            Self::F16 => ("f16", 2, 2e-3),
            Self::Bf16 => ("bf16", 2, 1e-2),
            Self::F32 => ("f32", 4, 1e-4),
            Self::F64 => ("f64", 8, 1e-4),
            Self::I8 => ("i8", 1, 1e-2),
            Self::U8 => ("u8", 1, 1e-2),
        }
    }

    /// Bytes of one element.
    pub fn size(self) -> usize {
        self.facts().1
    }

    /// The name used in reports: `f16`, `bf16`, `f32`, `f64`, `i8`, `u8`.
    pub fn name(self) -> &'static str {
        self.facts().0
    }

    /// The type of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|dtype| dtype.name() == name)
    }

    /// How far a row that was normalised before it was rounded to this type may stray from norm 1.
    pub fn unit_tolerance(self) -> f64 {
        self.facts().2
    }
}

impl fmt::Display for Dtype {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
