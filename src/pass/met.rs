//! How many partners the rounds of a ring have given each row.

use serde::{Deserialize, Serialize};

use super::layout::{Layout, RowBlock};

/// How many partners each row has met, by jackknife group of the partner.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Met {
    order: Vec<u32>,
    blocks: Vec<RowBlock>,
    /// For each block, for each group.
    by_group: Vec<Vec<f64>>,
    /// Positions of rows that were not paired with one of their partners, and its group; sorted.
    lost: Vec<(u32, u32)>,
}

/// What the rows of one block have met.
pub struct MetBlock<'a> {
    /// Positions of its rows in the order of the sums.
    pub positions: std::ops::Range<usize>,
    /// Their jackknife group.
    pub group: usize,
    met: &'a [f64],
    lost: &'a [(u32, u32)],
}

impl MetBlock<'_> {
    /// Partners of the row at a position, by their group.
    pub fn counts_at(&self, position: usize, counts: &mut [f64]) {
        counts.copy_from_slice(self.met);
        for &(at, group) in self.lost {
            if at as usize == position {
                counts[group as usize] -= 1.0;
            }
        }
    }
}

impl Met {
    /// For the rows of `a` after rounds 1 to `rounds` against those of `b` (which may be the same); the excluded are pairs (row of a, row of b).
    pub fn new(
        a: &Layout,
        b: &Layout,
        rounds: usize,
        excluded: impl Iterator<Item = (u32, u32)>,
    ) -> Self {
        let count = a.blocks.len();
        let by_group = (0..count)
            .map(|k| {
                let mut met = vec![0.0; b.group_sizes.len()];
                for o in 1..=rounds {
                    for other in [k + o, k + count - o] {
                        let block = b.blocks[other % count];
                        met[block.group] += block.len() as f64;
                    }
                }
                met
            })
            .collect();
        let mut excluded = excluded.peekable();
        let mut lost = Vec::new();
        if excluded.peek().is_some() {
            let (places_a, places_b) = (a.places(), b.places());
            for (i, j) in excluded {
                let (k, other) = (places_a[i as usize].0, places_b[j as usize].0);
                let apart = (k + count - other) % count;
                if (1..=rounds).contains(&apart.min(count - apart)) {
                    let at = a.blocks[k].start as u32 + places_a[i as usize].1;
                    lost.push((at, b.blocks[other].group as u32));
                }
            }
        }
        lost.sort_unstable();
        Self {
            order: a.order.clone(),
            blocks: a.blocks.clone(),
            by_group,
            lost,
        }
    }

    /// Blocks of rows in the order of the ring.
    pub fn each_block(&self) -> impl Iterator<Item = MetBlock<'_>> {
        let blocks = self.blocks.iter().zip(&self.by_group);
        blocks.map(|(block, met)| {
            let at = |position: usize| {
                self.lost
                    .partition_point(|lost| (lost.0 as usize) < position)
            };
            MetBlock {
                positions: block.start..block.end,
                group: block.group,
                met,
                lost: &self.lost[at(block.start)..at(block.end)],
            }
        })
    }

    /// Partners of the row at each position of which `keep` holds for the group.
    pub fn counts_in_order(&self, keep: impl Fn(usize) -> bool) -> Vec<f64> {
        let mut out = Vec::with_capacity(self.order.len());
        for (block, met) in self.blocks.iter().zip(&self.by_group) {
            let kept = met.iter().enumerate().filter(|(g, _)| keep(*g));
            let count = kept.map(|(_, count)| count).sum();
            out.resize(block.end, count);
        }
        for &(at, group) in &self.lost {
            if keep(group as usize) {
                out[at as usize] -= 1.0;
            }
        }
        out
    }

    /// [`Met::counts_in_order`] for each row in the order of the data.
    pub fn counts(&self, keep: impl Fn(usize) -> bool) -> Vec<f64> {
        let mut out = vec![0.0; self.order.len()];
        for (count, &row) in self.counts_in_order(keep).iter().zip(&self.order) {
            out[row as usize] = *count;
        }
        out
    }
}
