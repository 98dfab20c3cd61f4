//! How the rows are ordered, cut into blocks and dealt to jackknife groups.

use std::collections::BTreeMap;

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
    pub(super) blocks: Vec<Block>,
    pub(super) group_sizes: Vec<usize>,
}

/// Positions `start..end` of the order, all of one group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Block {
    /// First position.
    pub start: usize,
    /// Position after the last.
    pub end: usize,
    /// Jackknife group.
    pub group: usize,
}

impl Block {
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

    /// Deals rows to at most [`GROUPS`] groups, those of one `given` group to the same: larger given groups first,
    /// each to the group that has fewest rows so far.
    pub fn of_given(given: &[u32], seed: u64) -> Self {
        Self::of_given_order((0..given.len() as u32).collect(), given, seed)
    }

    /// [`Layout::of_given`] for rows that have an order of their own.
    pub fn of_given_order(mut order: Vec<u32>, given: &[u32], seed: u64) -> Self {
        order.shuffle(&mut Pcg64::seed_from_u64(seed));
        let mut members: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
        for &row in &order {
            members.entry(given[row as usize]).or_default().push(row);
        }
        // In the order in which the shuffle met them, so that ties among sizes are broken by the seed.
        let mut met: Vec<Vec<u32>> = Vec::with_capacity(members.len());
        for &row in &order {
            met.extend(members.remove(&given[row as usize]));
        }
        met.sort_by_key(|rows| std::cmp::Reverse(rows.len()));
        let mut groups = vec![Vec::new(); GROUPS.min(met.len())];
        for rows in met {
            if let Some(least) = groups.iter_mut().min_by_key(|group| group.len()) {
                least.extend(rows);
            }
        }
        Self::cut(groups.concat(), groups.iter().map(Vec::len).collect())
    }

    /// Rows in their own order, every `size` of them a group: the batches of a loader that does not shuffle. Rows
    /// behind the last multiple of `size` make a smaller group.
    pub fn batches(rows: usize, size: usize) -> Self {
        let mut sizes = vec![size; rows / size];
        sizes.extend(Some(rows % size).filter(|&rest| rest > 0));
        Self::cut((0..rows as u32).collect(), sizes)
    }

    /// Consecutive groups of these sizes, in blocks.
    fn cut(mut order: Vec<u32>, group_sizes: Vec<usize>) -> Self {
        let mut blocks = Vec::new();
        let mut start = 0;
        for (group, &size) in group_sizes.iter().enumerate() {
            let end = start + size;
            // Which rows a group has is random; that they follow each other is kinder to disks and caches.
            order[start..end].sort_unstable();
            // Equal blocks of whole panels, none longer than BLOCK; many blocks: of whole tiles too.
            let count = size.div_ceil(BLOCK);
            let unit = if count > 3 { EVEN } else { COLUMNS };
            let step = size.div_ceil(count).next_multiple_of(unit);
            while start < end {
                let stop = (start + step).min(end);
                blocks.push(Block {
                    start,
                    end: stop,
                    group,
                });
                start = stop;
            }
        }
        Self {
            order,
            blocks,
            group_sizes,
        }
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

    /// The blocks, in the order of the positions.
    pub fn blocks(&self) -> &[Block] {
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

/// Part k of m of a plan's tasks: shards merge to the whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shard {
    /// 0 to `of - 1`.
    pub index: usize,
    /// Number of shards.
    pub of: usize,
}

impl Default for Shard {
    fn default() -> Self {
        Self { index: 0, of: 1 }
    }
}

/// The tasks of an all-pairs pass: pairs of blocks, in the order in which they are started and committed.
///
/// Column blocks vary slowest, so that a thread packs one and meets many row blocks with it. Within one layout
/// only blocks i <= j are visited.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    tasks: Vec<(u32, u32)>,
}

impl Plan {
    /// All unordered pairs of rows of one layout.
    pub fn symmetric(layout: &Layout) -> Self {
        let blocks = layout.blocks.len() as u32;
        Self {
            tasks: (0..blocks)
                .flat_map(|j| (0..=j).map(move |i| (i, j)))
                .collect(),
        }
    }

    /// All pairs (row of `rows`, row of `columns`).
    pub fn rectangular(rows: &Layout, columns: &Layout) -> Self {
        let (rows, columns) = (rows.blocks.len() as u32, columns.blocks.len() as u32);
        Self {
            tasks: (0..columns)
                .flat_map(|j| (0..rows).map(move |i| (i, j)))
                .collect(),
        }
    }

    /// Of these tasks only those between blocks of the same group (the g-th group of `rows` and of `columns`).
    #[must_use]
    pub fn within_groups(self, rows: &Layout, columns: &Layout) -> Self {
        let group = |layout: &Layout, block: u32| layout.blocks[block as usize].group;
        let same = |&(i, j): &(u32, u32)| group(rows, i) == group(columns, j);
        Self {
            tasks: self.tasks.into_iter().filter(same).collect(),
        }
    }

    /// Every `of`-th task, beginning with `index`.
    #[must_use]
    pub fn shard(self, shard: Shard) -> Self {
        Self {
            tasks: self
                .tasks
                .into_iter()
                .skip(shard.index)
                .step_by(shard.of.max(1))
                .collect(),
        }
    }

    /// (block of rows, block of columns) of each task.
    pub fn tasks(&self) -> &[(u32, u32)] {
        &self.tasks
    }
}

#[cfg(test)]
mod tests {
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
    fn given_groups_stay_whole_and_are_dealt_evenly() {
        let given: Vec<u32> = (0..1000_u32).map(|row| (row % 97) * (row % 3)).collect();
        let layout = Layout::of_given(&given, 3);
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
        assert_eq!(Layout::of_given(&[4, 4, 9, 2, 9], 0).group_sizes().len(), 3);
    }

    #[test]
    fn shards_hold_every_task_once() {
        let plan = Plan::symmetric(&Layout::new(3000, 1));
        let mut tasks: Vec<_> = (0..3)
            .flat_map(|index| plan.clone().shard(Shard { index, of: 3 }).tasks().to_vec())
            .collect();
        tasks.sort_by_key(|&(i, j)| (j, i));
        assert_eq!(tasks, plan.tasks());
    }
}
