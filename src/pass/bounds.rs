//! What a cosine must reach to be among the nearest of a row: a filter that all tasks of a walk share.

use std::sync::atomic::{AtomicU32, Ordering};

use super::layout::RowBlock;

/// For each position of a layout a lower bound of the k-th largest cosine of its row: of those that were met, or, before a
/// walk of all pairs, one that holds most likely.
///
/// Whatever is below has k larger ones, so that leaving it out changes nothing: how early a bound rises depends on the
/// threads, what is found does not. Where a likely bound was too high, fewer than k are found, and the row is looked at again.
pub(super) struct Bounds(Vec<AtomicU32>);

impl Bounds {
    /// None known yet.
    pub(super) fn new(rows: usize) -> Self {
        let none = || AtomicU32::new(f32::NEG_INFINITY.to_bits());
        Self(std::iter::repeat_with(none).take(rows).collect())
    }

    /// That of the row at `position`.
    #[inline]
    pub(super) fn of(&self, position: usize) -> f32 {
        f32::from_bits(self.0[position].load(Ordering::Relaxed))
    }

    /// Writes for each row of `block` what its cosines must be above.
    pub(super) fn read(&self, block: RowBlock, out: &mut [f32]) {
        for (out, position) in out.iter_mut().zip(block.start..block.end) {
            // Equal cosines count: their rows' numbers decide.
            *out = self.of(position).next_down();
        }
    }

    /// Raises that of the row at `position`. One thread at a time does it, whoever has the row's list; others may read the
    /// old one.
    #[inline]
    pub(super) fn raise(&self, position: usize, bound: f32) {
        self.0[position].store(bound.to_bits(), Ordering::Relaxed);
    }
}
