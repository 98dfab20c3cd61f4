//! Cosines by bin: for pictures, and finely for thresholds.

use crate::kernel::{Kernel, Tile};
use crate::pass::group_counts::GroupCounts;
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
        None => {
            // Eight without a look at how many are left: their number is known.
            let (eights, rest) = bins.as_chunks::<8>();
            for eight in eights {
                eight.iter().for_each(|&bin| add(bin, 1));
            }
            rest.iter().for_each(|&bin| add(bin, 1));
        }
        Some(mask) => {
            for (&bin, &live) in bins.iter().zip(mask) {
                add(bin, u32::from(live != 0.0));
            }
        }
    }
}

/// Apart from the loop that it is rare in.
#[cold]
#[inline(never)]
fn carry_one(carried: &mut Vec<u16>, bin: u16) {
    carried.push(bin);
}

/// A thread's fine counts: 8 bits each, which stay in the first-level cache where 32 would not. What is more than they hold
/// is listed.
#[derive(Default)]
pub(in crate::pass) struct FineCounts {
    low: Vec<u8>,
    /// Bins whose count is 256 more, as often as it is.
    carried: Vec<u16>,
}

impl FineCounts {
    /// Makes ready for a task.
    pub(super) fn begin(&mut self) -> &mut Self {
        self.low.resize(CosineCounts::BINS, 0);
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
        if let Some(low) = self.low.first_chunk_mut::<{ CosineCounts::BINS }>() {
            each(bins, mask, |bin, count| {
                let of = &mut low[usize::from(bin)];
                let (sum, carry) = of.overflowing_add(count as u8);
                *of = sum;
                if carry {
                    carry_one(&mut self.carried, bin);
                }
            });
        }
    }

    /// Moves them to those of a walk, as pairs between two groups.
    pub(super) fn finish(&mut self, groups: (usize, usize), counts: &GroupCounts) {
        counts.add(groups, &self.low, &self.carried);
        self.low.fill(0);
        self.carried.clear();
    }
}
