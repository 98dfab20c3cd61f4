//! AVX-512: 8 x 48 tiles in 24 of the 32 registers.
#![expect(
    unsafe_code,
    reason = "loads, stores and the door into functions that need AVX-512"
)]

use std::arch::x86_64::*;

use super::avx2::Ymm;
use super::generic::Lanes;
use super::tile::Keys;

/// Proof that this processor has AVX-512 F, BW, DQ and VL, FMA and POPCNT.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Avx512(());

impl Avx512 {
    /// The kernel, where the processor has it.
    pub fn detect() -> Option<Self> {
        let found = is_x86_feature_detected!("avx512f")
            && is_x86_feature_detected!("avx512bw")
            && is_x86_feature_detected!("avx512dq")
            && is_x86_feature_detected!("avx512vl")
            && is_x86_feature_detected!("avx2")
            && is_x86_feature_detected!("fma")
            && is_x86_feature_detected!("popcnt");
        found.then_some(Self(()))
    }
}

#[derive(Clone, Copy)]
struct Zmm(__m512);

/// 2^(j/32) as bits, less j << 18, so that adding n << 18 for n = 32 k + j gives the bits of 2^(n/32).
const TABLE: [u32; 32] = table();

const fn table() -> [u32; 32] {
    // Bits of 2^(j/32) rounded to f32.
    let bits: [u32; 32] = [
        0x3f80_0000,
        0x3f82_cd87,
        0x3f85_aac3,
        0x3f88_980f,
        0x3f8b_95c2,
        0x3f8e_a43a,
        0x3f91_c3d3,
        0x3f94_f4f0,
        0x3f98_37f0,
        0x3f9b_8d3a,
        0x3f9e_f532,
        0x3fa2_7043,
        0x3fa5_fed7,
        0x3fa9_a15b,
        0x3fad_583f,
        0x3fb1_23f6,
        0x3fb5_04f3,
        0x3fb8_fbaf,
        0x3fbd_08a4,
        0x3fc1_2c4d,
        0x3fc5_672a,
        0x3fc9_b9be,
        0x3fce_248c,
        0x3fd2_a81e,
        0x3fd7_44fd,
        0x3fdb_fbb8,
        0x3fe0_ccdf,
        0x3fe5_b907,
        0x3fea_c0c7,
        0x3fef_e4ba,
        0x3ff5_257d,
        0x3ffa_83b3,
    ];
    let mut out = [0; 32];
    let mut j = 0;
    while j < 32 {
        out[j] = bits[j].wrapping_sub((j as u32) << 18);
        j += 1;
    }
    out
}

impl Lanes for Zmm {
    const N: usize = 16;

    #[inline(always)]
    unsafe fn splat(x: f32) -> Self {
        // SAFETY: the trait's contract (AVX-512 is enabled); no memory is touched. The same holds for all below.
        Self(unsafe { _mm512_set1_ps(x) })
    }
    #[inline(always)]
    unsafe fn load(from: *const f32) -> Self {
        // SAFETY: the trait's contract: 16 readable values.
        Self(unsafe { _mm512_loadu_ps(from) })
    }
    #[inline(always)]
    unsafe fn store(self, to: *mut f32) {
        // SAFETY: the trait's contract: 16 writable values.
        unsafe { _mm512_storeu_ps(to, self.0) }
    }
    #[inline(always)]
    unsafe fn add(self, other: Self) -> Self {
        // SAFETY: see `splat`.
        Self(unsafe { _mm512_add_ps(self.0, other.0) })
    }
    #[inline(always)]
    unsafe fn mul(self, other: Self) -> Self {
        // SAFETY: see `splat`.
        Self(unsafe { _mm512_mul_ps(self.0, other.0) })
    }
    #[inline(always)]
    unsafe fn fma(self, times: Self, plus: Self) -> Self {
        // SAFETY: see `splat`.
        Self(unsafe { _mm512_fmadd_ps(self.0, times.0, plus.0) })
    }
    #[inline(always)]
    unsafe fn max(self, other: Self) -> Self {
        // SAFETY: see `splat`.
        Self(unsafe { _mm512_max_ps(self.0, other.0) })
    }
    #[inline(always)]
    unsafe fn min(self, other: Self) -> Self {
        // SAFETY: see `splat`.
        Self(unsafe { _mm512_min_ps(self.0, other.0) })
    }
    #[inline(always)]
    unsafe fn sum(self) -> f64 {
        // SAFETY: see `splat`.
        unsafe {
            let high = _mm512_extractf32x8_ps::<1>(self.0);
            Ymm(_mm256_add_ps(_mm512_castps512_ps256(self.0), high)).sum()
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
        unsafe { u32::from(_mm512_cmp_ps_mask::<_CMP_GT_OQ>(self.0, limit.0)) }
    }
    #[inline(always)]
    unsafe fn add_above(self, limit: Self, count: Self) -> Self {
        // SAFETY: see `splat`.
        unsafe {
            let above = _mm512_cmp_ps_mask::<_CMP_GT_OQ>(self.0, limit.0);
            Self(_mm512_mask_add_ps(
                count.0,
                above,
                count.0,
                _mm512_set1_ps(1.0),
            ))
        }
    }
    #[inline(always)]
    unsafe fn store_from(self, limit: Self, to: *mut f32) -> usize {
        // SAFETY: see `splat`; 16 writable values.
        unsafe {
            let kept = _mm512_cmp_ps_mask::<_CMP_GE_OQ>(self.0, limit.0);
            // Compressed in a register first: to memory it takes many times as long on some processors.
            _mm512_storeu_ps(to, _mm512_maskz_compress_ps(kept, self.0));
            kept.count_ones() as usize
        }
    }
    #[inline(always)]
    unsafe fn store_above(self, limit: Self, first: u16, to: *mut u16) -> usize {
        // SAFETY: see `splat`; 16 writable values.
        unsafe {
            let above = _mm512_cmp_ps_mask::<_CMP_GT_OQ>(self.0, limit.0);
            let lanes = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
            let cells = _mm512_add_epi32(lanes, _mm512_set1_epi32(i32::from(first)));
            let front = _mm512_maskz_compress_epi32(above, cells);
            _mm256_storeu_si256(to.cast(), _mm512_cvtepi32_epi16(front));
            above.count_ones() as usize
        }
    }
    #[inline(always)]
    unsafe fn insert(list: &mut [Keys], key: i64) {
        // SAFETY: see `splat`; eight numbers are as long and as aligned as a vector.
        unsafe {
            let key = _mm512_set1_epi64(key);
            let mut last = _mm512_set1_epi64(i64::MAX);
            for eight in list {
                let eight = eight.0.as_mut_ptr().cast();
                let here = _mm512_load_si512(eight);
                let before = _mm512_alignr_epi64::<7>(here, last);
                let kept = _mm512_max_epi64(here, _mm512_min_epi64(before, key));
                _mm512_store_si512(eight, kept);
                last = here;
            }
        }
    }
    #[inline(always)]
    unsafe fn prefetch(at: *const f32) {
        // SAFETY: a prefetch never faults.
        unsafe { _mm_prefetch::<_MM_HINT_T1>(at.cast()) }
    }

    /// x = self·(hi + lo) in 32nds of an octave: n its nearest integer, r the rest in [-1/2, 1/2];
    /// 2^(n/32) from the table and the exponent bits, 2^(r/32) by a minimax parabola (relative error 5.3e-8).
    #[inline(always)]
    unsafe fn exp2(self, hi: Self, lo: Self) -> Self {
        // SAFETY: register arithmetic (see `splat`); the two loads read the 32 entries of TABLE.
        unsafe {
            let magic = _mm512_set1_ps(12_582_912.0); // 1.5 * 2^23
            let scale = _mm512_set1_ps(32.0);
            let (hi, lo) = (_mm512_mul_ps(hi.0, scale), _mm512_mul_ps(lo.0, scale));
            let rounded = _mm512_fmadd_ps(self.0, hi, magic);
            let n = _mm512_sub_ps(rounded, magic);
            let r = _mm512_fmadd_ps(self.0, lo, _mm512_fmsub_ps(self.0, hi, n));
            let table = TABLE.as_ptr().cast();
            let (low, high) = (_mm512_loadu_si512(table), _mm512_loadu_si512(table.add(1)));
            let bits = _mm512_castps_si512(rounded);
            let power = _mm512_add_epi32(
                _mm512_permutex2var_epi32(low, bits, high),
                _mm512_slli_epi32::<18>(bits),
            );
            // The power is there before r is: it is multiplied by r meanwhile, and added last.
            let power = _mm512_castsi512_ps(power);
            let slope = _mm512_fmadd_ps(
                r,
                _mm512_set1_ps((0.240_224_745_832_9 / 1024.0) as f32),
                _mm512_set1_ps((0.693_157_343_549_4 / 32.0) as f32),
            );
            Self(_mm512_fmadd_ps(_mm512_mul_ps(power, r), slope, power))
        }
    }
}

super::door::kernel! {
    Avx512: "avx512", Zmm of 16, 8 rows by 3 vectors = 48 columns, 24 chains, "avx512f,avx512bw,avx512dq,avx512vl,avx2,fma,popcnt"
}

#[cfg(test)]
mod tests {
    use super::TABLE;

    #[test]
    fn the_table_holds_the_32nd_roots_of_two() {
        for (j, &entry) in TABLE.iter().enumerate() {
            let bits = entry.wrapping_add((j as u32) << 18);
            let exact = ((j as f64 / 32.0).exp2() as f32).to_bits();
            assert_eq!(bits, exact, "entry {j}");
        }
    }
}
