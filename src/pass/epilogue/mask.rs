//! Which pairs of a tile count.

use crate::kernel::{Aligned, Kernel};
use crate::pass::sweep::Tiled;

/// Which pairs of a task do not count, beside those beyond its last row or column.
#[derive(Clone, Copy)]
pub(in crate::pass) struct Left<'a> {
    /// Whether only pairs i < j count.
    pub(in crate::pass) diagonal: bool,
    /// Sorted positions within the blocks.
    pub(in crate::pass) excluded: &'a [(u32, u32)],
    /// Items of the blocks' rows and columns: pairs of one item are near-duplicates or not, and nothing else.
    pub(in crate::pass) items: Option<(&'a [u32], &'a [u32])>,
}

impl Left<'_> {
    /// With the excluded pairs only of `rows` rows from `i` on.
    pub(super) fn in_strip(self, i: usize, rows: usize) -> Self {
        let list = self.excluded;
        if list.is_empty() {
            return self;
        }
        let at = |row: usize| list.partition_point(|&(r, _)| (r as usize) < row);
        Self {
            excluded: &list[at(i)..at(i + rows)],
            ..self
        }
    }

    /// Whether a tile holds pairs that do not count.
    #[inline]
    fn touches<K: Kernel>(&self, at: Tiled) -> bool {
        let columns = at.j..at.j + K::NR;
        at.i + K::MR > at.n
            || columns.end > at.m
            || (self.diagonal && columns.start < at.i + K::MR)
            || self
                .excluded
                .iter()
                .any(|&(_, c)| columns.contains(&(c as usize)))
    }

    /// Writes 1 for pairs of a tile that count and 0 for others, if there are any others. Excluded are those of its strip.
    #[inline]
    pub(super) fn set<K: Kernel>(&self, at: Tiled, mask: &mut Aligned) -> bool {
        if !self.touches::<K>(at) {
            return false;
        }
        let Tiled { i, n, j, .. } = at;
        for (r, mask) in mask.values_mut().chunks_exact_mut(K::NR).enumerate() {
            // Live columns of row i + r: up to the last one, and right of the diagonal.
            let last = if i + r < n { at.columns::<K>() } else { 0 };
            let first = if self.diagonal {
                (i + r + 1).saturating_sub(j).min(last)
            } else {
                0
            };
            mask.fill(0.0);
            mask[first..last].fill(1.0);
        }
        for &(r, c) in self.excluded {
            if (j..j + K::NR).contains(&(c as usize)) {
                mask.values_mut()[(r as usize - i) * K::NR + c as usize - j] = 0.0;
            }
        }
        true
    }

    /// Takes pairs of one item off a tile's mask; `masked` says whether it was set. Returns whether there are others
    /// than all pairs now, and how many that counted were taken off.
    #[inline]
    pub(super) fn take_items<K: Kernel>(
        &self,
        at: Tiled,
        masked: bool,
        mask: &mut Aligned,
    ) -> (bool, u64) {
        let Some((rows, columns)) = self.items else {
            return (masked, 0);
        };
        let columns = &columns[at.j..at.j + at.columns::<K>()];
        let (mut masked, mut taken) = (masked, 0);
        for (r, row) in rows[at.i..at.i + at.rows::<K>()].iter().enumerate() {
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
