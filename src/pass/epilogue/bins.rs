//! Cosines by bin: for pictures, and finely for thresholds.

use crate::kernel::{Kernel, Tile};
use crate::pass::state::CosineCounts;

/// Fine bins, as a kernel counts them.
const FINE: u32 = CosineCounts::BINS as u32;

/// Adds the cosines of a tile that count to their bins.
pub(super) fn count_bins(bins: &[u16], mask: Option<&[f32]>, counts: &mut [u32]) {
    let last = counts.len() - 1;
    each(bins, mask, |bin, count| {
        counts[usize::from(bin).min(last)] += count;
    });
}

/// Shows `add` the bins of a tile, with 1 for cosines that count and 0 for others.
#[inline(always)]
fn each(bins: &[u16], mask: Option<&[f32]>, mut add: impl FnMut(u16, u32)) {
    match mask {
        None => bins.iter().for_each(|&bin| add(bin, 1)),
        Some(mask) => {
            for (&bin, &live) in bins.iter().zip(mask) {
                add(bin, u32::from(live != 0.0));
            }
        }
    }
}

/// Bins that are looked at together for any that was touched.
const TOGETHER: usize = 256;

/// A thread's fine counts. Most stay zero: only what lies between those that do not leaves a task.
#[derive(Default)]
pub(in crate::pass) struct FineCounts(Vec<u32>);

impl FineCounts {
    /// Makes ready for a task.
    pub(super) fn begin(&mut self) -> &mut Self {
        self.0.resize(CosineCounts::BINS, 0);
        self
    }

    /// Counts the cosines of a tile that count; `bins` is room for their bins.
    pub(super) fn tile<K: Kernel>(
        &mut self,
        kernel: K,
        tile: &Tile,
        mask: Option<&[f32]>,
        bins: &mut [u16],
    ) {
        kernel.bin(tile, (FINE, 0.5), bins);
        // As many as there are numbers of 16 bits: none needs to be looked at before it is one's place.
        if let Some(counts) = self.0.first_chunk_mut::<{ CosineCounts::BINS }>() {
            each(bins, mask, |bin, count| counts[usize::from(bin)] += count);
        }
    }

    /// A bin, and the counts from there on to the last that is not zero; all are zero again then.
    pub(super) fn finish(&mut self) -> (usize, Vec<u32>) {
        let touched = |counts: &[u32]| counts.iter().fold(0, |any, count| any | count) != 0;
        let parts = || self.0.chunks_exact(TOGETHER);
        let Some(first) = parts().position(touched) else {
            return (0, Vec::new());
        };
        let last = parts().rposition(touched).unwrap_or(first);
        let counts = &mut self.0[first * TOGETHER..(last + 1) * TOGETHER];
        let out = counts.to_vec();
        counts.fill(0);
        (first * TOGETHER, out)
    }
}
