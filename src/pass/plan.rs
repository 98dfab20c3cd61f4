//! Which pairs of blocks a walk visits, and in which order.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::layout::{Block, Layout};

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
    /// Tiles stand in the order of their first tasks; each shard holds some that follow each other, with about as many
    /// pairs as any other shard, and none where there are more shards than tiles. No two shards add to one sum of a row
    /// over a group of others, so that states of shards with all sums [kept apart by group](super::RowSums) merge to the
    /// bits of the whole walk, however many they are and in whatever order.
    #[must_use]
    pub fn shard(self, (rows, columns): (&Layout, &Layout), shard: Shard) -> Self {
        let blocks = |(i, j): (u32, u32)| (rows.blocks[i as usize], columns.blocks[j as usize]);
        let tile = |task| {
            let (i, j): (Block, Block) = blocks(task);
            (j.group, i.group)
        };
        let mut pairs: BTreeMap<_, u64> = BTreeMap::new();
        for &task in &self.tasks {
            let (i, j) = blocks(task);
            *pairs.entry(tile(task)).or_default() += (i.len() * j.len()) as u64;
        }
        let (all, mut before) = (pairs.values().sum::<u64>(), 0);
        for pairs in pairs.values_mut() {
            let middle = u128::from(2 * before + *pairs);
            before += *pairs;
            *pairs = (middle * shard.of as u128 / (2 * u128::from(all))) as u64;
        }
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

#[cfg(test)]
mod tests {
    use super::*;

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
