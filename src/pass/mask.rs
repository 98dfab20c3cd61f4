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
    /// Items of the block's rows and columns, where pairs of one item do not count.
    pub(super) items: Option<(&'a [u32], &'a [u32])>,
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

    /// Takes pairs of one item off a panel's mask; `masked` says whether it was set. Returns whether there are others
    /// than all pairs now, and how many that counted were taken off.
    pub(super) fn take_items<K: Kernel>(
        &self,
        panel: usize,
        masked: bool,
        mask: &mut Aligned,
    ) -> (bool, u64) {
        let Some((rows, columns)) = self.items else {
            return (masked, 0);
        };
        let j = panel * K::NR;
        let columns = &columns[j..self.m.min(j + K::NR)];
        let mut taken = 0;
        let mut masked = masked;
        for (r, row) in rows[self.i..self.n.min(self.i + K::MR)].iter().enumerate() {
            if !columns.contains(row) {
                continue;
            }
            if !masked {
                mask.values_mut().fill(1.0);
                masked = true;
            }
            let mask = &mut mask.values_mut()[r * K::NR..][..columns.len()];
            for (mask, column) in mask.iter_mut().zip(columns) {
                if column == row {
                    taken += u64::from(*mask != 0.0);
                    *mask = 0.0;
                }
            }
        }
        (masked, taken)
    }
}
