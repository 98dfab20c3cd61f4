//! NEON of aarch64: 6 x 16 tiles in 24 of the 32 registers.
//!
//! A step of the tile's loop takes 38 instructions for its 24 multiply-adds (8 of them loads): a row's value is multiplied
//! from one lane of a register, so that none is spent on copying it to all four.
#![expect(
    unsafe_code,
    reason = "loads, stores and the door into functions that need NEON"
)]

use std::arch::aarch64::*;
use std::arch::{asm, is_aarch64_feature_detected};

use super::generic::Lanes;

/// Proof that this processor has NEON, as every aarch64 processor with an operating system has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Neon(());

impl Neon {
    /// The kernel, where the processor has it.
    pub fn detect() -> Option<Self> {
        is_aarch64_feature_detected!("neon").then_some(Self(()))
    }
}

#[derive(Clone, Copy)]
struct Four(float32x4_t);

/// For each set of lanes the bytes of these lanes, ascending, then zeros of no meaning.
static FRONT: [[u8; 16]; 16] = front();

const fn front() -> [[u8; 16]; 16] {
    let mut out = [[0; 16]; 16];
    let mut set = 0;
    while set < 16 {
        let (mut byte, mut at) = (0, 0);
        while byte < 16 {
            if set >> (byte / 4) & 1 == 1 {
                out[set][at] = byte as u8;
                at += 1;
            }
            byte += 1;
        }
        set += 1;
    }
    out
}

/// A bit for each lane that a comparison gave, the first lane's lowest.
#[inline(always)]
unsafe fn bits(found: uint32x4_t) -> u32 {
    const EACH: [u32; 4] = [1, 2, 4, 8];
    // SAFETY: NEON is the caller's promise; the load reads EACH.
    unsafe { vaddvq_u32(vandq_u32(found, vld1q_u32(EACH.as_ptr()))) }
}

impl Lanes for Four {
    const N: usize = 4;

    #[inline(always)]
    unsafe fn splat(x: f32) -> Self {
        // SAFETY: the trait's contract (NEON is enabled); no memory is touched. The same holds for all below.
        Self(unsafe { vdupq_n_f32(x) })
    }
    #[inline(always)]
    unsafe fn load(from: *const f32) -> Self {
        // SAFETY: the trait's contract: 4 readable values.
        Self(unsafe { vld1q_f32(from) })
    }
    #[inline(always)]
    unsafe fn store(self, to: *mut f32) {
        // SAFETY: the trait's contract: 4 writable values.
        unsafe { vst1q_f32(to, self.0) }
    }
    #[inline(always)]
    unsafe fn add(self, other: Self) -> Self {
        // SAFETY: see `splat`.
        Self(unsafe { vaddq_f32(self.0, other.0) })
    }
    #[inline(always)]
    unsafe fn mul(self, other: Self) -> Self {
        // SAFETY: see `splat`.
        Self(unsafe { vmulq_f32(self.0, other.0) })
    }
    #[inline(always)]
    unsafe fn fma(self, times: Self, plus: Self) -> Self {
        // SAFETY: see `splat`.
        Self(unsafe { vfmaq_f32(plus.0, self.0, times.0) })
    }
    #[inline(always)]
    unsafe fn max(self, other: Self) -> Self {
        // SAFETY: see `splat`.
        Self(unsafe { vmaxq_f32(self.0, other.0) })
    }
    #[inline(always)]
    unsafe fn min(self, other: Self) -> Self {
        // SAFETY: see `splat`.
        Self(unsafe { vminq_f32(self.0, other.0) })
    }
    #[inline(always)]
    unsafe fn sum(self) -> f64 {
        // SAFETY: see `splat`.
        unsafe {
            let (low, high) = (
                vcvt_f64_f32(vget_low_f32(self.0)),
                vcvt_high_f64_f32(self.0),
            );
            vaddvq_f64(vaddq_f64(low, high))
        }
    }
    #[inline(always)]
    unsafe fn any_above(self, limit: Self) -> bool {
        // SAFETY: see `splat`.
        unsafe { vmaxvq_u32(vcgtq_f32(self.0, limit.0)) != 0 }
    }
    #[inline(always)]
    unsafe fn bits_above(self, limit: Self) -> u32 {
        // SAFETY: see `splat`.
        unsafe { bits(vcgtq_f32(self.0, limit.0)) }
    }
    #[inline(always)]
    unsafe fn add_above(self, limit: Self, count: Self) -> Self {
        // SAFETY: see `splat`.
        unsafe {
            let one = vreinterpretq_u32_f32(vdupq_n_f32(1.0));
            let above = vandq_u32(vcgtq_f32(self.0, limit.0), one);
            Self(vaddq_f32(count.0, vreinterpretq_f32_u32(above)))
        }
    }
    #[inline(always)]
    unsafe fn store_from(self, limit: Self, to: *mut f32) -> usize {
        // SAFETY: see `splat`; 4 writable values, and 16 bytes of FRONT.
        unsafe {
            let kept = bits(vcgeq_f32(self.0, limit.0)) as usize;
            let front = vld1q_u8(FRONT[kept].as_ptr());
            let front = vqtbl1q_u8(vreinterpretq_u8_f32(self.0), front);
            vst1q_f32(to, vreinterpretq_f32_u8(front));
            kept.count_ones() as usize
        }
    }
    #[inline(always)]
    unsafe fn prefetch(at: *const f32) {
        // SAFETY: a prefetch never faults and changes nothing that a program sees.
        unsafe {
            asm!("prfm pldl1keep, [{}]", in(reg) at, options(nostack, preserves_flags, readonly));
        }
    }

    /// x = n + r with r in [-1/2, 1/2]; 2^r by a polynomial of degree 5 that is 1 at 0 (relative error 9.2e-8 before
    /// rounding), n added to its exponent. A table would be no shorter here: looked up by bytes, its indices cost what the
    /// degrees do.
    #[inline(always)]
    unsafe fn exp2(self, hi: Self, lo: Self) -> Self {
        const ONE: f64 = 0.693_146_977_599_752_6;
        const TWO: f64 = 0.240_222_420_853_577_78;
        const THREE: f64 = 0.055_507_337_423_076_71;
        const FOUR: f64 = 0.009_671_512_641_762_9;
        const FIVE: f64 = 0.001_326_472_749_033_826;
        // SAFETY: register arithmetic (see `splat`).
        unsafe {
            let magic = vdupq_n_f32(12_582_912.0); // 1.5 * 2^23
            let rounded = vfmaq_f32(magic, self.0, hi.0);
            let minus_n = vsubq_f32(magic, rounded);
            let r = vfmaq_f32(vfmaq_f32(minus_n, self.0, hi.0), self.0, lo.0);
            // (1 + ONE r) + r^2 ((TWO + THREE r) + FIVE r^2 (r + FOUR / FIVE)): a multiply-add overwrites what it adds to,
            // so that a constant there costs a copy; in this order there are two.
            let square = vmulq_f32(r, r);
            let low = vfmaq_f32(vdupq_n_f32(1.0), r, vdupq_n_f32(ONE as f32));
            let middle = vfmaq_f32(vdupq_n_f32(TWO as f32), r, vdupq_n_f32(THREE as f32));
            let high = vaddq_f32(r, vdupq_n_f32((FOUR / FIVE) as f32));
            let fifth = vmulq_f32(square, vdupq_n_f32(FIVE as f32));
            let power = vfmaq_f32(low, square, vfmaq_f32(middle, fifth, high));
            let n = vshlq_n_u32::<23>(vreinterpretq_u32_f32(rounded));
            Self(vreinterpretq_f32_u32(vaddq_u32(
                vreinterpretq_u32_f32(power),
                n,
            )))
        }
    }
}

super::door::kernel! {
    Neon: "neon", Four of 4, 6 rows by 4 vectors = 16 columns, 24 chains, "neon"
}
