//! The k nearest of each row.

use crate::kernel::{Kernel, Tile};
use crate::pass::state::NearestList;
use crate::pass::sweep::{Epilogue, Made};

/// One task.
pub(in crate::pass) struct Nearest<'a> {
    /// How many.
    pub(in crate::pass) k: usize,
    /// Number of each row of the block, and of each column.
    pub(in crate::pass) numbers: (&'a [u32], &'a [u32]),
    /// Whether both are of one set, where no row is its own neighbour.
    pub(in crate::pass) one_set: bool,
    /// The nearest of each row so far.
    pub(in crate::pass) rows: &'a mut [NearestList],
}

impl<K: Kernel> Epilogue<K> for Nearest<'_> {
    fn tile(&mut self, _: K, made: Made<'_>, tile: &mut Tile) {
        let (at, k) = (made.at, self.k);
        let columns = &self.numbers.1[at.j..at.j + at.columns::<K>()];
        let lines = tile.cosines::<K>().chunks_exact(K::NR);
        for (r, line) in lines.take(at.rows::<K>()).enumerate() {
            let i = at.i + r;
            let own = self.numbers.0[i];
            for (&number, &cosine) in columns.iter().zip(line) {
                if !(self.one_set && number == own) {
                    self.rows[i].offer(k, (number, cosine));
                }
            }
        }
    }
}

/// One task that seeks the nearest rows of each column.
pub(in crate::pass) struct NearestOfColumns<'a> {
    /// How many.
    pub(in crate::pass) k: usize,
    /// Number of each row of the block, and of each column.
    pub(in crate::pass) numbers: (&'a [u32], &'a [u32]),
    /// Whether both are of one set, where no row is its own neighbour.
    pub(in crate::pass) one_set: bool,
    /// The nearest of each column so far.
    pub(in crate::pass) columns: &'a mut [NearestList],
}

impl<K: Kernel> Epilogue<K> for NearestOfColumns<'_> {
    fn tile(&mut self, _: K, made: Made<'_>, tile: &mut Tile) {
        let (at, k, numbers) = (made.at, self.k, self.numbers);
        let lists = self.columns[at.j..].iter_mut().zip(&numbers.1[at.j..]);
        for (c, (list, &own)) in lists.take(K::NR).enumerate() {
            let column = tile.cosines::<K>()[c..].iter().step_by(K::NR);
            for (&number, &cosine) in numbers.0[at.i..].iter().zip(column) {
                if !(self.one_set && number == own) {
                    list.offer(k, (number, cosine));
                }
            }
        }
    }
}
