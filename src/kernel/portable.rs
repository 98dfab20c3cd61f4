//! The kernel in plain Rust: the oracle of the others, and the one that every machine has.
#![expect(
    unsafe_code,
    reason = "the vector trait of the generic code has unsafe methods"
)]

use super::generic::{self, Lanes};
use super::{
    Exponents, Kernel, Keys, Panel, RowLimits, Sums, Tile, above, insert, plain, products, split,
};

/// Runs everywhere; arrays of eight that the compiler vectorises for the target's base instruction set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Portable;

#[derive(Clone, Copy)]
struct Eight([f32; 8]);

impl Eight {
    /// A loop of its own: what the standard library calls to fill an array is not always inlined.
    #[inline(always)]
    fn each(lane: impl Fn(usize) -> f32) -> Self {
        let mut lanes = [0.0; 8];
        for k in 0..8 {
            lanes[k] = lane(k);
        }
        Self(lanes)
    }
    #[inline(always)]
    fn zip(self, other: Self, f: impl Fn(f32, f32) -> f32) -> Self {
        Self::each(|k| f(self.0[k], other.0[k]))
    }
}

impl Lanes for Eight {
    const N: usize = 8;

    #[inline(always)]
    unsafe fn splat(x: f32) -> Self {
        Self([x; 8])
    }
    #[inline(always)]
    unsafe fn load(from: *const f32) -> Self {
        // SAFETY: the trait's contract: 8 readable values; f32 arrays need no more alignment than f32.
        Self(unsafe { from.cast::<[f32; 8]>().read() })
    }
    #[inline(always)]
    unsafe fn store(self, to: *mut f32) {
        // SAFETY: the trait's contract: 8 writable values.
        unsafe { to.cast::<[f32; 8]>().write(self.0) }
    }
    #[inline(always)]
    unsafe fn add(self, other: Self) -> Self {
        self.zip(other, |a, b| a + b)
    }
    #[inline(always)]
    unsafe fn mul(self, other: Self) -> Self {
        self.zip(other, |a, b| a * b)
    }
    #[inline(always)]
    unsafe fn fma(self, times: Self, plus: Self) -> Self {
        // Two roundings: a fused one is a library call where the base instruction set lacks it.
        Self::each(|k| self.0[k] * times.0[k] + plus.0[k])
    }
    #[inline(always)]
    unsafe fn max(self, other: Self) -> Self {
        self.zip(other, f32::max)
    }
    #[inline(always)]
    unsafe fn min(self, other: Self) -> Self {
        self.zip(other, f32::min)
    }
    #[inline(always)]
    unsafe fn sum(self) -> f64 {
        self.0.iter().map(|v| f64::from(*v)).sum()
    }
    #[inline(always)]
    unsafe fn any_above(self, limit: Self) -> bool {
        self.0.iter().zip(&limit.0).any(|(s, limit)| s > limit)
    }
    #[inline(always)]
    unsafe fn bits_above(self, limit: Self) -> u32 {
        let lanes = self.0.iter().zip(&limit.0).enumerate();
        lanes.fold(0, |bits, (k, (s, limit))| {
            bits | (u32::from(s > limit) << k)
        })
    }
    #[inline(always)]
    unsafe fn add_above(self, limit: Self, count: Self) -> Self {
        let above = self.zip(limit, |s, limit| if s > limit { 1.0 } else { 0.0 });
        count.zip(above, |count, above| count + above)
    }
    #[inline(always)]
    unsafe fn store_from(self, limit: Self, to: *mut f32) -> usize {
        let mut kept = 0;
        for (s, limit) in self.0.iter().zip(&limit.0) {
            if s >= limit {
                // SAFETY: the trait's contract: 8 writable values.
                unsafe { to.add(kept).write(*s) };
                kept += 1;
            }
        }
        kept
    }
    #[inline(always)]
    unsafe fn prefetch(_at: *const f32) {}

    /// x = n + r with r in [-1/2, 1/2]; the Taylor polynomial of 2^r to degree 7 (relative error 6e-9 before
    /// rounding), then n into the exponent bits. Without a fused multiply-add the reduction is done in f64.
    #[inline(always)]
    unsafe fn exp2(self, hi: Self, lo: Self) -> Self {
        const MAGIC: f64 = 6_755_399_441_055_744.0; // 1.5 * 2^52
        const LN2: f32 = std::f32::consts::LN_2;
        Self::each(|k| {
            let x = f64::from(self.0[k]) * (f64::from(hi.0[k]) + f64::from(lo.0[k]));
            let rounded = x + MAGIC;
            let r = (x - (rounded - MAGIC)) as f32 * LN2;
            let mut p = 1.0 / 5040.0;
            for factorial in [720.0, 120.0, 24.0, 6.0, 2.0, 1.0, 1.0] {
                p = p * r + 1.0 / factorial;
            }
            p * f32::from_bits((rounded.to_bits() as u32).wrapping_add(127) << 23)
        })
    }
}

impl Kernel for Portable {
    const NAME: &'static str = "portable";
    const MR: usize = 4;
    const NR: usize = 8;
    const LANES: usize = 8;

    fn gram(
        self,
        rows: &[f32],
        panel: Panel<'_>,
        next: &[f32],
        limit: f32,
        tile: &mut Tile,
    ) -> bool {
        // SAFETY: plain Rust needs no instruction set.
        unsafe { products::gram::<Eight, 4, 1>(rows, panel, next, limit, tile) }
    }
    fn squares(self, rows: &[f32], panel: Panel<'_>, tile: &mut Tile) {
        // SAFETY: as above.
        unsafe { products::squares::<Eight, 4, 1>(rows, panel, tile) }
    }
    fn exponentials(self, tile: &mut Tile, mask: Option<&[f32]>, plan: &Exponents, sums: Sums<'_>) {
        // SAFETY: as above.
        unsafe { generic::exponentials::<Eight, 4, 1>(tile, mask, plan, sums) }
    }
    fn fold(self, lanes: &mut [f32], out: &mut [f64]) {
        // SAFETY: the features are enabled in this function.
        unsafe { generic::fold::<Eight>(lanes, out) }
    }
    fn steep(
        self,
        tile: &Tile,
        mask: Option<&[f32]>,
        c: f64,
        rows: &mut [f64],
        columns: &mut [f64],
    ) {
        let tile = (tile.cosines::<Self>(), tile.rest.values());
        plain::steep::<8>(tile, mask, c, rows, columns);
    }
    fn bin(self, cosines: &[f32], bins: (u32, f32), out: &mut [u16]) {
        plain::bin(cosines, bins, out);
    }
    fn split(
        self,
        cosines: &[f32],
        mask: Option<&[f32]>,
        limit: f32,
        kept: &mut [f32],
    ) -> (usize, [f64; 2]) {
        // SAFETY: plain Rust needs no instruction set.
        unsafe { split::split::<Eight, 4, 1>(cosines, mask, limit, kept) }
    }
    fn count_rows(self, cosines: &[f32], limits: RowLimits<'_>, counts: &mut [f32]) {
        // SAFETY: plain Rust needs no instruction set.
        unsafe { above::count_rows::<Eight, 4, 1>(cosines, limits, counts) }
    }
    fn count_columns(self, cosines: &[f32], limits: &[f32], counts: &mut [f32]) {
        // SAFETY: as above.
        unsafe { above::count_columns::<Eight, 4, 1>(cosines, limits, counts) }
    }
    fn above(self, cosines: &[f32], rows: &[f32], columns: &[f32], out: &mut [u16]) -> usize {
        // SAFETY: as above.
        unsafe { above::above::<Eight, 4, 1>(cosines, rows, columns, out) }
    }
    fn insert(self, lists: &mut [Keys], eights: usize, new: &[(u32, i64)]) {
        // SAFETY: as above.
        unsafe { insert::insert::<Eight>(lists, eights, new) }
    }
    fn peak(self, rounds: usize) -> (f64, f32) {
        // SAFETY: as above.
        unsafe { generic::peak::<Eight, 4>(rounds) }
    }
}
