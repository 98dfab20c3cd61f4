//! AVX512-BF16: pairs of bf16 values multiplied and added to f32 sums, twice as many a cycle as f32 values.
#![expect(
    unsafe_code,
    reason = "loads, stores and the door into functions that need AVX512-BF16"
)]

use std::arch::x86_64::*;

use super::encoded::{Dot, encoded_kernel};
use super::{Avx512, Kernel, Rounding};

/// Proof that this processor has AVX512-BF16 beside what the f32 kernel needs.
///
/// A row is its values times a power of two, rounded to bf16, after one word of scale: rows of a bf16 file are not
/// rounded at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bf16(Avx512);

impl Bf16 {
    /// The kernel, where the processor has it.
    pub fn detect(base: Avx512) -> Option<Self> {
        is_x86_feature_detected!("avx512bf16").then_some(Self(base))
    }

    #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512bf16,avx2,fma")]
    #[inline]
    fn encode_row(values: &[f32], factor: f64, out: &mut [f32]) -> Rounding {
        assert_eq!(out.len(), Self::words(values.len()), "room for one row");
        // 2^k <= factor < 2^(k+1): multiplying by 2^k is exact, and leaves the row's norm between 1/2 and 1.
        let power = 2_f64.powi(factor.log2().floor() as i32);
        let scale = (factor / power) as f32;
        out[0] = scale;
        let power = _mm512_set1_ps(power as f32);
        let (mut squares, mut errors) = (_mm512_setzero_ps(), _mm512_setzero_ps());
        for (values, out) in values.chunks(16).zip(out[1..].chunks_mut(8)) {
            let live = u16::MAX >> (16 - values.len());
            let words = u8::MAX >> (8 - out.len());
            // SAFETY: the masks let through only the values of this chunk and the words that hold them.
            let exact = unsafe { _mm512_maskz_loadu_ps(live, values.as_ptr()) };
            let exact = _mm512_mul_ps(exact, power);
            // SAFETY: 256 bits either way.
            let halves: __m256i = unsafe { std::mem::transmute(_mm512_cvtneps_pbh(exact)) };
            // SAFETY: as above.
            unsafe { _mm256_mask_storeu_epi32(out.as_mut_ptr().cast(), words, halves) };
            let rounded =
                _mm512_castsi512_ps(_mm512_slli_epi32::<16>(_mm512_cvtepu16_epi32(halves)));
            squares = _mm512_fmadd_ps(rounded, rounded, squares);
            let error = _mm512_sub_ps(rounded, exact);
            errors = _mm512_fmadd_ps(error, error, errors);
        }
        let scale = f64::from(scale);
        Rounding {
            square: scale * scale * f64::from(_mm512_reduce_add_ps(squares)),
            error: scale * f64::from(_mm512_reduce_add_ps(errors)).sqrt(),
        }
    }

    fn as_columns(_panel: &mut [f32]) {}
}

impl Dot for Bf16 {
    const HEADER: usize = 1;
    const STRETCH: usize = 96;
    type Sum = __m512;

    #[inline(always)]
    unsafe fn zero() -> __m512 {
        // SAFETY: the trait's contract (AVX512-BF16 is enabled); no memory is touched. The same holds for all below.
        unsafe { _mm512_setzero_ps() }
    }
    #[inline(always)]
    unsafe fn start(_column: *const f32, _width: usize) -> __m512 {
        // SAFETY: see `zero`.
        unsafe { _mm512_setzero_ps() }
    }
    #[inline(always)]
    unsafe fn step(sum: __m512, row: __m512i, column: __m512i) -> __m512 {
        // SAFETY: see `zero`; 512 bits either way.
        unsafe {
            let (row, column): (__m512bh, __m512bh) = (
                std::mem::transmute::<__m512i, __m512bh>(row),
                std::mem::transmute::<__m512i, __m512bh>(column),
            );
            _mm512_dpbf16_ps(sum, row, column)
        }
    }
    #[inline(always)]
    unsafe fn value(sum: __m512) -> __m512 {
        sum
    }
}

encoded_kernel! {
    Bf16: "avx512bf16", Bf16, 2 values to a word, "avx512f,avx512bw,avx512dq,avx512vl,avx512bf16,avx2,fma"
}
