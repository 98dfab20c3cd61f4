//! What the nearest rows of each row reach at least, by a sample of the rows that they are sought among.

use crate::kernel::{Aligned, COLUMNS, Kernel, Tile};
use crate::pass::bounds::Bounds;
use crate::pass::operand::Blocks;
use crate::pass::sweep::{Epilogue, Made};

/// Most rows of a sample of which one, the nearest, stands for them all, and the width of rows from which on it is one: the
/// wider, the more a sample costs beside what it spares.
const TOGETHER: usize = 4;
const WIDE: usize = 512;
/// A sample is at most this part of the rows.
const PART: usize = 24;

/// Halvings of the range of cosines: a bound lies by less than 2e-4 too low.
const HALVINGS: usize = 14;

/// Rows of the sample for the k nearest of so many rows of `dim` values: enough that few others beside them reach what the
/// k-th of them reaches, and few enough to cost little; 0 where rows are few.
pub(in crate::pass) fn sample_size(k: usize, dim: usize, rows: usize) -> usize {
    let together = (WIDE / dim.max(1)).clamp(1, TOGETHER);
    width(k) * together.min(rows / PART / width(k))
}

/// Of as many places as this, each with the nearest of a few rows, the k-th largest is looked for.
fn width(k: usize) -> usize {
    (4 * k).next_multiple_of(COLUMNS)
}

/// A block of rows against the sample: what k rows of any set reach, all others that are among the k nearest must reach.
pub(in crate::pass) struct Sampled<'a> {
    pub(in crate::pass) k: usize,
    pub(in crate::pass) blocks: Blocks<'a>,
    /// Whether rows are sought among themselves: none is its own neighbour.
    pub(in crate::pass) one_set: bool,
    pub(in crate::pass) bounds: &'a Bounds,
    /// The places of each row of a strip.
    pub(in crate::pass) largest: &'a mut Aligned,
}

impl<K: Kernel> Epilogue<K> for Sampled<'_> {
    fn strip(&mut self, _: usize) {
        let len = K::MR * width(self.k);
        self.largest.reserve(len);
        self.largest.values_mut()[..len].fill(f32::NEG_INFINITY);
    }

    fn tile(&mut self, _: K, made: Made<'_>, tile: &mut Tile) {
        let (at, width) = (made.at, width(self.k));
        let live = at.columns::<K>();
        let lines = tile.cosines_mut::<K>().chunks_exact_mut(K::NR);
        let largest = self.largest.values_mut().chunks_exact_mut(width);
        for (r, (line, largest)) in lines.zip(largest).enumerate().take(at.rows::<K>()) {
            let own =
                (self.blocks.rows.start + at.i + r).checked_sub(self.blocks.columns.start + at.j);
            if let Some(own) = own.filter(|own| self.one_set && *own < live) {
                line[own] = f32::NEG_INFINITY;
            }
            // Panels divide the width: none begins anew within one.
            let largest = &mut largest[at.j % width..];
            for (largest, &s) in largest.iter_mut().zip(&line[..live]) {
                *largest = if s > *largest { s } else { *largest };
            }
        }
    }

    fn fold(&mut self, _: K, i: usize) {
        let (rows, width) = (self.blocks.rows, width(self.k));
        let largest = self.largest.values().chunks_exact(width);
        for (position, largest) in (rows.start + i..rows.end).zip(largest).take(K::MR) {
            if let Some(bound) = reached_by(self.k, largest) {
                self.bounds.raise(position, bound);
            }
        }
    }
}

/// What at least k of `values` reach; none where there are fewer that are cosines.
fn reached_by(k: usize, values: &[f32]) -> Option<f32> {
    // Beyond what rounding makes of 1 and of -1.
    let (mut low, mut high) = (-1.5, 1.5);
    let enough = |limit: f32| {
        let reached = values.iter().map(|v| u32::from(*v >= limit));
        reached.sum::<u32>() as usize >= k
    };
    if !enough(low) {
        return None;
    }
    for _ in 0..HALVINGS {
        let middle = f32::midpoint(low, high);
        if enough(middle) {
            low = middle;
        } else {
            high = middle;
        }
    }
    Some(low)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sample_is_small_beside_the_rows() {
        assert_eq!(sample_size(20, 64, 10_000), 384);
        assert_eq!(sample_size(20, 256, 10_000), 192);
        assert_eq!(sample_size(20, 768, 100_000), 96);
        assert_eq!(
            (sample_size(20, 64, 2_400), sample_size(20, 1, 2_300)),
            (96, 0)
        );
    }

    #[test]
    fn at_least_k_reach_the_bound_and_hardly_more() {
        let values: Vec<f32> = (0..96)
            .map(|v| ((v * 37) % 96) as f32 / 48.0 - 1.0)
            .collect();
        for k in 1..=96 {
            let bound = reached_by(k, &values).expect("so many");
            assert_eq!(values.iter().filter(|v| **v >= bound).count(), k);
        }
        assert_eq!(reached_by(97, &values), None);
        assert_eq!(reached_by(2, &[1.0, f32::NEG_INFINITY]), None);
        let bound = reached_by(2, &[0.25; 3]).expect("so many");
        assert!(bound <= 0.25 && bound > 0.2498, "{bound}");
    }
}
