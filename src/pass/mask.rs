//! Which pairs of a tile count.

use crate::kernel::{Aligned, Kernel};

/// Which pairs of a strip of rows count: those beyond the last row or column, on or below the diagonal, or excluded do
/// not.
#[derive(Clone, Copy)]
pub(super) struct Masked<'a> {
    /// First row of the strip, of `n` rows.
    pub(super) i: usize,
    pub(super) n: usize,
    /// Columns of the block.
    pub(super) m: usize,
    /// Whether only pairs i < j count.
    pub(super) diagonal: bool,
    /// Excluded pairs of these rows.
    pub(super) excluded: &'a [(u32, u32)],
}

impl Masked<'_> {
    /// Whether a panel holds pairs that do not count.
    fn touches<K: Kernel>(&self, panel: usize) -> bool {
        let columns = panel * K::NR..(panel + 1) * K::NR;
        self.i + K::MR > self.n
            || columns.end > self.m
            || (self.diagonal && columns.start < self.i + K::MR)
            || self
                .excluded
                .iter()
                .any(|&(_, c)| columns.contains(&(c as usize)))
    }

    /// Writes 1 for pairs that count and 0 for others, if there are any others.
    pub(super) fn set<K: Kernel>(&self, panel: usize, mask: &mut Aligned) -> bool {
        if !self.touches::<K>(panel) {
            return false;
        }
        let j = panel * K::NR;
        for (r, mask) in mask.values_mut().chunks_exact_mut(K::NR).enumerate() {
            // Live columns of row i + r: up to the last one, and right of the diagonal.
            let last = if self.i + r < self.n {
                K::NR.min(self.m - j)
            } else {
                0
            };
            let first = if self.diagonal {
                (self.i + r + 1).saturating_sub(j).min(last)
            } else {
                0
            };
            mask.fill(0.0);
            mask[first..last].fill(1.0);
        }
        for &(r, c) in self.excluded {
            if (j..j + K::NR).contains(&(c as usize)) {
                mask.values_mut()[(r as usize - self.i) * K::NR + c as usize - j] = 0.0;
            }
        }
        true
    }
}
