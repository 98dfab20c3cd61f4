//! The cosines of a tile parted at a limit: those above one by one, those below by their sums.
//!
//! Written once over the vectors of a kernel, as `generic.rs` is.

#![expect(
    unsafe_code,
    reason = "vector loads and stores through checked offsets"
)]

use super::generic::Lanes;

/// [`super::Kernel::split`].
///
/// # Safety
/// The instruction set of `L` is enabled.
#[inline(always)]
pub(super) unsafe fn split<L: Lanes, const MR: usize, const NV: usize>(
    cosines: &[f32],
    mask: Option<&[f32]>,
    limit: f32,
    kept: &mut [f32],
) -> (usize, [f64; 2]) {
    assert!(
        cosines.len() == MR * NV * L::N
            && mask.is_none_or(|mask| mask.len() == cosines.len())
            && kept.len() == cosines.len(),
        "one tile"
    );
    let (vectors, kept) = (MR * NV, kept.as_mut_ptr());
    // SAFETY: cosines and mask hold so many vectors, and kept has room for them. The instruction set is the caller's promise.
    unsafe {
        let cosines = cosines.as_ptr();
        match mask {
            None => parted::<L, false>(vectors, (cosines, cosines), limit, kept),
            Some(mask) => parted::<L, true>(vectors, (cosines, mask.as_ptr()), limit, kept),
        }
    }
}

/// For so many vectors of cosines, and of their mask where they have one.
///
/// # Safety
/// The instruction set of `L` is enabled; there are so many vectors at both, and room for them at `kept`.
#[inline(always)]
unsafe fn parted<L: Lanes, const MASKED: bool>(
    vectors: usize,
    (cosines, mask): (*const f32, *const f32),
    limit: f32,
    kept: *mut f32,
) -> (usize, [f64; 2]) {
    // SAFETY: the caller's promise; before vector v at most v * N cosines were kept, so that there is room for N more.
    unsafe {
        let zero = L::splat(0.0);
        let (limits, minus) = (L::splat(limit), L::splat(-limit));
        let (mut sum, mut squares, mut count) = (zero, zero, 0);
        for v in 0..vectors {
            let mut s = L::load(cosines.add(v * L::N));
            let mut off = s.add(minus).min(zero);
            if MASKED {
                let mask = L::load(mask.add(v * L::N));
                off = off.mul(mask);
                // 4 where it counts, which is above all cosines, and -4 elsewhere, which is below all limits.
                s = s.min(mask.fma(L::splat(8.0), L::splat(-4.0)));
            }
            sum = sum.add(off);
            squares = off.fma(off, squares);
            count += s.store_from(limits, kept.add(count));
        }
        (count, [sum.sum(), squares.sum()])
    }
}
