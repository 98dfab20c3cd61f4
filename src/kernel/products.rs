//! What a tile is made of: dot products of rows and columns, and their squared distances.
//!
//! Written once over the vectors of a kernel, as `generic.rs` is.

#![expect(
    unsafe_code,
    reason = "vector loads and stores through checked offsets"
)]

use super::generic::Lanes;
use super::{Panel, Tile};

/// Longest run of products that is summed in one register. Products of one size and sign, as rows of +-1 have, all
/// round the same way; short runs keep that bias below 1e-6 at any width.
const STRETCH: usize = 96;

/// Largest error of a dot product of two unit rows of `dim` values in f32, with the rounding of the rows: two roundings
/// of 2^-24 for each step of a stretch, one for each stretch, and a few.
pub fn dot_error(dim: usize) -> f64 {
    let roundings = 2 * dim.min(STRETCH) + dim.div_ceil(STRETCH) + 6;
    roundings as f64 * 2.0_f64.powi(-24)
}

/// Largest difference of two f32 dot products of unit rows that makes no difference: [`dot_error`] is a bound for rows made
/// to reach it, and short stretches keep what real rows add up below a millionth at any width.
pub fn tie_error(dim: usize) -> f64 {
    dot_error(dim).min(1e-6)
}

/// `$body` for each row of a tile, written out: a loop that the compiler does not unroll, as it does not unroll long ones at its
/// second level, keeps the sums of a tile in memory, and each multiplication then stores its sum there.
macro_rules! each_row {
    ($r:ident of $rows:ident: $body:block) => {
        $crate::kernel::products::each_row!(@ $r $rows $body 0 1 2 3 4 5 6 7)
    };
    (@ $r:ident $rows:ident $body:block $($k:literal)*) => {
        $(if $k < $rows {
            let $r = $k;
            $body
        })*
    };
}

/// [`super::Kernel::gram`]: dot products accumulate in registers (MR x NV vectors), a stretch at a time; nothing but
/// the finished cosines is stored.
///
/// # Safety
/// The instruction set of `L` is enabled.
#[inline(always)]
pub(super) unsafe fn gram<L: Lanes, const MR: usize, const NV: usize>(
    rows: &[f32],
    panel: Panel<'_>,
    next: &[f32],
    limit: f32,
    tile: &mut Tile,
) -> bool {
    let out = &mut tile.cosines.values_mut()[..MR * NV * L::N];
    // SAFETY: `out` holds MR * NV vectors; the instruction set is the caller's promise.
    unsafe {
        products::<L, MR, NV, false>(rows, panel, next, out);
        let tile = out.as_ptr();
        let mut best = L::load(tile);
        for k in 1..MR * NV {
            best = best.max(L::load(tile.add(k * L::N)));
        }
        best.any_above(L::splat(limit))
    }
}

/// [`super::Kernel::squares`].
///
/// # Safety
/// The instruction set of `L` is enabled.
#[inline(always)]
pub(super) unsafe fn squares<L: Lanes, const MR: usize, const NV: usize>(
    rows: &[f32],
    panel: Panel<'_>,
    tile: &mut Tile,
) {
    let out = &mut tile.halves.values_mut()[..MR * NV * L::N];
    // SAFETY: handed on unchanged.
    unsafe { products::<L, MR, NV, true>(rows, panel, &[], out) }
}

/// Sums over k of row · column, or of (row - column)^2 where they are to be told `APART`.
///
/// # Safety
/// The instruction set of `L` is enabled.
#[inline(always)]
unsafe fn products<L: Lanes, const MR: usize, const NV: usize, const APART: bool>(
    rows: &[f32],
    panel: Panel<'_>,
    next: &[f32],
    out: &mut [f32],
) {
    const { assert!(MR <= 8, "rows that `each_row` writes out") };
    let dim = panel.dim();
    assert!(
        rows.len() == MR * dim
            && panel.values().len() == NV * L::N * dim
            && out.len() == MR * NV * L::N,
        "one tile's operands"
    );
    // SAFETY: k < dim and r < MR, so r * dim + k < rows.len(); the panel holds NV vectors for each of `dim` steps;
    // `out` holds MR * NV vectors (all three lengths checked above); the instruction set is the caller's promise.
    unsafe {
        let tile = out.as_mut_ptr();
        let mut at = panel.values().as_ptr();
        let mut row = rows.as_ptr();
        let stretches = dim.div_ceil(STRETCH);
        let ahead = next.len().div_ceil(16 * stretches).max(1);
        let mut ahead = next.as_chunks::<16>().0.chunks(ahead);
        for stretch in 0..stretches {
            // As many lines as a processor asks for at a time, not all of a wide row's at once.
            for line in ahead.next().unwrap_or_default() {
                L::prefetch(line.as_ptr());
            }
            let mut sums = [[L::splat(0.0); NV]; MR];
            for _ in stretch * dim / stretches..(stretch + 1) * dim / stretches {
                let mut columns = [L::splat(0.0); NV];
                for (v, column) in columns.iter_mut().enumerate() {
                    *column = L::load(at.add(v * L::N));
                }
                each_row!(r of MR: {
                    let value = L::splat(*row.add(r * dim));
                    for (sum, column) in sums[r].iter_mut().zip(columns) {
                        *sum = if APART {
                            let apart = column.fma(L::splat(-1.0), value);
                            apart.fma(apart, *sum)
                        } else {
                            value.fma(column, *sum)
                        };
                    }
                });
                at = at.add(NV * L::N);
                row = row.add(1);
            }
            // Written out, too: an array that a loop looks into stays in memory.
            each_row!(r of MR: {
                for (v, sum) in sums[r].iter().enumerate() {
                    let place = tile.add((r * NV + v) * L::N);
                    let sum = if stretch == 0 {
                        *sum
                    } else {
                        L::load(place).add(*sum)
                    };
                    sum.store(place);
                }
            });
        }
    }
}

pub(super) use each_row;
