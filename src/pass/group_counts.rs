//! Fine counts of cosines while they are made: by the groups of rows that a pair touches, added to by all tasks of a walk.

use std::sync::{Mutex, PoisonError};

use super::state::{CosineCounts, Deviations};

/// Whole numbers: whoever adds first, their sums are the same.
pub(super) struct GroupCounts {
    /// The lowest bin that is counted by itself.
    lowest: usize,
    /// Pairs that touch each group.
    touching: Vec<Mutex<Counts>>,
    /// Pairs within one group.
    within: Mutex<Counts>,
}

/// Of one group.
struct Counts {
    /// As [`CosineCounts`] has them; at place 0 none yet.
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
const TOGETHER: usize = 8;

/// What a number of 8 bits holds no longer.
const CARRIED: u64 = 1 << 8;

impl GroupCounts {
    /// None yet, of `groups` groups, in bins from `lowest` on.
    pub(super) fn zeros(groups: usize, lowest: usize) -> Self {
        let zeros = || {
            Mutex::new(Counts {
                bins: vec![0; CosineCounts::BINS - CosineCounts::first(lowest)],
                below: Default::default(),
            })
        };
        Self {
            lowest,
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
        // Of two groups the lower one is taken first, pairs within one group last: no two tasks wait for each other.
        let (one, other) = if groups.0 <= groups.1 {
            (&self.touching[groups.0], other)
        } else {
            (other, &self.touching[groups.0])
        };
        let first = CosineCounts::first(self.lowest);
        let mut both = [one, other].map(|of| of.lock().unwrap_or_else(PoisonError::into_inner));
        for counts in &mut both {
            counts.below.0 += counted.below.0;
            counts.below.1 += counted.below.1;
            for &bin in counted.carried {
                counts.bins[usize::from(bin) - first] += CARRIED;
            }
        }
        let [one, other] = both.each_mut().map(|counts| &mut counts.bins[..]);
        let low = counted.low[first..].as_chunks::<TOGETHER>().0;
        for (at, low) in low.iter().enumerate() {
            // Most bins were not touched, in most places none.
            if u64::from_ne_bytes(*low) != 0 {
                for (k, &count) in low.iter().enumerate() {
                    one[TOGETHER * at + k] += u64::from(count);
                    other[TOGETHER * at + k] += u64::from(count);
                }
            }
        }
    }

    /// All of them.
    pub(super) fn finish(self) -> CosineCounts {
        let inner = |counts: Mutex<Counts>| {
            let counts = counts.into_inner();
            counts.unwrap_or_else(PoisonError::into_inner)
        };
        let whole = |mut counts: Counts| {
            if self.lowest > 0 {
                counts.bins[0] = counts.below.0;
            }
            counts.bins
        };
        let touching: Vec<Counts> = self.touching.into_iter().map(inner).collect();
        // Pairs between two groups touch both, those within one are counted twice likewise.
        let mut all = inner(self.within);
        for touching in &touching {
            let touched = all.bins.iter_mut().zip(&touching.bins);
            touched.for_each(|(all, of)| *all += of);
            all.below.0 += touching.below.0;
            all.below.1 += touching.below.1;
        }
        all.bins.iter_mut().for_each(|count| *count /= 2);
        all.below.0 /= 2;
        all.below.1.0.iter_mut().for_each(|sum| *sum /= 2);
        let below = all.below.1;
        let touching_below = touching.iter().map(|of| of.below.1).collect();
        CosineCounts {
            all: whole(all),
            touching: touching.into_iter().map(whole).collect(),
            lowest: self.lowest,
            below,
            touching_below,
        }
    }
}
