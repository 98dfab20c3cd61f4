//! Products of columns, added up.

use crate::kernel::{Kernel, Tile};
use crate::pass::sweep::{Epilogue, Made};

/// Adds tiles to a matrix of f64, row after row.
pub(in crate::pass) struct ProductSums<'a> {
    pub(in crate::pass) sums: &'a mut [f64],
}

impl<K: Kernel> Epilogue<K> for ProductSums<'_> {
    fn tile(&mut self, _: K, made: Made<'_>, tile: &mut Tile) {
        let at = made.at;
        let lines = tile.cosines::<K>().chunks_exact(K::NR);
        for (r, line) in lines.take(at.rows::<K>()).enumerate() {
            let (start, live) = ((at.i + r) * at.m + at.j, at.columns::<K>());
            for (sum, v) in self.sums[start..start + live].iter_mut().zip(line) {
                *sum += f64::from(*v);
            }
        }
    }
}
