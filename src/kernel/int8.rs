//! AVX512-VNNI: fours of bytes multiplied and added to i32 sums, four times as many a cycle as f32 values.
#![expect(
    unsafe_code,
    reason = "loads, stores and the door into functions that need AVX512-VNNI"
)]

use std::arch::x86_64::*;

use super::encoded::{Dot, encoded_kernel};
use super::{Avx512, Kernel, Precision, Rounding};

/// Largest whole number of a row.
const TOP: f32 = 127.0;

/// Every byte's sign bit: between q + 128 without a sign and q with one.
const SIGNS: u32 = 0x8080_8080;

/// Proof that this processor has AVX512-VNNI beside what the f32 kernel needs.
///
/// A row is whole numbers q from -127 to 127 times one scale: 127 is the row's largest value, or the values are such
/// numbers already and are not rounded at all (rows of an i8 file). The instruction multiplies bytes without a sign by
/// bytes with one, so the left operand holds q + 128 and sums start from -128 times the sum of the column's numbers;
/// header: scale, that start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Int8(Avx512);

impl Int8 {
    /// The kernel, where the processor has it.
    pub fn detect(base: Avx512) -> Option<Self> {
        is_x86_feature_detected!("avx512vnni").then_some(Self(base))
    }

    /// Largest magnitude of a row, and whether all its values are whole numbers that fit a byte.
    #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,avx2,fma")]
    #[inline]
    fn range(values: &[f32]) -> (f32, bool) {
        let mut top = _mm512_setzero_ps();
        let mut low = _mm512_setzero_ps();
        let mut fractions = 0;
        for values in values.chunks(16) {
            let live = u16::MAX >> (16 - values.len());
            // SAFETY: the mask lets through only the values of this chunk.
            let v = unsafe { _mm512_maskz_loadu_ps(live, values.as_ptr()) };
            top = _mm512_max_ps(top, v);
            low = _mm512_min_ps(low, v);
            let whole =
                _mm512_roundscale_ps::<{ _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC }>(v);
            fractions |= _mm512_cmp_ps_mask::<_CMP_NEQ_UQ>(whole, v);
        }
        let (top, low) = (_mm512_reduce_max_ps(top), _mm512_reduce_min_ps(low));
        (top.max(-low), fractions == 0 && top <= TOP && low >= -128.0)
    }

    #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,avx2,fma")]
    #[inline]
    fn encode_row(values: &[f32], factor: f64, out: &mut [f32]) -> Rounding {
        assert_eq!(out.len(), Self::words(values.len()), "room for one row");
        let fits = Precision::I8
            .longest()
            .is_none_or(|longest| values.len() <= longest);
        assert!(fits, "dot products that fit an i32");
        let (top, whole) = Self::range(values);
        let step = if whole { 1.0 } else { top / TOP };
        let scale = f64::from(step) * factor;
        let inverse = _mm512_set1_ps(1.0 / step);
        let mut total = _mm512_setzero_si512();
        let (mut squares, mut errors) = (_mm512_setzero_ps(), _mm512_setzero_ps());
        for (values, out) in values.chunks(16).zip(out[2..].chunks_mut(4)) {
            let live = u16::MAX >> (16 - values.len());
            let words = u8::MAX >> (8 - out.len());
            // SAFETY: the masks let through only the values of this chunk and the words that hold them.
            let exact = unsafe { _mm512_maskz_loadu_ps(live, values.as_ptr()) };
            let exact = _mm512_mul_ps(exact, inverse);
            let q = _mm512_cvtps_epi32(exact);
            let bytes = _mm_xor_si128(_mm512_cvtepi32_epi8(q), _mm_set1_epi32(SIGNS as i32));
            // SAFETY: as above.
            unsafe { _mm_mask_storeu_epi32(out.as_mut_ptr().cast(), words, bytes) };
            total = _mm512_add_epi32(total, q);
            let rounded = _mm512_cvtepi32_ps(q);
            squares = _mm512_fmadd_ps(rounded, rounded, squares);
            let error = _mm512_sub_ps(rounded, exact);
            errors = _mm512_fmadd_ps(error, error, errors);
        }
        let total = _mm512_reduce_add_epi32(total);
        out[0] = scale as f32;
        out[1] = f32::from_bits((-128 * total) as u32);
        Rounding {
            square: scale * scale * f64::from(_mm512_reduce_add_ps(squares)),
            error: scale * f64::from(_mm512_reduce_add_ps(errors)).sqrt(),
        }
    }

    /// Left operands (q + 128) of a packed panel to right ones (q); columns that are missing hold zeros, and become -128
    /// times a scale of 0.
    fn as_columns(panel: &mut [f32]) {
        for word in &mut panel[Self::HEADER * Self::NR..] {
            *word = f32::from_bits(word.to_bits() ^ SIGNS);
        }
    }
}

impl Dot for Int8 {
    const HEADER: usize = 2;
    /// Whole numbers add up exactly.
    const STRETCH: usize = usize::MAX;
    type Sum = __m512i;

    #[inline(always)]
    unsafe fn zero() -> __m512i {
        // SAFETY: the trait's contract (AVX512-VNNI is enabled); no memory is touched. The same holds for all below.
        unsafe { _mm512_setzero_si512() }
    }
    #[inline(always)]
    unsafe fn start(column: *const f32, width: usize) -> __m512i {
        // SAFETY: the trait's contract: 16 readable words in the second line of the header.
        unsafe { _mm512_loadu_si512(column.add(width).cast()) }
    }
    #[inline(always)]
    unsafe fn step(sum: __m512i, row: __m512i, column: __m512i) -> __m512i {
        // SAFETY: see `zero`.
        unsafe { _mm512_dpbusd_epi32(sum, row, column) }
    }
    #[inline(always)]
    unsafe fn value(sum: __m512i) -> __m512 {
        // SAFETY: see `zero`.
        unsafe { _mm512_cvtepi32_ps(sum) }
    }
}

encoded_kernel! {
    Int8: "avx512vnni", I8, 4 values to a word, "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,avx2,fma"
}
