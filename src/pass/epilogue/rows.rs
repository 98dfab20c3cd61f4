//! The cosines themselves, row after row.

use crate::kernel::{Kernel, Tile};
use crate::pass::sweep::{Epilogue, Made};

/// Writes them: row i, column j at `i * width + j`.
pub(in crate::pass) struct RowTiles<'a> {
    pub(in crate::pass) cosines: &'a mut [f32],
    /// Room for a row.
    pub(in crate::pass) width: usize,
}

impl<K: Kernel> Epilogue<K> for RowTiles<'_> {
    fn tile(&mut self, _: K, made: Made<'_>, tile: &mut Tile) {
        let at = made.at;
        let lines = tile.cosines::<K>().chunks_exact(K::NR);
        for (r, line) in lines.take(at.rows::<K>()).enumerate() {
            let (start, live) = ((at.i + r) * self.width + at.j, at.columns::<K>());
            self.cosines[start..start + live].copy_from_slice(&line[..live]);
        }
    }
}
