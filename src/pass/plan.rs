//! Which pairs of blocks a walk visits, and in which order.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::layout::{Layout, RowBlock};

/// Part k of m of a plan: shards merge to the whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
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

    /// The other tasks: between blocks of different groups.
    #[must_use]
    pub fn across_groups(self, rows: &Layout, columns: &Layout) -> Self {
        let group = |layout: &Layout, block: u32| layout.blocks[block as usize].group;
        let other = |&(i, j): &(u32, u32)| group(rows, i) != group(columns, j);
        Self {
            tasks: self.tasks.into_iter().filter(other).collect(),
        }
    }

    /// The tasks of a part of the tiles, a tile being all pairs between a group of `rows` and a group of `columns`.
    ///
    /// Tiles stand along a Hilbert curve, so that those of a shard are of few groups: of a view in 20 groups at most 10 in 16
    /// shards, 7 in 32, 3 in 100. Each shard holds some that follow each other, with about as many pairs as any other shard,
    /// and none where there are more shards than tiles. No two shards add to one sum of a row
    /// over a group of others, so that states of shards with all sums [kept apart by group](super::RowSums) merge to the
    /// bits of the whole walk, however many they are and in whatever order.
    #[must_use]
    pub fn shard(self, (rows, columns): (&Layout, &Layout), shard: Shard) -> Self {
        let blocks = |(i, j): (u32, u32)| (rows.blocks[i as usize], columns.blocks[j as usize]);
        let groups = rows.group_sizes.len().max(columns.group_sizes.len());
        let side = groups.next_power_of_two();
        let tile = |task| {
            let (i, j): (RowBlock, RowBlock) = blocks(task);
            along_curve((i.group, j.group), side)
        };
        let mut pairs: BTreeMap<_, u64> = BTreeMap::new();
        for &task in &self.tasks {
            let (i, j) = blocks(task);
            *pairs.entry(tile(task)).or_default() += (i.len() * j.len()) as u64;
        }
        deal(&mut pairs, shard.of);
        let mine = |task: &(u32, u32)| pairs[&tile(*task)] == shard.index as u64;
        Self {
            tasks: self.tasks.into_iter().filter(mine).collect(),
        }
    }

    /// Every `of`-th task, beginning with `index`: a sample of the walk.
    #[must_use]
    pub fn every(self, index: usize, of: usize) -> Self {
        let tasks = self.tasks.into_iter().skip(index);
        Self {
            tasks: tasks.step_by(of.max(1)).collect(),
        }
    }

    /// (block of rows, block of columns) of each task.
    pub fn tasks(&self) -> &[(u32, u32)] {
        &self.tasks
    }
}

/// The tiles (group, group) of each shard that has any, of a view of many rows in so many equal groups.
pub fn tiles_of_shards(groups: usize, of: usize) -> Vec<Vec<(usize, usize)>> {
    let side = groups.next_power_of_two();
    let tiles = (0..groups).flat_map(|column| (0..=column).map(move |row| (row, column)));
    let mut dealt: BTreeMap<usize, u64> = BTreeMap::new();
    for (row, column) in tiles.clone() {
        // Of a group with itself every pair counts once.
        let pairs = if row == column { 1 } else { 2 };
        dealt.insert(along_curve((row, column), side), pairs);
    }
    deal(&mut dealt, of);
    let mut shards: BTreeMap<u64, Vec<(usize, usize)>> = BTreeMap::new();
    for tile in tiles {
        let shard = dealt[&along_curve(tile, side)];
        shards.entry(shard).or_default().push(tile);
    }
    shards.into_values().collect()
}

/// Puts in the place of each tile's pairs its shard, of `of`.
fn deal(tiles: &mut BTreeMap<usize, u64>, of: usize) {
    let (all, mut before) = (tiles.values().sum::<u64>(), 0);
    for pairs in tiles.values_mut() {
        let middle = u128::from(2 * before + *pairs);
        before += *pairs;
        *pairs = (middle * of as u128 / (2 * u128::from(all))) as u64;
    }
}

/// Where a cell of a square of `side` x `side` cells, a power of two, stands on the Hilbert curve through it.
fn along_curve((mut x, mut y): (usize, usize), side: usize) -> usize {
    let (mut at, mut half) = (0, side / 2);
    while half > 0 {
        let (right, upper) = (x & half != 0, y & half != 0);
        at = 4 * at + ((3 * usize::from(right)) ^ usize::from(upper));
        if !upper {
            if right {
                (x, y) = (side - 1 - x, side - 1 - y);
            }
            (x, y) = (y, x);
        }
        half /= 2;
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_curve_passes_every_cell_once_and_goes_from_neighbour_to_neighbour() {
        for side in [1, 2, 4, 32] {
            let cells = (0..side).flat_map(|x| (0..side).map(move |y| (x, y)));
            let mut on: Vec<_> = cells.map(|cell| (along_curve(cell, side), cell)).collect();
            on.sort_unstable();
            assert!(on.iter().map(|(at, _)| *at).eq(0..side * side));
            for pair in on.windows(2) {
                let ((x, y), (u, v)) = (pair[0].1, pair[1].1);
                assert_eq!(x.abs_diff(u) + y.abs_diff(v), 1, "{pair:?}");
            }
        }
    }

    #[test]
    fn a_shard_touches_few_groups() {
        for (of, most) in [(16, 10), (32, 7), (64, 5), (100, 3), (200, 2)] {
            let shards = tiles_of_shards(20, of);
            let all: usize = shards.iter().map(Vec::len).sum();
            assert_eq!(all, 210);
            let touched = shards.iter().map(|tiles| {
                let groups = tiles.iter().flat_map(|&(row, column)| [row, column]);
                groups.collect::<std::collections::BTreeSet<_>>().len()
            });
            assert_eq!(touched.max(), Some(most), "{of}");
        }
    }

    #[test]
    fn shards_hold_every_task_once_and_whole_tiles() {
        let layout = Layout::new(9000, 1);
        let whole = Plan::symmetric(&layout);
        for of in [1, 2, 5, 16, 300] {
            let shards: Vec<_> = (0..of)
                .map(|index| whole.clone().shard((&layout, &layout), Shard { index, of }))
                .collect();
            let mut tasks: Vec<_> = shards
                .iter()
                .flat_map(|plan| plan.tasks().to_vec())
                .collect();
            tasks.sort_by_key(|&(i, j)| (j, i));
            assert_eq!(tasks, whole.tasks(), "{of}");
            let mut seen = BTreeMap::new();
            for (k, plan) in shards.iter().enumerate() {
                for &(i, j) in plan.tasks() {
                    let tile = [i, j].map(|block| layout.blocks()[block as usize].group);
                    assert_eq!(*seen.entry(tile).or_insert(k), k, "{tile:?}");
                }
                if of <= 16 {
                    let share = plan.tasks().len() as f64 * of as f64 / tasks.len() as f64;
                    assert!((0.6..1.5).contains(&share), "{k} of {of}: {share}");
                }
            }
        }
    }
}
