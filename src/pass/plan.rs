//! Which pairs of blocks a walk visits, and in which order.

use super::layout::Layout;

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

    /// The other tasks: between blocks of different groups.
    #[must_use]
    pub fn across_groups(self, rows: &Layout, columns: &Layout) -> Self {
        let group = |layout: &Layout, block: u32| layout.blocks[block as usize].group;
        let other = |&(i, j): &(u32, u32)| group(rows, i) != group(columns, j);
        Self {
            tasks: self.tasks.into_iter().filter(other).collect(),
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
    fn shards_hold_every_task_once() {
        let plan = Plan::symmetric(&Layout::new(3000, 1));
        let mut tasks: Vec<_> = (0..3)
            .flat_map(|index| plan.clone().shard(Shard { index, of: 3 }).tasks().to_vec())
            .collect();
        tasks.sort_by_key(|&(i, j)| (j, i));
        assert_eq!(tasks, plan.tasks());
    }
}
