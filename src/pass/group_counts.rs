//! Fine counts of cosines while they are made: by the groups of rows that a pair touches, added to by all tasks of a walk.

use std::sync::{Mutex, PoisonError};

use super::state::CosineCounts;

/// Whole numbers: whoever adds first, their sums are the same.
pub(super) struct GroupCounts {
    /// Pairs that touch each group.
    touching: Vec<Mutex<Vec<u64>>>,
    /// Pairs within one group.
    within: Mutex<Vec<u64>>,
}

/// Bins that are looked at together for any that was touched.
const TOGETHER: usize = 256;

/// What a number of 8 bits holds no longer.
const CARRIED: u64 = 1 << 8;

impl GroupCounts {
    /// None yet, of `groups` groups.
    pub(super) fn zeros(groups: usize) -> Self {
        let zeros = || Mutex::new(vec![0; CosineCounts::BINS]);
        Self {
            touching: (0..groups).map(|_| zeros()).collect(),
            within: zeros(),
        }
    }

    /// Adds pairs between two groups: the lowest 8 bits of the count of each bin, and the bins whose count is 256 more, as
    /// often as it is.
    pub(super) fn add(&self, groups: (usize, usize), low: &[u8], carried: &[u16]) {
        let other = if groups.0 == groups.1 {
            &self.within
        } else {
            &self.touching[groups.1]
        };
        for counts in [&self.touching[groups.0], other] {
            let mut counts = counts.lock().unwrap_or_else(PoisonError::into_inner);
            let parts = counts.chunks_exact_mut(TOGETHER);
            for (counts, low) in parts.zip(low.chunks_exact(TOGETHER)) {
                // Most bins were not touched, in most places none.
                let eights = counts.as_chunks_mut::<8>().0.iter_mut();
                for (counts, low) in eights.zip(low.as_chunks::<8>().0) {
                    if u64::from_ne_bytes(*low) != 0 {
                        let each = counts.iter_mut().zip(low);
                        each.for_each(|(count, low)| *count += u64::from(*low));
                    }
                }
            }
            for &bin in carried {
                counts[usize::from(bin)] += CARRIED;
            }
        }
    }

    /// All of them.
    pub(super) fn finish(self) -> CosineCounts {
        let counts = |counts: Mutex<Vec<u64>>| {
            let counts = counts.into_inner();
            counts.unwrap_or_else(PoisonError::into_inner)
        };
        // Pairs between two groups touch both, those within one are counted twice likewise.
        let mut all = counts(self.within);
        let touching: Vec<Vec<u64>> = self.touching.into_iter().map(counts).collect();
        for touching in &touching {
            all.iter_mut()
                .zip(touching)
                .for_each(|(all, of)| *all += of);
        }
        all.iter_mut().for_each(|count| *count /= 2);
        CosineCounts { all, touching }
    }
}
