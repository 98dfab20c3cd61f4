//! How the rows are ordered, cut into blocks and dealt to jackknife groups.

use serde::{Deserialize, Serialize};

use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_pcg::Pcg64;

use crate::kernel::COLUMNS;

/// Jackknife groups of rows (fewer when there are fewer rows).
pub const GROUPS: usize = 20;

/// Longest block of rows: a whole number of panels of the processor and of tiles of 128 of a GPU.
pub const BLOCK: usize = 32 * COLUMNS;

/// Where a group has many blocks they are cut at multiples of this, the least common one of panels and GPU tiles.
const EVEN: usize = 384;

/// Rows in a seeded random order, cut into groups, and groups into blocks.
///
/// - the order is a permutation of 0..n; blocks tile it; each block lies in one group;
/// - depends on n and the seed only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    pub(super) order: Vec<u32>,
    pub(super) blocks: Vec<RowBlock>,
    pub(super) group_sizes: Vec<usize>,
}

/// Positions `start..end` of the order, all of one group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowBlock {
    /// First position.
    pub start: usize,
    /// Position after the last.
    pub end: usize,
    /// Jackknife group.
    pub group: usize,
}

impl RowBlock {
    /// Number of rows, at least 1.
    #[expect(clippy::len_without_is_empty, reason = "a block is never empty")]
    pub fn len(self) -> usize {
        self.end - self.start
    }
}

impl Layout {
    /// Deals `rows` rows at random to [`GROUPS`] groups.
    pub fn new(rows: usize, seed: u64) -> Self {
        Self::with_groups(rows, GROUPS, seed)
    }

    /// Deals `rows` rows at random to `groups` groups, fewer when there are fewer rows. Two sets of rows whose
    /// groups are left out together need the same number of them.
    pub fn with_groups(rows: usize, groups: usize, seed: u64) -> Self {
        Self::of_order((0..rows as u32).collect(), groups, seed)
    }

    /// Deals rows that have an order of their own (that of their ids, say): which items a group has then does not
    /// depend on where they stand in the data. `order` is a permutation of 0..n.
    pub fn of_order(mut order: Vec<u32>, groups: usize, seed: u64) -> Self {
        order.shuffle(&mut Pcg64::seed_from_u64(seed));
        let sizes = group_sizes(order.len(), groups);
        Self::cut(order, sizes)
    }

    /// Deals rows that come in items to at most [`GROUPS`] groups, those of one item to the same: larger items first, each
    /// to the group that has fewest rows so far. `order` is a permutation of 0..n, `items[row]` the item of a row: small numbers.
    ///
    /// With a second set of rows, whose rows belong to the same items, group g of one holds the items of group g of the
    /// other.
    pub fn of_items(
        (order, items): (Vec<u32>, &[u32]),
        second: Option<(Vec<u32>, &[u32])>,
        seed: u64,
    ) -> (Self, Self) {
        let mut rng = Pcg64::seed_from_u64(seed);
        // In the order in which the shuffle meets the items, so that ties among sizes are broken by the seed.
        let mut met: Vec<[Vec<u32>; 2]> = Vec::new();
        let mut place: Vec<Option<usize>> = Vec::new();
        let one_set = second.is_none();
        let sets = std::iter::once((order, items)).chain(second);
        for (set, (mut order, items)) in sets.enumerate() {
            order.shuffle(&mut rng);
            for row in order {
                let item = items[row as usize] as usize;
                place.resize(place.len().max(item + 1), None);
                let at = *place[item].get_or_insert_with(|| {
                    met.push(Default::default());
                    met.len() - 1
                });
                met[at][set].push(row);
            }
        }
        let lone = |rows: &[Vec<u32>; 2]| !one_set && rows.iter().any(Vec::is_empty);
        let size = |rows: &[Vec<u32>; 2]| rows[0].len() + rows[1].len();
        met.sort_by_key(|rows| (lone(rows), std::cmp::Reverse(size(rows))));
        let holding = |set: usize| met.iter().filter(|rows| !rows[set].is_empty()).count();
        let fewest = if one_set {
            holding(0)
        } else {
            holding(0).min(holding(1))
        };
        let mut groups: Vec<[Vec<u32>; 2]> = vec![Default::default(); GROUPS.min(fewest)];
        for rows in met {
            // An item of one set only evens out that one.
            let counts = |group: &[Vec<u32>; 2]| {
                let of = |set: usize| {
                    if rows[set].is_empty() {
                        0
                    } else {
                        group[set].len()
                    }
                };
                of(0) + of(1)
            };
            if let Some(least) = groups.iter_mut().min_by_key(|group| counts(group)) {
                least
                    .iter_mut()
                    .zip(rows)
                    .for_each(|(group, rows)| group.extend(rows));
            }
        }
        let cut = |set: usize| {
            let parts = || groups.iter().map(|group| &group[set]);
            let order = parts().flatten().copied().collect();
            Self::cut(order, parts().map(Vec::len).collect())
        };
        let a = cut(0);
        let b = if one_set { a.clone() } else { cut(1) };
        (a, b)
    }

    /// Rows in their own order, every `size` of them a group: the batches of a loader that does not shuffle. Rows
    /// behind the last multiple of `size` make a smaller group.
    pub fn batches(rows: usize, size: usize) -> Self {
        let mut sizes = vec![size; rows / size];
        sizes.extend(Some(rows % size).filter(|&rest| rest > 0));
        Self::cut((0..rows as u32).collect(), sizes)
    }

    /// Rows whose groups are given, as many as `count`; a group may have none. Of some rows of a layout, or of all: what is
    /// counted by group goes together with what is counted over that layout.
    pub fn of_groups(groups: &[u32], count: usize) -> Self {
        let mut order: Vec<u32> = (0..groups.len() as u32).collect();
        order.sort_by_key(|&row| groups[row as usize]);
        let mut sizes = vec![0; count];
        groups.iter().for_each(|&group| sizes[group as usize] += 1);
        Self::cut(order, sizes)
    }

    /// Consecutive groups of these sizes, in blocks.
    fn cut(mut order: Vec<u32>, group_sizes: Vec<usize>) -> Self {
        let mut rest = &mut order[..];
        for &size in &group_sizes {
            let (group, later) = rest.split_at_mut(size);
            // Which rows a group has is random; that they follow each other is kinder to disks and caches.
            group.sort_unstable();
            rest = later;
        }
        Self {
            order,
            blocks: Self::cut_groups(&group_sizes),
            group_sizes,
        }
    }

    /// The blocks of [`Layout::new`], without an order of so many rows.
    pub fn blocks_of(rows: usize) -> Vec<RowBlock> {
        Self::cut_groups(&group_sizes(rows, GROUPS))
    }

    fn cut_groups(group_sizes: &[usize]) -> Vec<RowBlock> {
        let mut blocks = Vec::new();
        let mut start = 0;
        for (group, &size) in group_sizes.iter().enumerate() {
            let end = start + size;
            // Equal blocks of whole panels, none longer than BLOCK; many blocks: of whole tiles too.
            let count = size.div_ceil(BLOCK).max(1);
            let unit = if count > 3 { EVEN } else { COLUMNS };
            let step = size.div_ceil(count).next_multiple_of(unit);
            while start < end {
                let stop = (start + step).min(end);
                blocks.push(RowBlock {
                    start,
                    end: stop,
                    group,
                });
                start = stop;
            }
        }
        blocks
    }

    /// Row at each position.
    pub fn order(&self) -> &[u32] {
        &self.order
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.order.len()
    }

    /// Rows in each group.
    pub fn group_sizes(&self) -> &[usize] {
        &self.group_sizes
    }

    /// Group of each row.
    pub fn group_of_rows(&self) -> Vec<u32> {
        let mut out = vec![0; self.order.len()];
        for block in &self.blocks {
            for &row in &self.order[block.start..block.end] {
                out[row as usize] = block.group as u32;
            }
        }
        out
    }

    /// For each row its block and its place within it.
    pub(super) fn places(&self) -> Vec<(usize, u32)> {
        let mut out = vec![(0, 0); self.rows()];
        for (b, block) in self.blocks.iter().enumerate() {
            for (k, &row) in self.order[block.start..block.end].iter().enumerate() {
                out[row as usize] = (b, k as u32);
            }
        }
        out
    }

    /// The blocks, in the order of the positions.
    pub fn blocks(&self) -> &[RowBlock] {
        &self.blocks
    }
}

/// Equal groups where rows are few; multiples of a panel where they are many, so that no panel is part empty.
fn group_sizes(rows: usize, groups: usize) -> Vec<usize> {
    let groups = groups.min(rows);
    let unit = if rows >= 5 * GROUPS * COLUMNS {
        COLUMNS
    } else {
        1
    };
    let units = rows.div_ceil(unit);
    let mut sizes: Vec<usize> = (0..groups)
        .map(|g| unit * ((g + 1) * units / groups - g * units / groups))
        .collect();
    let extra = unit * units - rows;
    if let Some(last) = sizes.last_mut() {
        *last -= extra;
    }
    sizes
}

#[cfg(test)]
mod tests {
    use super::super::plan::Plan;
    use super::*;

    #[test]
    fn batches_are_consecutive_and_their_tasks_stay_inside() {
        for (rows, size) in [(10, 3), (9, 3), (2, 5), (5000, 1700)] {
            let layout = Layout::batches(rows, size);
            assert!(layout.order().iter().copied().eq(0..rows as u32));
            let sizes = layout.group_sizes();
            assert_eq!(sizes.iter().sum::<usize>(), rows);
            assert!(sizes[..sizes.len() - 1].iter().all(|&s| s == size));
            let plan = Plan::symmetric(&layout).within_groups(&layout, &layout);
            let group = |block: u32| layout.blocks[block as usize].group;
            assert!(plan.tasks().iter().all(|&(i, j)| group(i) == group(j)));
            let blocks = layout.blocks.len();
            assert!((0..blocks as u32).all(|b| plan.tasks().contains(&(b, b))));
        }
    }

    #[test]
    fn rows_of_given_groups_keep_them_and_a_group_may_be_empty() {
        let whole = Layout::new(10_000, 3);
        let groups = whole.group_of_rows();
        assert_eq!(Layout::of_groups(&groups, GROUPS), whole);
        let some: Vec<u32> = groups
            .iter()
            .step_by(7)
            .copied()
            .filter(|g| *g != 4)
            .collect();
        let layout = Layout::of_groups(&some, GROUPS);
        assert_eq!(
            (layout.rows(), layout.group_sizes().len()),
            (some.len(), GROUPS)
        );
        assert_eq!(layout.group_sizes()[4], 0);
        assert_eq!(layout.group_of_rows(), some);
    }

    #[test]
    fn every_row_lies_in_one_block_of_one_group() {
        for rows in [
            2, 3, 19, 20, 21, 200, 959, 1000, 4799, 4800, 4801, 10_000, 100_003,
        ] {
            let layout = Layout::new(rows, 7);
            let mut seen = vec![false; rows];
            for &row in layout.order() {
                assert!(!std::mem::replace(&mut seen[row as usize], true));
            }
            assert_eq!(layout.group_sizes().iter().sum::<usize>(), rows);
            assert!(layout.group_sizes().iter().all(|&size| size > 0), "{rows}");
            let mut at = 0;
            for block in layout.blocks() {
                assert_eq!(block.start, at);
                assert!(block.len() > 0 && block.len() <= BLOCK);
                at = block.end;
            }
            assert_eq!(at, rows);
            assert_eq!(layout.blocks(), Layout::blocks_of(rows));
            let (low, high) = (
                layout.group_sizes().iter().min().unwrap(),
                layout.group_sizes().iter().max().unwrap(),
            );
            assert!(
                high - low <= 2 * COLUMNS,
                "{rows}: groups of {low} to {high}"
            );
        }
    }

    #[test]
    fn items_stay_whole_and_are_dealt_evenly() {
        let deal = |items: &[u32]| {
            let order = (0..items.len() as u32).collect();
            Layout::of_items((order, items), None, 3).0
        };
        let given: Vec<u32> = (0..1000_u32).map(|row| (row % 97) * (row % 3)).collect();
        let layout = deal(&given);
        assert_eq!(layout.group_sizes().len(), GROUPS);
        let mut rows = layout.order().to_vec();
        rows.sort_unstable();
        assert!(rows.iter().copied().eq(0..1000));
        let of = layout.group_of_rows();
        for (row, group) in given.iter().enumerate() {
            let first = given.iter().position(|other| other == group).unwrap();
            assert_eq!(of[row], of[first], "group {group} is split");
        }
        // The largest given group fills one alone; the others share the rest.
        let mut sizes = layout.group_sizes().to_vec();
        sizes.sort_unstable();
        assert!(sizes[18] - sizes[0] <= 15, "{sizes:?}");
        assert_eq!(deal(&[4, 4, 9, 2, 9]).group_sizes().len(), 3);
    }

    #[test]
    fn two_sets_leave_the_same_items_out_and_no_group_is_empty() {
        // Items 0 to 24 are in both, the rest in the second only, which has 300 rows.
        let a: Vec<u32> = (0..25).collect();
        let b: Vec<u32> = (0..300)
            .map(|row| if row < 125 { row / 5 } else { row })
            .collect();
        let order = |items: &[u32]| (0..items.len() as u32).collect::<Vec<_>>();
        let (x, y) = Layout::of_items((order(&a), &a), Some((order(&b), &b)), 9);
        assert_eq!((x.group_sizes().len(), y.group_sizes().len()), (20, 20));
        assert!(
            x.group_sizes()
                .iter()
                .chain(y.group_sizes())
                .all(|&size| size > 0)
        );
        let (of_a, of_b) = (x.group_of_rows(), y.group_of_rows());
        for (row, item) in b.iter().enumerate().filter(|(_, item)| **item < 25) {
            assert_eq!(of_b[row], of_a[*item as usize], "item {item}");
        }
    }
}
