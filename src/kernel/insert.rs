//! Lists of the largest numbers met so far, and numbers that take their place among them.

#![expect(unsafe_code, reason = "vector loads and stores of whole vectors")]

use super::generic::Lanes;
use super::tile::Keys;

/// [`super::Kernel::insert`].
///
/// # Safety
/// The instruction set of `L` is enabled.
#[inline(always)]
pub(super) unsafe fn insert<L: Lanes>(lists: &mut [Keys], eights: usize, new: &[(u32, i64)]) {
    for &(at, key) in new {
        let list = &mut lists[at as usize * eights..][..eights];
        // SAFETY: the instruction set is the caller's promise.
        unsafe { L::insert(list, key) };
    }
}
