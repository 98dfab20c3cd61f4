//! Rows in a ring of blocks.

use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_pcg::Pcg64;

use super::layout::{GROUPS, Layout, RowBlock};
use crate::kernel::COLUMNS;

/// Longest block of a ring: of two views the larger one may have that many times longer blocks than the smaller.
pub const LONGEST_BLOCK: usize = 32 * COLUMNS;

/// Rows from which one short block among the others no longer matters.
const MANY: usize = 20_000;

/// Blocks of about [`COLUMNS`] rows that a ring of `rows` rows has.
pub fn ring_blocks(rows: usize) -> usize {
    rows.div_ceil(COLUMNS)
}

impl Layout {
    /// `rows` rows in random order, in `blocks` even blocks that belong to [`GROUPS`] groups in turn.
    pub fn ring(rows: usize, blocks: usize, seed: u64) -> Self {
        let mut order: Vec<u32> = (0..rows as u32).collect();
        order.shuffle(&mut Pcg64::seed_from_u64(seed));
        let groups = GROUPS.min(blocks);
        // Where rows are many, whole panels and one short block; where they are few, even blocks.
        let whole = blocks == ring_blocks(rows) && rows >= MANY;
        let cut = |k: usize| {
            if whole {
                rows.min(k * COLUMNS)
            } else {
                k * rows / blocks
            }
        };
        let blocks = (0..blocks).map(|k| (order[cut(k)..cut(k + 1)].to_vec(), k % groups));
        Self::of_blocks(blocks.collect(), groups)
    }

    fn of_blocks(parts: Vec<(Vec<u32>, usize)>, groups: usize) -> Self {
        let mut out = Self {
            order: Vec::new(),
            blocks: Vec::with_capacity(parts.len()),
            group_sizes: vec![0; groups],
        };
        for (mut rows, group) in parts {
            // Which rows a block has is random; that they follow each other is kinder to disks and caches.
            rows.sort_unstable();
            let start = out.order.len();
            out.order.extend_from_slice(&rows);
            out.group_sizes[group] += rows.len();
            out.blocks.push(RowBlock {
                start,
                end: out.order.len(),
                group,
            });
        }
        out
    }

    /// Number of blocks.
    pub fn blocks_in_ring(&self) -> usize {
        self.blocks.len()
    }

    /// Rounds that a ring of this many blocks has: more would visit a pair twice.
    pub fn rounds(&self) -> usize {
        (self.blocks.len() - 1) / 2
    }
}
