//! How many cosines of each row, and of each column, stand above positives.

use crate::kernel::{Aligned, Kernel, RowLimits};
use crate::pass::layout::RowBlock;
use crate::pass::operand::Blocks;
use crate::pass::standing::{JobPositives, OwnPositive, SeenLimits};
use crate::pass::sweep::Tiled;

/// Cosines above the first limit and above the second, of each limit of a block.
type Counted = Vec<[i32; 2]>;

/// Seen from the rows of a task, and from its columns.
pub(in crate::pass) type FoundPositions = (Counted, Counted);

/// A thread's room for it.
#[derive(Default)]
pub(in crate::pass) struct PositionBuffers {
    /// The lowest limit of each row and of each column, infinity where it has none.
    lowest: (Aligned, Aligned),
    /// Partial counts of the present strip.
    lanes: Aligned,
    folded: Vec<f64>,
    /// Where the layers of each panel begin, and where the last one's end.
    panels: Vec<usize>,
    /// Layers of limits of columns, and their counts.
    limits: Aligned,
    counts: Aligned,
}

/// One task.
pub(in crate::pass) struct Positions<'a> {
    rows: &'a SeenLimits,
    columns: &'a SeenLimits,
    /// Where the limits of each row begin, and of each column.
    starts: (&'a [u32], &'a [u32]),
    own: &'a [OwnPositive],
    /// Of the present strip.
    strip: &'a [OwnPositive],
    /// Whether all cosines of any of its tiles were compared.
    all_counted: bool,
    /// Whether that was so in any strip: limits of columns are laid then, and not before.
    laid: bool,
    buffers: &'a mut PositionBuffers,
    found: FoundPositions,
}

impl<'a> Positions<'a> {
    pub(in crate::pass) fn new<K: Kernel>(
        standing: &'a JobPositives,
        task: (u32, u32),
        blocks: Blocks<'_>,
        buffers: &'a mut PositionBuffers,
    ) -> Self {
        let (rows, columns) = standing.seen();
        let none = |seen: &SeenLimits, block: RowBlock| vec![[0; 2]; seen.numbers(block).len()];
        let starts = (rows.starts(blocks.rows), columns.starts(blocks.columns));
        lay_lowest(rows.lowest(blocks.rows), K::MR, &mut buffers.lowest.0);
        lay_lowest(columns.lowest(blocks.columns), K::NR, &mut buffers.lowest.1);
        Self {
            rows,
            columns,
            starts,
            own: standing.own(task),
            strip: &[],
            all_counted: false,
            laid: false,
            buffers,
            found: (none(rows, blocks.rows), none(columns, blocks.columns)),
        }
    }

    /// The lowest limit of each row and of each column.
    #[inline]
    pub(super) fn lowest(&self) -> (&[f32], &[f32]) {
        let (rows, columns) = &self.buffers.lowest;
        (rows.values(), columns.values())
    }

    /// Where the limits of the strip from row `i` on begin, and where the last row's end.
    fn strip_starts<K: Kernel>(&self, i: usize) -> &'a [u32] {
        let starts = self.starts.0;
        &starts[i..starts.len().min(i + K::MR + 1)]
    }

    pub(super) fn strip<K: Kernel>(&mut self, i: usize) {
        let at = |row: usize| self.own.partition_point(|own| (own.pair.0 as usize) < row);
        self.strip = &self.own[at(i)..at(i + K::MR)];
        self.all_counted = false;
    }

    /// Which of these cells of a tile count and are above any limit: writes them to `out` and returns how many they are.
    #[inline]
    pub(super) fn standing<K: Kernel>(
        &self,
        at: Tiled,
        cosines: &[f32],
        (cells, mask): (&[u16], Option<&[f32]>),
        out: &mut [u16],
    ) -> usize {
        let (rows, columns) = self.lowest();
        let (rows, columns) = (&rows[at.i..at.i + K::MR], &columns[at.j..at.j + K::NR]);
        let mut count = 0;
        for &cell in cells {
            let (r, c) = (usize::from(cell) / K::NR, usize::from(cell) % K::NR);
            let s = cosines[usize::from(cell)];
            let counts = mask.is_none_or(|mask| mask[usize::from(cell)] != 0.0);
            out[count] = cell;
            count += usize::from(counts & ((s > rows[r]) | (s > columns[c])));
        }
        count
    }

    /// Counts a tile of which these few cells, that all count, are above any limit.
    pub(super) fn count_each<K: Kernel>(&mut self, at: Tiled, cosines: &[f32], cells: &[u16]) {
        for &cell in cells {
            let (r, c) = (usize::from(cell) / K::NR, usize::from(cell) % K::NR);
            let of_row = (self.rows, self.starts.0, at.i + r, &mut self.found.0);
            let of_column = (self.columns, self.starts.1, at.j + c, &mut self.found.1);
            for (seen, starts, at, found) in [of_row, of_column] {
                let from = (starts[at] - starts[0]) as usize;
                let limits = seen.limits(starts[at], starts[at + 1]);
                for (counts, limits) in found[from..].iter_mut().zip(limits) {
                    for (count, limit) in counts.iter_mut().zip(limits) {
                        *count += i32::from(cosines[usize::from(cell)] > *limit);
                    }
                }
            }
        }
        for (own, cell) in self.own_of::<K>(at) {
            if cells.contains(&cell) {
                self.take_back(own, cosines[usize::from(cell)]);
            }
        }
    }

    /// Compares the cosines of a tile with all limits of its rows and columns; those that do not count are minus infinity.
    pub(super) fn count_all<K: Kernel>(&mut self, kernel: K, at: Tiled, cosines: &[f32]) {
        let starts = self.strip_starts::<K>(at.i);
        let buffers = &mut *self.buffers;
        if !self.laid {
            buffers.lay::<K>(self.columns, self.starts.1);
            self.laid = true;
        }
        let len = 2 * K::LANES * count(starts);
        if !self.all_counted {
            buffers.lanes.reserve(len);
            buffers.lanes.values_mut()[..len].fill(0.0);
            self.all_counted = true;
        }
        if len > 0 {
            let limits = RowLimits {
                starts,
                pairs: self.rows.limits(starts[0], starts[starts.len() - 1]),
            };
            kernel.count_rows(cosines, limits, &mut buffers.lanes.values_mut()[..len]);
        }
        let panel = at.j / K::NR;
        let layers = buffers.panels[panel]..buffers.panels[panel + 1];
        if !layers.is_empty() {
            let limits = &buffers.limits.values()[layers.clone()];
            kernel.count_columns(cosines, limits, &mut buffers.counts.values_mut()[layers]);
        }
        for (own, cell) in self.own_of::<K>(at) {
            self.take_back(own, cosines[usize::from(cell)]);
        }
    }

    /// The positives that a tile holds, and their cells.
    fn own_of<K: Kernel>(
        &self,
        at: Tiled,
    ) -> impl Iterator<Item = (OwnPositive, u16)> + use<'a, K> {
        self.strip.iter().filter_map(move |own| {
            let (r, c) = (own.pair.0 as usize - at.i, own.pair.1 as usize);
            let columns = at.j..at.j + K::NR;
            columns
                .contains(&c)
                .then(|| (*own, (r * K::NR + c - at.j) as u16))
        })
    }

    /// Takes a positive out of the counts of those above it, where it was just counted with its cosine `s`.
    fn take_back(&mut self, own: OwnPositive, s: f32) {
        let sides = [
            (self.rows, own.limits.0, self.starts.0, &mut self.found.0),
            (self.columns, own.limits.1, self.starts.1, &mut self.found.1),
        ];
        for (seen, limit, starts, found) in sides {
            let counts = &mut found[(limit - starts[0]) as usize];
            for (count, limit) in counts.iter_mut().zip(seen.limits(limit, limit + 1)[0]) {
                *count -= i32::from(s > limit);
            }
        }
    }

    pub(super) fn fold<K: Kernel>(&mut self, kernel: K, i: usize) {
        if !self.all_counted {
            return;
        }
        let starts = self.strip_starts::<K>(i);
        let (len, buffers) = (count(starts), &mut *self.buffers);
        buffers.folded.resize(2 * len, 0.0);
        kernel.fold(
            &mut buffers.lanes.values_mut()[..2 * K::LANES * len],
            &mut buffers.folded,
        );
        let from = (starts[0] - self.starts.0[0]) as usize;
        let pairs = buffers.folded.as_chunks::<2>().0;
        for (found, counted) in self.found.0[from..].iter_mut().zip(pairs) {
            add(found, *counted);
        }
    }

    /// What was found, seen from the rows and from the columns.
    pub(super) fn finish<K: Kernel>(mut self) -> FoundPositions {
        if !self.laid {
            return self.found;
        }
        // Counts of a block's columns are at most as large as a block: they need not leave f32 before.
        let starts = self.starts.1;
        for (panel, at) in self.buffers.panels.windows(2).enumerate() {
            let layers = self.buffers.counts.values()[at[0]..at[1]].chunks_exact(2 * K::NR);
            let columns = starts[panel * K::NR..].windows(2).take(K::NR).enumerate();
            for (c, limits) in columns {
                let from = (limits[0] - starts[0]) as usize;
                let found = &mut self.found.1[from..(limits[1] - starts[0]) as usize];
                for (found, layer) in found.iter_mut().zip(layers.clone()) {
                    add(found, [layer[c], layer[K::NR + c]].map(f64::from));
                }
            }
        }
        self.found
    }
}

impl PositionBuffers {
    /// Lays the limits of columns into the layers of their panels: the first of each column, then the second of those that
    /// have two, and so on. Their counts begin anew.
    fn lay<K: Kernel>(&mut self, seen: &SeenLimits, starts: &[u32]) {
        let width = 2 * K::NR;
        self.panels.clear();
        self.panels.push(0);
        let mut len = 0;
        for first in (0..starts.len() - 1).step_by(K::NR) {
            let ends = starts[first..].windows(2).take(K::NR);
            let most = ends.map(|ends| ends[1] - ends[0]).max().unwrap_or(0);
            len += width * most as usize;
            self.panels.push(len);
        }
        self.limits.reserve(len);
        self.counts.reserve(len);
        self.counts.values_mut()[..len].fill(0.0);
        let limits = &mut self.limits.values_mut()[..len];
        limits.fill(f32::INFINITY);
        for (column, ends) in starts.windows(2).enumerate() {
            let (panel, c) = (column / K::NR, column % K::NR);
            let layers = limits[self.panels[panel]..].chunks_exact_mut(width);
            for (layer, limit) in layers.zip(seen.limits(ends[0], ends[1])) {
                (layer[c], layer[K::NR + c]) = (limit[0], limit[1]);
            }
        }
    }
}

/// Lays the lowest limit of each row of a block, and infinity beyond the last one.
fn lay_lowest(lowest: &[f32], step: usize, out: &mut Aligned) {
    let padded = lowest.len().next_multiple_of(step);
    out.reserve(padded);
    let out = &mut out.values_mut()[..padded];
    out[..lowest.len()].copy_from_slice(lowest);
    out[lowest.len()..].fill(f32::INFINITY);
}

/// How many limits there are between the first of these numbers and the last.
fn count(starts: &[u32]) -> usize {
    match starts {
        [first, .., last] => (last - first) as usize,
        _ => 0,
    }
}

/// Whole numbers that were counted in floats.
fn add(found: &mut [i32; 2], counted: [f64; 2]) {
    for (found, counted) in found.iter_mut().zip(counted) {
        *found += counted as i32;
    }
}
