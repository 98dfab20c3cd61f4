//! Fine counts of cosines while they are made: by the groups of rows that a pair touches, added to by all tasks of a walk.

use std::sync::{Mutex, PoisonError};

use super::state::{CosineCounts, Deviations};

/// Whole numbers: whoever adds first, their sums are the same.
pub(super) struct GroupCounts {
    /// The lowest bin that is counted by itself, and the one that counts begin with.
    lowest: usize,
    first: usize,
    /// Pairs that touch each group.
    touching: Vec<Mutex<Counts>>,
    /// Pairs within one group.
    within: Mutex<Counts>,
}

/// Of one group.
struct Counts {
    /// By bin, from [`GroupCounts::first`] on.
    bins: Vec<u64>,
    /// In bins that are not told apart: how many, and their sums.
    below: (u64, Deviations),
}

/// Pairs between two groups that a task counted.
pub(super) struct Counted<'a> {
    /// The lowest 8 bits of the count of each bin.
    pub(super) low: &'a [u8],
    /// The bins whose count is 256 more, as often as it is.
    pub(super) carried: &'a [u16],
    /// Pairs in bins that are not told apart: how many, and their sums.
    pub(super) below: (u64, Deviations),
}

/// Bins that are looked at together for any that was touched.
const TOGETHER: usize = 256;

/// What a number of 8 bits holds no longer.
const CARRIED: u64 = 1 << 8;

impl GroupCounts {
    /// None yet, of `groups` groups, in bins from `lowest` on.
    pub(super) fn zeros(groups: usize, lowest: usize) -> Self {
        let first = lowest - lowest % TOGETHER;
        let zeros = || {
            Mutex::new(Counts {
                bins: vec![0; CosineCounts::BINS - first],
                below: Default::default(),
            })
        };
        Self {
            lowest,
            first,
            touching: (0..groups).map(|_| zeros()).collect(),
            within: zeros(),
        }
    }

    /// The lowest bin that is counted by itself.
    pub(super) fn lowest(&self) -> usize {
        self.lowest
    }

    /// Adds pairs between two groups.
    pub(super) fn add(&self, groups: (usize, usize), counted: &Counted<'_>) {
        let other = if groups.0 == groups.1 {
            &self.within
        } else {
            &self.touching[groups.1]
        };
        for counts in [&self.touching[groups.0], other] {
            let mut counts = counts.lock().unwrap_or_else(PoisonError::into_inner);
            let Counts { bins, below } = &mut *counts;
            below.0 += counted.below.0;
            below.1 += counted.below.1;
            let parts = bins.chunks_exact_mut(TOGETHER);
            for (counts, low) in parts.zip(counted.low[self.first..].chunks_exact(TOGETHER)) {
                // Most bins were not touched, in most places none.
                let eights = counts.as_chunks_mut::<8>().0.iter_mut();
                for (counts, low) in eights.zip(low.as_chunks::<8>().0) {
                    if u64::from_ne_bytes(*low) != 0 {
                        let each = counts.iter_mut().zip(low);
                        each.for_each(|(count, low)| *count += u64::from(*low));
                    }
                }
            }
            for &bin in counted.carried {
                bins[usize::from(bin) - self.first] += CARRIED;
            }
        }
    }

    /// All of them.
    pub(super) fn finish(self) -> CosineCounts {
        let inner = |counts: Mutex<Counts>| {
            let counts = counts.into_inner();
            counts.unwrap_or_else(PoisonError::into_inner)
        };
        let whole = |counts: &Counts| {
            let mut bins = vec![0; CosineCounts::BINS];
            bins[self.first..].copy_from_slice(&counts.bins);
            if self.lowest > 0 {
                bins[0] = counts.below.0;
            }
            bins
        };
        let touching: Vec<Counts> = self.touching.into_iter().map(inner).collect();
        // Pairs between two groups touch both, those within one are counted twice likewise.
        let mut all = inner(self.within);
        for touching in &touching {
            let each = all.bins.iter_mut().zip(&touching.bins);
            each.for_each(|(all, of)| *all += of);
            all.below.0 += touching.below.0;
            all.below.1 += touching.below.1;
        }
        all.bins.iter_mut().for_each(|count| *count /= 2);
        all.below.0 /= 2;
        all.below.1.0.iter_mut().for_each(|sum| *sum /= 2);
        CosineCounts {
            all: whole(&all),
            touching: touching.iter().map(whole).collect(),
            lowest: self.lowest,
            below: all.below.1,
            touching_below: touching.iter().map(|of| of.below.1).collect(),
        }
    }
}
