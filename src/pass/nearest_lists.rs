//! The nearest rows of each row while they are sought: lists that all tasks of a walk offer to.

use std::sync::{Mutex, PoisonError};

use rayon::prelude::*;

use super::bounds::Bounds;
use super::layout::Layout;
use super::state::TopK;
use crate::kernel::{Kernel, Keys};

/// A list for each row of a layout.
///
/// The nearest of a set, of equal cosines the smaller row numbers, do not depend on the order in which they are offered:
/// nothing here need wait for its turn.
///
/// Memory: 8 k bytes for each row, k rounded up to eights.
pub(super) struct NearestLists {
    /// How many of each row.
    k: usize,
    bounds: Bounds,
    /// Of the rows of each block.
    blocks: Vec<Mutex<Lists>>,
}

/// Lists of [keys](key) as [`Kernel::insert`] has them: some longer than k.
struct Lists {
    /// Position of the first row.
    start: usize,
    keys: Vec<Keys>,
}

/// A row that may be among the nearest: position within its block of the row it is offered to, and its [key].
pub(super) type Offer = (u32, i64);

/// The key of a place that no row has taken.
const NONE: i64 = i64::MIN;

impl NearestLists {
    /// None offered yet of the rows of `layout`, of which each wants k, at least one.
    pub(super) fn new(layout: &Layout, k: usize) -> Self {
        let eights = k.div_ceil(8);
        let blocks = layout.blocks().iter().map(|block| {
            Mutex::new(Lists {
                start: block.start,
                keys: vec![Keys([NONE; 8]); eights * block.len()],
            })
        });
        Self {
            k,
            bounds: Bounds::new(layout.rows()),
            blocks: blocks.collect(),
        }
    }

    /// How many of each row.
    pub(super) fn k(&self) -> usize {
        self.k
    }

    /// What a cosine must reach.
    pub(super) fn bounds(&self) -> &Bounds {
        &self.bounds
    }

    /// Takes in what is offered to the rows of block number `block`, and says which bounds that may have raised: positions
    /// within the block, and what a cosine must reach there.
    pub(super) fn take<K: Kernel>(
        &self,
        kernel: K,
        block: u32,
        offers: &[Offer],
        mut raised: impl FnMut(usize, f32),
    ) {
        let eights = self.k.div_ceil(8);
        let lists = self.blocks[block as usize].lock();
        let mut lists = lists.unwrap_or_else(PoisonError::into_inner);
        kernel.insert(&mut lists.keys, eights, offers);
        for &(at, _) in offers {
            let at = at as usize;
            let last = self.k - 1;
            let farthest = lists.keys[at * eights + last / 8].0[last % 8];
            if farthest != NONE {
                let bound = neighbour(farthest).1;
                self.bounds.raise(lists.start + at, bound);
                raised(at, bound);
            }
        }
    }

    /// The nearest of each row, whose number is that of its position in `order`.
    pub(super) fn finish(self, order: &[u32]) -> TopK {
        let eights = self.k.div_ceil(8);
        let blocks = self.blocks.into_par_iter().map(|lists| {
            let lists = lists.into_inner().unwrap_or_else(PoisonError::into_inner);
            let lists = lists.keys.chunks_exact(eights);
            let nearest = lists.map(|list| {
                let keys = list.iter().flat_map(|eight| &eight.0).take(self.k);
                let met = keys.take_while(|key| **key != NONE);
                met.map(|key| neighbour(*key)).collect()
            });
            nearest.collect()
        });
        let blocks: Vec<Vec<Vec<(u32, f32)>>> = blocks.collect();
        let mut lists = vec![Vec::new(); order.len()];
        for (&row, list) in order.iter().zip(blocks.into_iter().flatten()) {
            lists[row as usize] = list;
        }
        TopK::of_lists(self.k, lists)
    }
}

/// A row's number and cosine in one number, which is larger the nearer the row is; of equal cosines the smaller row is.
#[inline]
pub(super) fn key(number: u32, cosine: f32) -> i64 {
    // -0 is 0.
    let ordered = in_order((cosine + 0.0).to_bits().cast_signed());
    (i64::from(ordered) << 32) | i64::from(!number)
}

/// What [`key`] was made of.
#[inline]
fn neighbour(key: i64) -> (u32, f32) {
    let bits = in_order((key >> 32) as i32).cast_unsigned();
    (!(key as u32), f32::from_bits(bits))
}

/// The bits of a float as a number that is larger where the float is, and back: those of floats below 0 are in reverse.
#[inline]
fn in_order(bits: i32) -> i32 {
    bits ^ ((bits >> 31) & i32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::Portable;

    #[test]
    fn keys_are_in_the_order_of_nearness() {
        // Nearest first.
        let all = [(7, 1.0), (3, 0.5), (4, 0.5), (u32::MAX, 0.5), (0, 1e-30)];
        let all = all.into_iter().chain([(2, 0.0), (5, -1e-30), (0, -1.0)]);
        let all: Vec<(u32, f32)> = all.collect();
        let keys: Vec<i64> = all.iter().map(|&(row, cosine)| key(row, cosine)).collect();
        assert!(keys.is_sorted_by(|one, other| one > other), "{keys:?}");
        let back: Vec<_> = keys.into_iter().map(neighbour).collect();
        assert_eq!(back, all);
        assert_eq!(key(9, -0.0), key(9, 0.0));
    }

    #[test]
    fn what_is_offered_in_any_order_leaves_the_nearest() {
        let layout = Layout::with_groups(3, 1, 0);
        // Row at position 1 is offered 40 others, of four different cosines.
        let offer = |j: u32| (1, key(j, (j % 4) as f32 / 4.0));
        let offers: Vec<Offer> = (0..40).map(offer).collect();
        let expected: Vec<(u32, f32)> = (0..5).map(|j| (4 * j + 3, 0.75)).collect();
        for turn in 0..40 {
            let lists = NearestLists::new(&layout, 5);
            let (late, early) = offers.split_at(turn);
            let late: Vec<Offer> = late.iter().rev().copied().collect();
            lists.take(Portable, 0, early, |_, _| ());
            lists.take(Portable, 0, &late, |_, _| ());
            assert_eq!(lists.bounds().of(1), 0.75);
            let found = lists.finish(&[2, 0, 1]).into_lists();
            assert_eq!(found, [expected.clone(), vec![], vec![]]);
        }
    }
}
