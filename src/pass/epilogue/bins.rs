//! Cosines by bin: for pictures, and finely for thresholds.

use crate::kernel::{Aligned, Kernel, lowest_of_bin};
use crate::pass::group_counts::{Counted, GroupCounts};
use crate::pass::state::{CosineCounts, Deviations};

/// Fine bins, as a kernel counts them: so many, lower by half a bin.
const FINE: u32 = CosineCounts::BINS as u32;
const SHIFT: f32 = 0.5;

/// Adds the cosines of a tile that count to their bins.
pub(super) fn count_bins(bins: &[u16], mask: Option<&[f32]>, counts: &mut [u32]) {
    let last = counts.len() - 1;
    let mut add = |bin: u16, count| counts[usize::from(bin).min(last)] += count;
    match mask {
        None => bins.iter().for_each(|&bin| add(bin, 1)),
        Some(mask) => {
            let live = mask.iter().map(|live| u32::from(*live != 0.0));
            bins.iter()
                .zip(live)
                .for_each(|(&bin, live)| add(bin, live));
        }
    }
}

/// Apart from the loop that it is rare in.
#[cold]
#[inline(never)]
fn carry_one(carried: &mut Vec<u16>, bin: u16) {
    carried.push(bin);
}

/// Cosines that wait for their bins: long runs of them are counted faster than those of one tile.
const ROOM: usize = 2048;

/// A thread's fine counts: 8 bits each, which stay in the first-level cache where 32 would not. What is more than they hold
/// is listed. Cosines below the lowest bin that is told apart are summed.
#[derive(Default)]
pub(in crate::pass) struct FineCounts {
    low: Vec<u8>,
    /// Bins whose count is 256 more, as often as it is.
    carried: Vec<u16>,
    /// The lowest bin, and where it begins.
    lowest: (usize, f32),
    /// Cosines that are in no bin yet, and how many they are.
    kept: Aligned,
    waiting: usize,
    /// How many were kept in all.
    counted: u64,
    /// Of those below.
    deviations: [f64; 2],
    bins: Vec<u16>,
}

impl FineCounts {
    /// Makes ready for a task, with room for a tile of so many cosines.
    pub(super) fn begin(&mut self, counts: &GroupCounts, tile: usize) -> &mut Self {
        if self.low.is_empty() {
            self.low.resize(CosineCounts::BINS, 0);
            self.kept.reserve(ROOM + tile);
            self.bins.resize(ROOM + tile, 0);
            let lowest = counts.lowest();
            self.lowest = (lowest, lowest_of_bin((FINE, SHIFT), lowest as u16));
        }
        self
    }

    /// Counts the cosines of a tile that count.
    pub(super) fn tile<K: Kernel>(&mut self, kernel: K, cosines: &[f32], mask: Option<&[f32]>) {
        let room = &mut self.kept.values_mut()[self.waiting..][..cosines.len()];
        let (kept, [sum, squares]) = kernel.split(cosines, mask, self.lowest.1, room);
        self.waiting += kept;
        self.deviations[0] += sum;
        self.deviations[1] += squares;
        if self.waiting > ROOM {
            self.count(kernel);
        }
    }

    /// Counts those that wait for their bins.
    pub(super) fn count<K: Kernel>(&mut self, kernel: K) {
        let waiting = std::mem::take(&mut self.waiting);
        self.counted += waiting as u64;
        let bins = &mut self.bins[..waiting];
        kernel.bin(&self.kept.values()[..waiting], (FINE, SHIFT), bins);
        // As many as there are numbers of 16 bits: none needs to be looked at before it is one's place.
        if let Some(low) = self.low.first_chunk_mut::<{ CosineCounts::BINS }>() {
            for &mut bin in bins {
                let (sum, carry) = low[usize::from(bin)].overflowing_add(1);
                low[usize::from(bin)] = sum;
                if carry {
                    carry_one(&mut self.carried, bin);
                }
            }
        }
    }

    /// Moves them to those of a walk, as those of so many pairs between two groups. None waits any longer.
    pub(super) fn finish(&mut self, groups: (usize, usize), pairs: u64, counts: &GroupCounts) {
        assert_eq!(self.waiting, 0, "a strip ends with a count");
        let counted = Counted {
            low: &self.low,
            carried: &self.carried,
            below: (
                pairs - std::mem::take(&mut self.counted),
                Deviations::of(std::mem::take(&mut self.deviations)),
            ),
        };
        counts.add(groups, &counted);
        self.low[self.lowest.0..].fill(0);
        self.carried.clear();
    }
}
