//! The nearest rows of each row while they are sought: lists that all tasks of a walk offer to.

use std::sync::{Mutex, PoisonError};

use rayon::prelude::*;

use super::bounds::Bounds;
use super::layout::Layout;
use super::state::TopK;

/// A list for each row of a layout.
///
/// The nearest of a set, of equal cosines the smaller row numbers, do not depend on the order in which they are offered:
/// nothing here need wait for its turn.
///
/// Memory: 8 k bytes for each row.
pub(super) struct NearestLists {
    /// How many of each row.
    k: usize,
    bounds: Bounds,
    /// Of the rows of each block.
    blocks: Vec<Mutex<Lists>>,
}

/// A list that is full begins with its farthest row, whose place the next nearer one takes: the bound rises with every row
/// that is taken in, so that few are offered for nothing. The others are in no order until the end.
struct Lists {
    /// Position of the first row.
    start: usize,
    /// How many of each row.
    k: usize,
    /// [Keys](key) row after row, and how many there are.
    places: Vec<u64>,
    lens: Vec<u32>,
}

/// A row that may be among the nearest: position within its block of the row it is offered to, its own number, the cosine.
pub(super) type Offer = (u32, u32, f32);

impl NearestLists {
    /// None offered yet of the rows of `layout`, of which each wants k, at least one.
    pub(super) fn new(layout: &Layout, k: usize) -> Self {
        let blocks = layout.blocks().iter().map(|block| {
            Mutex::new(Lists {
                start: block.start,
                k,
                places: vec![0; k * block.len()],
                lens: vec![0; block.len()],
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

    /// Takes in what is offered to the rows of block number `block`, and says which bounds it raised: positions within the
    /// block, and what a cosine must reach there.
    pub(super) fn take(
        &self,
        block: u32,
        offers: impl Iterator<Item = Offer>,
        mut raised: impl FnMut(usize, f32),
    ) {
        let lists = self.blocks[block as usize].lock();
        let mut lists = lists.unwrap_or_else(PoisonError::into_inner);
        for offer in offers {
            if let Some(bound) = lists.offer(&self.bounds, offer) {
                raised(offer.0 as usize, bound);
            }
        }
    }

    /// The nearest of each row, whose number is that of its position in `order`.
    pub(super) fn finish(self, order: &[u32]) -> TopK {
        let blocks = self.blocks.into_par_iter().map(|lists| {
            let mut lists = lists.into_inner().unwrap_or_else(PoisonError::into_inner);
            lists.nearest()
        });
        let blocks: Vec<Vec<Vec<(u32, f32)>>> = blocks.collect();
        let mut lists = vec![Vec::new(); order.len()];
        for (&row, list) in order.iter().zip(blocks.into_iter().flatten()) {
            lists[row as usize] = list;
        }
        TopK::of_lists(self.k, lists)
    }
}

impl Lists {
    /// Returns what the farthest of a full list reaches, if it is another one now.
    #[inline]
    fn offer(&mut self, bounds: &Bounds, (at, number, cosine): Offer) -> Option<f32> {
        let at = at as usize;
        let list = &mut self.places[self.k * at..self.k * (at + 1)];
        let (len, new) = (&mut self.lens[at], key(number, cosine));
        if (*len as usize) < list.len() {
            list[*len as usize] = new;
            *len += 1;
        } else if new > list[0] {
            list[0] = new;
        } else {
            return None;
        }
        let full = *len as usize == list.len();
        full.then(|| {
            let bound = neighbour(farthest_first(list)).1;
            bounds.raise(self.start + at, bound);
            bound
        })
    }

    /// The k nearest of each row, nearest first.
    fn nearest(&mut self) -> Vec<Vec<(u32, f32)>> {
        let lists = self.places.chunks_exact_mut(self.k).zip(&self.lens);
        let nearest = lists.map(|(list, &len)| {
            let list = &mut list[..len as usize];
            list.sort_unstable_by(|one, other| other.cmp(one));
            list.iter().map(|&key| neighbour(key)).collect()
        });
        nearest.collect()
    }
}

/// Brings the farthest to the front and returns it; without a branch that could be foretold, in four searches side by side,
/// none of which waits for another.
fn farthest_first(list: &mut [u64]) -> u64 {
    let (mut keys, mut places) = ([u64::MAX; 4], [0; 4]);
    let (fours, rest) = list.as_chunks::<4>();
    for four in 0..fours.len() {
        for lane in 0..4 {
            let key = fours[four][lane];
            let nearer = key < keys[lane];
            keys[lane] = if nearer { key } else { keys[lane] };
            places[lane] = if nearer {
                4 * four + lane
            } else {
                places[lane]
            };
        }
    }
    for lane in 0..rest.len() {
        if rest[lane] < keys[lane] {
            (keys[lane], places[lane]) = (rest[lane], 4 * fours.len() + lane);
        }
    }
    for lane in 1..4 {
        let nearer = keys[lane] < keys[0];
        keys[0] = if nearer { keys[lane] } else { keys[0] };
        places[0] = if nearer { places[lane] } else { places[0] };
    }
    list.swap(0, places[0]);
    keys[0]
}

/// A row's number and cosine in one number, which is larger the nearer the row is; of equal cosines the smaller row is.
fn key(number: u32, cosine: f32) -> u64 {
    // The bits of floats are in order from 0 up, and in reverse below. -0 is 0.
    let bits = (cosine + 0.0).to_bits();
    let ordered = if bits >> 31 == 0 {
        bits | (1 << 31)
    } else {
        !bits
    };
    (u64::from(ordered) << 32) | u64::from(!number)
}

/// What [`key`] was made of.
fn neighbour(key: u64) -> (u32, f32) {
    let ordered = (key >> 32) as u32;
    let bits = if ordered >> 31 == 1 {
        ordered & !(1 << 31)
    } else {
        !ordered
    };
    (!(key as u32), f32::from_bits(bits))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_in_the_order_of_nearness() {
        // Nearest first.
        let all = [(7, 1.0), (3, 0.5), (4, 0.5), (u32::MAX, 0.5), (0, 1e-30)];
        let all = all.into_iter().chain([(2, 0.0), (5, -1e-30), (0, -1.0)]);
        let all: Vec<(u32, f32)> = all.collect();
        let keys: Vec<u64> = all.iter().map(|&(row, cosine)| key(row, cosine)).collect();
        assert!(keys.is_sorted_by(|one, other| one > other), "{keys:?}");
        let back: Vec<_> = keys.into_iter().map(neighbour).collect();
        assert_eq!(back, all);
        assert_eq!(key(9, -0.0), key(9, 0.0));
    }

    #[test]
    fn what_is_offered_in_any_order_leaves_the_nearest() {
        let layout = Layout::with_groups(3, 1, 0);
        // Row at position 1 is offered 40 others, of four different cosines.
        let offers: Vec<Offer> = (0..40).map(|j| (1, j, (j % 4) as f32 / 4.0)).collect();
        let expected: Vec<(u32, f32)> = (0..5).map(|j| (4 * j + 3, 0.75)).collect();
        for turn in 0..40 {
            let lists = NearestLists::new(&layout, 5);
            let (late, early) = offers.split_at(turn);
            lists.take(0, early.iter().copied(), |_, _| ());
            lists.take(0, late.iter().rev().copied(), |_, _| ());
            assert_eq!(lists.bounds().of(1), 0.75);
            let found = lists.finish(&[2, 0, 1]).into_lists();
            assert_eq!(found, [expected.clone(), vec![], vec![]]);
        }
    }
}
