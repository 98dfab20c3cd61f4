//! The loops over tiles, written once: rows against columns, a tile of MR x NR dot products at a time.
//!
//! ```text
//! LOOP 1  sub-blocks of panels that stay in the second-level cache
//! LOOP 2    strips of MR rows, which stay in the first-level cache
//! LOOP 3      panels of NR columns: one tile each
//! LOOP 4        segments of the rows' values: one, unless the tiles of prefixes are wanted on the way
//! ```
//!
//! What becomes of a tile is the business of an [`Epilogue`]: sums of exponentials, the nearest rows, products of
//! columns. The loops are compiled anew for each of them, and it takes a tile over while it is in the first-level cache.
//! Nothing here is parallel: a sweep is a part of one task, and threads share no task.

use std::ops::Range;

use crate::kernel::{COLUMNS, Kernel, Panel, Tile};

/// Bytes of packed columns that are swept by one strip of rows: they should stay in the second-level cache.
const CACHED: usize = 640 * 1024;

/// Strips of rows after which sums over rows leave f32: 64 strips add 64 MR terms to a lane.
const FLUSH: usize = 64;

/// What is multiplied, packed.
#[derive(Clone, Copy)]
pub(super) struct Packed<'a> {
    /// Strips of MR rows; in a strip segment after segment, in a segment row after row.
    pub(super) strips: &'a [f32],
    /// Panels of NR columns; in a panel value after value, in a value column after column.
    pub(super) panels: &'a [f32],
    /// Values of a row, or words of an encoded one.
    pub(super) words: usize,
    /// Where the segments of the rows' values end, ascending.
    pub(super) ends: &'a [usize],
}

/// How much of it counts.
#[derive(Clone, Copy)]
pub(super) struct Extent {
    /// Rows.
    pub(super) n: usize,
    /// Columns.
    pub(super) m: usize,
    /// Whether only pairs i < j are wanted, of one set: tiles that hold none are left out.
    pub(super) diagonal: bool,
}

/// Where a tile stands: its first row of `n`, its first column of `m`.
#[derive(Clone, Copy)]
pub(super) struct Tiled {
    pub(super) i: usize,
    pub(super) n: usize,
    pub(super) j: usize,
    pub(super) m: usize,
}

impl Tiled {
    /// Rows of the tile that there are.
    pub(super) fn rows<K: Kernel>(self) -> usize {
        K::MR.min(self.n - self.i)
    }

    /// Columns of the tile that there are.
    pub(super) fn columns<K: Kernel>(self) -> usize {
        K::NR.min(self.m - self.j)
    }
}

/// A tile that was just made, and what of.
#[derive(Clone, Copy)]
pub(super) struct Made<'a> {
    pub(super) at: Tiled,
    /// Which of the segments it is of.
    pub(super) segment: usize,
    pub(super) rows: &'a [f32],
    pub(super) columns: Panel<'a>,
    /// Whether any product is above [`Epilogue::limit`].
    pub(super) above: bool,
}

/// What becomes of the tiles of a sweep.
pub(super) trait Epilogue<K: Kernel> {
    /// It is told whether a tile has products above this.
    fn limit(&self) -> f32 {
        f32::INFINITY
    }

    /// A sub-block of panels begins.
    fn begin(&mut self, panels: Range<usize>) {
        let _ = panels;
    }

    /// The strip of rows from `i` on begins.
    fn strip(&mut self, i: usize) {
        let _ = i;
    }

    /// Takes in a tile.
    fn tile(&mut self, kernel: K, made: Made<'_>, tile: &mut Tile);

    /// The strip of rows from `i` on has met all panels of the sub-block.
    fn fold(&mut self, kernel: K, i: usize) {
        let _ = (kernel, i);
    }

    /// So many strips were added up that sums over them should leave f32; called last at the end of a sub-block.
    fn flush(&mut self) {}
}

/// The cosines of a task, made elsewhere.
#[derive(Clone, Copy)]
pub struct TaskCosines<'a> {
    /// (block of rows, block of columns).
    pub task: (u32, u32),
    /// Row after row, up to whole strips of 8 rows and panels of 48 columns: what is beyond the last row or column, or on or
    /// below a diagonal, may be any number.
    pub cosines: &'a [f32],
    /// From one row to the next.
    pub pitch: usize,
}

/// Shows `epilogue` every tile of `made`, each cut out of it: no products, and so no caches to keep them in.
pub(super) fn show<K: Kernel, E: Epilogue<K>>(
    kernel: K,
    made: TaskCosines<'_>,
    extent: Extent,
    tile: &mut Tile,
    epilogue: &mut E,
) {
    let Extent { n, m, diagonal } = extent;
    let panels = m.div_ceil(K::NR);
    epilogue.begin(0..panels);
    for (strip, i) in (0..n).step_by(K::MR).enumerate() {
        epilogue.strip(i);
        let from = if diagonal { i / K::NR } else { 0 };
        for j in (from..panels).map(|panel| panel * K::NR) {
            let rows = tile.cosines_mut::<K>().chunks_exact_mut(K::NR);
            for (r, row) in rows.enumerate() {
                let at = (i + r) * made.pitch + j;
                row.copy_from_slice(&made.cosines[at..at + K::NR]);
            }
            let made = Made {
                at: Tiled { i, n, j, m },
                segment: 0,
                rows: &[],
                columns: Panel::new(&[], 0),
                above: false,
            };
            epilogue.tile(kernel, made, tile);
        }
        epilogue.fold(kernel, i);
        if (strip + 1) % FLUSH == 0 || i + K::MR >= n {
            epilogue.flush();
        }
    }
}

/// Shows `epilogue` every tile.
pub(super) fn sweep<K: Kernel, E: Epilogue<K>>(
    kernel: K,
    packed: Packed<'_>,
    extent: Extent,
    tile: &mut Tile,
    epilogue: &mut E,
) {
    let Packed { words, ends, .. } = packed;
    let Extent { n, m, diagonal } = extent;
    let (strips, panels) = (n.div_ceil(K::MR), m.div_ceil(K::NR));
    let (strip_size, panel_size) = (K::MR * words, K::NR * words);

    // LOOP 1: every strip of rows passes these panels before the next ones are touched, so that for all strips but the
    // first they come from the second-level cache.
    let group = (CACHED / (4 * words * COLUMNS)).max(1) * COLUMNS / K::NR;
    for first in (0..panels).step_by(group) {
        let last = panels.min(first + group);
        // Rows below the last column of a diagonal block meet no pair i < j.
        let strips = if diagonal {
            strips.min((last * K::NR).div_ceil(K::MR))
        } else {
            strips
        };
        epilogue.begin(first..last);

        // LOOP 2: MR rows stay in the first-level cache while the panels stream past. The rows of the next strip are
        // fetched meanwhile, a share of them with each panel: they come from farther away, and it is long until then.
        for strip in 0..strips {
            let i = strip * K::MR;
            // Panels wholly left of a diagonal strip meet no pair i < j either.
            let from = if diagonal {
                first.max(i / K::NR)
            } else {
                first
            };
            let ahead = (strip + 1).min(strips - 1) * strip_size;
            let ahead = &packed.strips[ahead..ahead + strip_size];
            let share = (strip_size / (last - from).max(1)).next_multiple_of(16);
            let fetch = |panel: usize| ((panel - from) * share).min(strip_size);
            let rows = &packed.strips[strip * strip_size..(strip + 1) * strip_size];
            epilogue.strip(i);

            // LOOP 3: a tile for each panel; its products are summed in registers.
            for panel in from..last {
                let at = Tiled {
                    i,
                    n,
                    j: panel * K::NR,
                    m,
                };
                let mut next = &ahead[fetch(panel)..fetch(panel + 1)];
                let columns = &packed.panels[panel * panel_size..(panel + 1) * panel_size];

                // LOOP 4: a segment of the values at a time.
                let mut start = 0;
                for (segment, &end) in ends.iter().enumerate() {
                    let rows = &rows[K::MR * start..K::MR * end];
                    let columns = &columns[K::NR * start..K::NR * end];
                    let columns = Panel::new(columns, end - start);
                    let above = kernel.gram(rows, columns, next, epilogue.limit(), tile);
                    let made = Made {
                        at,
                        segment,
                        rows,
                        columns,
                        above,
                    };
                    epilogue.tile(kernel, made, tile);
                    (start, next) = (end, &[]);
                }
            }
            epilogue.fold(kernel, i);
            if (strip + 1) % FLUSH == 0 || strip + 1 == strips {
                epilogue.flush();
            }
        }
    }
}
