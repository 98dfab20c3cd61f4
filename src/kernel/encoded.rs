//! Tiles of cosines from rows that were rounded: the loop that the bf16 and int8 kernels share.
//!
//! An encoded row is a run of 4-byte words: a header, then the values, two or four to a word. Words are carried as f32
//! and never computed with as such, so that they are cached, staged and packed by the code that serves f32 rows. The
//! first word of a header is the row's scale: what the whole dot product is multiplied by in the end.
#![expect(unsafe_code, reason = "loads and stores through checked offsets")]

use std::arch::x86_64::*;

use super::products::each_row;
use super::{Panel, Tile};

/// Rows and vectors of columns of a tile, as those of the f32 kernel.
pub(super) const MR: usize = 8;
pub(super) const NV: usize = 3;
const N: usize = 16;

/// What distinguishes one encoding from another in a tile.
///
/// # Safety
/// Methods run only where the instruction set of the implementing type is enabled, with pointers to 16 readable f32.
pub(super) trait Dot {
    /// Words before the values.
    const HEADER: usize;
    /// Longest run of words that is summed in one register.
    const STRETCH: usize;
    /// A vector of sums.
    type Sum: Copy;
    /// A vector of zeros.
    unsafe fn zero() -> Self::Sum;
    /// What the sums of 16 columns start from; `column` is where their headers begin, one every `width` words.
    unsafe fn start(column: *const f32, width: usize) -> Self::Sum;
    /// sum + row · column, for the values of one word.
    unsafe fn step(sum: Self::Sum, row: __m512i, column: __m512i) -> Self::Sum;
    /// As f32, without the scales.
    unsafe fn value(sum: Self::Sum) -> __m512;
}

/// [`super::Kernel::gram`] over encoded rows. Cosines are cut to [-1, 1], where the true ones lie.
///
/// # Safety
/// AVX-512 F and the instruction set of `D` are enabled.
#[inline(always)]
pub(super) unsafe fn gram<D: Dot>(
    rows: &[f32],
    panel: Panel<'_>,
    next: &[f32],
    limit: f32,
    tile: &mut Tile,
) -> bool {
    let words = panel.dim();
    let width = NV * N;
    assert!(
        words >= D::HEADER && rows.len() == MR * words && panel.values().len() == width * words,
        "one tile's operands"
    );
    let out = &mut tile.cosines.values_mut()[..MR * width];
    // SAFETY: k < words and r < MR, so r * words + k < rows.len(); the panel holds NV vectors for each of `words` steps,
    // the first HEADER of which are headers; `out` holds MR * NV vectors (all lengths checked above); the instruction
    // set is the caller's promise.
    unsafe {
        for line in next.as_chunks::<16>().0 {
            _mm_prefetch::<_MM_HINT_T0>(line.as_ptr().cast());
        }
        let tile = out.as_mut_ptr();
        let header = panel.values().as_ptr();
        let mut at = header.add(D::HEADER * width);
        let mut row = rows.as_ptr().add(D::HEADER);
        let steps = words - D::HEADER;
        let stretches = steps.div_ceil(D::STRETCH).max(1);
        for stretch in 0..stretches {
            let mut sums = [[D::zero(); NV]; MR];
            if stretch == 0 {
                for v in 0..NV {
                    let start = D::start(header.add(v * N), width);
                    for sums in &mut sums {
                        sums[v] = start;
                    }
                }
            }
            for _ in stretch * steps / stretches..(stretch + 1) * steps / stretches {
                let mut columns = [_mm512_setzero_si512(); NV];
                for (v, column) in columns.iter_mut().enumerate() {
                    *column = _mm512_loadu_si512(at.add(v * N).cast());
                }
                each_row!(r of MR: {
                    let value = _mm512_set1_epi32(row.add(r * words).cast::<i32>().read());
                    for (sum, column) in sums[r].iter_mut().zip(columns) {
                        *sum = D::step(*sum, value, column);
                    }
                });
                at = at.add(width);
                row = row.add(1);
            }
            each_row!(r of MR: {
                for (v, sum) in sums[r].iter().enumerate() {
                    let place = tile.add((r * NV + v) * N);
                    let mut sum = D::value(*sum);
                    if stretch > 0 {
                        sum = _mm512_add_ps(sum, _mm512_loadu_ps(place));
                    }
                    _mm512_storeu_ps(place, sum);
                }
            });
        }
        let (one, minus) = (_mm512_set1_ps(1.0), _mm512_set1_ps(-1.0));
        let mut best = minus;
        let mut scales = [_mm512_setzero_ps(); NV];
        for (v, scale) in scales.iter_mut().enumerate() {
            *scale = _mm512_loadu_ps(header.add(v * N));
        }
        for r in 0..MR {
            let scale = _mm512_set1_ps(rows[r * words]);
            for (v, columns) in scales.iter().enumerate() {
                let place = tile.add((r * NV + v) * N);
                let s = _mm512_mul_ps(_mm512_loadu_ps(place), _mm512_mul_ps(scale, *columns));
                let s = _mm512_max_ps(_mm512_min_ps(s, one), minus);
                best = _mm512_max_ps(best, s);
                _mm512_storeu_ps(place, s);
            }
        }
        _mm512_cmp_ps_mask::<_CMP_GT_OQ>(best, _mm512_set1_ps(limit)) != 0
    }
}

/// Implements [`super::Kernel`] for a proof type around [`super::Avx512`]: its own encoding and dot products, and what
/// becomes of a finished tile as there.
macro_rules! encoded_kernel {
    ($kernel:ident: $name:literal, $precision:ident, $values:literal values to a word, $features:literal) => {
        impl $crate::kernel::Kernel for $kernel {
            const NAME: &'static str = $name;
            const MR: usize = $crate::kernel::Avx512::MR;
            const NR: usize = $crate::kernel::Avx512::NR;
            const LANES: usize = $crate::kernel::Avx512::LANES;
            const PRECISION: $crate::kernel::Precision = $crate::kernel::Precision::$precision;

            fn words(dim: usize) -> usize {
                <$kernel as $crate::kernel::encoded::Dot>::HEADER + dim.div_ceil($values)
            }

            $crate::kernel::door::behind_door! {
                $features: fn encode(
                    values: &[f32],
                    factor: f64,
                    out: &mut [f32],
                ) -> $crate::kernel::Rounding {
                    $kernel::encode_row(values, factor, out)
                }
            }

            fn columns(panel: &mut [f32]) {
                $kernel::as_columns(panel);
            }

            $crate::kernel::door::behind_door! {
                $features: fn gram(
                    rows: &[f32],
                    panel: $crate::kernel::Panel<'_>,
                    next: &[f32],
                    limit: f32,
                    tile: &mut $crate::kernel::Tile,
                ) -> bool {
                    // SAFETY: the features are enabled in this function.
                    unsafe {
                        $crate::kernel::encoded::gram::<$kernel>(rows, panel, next, limit, tile)
                    }
                }
            }

            fn squares(
                self,
                _: &[f32],
                _: $crate::kernel::Panel<'_>,
                _: &mut $crate::kernel::Tile,
            ) {
                unreachable!("rounded rows have no digits left for it");
            }

            fn exponentials(
                self,
                tile: &mut $crate::kernel::Tile,
                mask: Option<&[f32]>,
                plan: &$crate::kernel::Exponents,
                sums: $crate::kernel::Sums<'_>,
            ) {
                self.0.exponentials(tile, mask, plan, sums);
            }

            fn fold(self, lanes: &mut [f32], out: &mut [f64]) {
                self.0.fold(lanes, out);
            }

            fn steep(
                self,
                tile: &$crate::kernel::Tile,
                mask: Option<&[f32]>,
                c: f64,
                rows: &mut [f64],
                columns: &mut [f64],
            ) {
                self.0.steep(tile, mask, c, rows, columns);
            }

            fn bin(self, cosines: &[f32], bins: (u32, f32), out: &mut [u16]) {
                self.0.bin(cosines, bins, out);
            }

            fn split(
                self,
                cosines: &[f32],
                mask: Option<&[f32]>,
                limit: f32,
                kept: &mut [f32],
            ) -> (usize, [f64; 2]) {
                self.0.split(cosines, mask, limit, kept)
            }

            fn count_rows(
                self,
                cosines: &[f32],
                limits: $crate::kernel::RowLimits<'_>,
                counts: &mut [f32],
            ) {
                self.0.count_rows(cosines, limits, counts);
            }

            fn count_columns(self, cosines: &[f32], limits: &[f32], counts: &mut [f32]) {
                self.0.count_columns(cosines, limits, counts);
            }

            fn above(
                self,
                cosines: &[f32],
                rows: &[f32],
                columns: &[f32],
                out: &mut [u16],
            ) -> usize {
                self.0.above(cosines, rows, columns, out)
            }

            fn insert(self, lists: &mut [$crate::kernel::Keys], eights: usize, new: &[(u32, i64)]) {
                self.0.insert(lists, eights, new);
            }

            fn peak(self, rounds: usize) -> (f64, f32) {
                self.0.peak(rounds)
            }
        }
    };
}

pub(super) use encoded_kernel;
