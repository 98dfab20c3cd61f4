//! AVX2 with FMA: 6 x 16 tiles in 12 of the 16 registers.
#![expect(
    unsafe_code,
    reason = "loads, stores and the door into functions that need AVX2"
)]

use std::arch::x86_64::*;

use super::generic::Lanes;
use super::tile::Keys;

/// Proof that this processor has AVX2, FMA and POPCNT.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Avx2(());

impl Avx2 {
    /// The kernel, where the processor has it.
    pub fn detect() -> Option<Self> {
        let found = is_x86_feature_detected!("avx2")
            && is_x86_feature_detected!("fma")
            && is_x86_feature_detected!("popcnt");
        found.then_some(Self(()))
    }
}

#[derive(Clone, Copy)]
pub(super) struct Ymm(pub(super) __m256);

/// Bits of 2^(j/8), less j << 20, so that adding n << 20 for n = 8 k + j gives the bits of 2^(n/8).
const TABLE: [u32; 8] = [
    0x3f80_0000,
    0x3f8b_95c2 - (1 << 20),
    0x3f98_37f0 - (2 << 20),
    0x3fa5_fed7 - (3 << 20),
    0x3fb5_04f3 - (4 << 20),
    0x3fc5_672a - (5 << 20),
    0x3fd7_44fd - (6 << 20),
    0x3fea_c0c7 - (7 << 20),
];

/// For each set of lanes their numbers, ascending; what follows them does not matter.
static FRONT: [[u8; 8]; 256] = front();

const fn front() -> [[u8; 8]; 256] {
    let mut out = [[0; 8]; 256];
    let mut set = 0;
    while set < 256 {
        let (mut lane, mut at) = (0, 0);
        while lane < 8 {
            if set >> lane & 1 == 1 {
                out[set][at] = lane as u8;
                at += 1;
            }
            lane += 1;
        }
        set += 1;
    }
    out
}

impl Lanes for Ymm {
    const N: usize = 8;

    #[inline(always)]
    unsafe fn splat(x: f32) -> Self {
        // SAFETY: the trait's contract (AVX2 is enabled); no memory is touched. The same holds for all below.
        Self(unsafe { _mm256_set1_ps(x) })
    }
    #[inline(always)]
    unsafe fn load(from: *const f32) -> Self {
        // SAFETY: the trait's contract: 8 readable values.
        Self(unsafe { _mm256_loadu_ps(from) })
    }
    #[inline(always)]
    unsafe fn store(self, to: *mut f32) {
        // SAFETY: the trait's contract: 8 writable values.
        unsafe { _mm256_storeu_ps(to, self.0) }
    }
    #[inline(always)]
    unsafe fn add(self, other: Self) -> Self {
        // SAFETY: see `splat`.
        Self(unsafe { _mm256_add_ps(self.0, other.0) })
    }
    #[inline(always)]
    unsafe fn mul(self, other: Self) -> Self {
        // SAFETY: see `splat`.
        Self(unsafe { _mm256_mul_ps(self.0, other.0) })
    }
    #[inline(always)]
    unsafe fn fma(self, times: Self, plus: Self) -> Self {
        // SAFETY: see `splat`.
        Self(unsafe { _mm256_fmadd_ps(self.0, times.0, plus.0) })
    }
    #[inline(always)]
    unsafe fn max(self, other: Self) -> Self {
        // SAFETY: see `splat`.
        Self(unsafe { _mm256_max_ps(self.0, other.0) })
    }
    #[inline(always)]
    unsafe fn min(self, other: Self) -> Self {
        // SAFETY: see `splat`.
        Self(unsafe { _mm256_min_ps(self.0, other.0) })
    }
    /// Eight lanes to four in f32, the rest in f64.
    #[inline(always)]
    unsafe fn sum(self) -> f64 {
        // SAFETY: see `splat`.
        unsafe {
            let four = _mm_add_ps(
                _mm256_castps256_ps128(self.0),
                _mm256_extractf128_ps::<1>(self.0),
            );
            let wide = _mm256_cvtps_pd(four);
            let two = _mm_add_pd(
                _mm256_castpd256_pd128(wide),
                _mm256_extractf128_pd::<1>(wide),
            );
            _mm_cvtsd_f64(_mm_add_sd(two, _mm_unpackhi_pd(two, two)))
        }
    }
    #[inline(always)]
    unsafe fn any_above(self, limit: Self) -> bool {
        // SAFETY: see `splat`.
        unsafe { self.bits_above(limit) != 0 }
    }
    #[inline(always)]
    unsafe fn bits_above(self, limit: Self) -> u32 {
        // SAFETY: see `splat`.
        unsafe { _mm256_movemask_ps(_mm256_cmp_ps::<_CMP_GT_OQ>(self.0, limit.0)) as u32 }
    }
    #[inline(always)]
    unsafe fn add_above(self, limit: Self, count: Self) -> Self {
        // SAFETY: see `splat`.
        unsafe {
            let above = _mm256_cmp_ps::<_CMP_GT_OQ>(self.0, limit.0);
            Self(_mm256_add_ps(
                count.0,
                _mm256_and_ps(above, _mm256_set1_ps(1.0)),
            ))
        }
    }
    #[inline(always)]
    unsafe fn store_from(self, limit: Self, to: *mut f32) -> usize {
        // SAFETY: see `splat`; 8 writable values, and 8 bytes of FRONT.
        unsafe {
            let kept = _mm256_movemask_ps(_mm256_cmp_ps::<_CMP_GE_OQ>(self.0, limit.0)) as usize;
            let lanes = _mm_loadl_epi64(FRONT[kept].as_ptr().cast());
            let front = _mm256_permutevar8x32_ps(self.0, _mm256_cvtepu8_epi32(lanes));
            _mm256_storeu_ps(to, front);
            kept.count_ones() as usize
        }
    }
    #[inline(always)]
    unsafe fn store_above(self, limit: Self, first: u16, to: *mut u16) -> usize {
        // SAFETY: see `splat`; 8 writable values, and 8 bytes of FRONT.
        unsafe {
            let above = _mm256_movemask_ps(_mm256_cmp_ps::<_CMP_GT_OQ>(self.0, limit.0)) as usize;
            let lanes = _mm_cvtepu8_epi16(_mm_loadl_epi64(FRONT[above].as_ptr().cast()));
            let cells = _mm_add_epi16(lanes, _mm_set1_epi16(first as i16));
            _mm_storeu_si128(to.cast(), cells);
            above.count_ones() as usize
        }
    }
    #[inline(always)]
    unsafe fn insert(list: &mut [Keys], key: i64) {
        // SAFETY: see `splat`; four numbers are as long and as aligned as a vector.
        unsafe {
            let key = _mm256_set1_epi64x(key);
            let mut last = _mm256_set1_epi64x(i64::MAX);
            for four in list
                .iter_mut()
                .flat_map(|eight| eight.0.as_chunks_mut::<4>().0)
            {
                let four = four.as_mut_ptr().cast();
                let here = _mm256_load_si256(four);
                let before = _mm256_blend_epi32::<3>(
                    _mm256_permute4x64_epi64::<0b10_01_00_00>(here),
                    _mm256_permute4x64_epi64::<0b11_11_11_11>(last),
                );
                let moved = _mm256_blendv_epi8(before, key, _mm256_cmpgt_epi64(before, key));
                let kept = _mm256_blendv_epi8(here, moved, _mm256_cmpgt_epi64(moved, here));
                _mm256_store_si256(four, kept);
                last = here;
            }
        }
    }
    #[inline(always)]
    unsafe fn prefetch(at: *const f32) {
        // SAFETY: a prefetch never faults.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(at.cast()) }
    }

    /// As for AVX-512, in eighths of an octave: eight table entries and a minimax cubic (relative error 1.8e-8
    /// before rounding).
    #[inline(always)]
    unsafe fn exp2(self, hi: Self, lo: Self) -> Self {
        // SAFETY: register arithmetic (see `splat`); the load reads the 8 entries of TABLE.
        unsafe {
            let magic = _mm256_set1_ps(12_582_912.0); // 1.5 * 2^23
            let scale = _mm256_set1_ps(8.0);
            let (hi, lo) = (_mm256_mul_ps(hi.0, scale), _mm256_mul_ps(lo.0, scale));
            let rounded = _mm256_fmadd_ps(self.0, hi, magic);
            let n = _mm256_sub_ps(rounded, magic);
            let r = _mm256_fmadd_ps(self.0, lo, _mm256_fmsub_ps(self.0, hi, n));
            let table = _mm256_loadu_si256(TABLE.as_ptr().cast());
            let bits = _mm256_castps_si256(rounded);
            let power = _mm256_add_epi32(
                _mm256_permutevar8x32_epi32(table, bits),
                _mm256_slli_epi32::<20>(bits),
            );
            let power = _mm256_castsi256_ps(power);
            // The cubic's constant is 1 in f32.
            let mut slope = _mm256_set1_ps((0.055_498_900_463_45 / 512.0) as f32);
            for coefficient in [0.240_264_072_899_1 / 64.0, 0.693_147_208_531_9 / 8.0] {
                slope = _mm256_fmadd_ps(slope, r, _mm256_set1_ps(coefficient as f32));
            }
            Self(_mm256_fmadd_ps(_mm256_mul_ps(power, r), slope, power))
        }
    }
}

super::door::kernel! {
    Avx2: "avx2", Ymm of 8, 6 rows by 2 vectors = 16 columns, 12 chains, "avx2,fma,popcnt"
}
