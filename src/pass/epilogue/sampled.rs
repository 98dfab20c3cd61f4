//! What the nearest rows of each row reach, surely or most likely, by a sample of the rows that they are sought among.

use crate::kernel::{Aligned, COLUMNS, Kernel, Tile};
use crate::pass::bounds::Bounds;
use crate::pass::layout::RowBlock;
use crate::pass::sweep::{Epilogue, Made};

/// Most rows of a sample, and the part of all rows that it is at most.
const MOST: usize = 2 * COLUMNS;
const PART: usize = 50;

/// The share of rows that may be looked at twice.
const TWICE: f64 = 0.002;

/// Rows that others are compared with before a walk, and what the nearest of each are taken to reach then.
pub(in crate::pass) struct Sample {
    /// Their numbers.
    pub(in crate::pass) rows: Vec<u32>,
    /// As much as this many rows of the sample.
    pub(in crate::pass) rank: usize,
}

impl Sample {
    /// For the k nearest among the rows of `order`; none where those are few. Rows of one item, which stand side by side, are
    /// in it together only where it is as large.
    ///
    /// What k rows of the sample reach, the k nearest of all rows reach. Where a row of which fewer are found is `again` looked
    /// at, less will do: rows among the k nearest are in the sample as often as chance has it.
    pub(in crate::pass) fn new(k: usize, order: &[u32], again: bool) -> Option<Self> {
        let size = MOST.min(order.len() / PART / COLUMNS * COLUMNS);
        let rank = if again {
            exceeded(k as f64 * size as f64 / order.len() as f64).min(k)
        } else {
            k
        };
        let spread = |at: usize| order[at * order.len() / size];
        (rank <= size && size > 0).then(|| Self {
            rows: (0..size).map(spread).collect(),
            rank,
        })
    }
}

/// What a Poisson number of this mean reaches with a chance below [`TWICE`], at least 1.
fn exceeded(mean: f64) -> usize {
    let (mut rank, mut term, mut below) = (0, (-mean).exp(), 0.0);
    while rank == 0 || (1.0 - below >= TWICE && term > 0.0) {
        below += term;
        rank += 1;
        term *= mean / rank as f64;
    }
    rank
}

/// A block of rows against a sample.
pub(in crate::pass) struct SampleTask<'a> {
    pub(in crate::pass) sample: &'a Sample,
    /// The rows.
    pub(in crate::pass) rows: RowBlock,
    /// The number of each, where they are sought among themselves: none is its own neighbour.
    pub(in crate::pass) numbers: Option<&'a [u32]>,
    pub(in crate::pass) bounds: &'a Bounds,
    /// The cosines of a strip.
    pub(in crate::pass) cosines: &'a mut Aligned,
}

impl<K: Kernel> Epilogue<K> for SampleTask<'_> {
    fn strip(&mut self, _: usize) {
        self.cosines.reserve(K::MR * self.sample.rows.len());
    }

    fn tile(&mut self, _: K, made: Made<'_>, tile: &mut Tile) {
        let (at, width) = (made.at, self.sample.rows.len());
        let columns = &self.sample.rows[at.j..at.j + K::NR];
        let lines = tile.cosines::<K>().chunks_exact(K::NR);
        let rows = self.cosines.values_mut().chunks_exact_mut(width);
        for (r, (line, row)) in lines.zip(rows).enumerate().take(at.rows::<K>()) {
            let row = &mut row[at.j..at.j + K::NR];
            row.copy_from_slice(line);
            if let Some(numbers) = self.numbers {
                let own = numbers[at.i + r];
                for (cosine, &number) in row.iter_mut().zip(columns) {
                    *cosine = if number == own {
                        f32::NEG_INFINITY
                    } else {
                        *cosine
                    };
                }
            }
        }
    }

    fn fold(&mut self, _: K, i: usize) {
        let cosines = self.cosines.values().chunks_exact(self.sample.rows.len());
        for (position, cosines) in (self.rows.start + i..self.rows.end)
            .zip(cosines)
            .take(K::MR)
        {
            if let Some(bound) = reached_by(self.sample.rank, cosines) {
                self.bounds.raise(position, bound);
            }
        }
    }
}

/// The `rank`-th largest of `values`, eights of them; none where fewer are cosines.
fn reached_by(rank: usize, values: &[f32]) -> Option<f32> {
    let (eights, _) = values.as_chunks::<8>();
    let (mut reached, mut largest) = (0, f32::INFINITY);
    while reached < rank {
        // The next smaller value, and how many there are of it.
        let mut lanes = [f32::NEG_INFINITY; 8];
        for eight in eights {
            for (most, &v) in lanes.iter_mut().zip(eight) {
                let v = if v < largest { v } else { f32::NEG_INFINITY };
                *most = if v > *most { v } else { *most };
            }
        }
        largest = lanes.into_iter().fold(f32::NEG_INFINITY, f32::max);
        if largest == f32::NEG_INFINITY {
            return None;
        }
        let equal = values.iter().map(|v| u32::from(*v == largest));
        reached += equal.sum::<u32>() as usize;
    }
    Some(largest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sample_is_small_beside_the_rows() {
        let of = |k: usize, rows: u32, again: bool| {
            let order: Vec<u32> = (0..rows).rev().collect();
            Sample::new(k, &order, again).map(|sample| (sample.rows.len(), sample.rank))
        };
        assert_eq!(of(20, 2_399, true), None);
        assert_eq!(of(20, 2_400, true), Some((48, 4)));
        assert_eq!(of(20, 10_000, true), Some((96, 3)));
        assert_eq!(of(20, 10_000, false), Some((96, 20)));
        assert_eq!(of(97, 10_000, false), None);
        assert_eq!(of(1, 1_000_000, true), Some((96, 1)));
        // More than all that there are.
        assert_eq!(of(4_000, 4_000, true), None);
        let order: Vec<u32> = (0..10_000).collect();
        let rows = Sample::new(1, &order, true).expect("many rows").rows;
        assert!(rows.windows(2).all(|two| two[1] - two[0] > 100));
    }

    #[test]
    fn a_poisson_number_seldom_reaches_that() {
        // 1 - e^-m (1 + m + m^2 / 2 + ..), by hand.
        for (mean, rank) in [
            (0.0, 1),
            (0.001, 1),
            (0.06, 2),
            (0.192, 3),
            (0.768, 5),
            (9.6, 21),
        ] {
            assert_eq!(exceeded(mean), rank, "{mean}");
        }
    }

    #[test]
    fn the_bound_is_the_largest_but_so_many() {
        let values: Vec<f32> = (0..96)
            .map(|v| ((v * 37) % 96) as f32 / 48.0 - 1.0)
            .collect();
        for rank in 1..=96 {
            let expected = (96 - rank) as f32 / 48.0 - 1.0;
            assert_eq!(reached_by(rank, &values), Some(expected));
        }
        assert_eq!(reached_by(97, &values), None);
        let mut few = [f32::NEG_INFINITY; 8];
        (few[3], few[5], few[6]) = (0.25, 0.5, 0.25);
        let ranks = (1..=4).map(|rank| reached_by(rank, &few));
        let expected = [Some(0.5), Some(0.25), Some(0.25), None];
        assert!(ranks.eq(expected));
    }
}
