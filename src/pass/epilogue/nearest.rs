//! The k nearest of each row.

use crate::kernel::{Kernel, Tile};
use crate::pass::state::NearestList;
use crate::pass::sweep::{Epilogue, Made};

/// One task.
pub(in crate::pass) struct NearestTask<'a> {
    /// How many rows are kept of each row.
    pub(in crate::pass) k: usize,
    /// Number of each row of the block, and of each column.
    pub(in crate::pass) numbers: (&'a [u32], &'a [u32]),
    /// Whether both are of one set, where no row is its own neighbour.
    pub(in crate::pass) one_set: bool,
    /// The nearest so far: of each row among the columns.
    pub(in crate::pass) lists: &'a mut [NearestList],
}

/// The same of each column, among the rows.
pub(in crate::pass) struct NearestOfColumns<'a>(pub(in crate::pass) NearestTask<'a>);

impl<K: Kernel> Epilogue<K> for NearestTask<'_> {
    fn tile(&mut self, _: K, made: Made<'_>, tile: &mut Tile) {
        let at = made.at;
        let columns = &self.numbers.1[at.j..at.j + at.columns::<K>()];
        let lines = tile.cosines::<K>().chunks_exact(K::NR);
        for (r, line) in lines.take(at.rows::<K>()).enumerate() {
            let own = self.numbers.0[at.i + r];
            let list = &mut self.lists[at.i + r];
            offer(
                (self.k, self.one_set),
                (own, list),
                columns.iter().zip(line),
            );
        }
    }
}

impl<K: Kernel> Epilogue<K> for NearestOfColumns<'_> {
    fn tile(&mut self, _: K, made: Made<'_>, tile: &mut Tile) {
        let (at, of) = (made.at, &mut self.0);
        let rows = &of.numbers.0[at.i..at.i + at.rows::<K>()];
        for c in 0..at.columns::<K>() {
            let column = tile.cosines::<K>()[c..].iter().step_by(K::NR);
            let own = of.numbers.1[at.j + c];
            let list = &mut of.lists[at.j + c];
            offer((of.k, of.one_set), (own, list), rows.iter().zip(column));
        }
    }
}

/// Offers rows and their cosines to the list of a row of this number.
#[inline]
fn offer<'a>(
    (k, one_set): (usize, bool),
    (own, list): (u32, &mut NearestList),
    others: impl Iterator<Item = (&'a u32, &'a f32)>,
) {
    for (&number, &cosine) in others {
        if !(one_set && number == own) {
            list.offer(k, (number, cosine));
        }
    }
}
