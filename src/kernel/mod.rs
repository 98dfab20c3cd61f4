//! SIMD, and nothing else: a tile of cosines, and sums of exponentials over it.
//!
//! A kernel walks one tile: MR rows (row after row, as packed by [`Kernel::MR`]) against one panel of NR columns
//! (k after k). It knows cosines, coefficients and masks; it knows no metric, no thread and no file.
//! Every kernel runs the same code of `products.rs`, `generic.rs` and `plain.rs` over its own vector type, so that the
//! portable one, which is plain Rust, is the oracle of the others.

mod above;
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
mod door;
mod exponents;
mod generic;
mod insert;
mod plain;
mod portable;
mod precision;
mod products;
mod rounded;
mod split;
mod tile;

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
#[cfg(target_arch = "x86_64")]
mod bf16;
#[cfg(target_arch = "x86_64")]
mod encoded;
#[cfg(target_arch = "x86_64")]
mod int8;
#[cfg(target_arch = "aarch64")]
mod neon;

pub use above::RowLimits;
pub use exponents::{Exponents, STEEP};
pub use plain::lowest_of_bin;
pub use portable::Portable;
pub use precision::{Precision, PrecisionError, Rounding};
pub use products::{dot_error, tie_error};
pub use tile::{Aligned, CELLS, Keys, Panel, Sums, Tile, pack};

#[cfg(target_arch = "x86_64")]
pub use avx2::Avx2;
#[cfg(target_arch = "x86_64")]
pub use avx512::Avx512;
#[cfg(target_arch = "x86_64")]
pub use bf16::Bf16;
#[cfg(target_arch = "x86_64")]
pub use int8::Int8;
#[cfg(target_arch = "aarch64")]
pub use neon::Neon;

/// One instruction set. A value of an implementing type is a proof that this processor has it.
pub trait Kernel: Copy + Send + Sync {
    /// Name in reports and in `SPHERECHECK_KERNEL`.
    const NAME: &'static str;
    /// Rows of a tile.
    const MR: usize;
    /// Columns of a tile; divides [`COLUMNS`].
    const NR: usize;
    /// f32 lanes of a vector.
    const LANES: usize;
    /// What rows are rounded to before they are multiplied.
    const PRECISION: Precision = Precision::F32;

    /// 4-byte words of an encoded row of `dim` values; what [`Kernel::gram`] and [`Panel`] see as its length.
    fn words(dim: usize) -> usize {
        dim
    }

    /// Rounds the unit row `factor * values` into `out`, [`Kernel::words`] long; f32 rows are copied.
    fn encode(self, values: &[f32], factor: f64, out: &mut [f32]) -> Rounding {
        for (out, &v) in out.iter_mut().zip(values) {
            *out = (f64::from(v) * factor) as f32;
        }
        Rounding::default()
    }

    /// Turns encoded rows that were packed as a panel into right operands, where those differ from left ones.
    fn columns(panel: &mut [f32]) {
        let _ = panel;
    }

    /// Cosines of MR rows with NR columns into `tile`: `tile[r][c] = sum_k rows[r][k] * panel[k][c]`.
    /// `rows` holds MR rows of `panel.dim()` values, one after the other; `next` is what the caller will read soon
    /// and is fetched ahead. Returns whether any cosine is above `limit`.
    fn gram(
        self,
        rows: &[f32],
        panel: Panel<'_>,
        next: &[f32],
        limit: f32,
        tile: &mut Tile,
    ) -> bool;

    /// Squared distances of the same rows and columns into [`Tile::refine`]'s room; of f32 rows only.
    fn squares(self, rows: &[f32], panel: Panel<'_>, tile: &mut Tile);

    /// Adds e^(c s) of every cosine of `tile` to the row and column sums, for all gentle coefficients; `mask`
    /// (0 or 1 for each cosine) leaves entries out.
    fn exponentials(self, tile: &mut Tile, mask: Option<&[f32]>, plan: &Exponents, sums: Sums<'_>);

    /// Sum of every LANES values, the lanes of one row sum; leaves zeros in their place.
    fn fold(self, lanes: &mut [f32], out: &mut [f64]);

    /// The same in f64 for one steep coefficient: `rows[r] += ...`, `columns[c] += ...`; of refined cosines with what
    /// f32 rounded off them.
    fn steep(
        self,
        tile: &Tile,
        mask: Option<&[f32]>,
        c: f64,
        rows: &mut [f64],
        columns: &mut [f64],
    );

    /// Bin numbers of cosines: so many equal bins over [-1, 1], at most 65,536, numbered from 0; what rounding put outside
    /// belongs to the outermost. They lie lower by a share of a bin. [`lowest_of_bin`] is where each begins.
    fn bin(self, cosines: &[f32], bins: (u32, f32), out: &mut [u16]);

    /// Parts the cosines of a tile at `limit`, at least -2: those that are no smaller go into `kept`, as long as the tile, one
    /// after another. Returns how many they are, and of those below the sum of s - limit and of its squares. `mask` (0 or 1
    /// for each cosine) leaves entries out of both.
    ///
    /// Cost: about 8 vector operations for LANES cosines, and no branch.
    fn split(
        self,
        cosines: &[f32],
        mask: Option<&[f32]>,
        limit: f32,
        kept: &mut [f32],
    ) -> (usize, [f64; 2]);

    /// Counts, for each pair of limits of a row, its cosines (MR rows of NR) above the first and above the second:
    /// `counts` holds LANES partial counts of each, to be [folded](Kernel::fold), and is added to.
    ///
    /// Cost: two comparisons and two additions for LANES cosines.
    fn count_rows(self, cosines: &[f32], limits: RowLimits<'_>, counts: &mut [f32]);

    /// The same for columns. Limits come in layers: the first limits of NR columns, then their second ones (infinity
    /// where a column has none); `counts` likewise.
    ///
    /// Cost: two comparisons and two additions for LANES cosines and each layer.
    fn count_columns(self, cosines: &[f32], limits: &[f32], counts: &mut [f32]);

    /// Where a tile's cosines are above the limit of their row or above that of their column: writes the numbers of those
    /// cells (row * NR + column), ascending, to `out`, which holds [`CELLS`], and returns how many they are.
    ///
    /// Cost: about 9 vector operations for LANES cosines, and no branch.
    fn above(self, cosines: &[f32], rows: &[f32], columns: &[f32], out: &mut [u16]) -> usize;

    /// Puts each key of `new` among the numbers of list number `.0`, which descend, and drops the last of them. A list is
    /// `eights` times eight numbers long and begins where the one before it ends.
    ///
    /// Cost: five vector operations for eight numbers, and no branch.
    fn insert(self, lists: &mut [Keys], eights: usize, new: &[(u32, i64)]);

    /// Multiply-adds as fast as the processor can, for benchmarks: returns the flops done (and a value that
    /// keeps them from being left out).
    fn peak(self, rounds: usize) -> (f64, f32);
}

/// Columns that every kernel's panels divide: blocks are cut at multiples of it, so a plan does not depend on
/// the kernel.
pub const COLUMNS: usize = 48;

/// Something to run with whichever kernel is chosen.
pub trait WithKernel {
    /// What it gives.
    type Output;
    /// Runs with kernel `k`.
    fn run<K: Kernel>(self, k: K) -> Self::Output;
}

/// A kernel that this processor has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choice {
    /// AVX-512 (F, BW, DQ, VL).
    #[cfg(target_arch = "x86_64")]
    Avx512(Avx512),
    /// AVX2 and FMA.
    #[cfg(target_arch = "x86_64")]
    Avx2(Avx2),
    /// AVX-512 over rows rounded to bf16; see [`Choice::at`].
    #[cfg(target_arch = "x86_64")]
    Bf16(Bf16),
    /// AVX-512 over rows rounded to bytes; see [`Choice::at`].
    #[cfg(target_arch = "x86_64")]
    Int8(Int8),
    /// NEON of aarch64.
    #[cfg(target_arch = "aarch64")]
    Neon(Neon),
    /// Plain Rust, vectorised by the compiler for the target's base instruction set.
    Portable,
}

/// No such kernel here.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum KernelError {
    /// The name is not one of the kernels.
    #[error("SPHERECHECK_KERNEL: expected one of {names}, found {found:?}; unset it to let the processor decide",
        names = NAMES.join(", "))]
    Unknown {
        /// What was asked for.
        found: String,
    },
    /// The kernel exists but this processor (or build) lacks it.
    #[error("SPHERECHECK_KERNEL: this machine has no {kernel}, expected one of {here}; unset it to let the processor decide",
        here = available().iter().map(|k| k.name()).collect::<Vec<_>>().join(", "))]
    Absent {
        /// What was asked for.
        kernel: &'static str,
    },
}

/// Names of all f32 kernels, fastest first; [`Choice::at`] leads from them to those of lower precision.
pub const NAMES: &[&str] = &["avx512", "avx2", "neon", "portable"];

/// The f32 kernels that this processor has, fastest first; never empty.
pub fn available() -> Vec<Choice> {
    let mut found = Vec::new();
    #[cfg(target_arch = "x86_64")]
    {
        found.extend(Avx512::detect().map(Choice::Avx512));
        found.extend(Avx2::detect().map(Choice::Avx2));
    }
    #[cfg(target_arch = "aarch64")]
    found.extend(Neon::detect().map(Choice::Neon));
    found.push(Choice::Portable);
    found
}

/// The fastest kernel here, or the one that is forced by name.
///
/// # Errors
/// [`KernelError::Unknown`] for a name that is no kernel, [`KernelError::Absent`] for one this machine lacks.
pub fn select(forced: Option<&str>) -> Result<Choice, KernelError> {
    let mut found = available();
    match forced {
        None => Ok(found.remove(0)),
        Some(name) => {
            let known = NAMES
                .iter()
                .find(|k| **k == name)
                .ok_or_else(|| KernelError::Unknown {
                    found: name.to_owned(),
                })?;
            found
                .into_iter()
                .find(|k| k.name() == *known)
                .ok_or(KernelError::Absent { kernel: known })
        }
    }
}

impl Choice {
    /// Name in reports.
    pub fn name(self) -> &'static str {
        match self {
            #[cfg(target_arch = "x86_64")]
            Choice::Avx512(_) => Avx512::NAME,
            #[cfg(target_arch = "x86_64")]
            Choice::Avx2(_) => Avx2::NAME,
            #[cfg(target_arch = "x86_64")]
            Choice::Bf16(_) => Bf16::NAME,
            #[cfg(target_arch = "x86_64")]
            Choice::Int8(_) => Int8::NAME,
            #[cfg(target_arch = "aarch64")]
            Choice::Neon(_) => Neon::NAME,
            Choice::Portable => Portable::NAME,
        }
    }

    /// Runs `job` with this kernel: the one place where the choice becomes a type.
    pub fn run<W: WithKernel>(self, job: W) -> W::Output {
        match self {
            #[cfg(target_arch = "x86_64")]
            Choice::Avx512(k) => job.run(k),
            #[cfg(target_arch = "x86_64")]
            Choice::Avx2(k) => job.run(k),
            #[cfg(target_arch = "x86_64")]
            Choice::Bf16(k) => job.run(k),
            #[cfg(target_arch = "x86_64")]
            Choice::Int8(k) => job.run(k),
            #[cfg(target_arch = "aarch64")]
            Choice::Neon(k) => job.run(k),
            Choice::Portable => job.run(Portable),
        }
    }
}
