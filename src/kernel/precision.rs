//! How finely a kernel rounds the rows before it multiplies them.

use serde::{Deserialize, Serialize};

/// What the operands of the dot products are rounded to; sums are f32 (i32 for integers) in each case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
pub enum Precision {
    /// 24 bits: cosines within about 1e-7 (1e-6 on GPUs, which multiply two parts of 8 bits).
    #[default]
    F32,
    /// 11 bits and an exponent for each value, on GPUs only: cosines within about 1e-5.
    Tf32,
    /// 8 bits and an exponent for each value: cosines within about 1e-4.
    Bf16,
    /// Whole numbers from -127 to 127 times one scale for each row: cosines within about 1e-3.
    I8,
}

impl Precision {
    /// All, the finest and slowest first.
    pub const ALL: [Precision; 4] = [
        Precision::F32,
        Precision::Tf32,
        Precision::Bf16,
        Precision::I8,
    ];

    /// `f32`, `tf32`, `bf16`, `i8`.
    pub fn name(self) -> &'static str {
        match self {
            Precision::F32 => "f32",
            Precision::Tf32 => "tf32",
            Precision::Bf16 => "bf16",
            Precision::I8 => "i8",
        }
    }

    /// Longest rows it can take.
    pub fn longest(self) -> Option<usize> {
        // Dot products of bytes must fit an i32: 2^31 / 128^2.
        (self == Precision::I8).then_some(1 << 17)
    }

    /// What it takes.
    pub fn needs(self) -> &'static str {
        match self {
            Precision::F32 => "nothing",
            Precision::Tf32 => "an NVIDIA GPU",
            Precision::Bf16 => "AVX-512 with AVX512-BF16, or an NVIDIA GPU",
            Precision::I8 => "AVX-512 with AVX512-VNNI",
        }
    }
}

/// What rounding did to a unit row x, now x'.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rounding {
    /// ||x'||^2.
    pub square: f64,
    /// ||x' - x||.
    pub error: f64,
}

impl Default for Rounding {
    /// None at all.
    fn default() -> Self {
        Self {
            square: 1.0,
            error: 0.0,
        }
    }
}

/// What was chosen to walk cannot compute in this precision.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error(
    "--precision {name}: needs {needs}, found {walker}; expected {here} or auto here{instead}",
    name = precision.name(), needs = precision.needs(), here = here.join(", ")
)]
pub struct PrecisionError {
    /// What was asked for.
    pub precision: Precision,
    /// The kernel or the device that was chosen or forced.
    pub walker: String,
    /// Names of the precisions it has.
    pub here: Vec<&'static str>,
    /// What else would help; empty, or with a comma in front.
    pub instead: &'static str,
}
