//! The all-pairs pass on prefixes of the columns, all of them at once: the products of one segment of columns after
//! another add up, and after each the tile is that of a prefix, but for its norms.
//!
//! Cost: the multiply-adds of one pass over whole rows, and for each prefix the exponentials of one.

use super::gram::{ExcludedByTask, GramJob, ItemsInOrder, commit};
use super::layout::{Block, Layout};
use super::mask::Masked;
use super::near;
use super::ordered;
use super::scales::scales;
use super::state::GramState;
use super::tally::Tally;
use super::task::{FLUSH, steep};
use super::{Cancelled, Watch};
use crate::data::UnitRows;
use crate::kernel::{Aligned, Choice, Kernel, Panel, Sums, Tile, WithKernel, dot_error, pack};

/// Walks all pairs of `job` for each of the prefixes `dims` (ascending, the last at most the whole row) with `kernel` on
/// the current rayon pool; rows are normalised again in each. Histograms are not made. `items` as in
/// [`gram_between_items`](super::gram_between_items).
///
/// # Errors
/// [`Cancelled`] when the watcher asked to stop.
pub fn prefix_grams(
    job: GramJob<'_>,
    items: Option<(&[u32], &[u32])>,
    dims: &[usize],
    kernel: Choice,
    watch: &dyn Watch,
) -> Result<Vec<GramState>, Cancelled> {
    let items = items.map(|items| ItemsInOrder::new(&job, items));
    kernel.run(Walk {
        job,
        items,
        dims,
        watch,
    })
}

struct Walk<'a> {
    job: GramJob<'a>,
    items: Option<ItemsInOrder>,
    dims: &'a [usize],
    watch: &'a dyn Watch,
}

impl WithKernel for Walk<'_> {
    type Output = Result<Vec<GramState>, Cancelled>;

    fn run<K: Kernel>(self, kernel: K) -> Self::Output {
        let Self {
            job,
            items,
            dims,
            watch,
        } = self;
        let job = GramJob {
            histogram: false,
            ..job
        };
        let scales_a = scales(job.a, dims);
        let scales_b = job.b.map(|b| scales(b, dims));
        let (b, scales_b) = match (job.b, &scales_b) {
            (Some(b), Some(scales)) => (b, scales),
            _ => (job.a, &scales_a),
        };
        let excluded = ExcludedByTask::of_job(&job);
        let tasks = job.plan.tasks();
        let mut states: Vec<GramState> = dims.iter().map(|_| GramState::empty(&job)).collect();
        ordered::run(
            tasks.len(),
            &mut states,
            watch,
            || Worker::new(kernel, &job, dims),
            |worker, id| {
                let (i, j) = tasks[id];
                let rows = job.a.1.blocks()[i as usize];
                let columns = b.1.blocks()[j as usize];
                let task = Task {
                    rows,
                    columns,
                    diagonal: job.b.is_none() && i == j,
                    excluded: excluded.of_task((i, j)),
                    // Items lie in one jackknife group each.
                    items: items
                        .as_ref()
                        .filter(|_| rows.group == columns.group)
                        .map(|items| items.of_task(rows, columns)),
                };
                worker.run(&job, task, (job.a, &scales_a), (b, scales_b))
            },
            |states, found: Vec<Tally>| {
                let pairs = states.iter_mut().zip(found);
                pairs
                    .map(|(state, found)| commit(&job, state, found))
                    .last()
                    .unwrap_or(0)
            },
        )?;
        states.iter_mut().for_each(GramState::close);
        Ok(states)
    }
}

/// A block of rows against a block of columns.
#[derive(Clone, Copy)]
struct Task<'a> {
    rows: Block,
    columns: Block,
    diagonal: bool,
    excluded: &'a [(u32, u32)],
    items: Option<(&'a [u32], &'a [u32])>,
}

type Operand<'a> = ((&'a UnitRows, &'a Layout), &'a [f32]);

struct Worker<K> {
    kernel: K,
    /// Ends of the segments of columns: the prefixes.
    ends: Vec<usize>,
    staged: Aligned,
    packed: Aligned,
    packed_block: Option<usize>,
    products: Vec<f32>,
    strip_sums: Vec<Aligned>,
    column_sums: Vec<Aligned>,
    folded: Vec<f64>,
    tile: Tile,
    mask: Aligned,
    /// The mask without pairs of one item.
    between: Aligned,
    row: Vec<f32>,
}

impl<K: Kernel> Worker<K> {
    fn new(kernel: K, job: &GramJob<'_>, dims: &[usize]) -> Self {
        let gentle = job.exponents.gentle();
        Self {
            kernel,
            ends: dims.to_vec(),
            staged: Aligned::default(),
            packed: Aligned::default(),
            packed_block: None,
            products: vec![0.0; K::MR * K::NR],
            strip_sums: dims
                .iter()
                .map(|_| Aligned::zeros(gentle * K::MR * K::LANES))
                .collect(),
            column_sums: dims.iter().map(|_| Aligned::default()).collect(),
            folded: vec![0.0; gentle * K::MR],
            tile: Tile::new(job.exponents),
            mask: Aligned::zeros(K::MR * K::NR),
            between: Aligned::zeros(K::MR * K::NR),
            row: vec![0.0; job.a.0.dim()],
        }
    }

    /// Columns that are read at all.
    fn width(&self) -> usize {
        self.ends.last().copied().unwrap_or(0)
    }

    /// Packs the block's columns into panels, unless the last task had the same.
    fn pack(&mut self, (rows, layout): (&UnitRows, &Layout), block: Block) {
        if self.packed_block == Some(block.start) {
            return;
        }
        let width = self.width();
        let size = K::NR * width;
        self.packed.reserve(block.len().div_ceil(K::NR) * size);
        let mut staged = vec![0.0; size];
        for (panel, start) in (block.start..block.end).step_by(K::NR).enumerate() {
            let order = &layout.order()[start..block.end.min(start + K::NR)];
            for (row, out) in order.iter().zip(staged.chunks_exact_mut(width)) {
                rows.row_f32(*row as usize, &mut self.row);
                out.copy_from_slice(&self.row[..width]);
            }
            let out = &mut self.packed.values_mut()[panel * size..(panel + 1) * size];
            pack::<K>(&staged[..order.len() * width], width, out);
        }
        self.packed_block = Some(block.start);
    }

    /// Stages the block's rows: strip after strip, within one segment after segment, within one row after row.
    fn stage(&mut self, (rows, layout): (&UnitRows, &Layout), block: Block) {
        let width = self.width();
        let strips = block.len().div_ceil(K::MR);
        self.staged.reserve(strips * K::MR * width);
        let staged = self.staged.values_mut();
        staged[..strips * K::MR * width].fill(0.0);
        for (k, &row) in layout.order()[block.start..block.end].iter().enumerate() {
            rows.row_f32(row as usize, &mut self.row);
            let (strip, r) = (k / K::MR, k % K::MR);
            let mut from = 0;
            for &to in &self.ends {
                let at = strip * K::MR * width + K::MR * from + r * (to - from);
                staged[at..at + to - from].copy_from_slice(&self.row[from..to]);
                from = to;
            }
        }
    }

    fn run(
        &mut self,
        job: &GramJob<'_>,
        task: Task<'_>,
        (a, scales_a): Operand<'_>,
        (b, scales_b): Operand<'_>,
    ) -> Vec<Tally> {
        self.pack(b, task.columns);
        self.stage(a, task.rows);
        let (n, m) = (task.rows.len(), task.columns.len());
        let count = job.exponents.len();
        let pairs = if task.diagonal {
            n as u64 * (n as u64 - 1) / 2
        } else {
            n as u64 * m as u64 - task.excluded.len() as u64
        };
        let blank = |_: &usize| Tally {
            rows: task.rows,
            columns: task.columns,
            row_sums: vec![0.0; count * n],
            column_sums: vec![0.0; count * m],
            pairs,
            histogram: Vec::new(),
            duplicates: Vec::new(),
            doubtful: Vec::new(),
            moments: [0.0; 2],
        };
        let mut found: Vec<Tally> = self.ends.iter().map(blank).collect();
        let panels = m.div_ceil(K::NR);
        let width = job.exponents.gentle() * K::NR;
        for sums in &mut self.column_sums {
            sums.reserve(panels * width);
            sums.values_mut()[..panels * width].fill(0.0);
        }
        let strips = n.div_ceil(K::MR);
        for strip in 0..strips {
            let i = strip * K::MR;
            self.strip_sums
                .iter_mut()
                .for_each(|sums| sums.values_mut().fill(0.0));
            let at = |row: usize| task.excluded.partition_point(|&(r, _)| (r as usize) < row);
            let pairs = Masked {
                i,
                n,
                m,
                diagonal: task.diagonal,
                excluded: &task.excluded[at(i)..at(i + K::MR)],
                items: task.items,
            };
            // Panels wholly left of a diagonal strip meet no pair i < j.
            let from = if task.diagonal { i / K::NR } else { 0 };
            for panel in from..panels {
                let masked = pairs.set::<K>(panel, &mut self.mask);
                if masked {
                    let mask = self.mask.values();
                    self.between.values_mut().copy_from_slice(mask);
                }
                let (between, taken) = pairs.take_items::<K>(panel, masked, &mut self.between);
                found.iter_mut().for_each(|found| found.pairs -= taken);
                self.tiles(
                    job,
                    (strip, panel, masked, between),
                    (a, scales_a),
                    (b, scales_b),
                    task,
                    &mut found,
                );
            }
            for (sums, found) in self.strip_sums.iter().zip(&mut found) {
                self.kernel.fold(sums.values(), &mut self.folded);
                for (k, sums) in self.folded.chunks_exact(K::MR).enumerate() {
                    let live = K::MR.min(n - i);
                    let out = &mut found.row_sums[k * n + i..k * n + i + live];
                    out.iter_mut().zip(sums).for_each(|(out, v)| *out += v);
                }
            }
            if (strip + 1) % FLUSH == 0 || strip + 1 == strips {
                self.flush(width, m, &mut found);
            }
        }
        if let Some(limit) = job.duplicates {
            let (a, b) = ((a.0, a.1.order()), (b.0, b.1.order()));
            for (found, &dim) in found.iter_mut().zip(&self.ends) {
                near::confirm(found, a, b, (dim, limit));
            }
        }
        found
    }

    /// The tile of every prefix, and what is summed over it.
    fn tiles(
        &mut self,
        job: &GramJob<'_>,
        (strip, panel, masked, between): (usize, usize, bool, bool),
        (a, scales_a): Operand<'_>,
        (b, scales_b): Operand<'_>,
        task: Task<'_>,
        found: &mut [Tally],
    ) {
        let (width, gentle) = (self.width(), job.exponents.gentle());
        let (i, j) = (strip * K::MR, panel * K::NR);
        let (n, m) = (task.rows.len(), task.columns.len());
        let whole = masked.then(|| self.mask.values());
        let mask = between.then(|| self.between.values());
        // Its products are rounded like others, its scales besides.
        let above = |limit: f64| (limit - 2.0 * dot_error(width)) as f32;
        let limit = job.duplicates.map_or(f32::INFINITY, above);
        let mut from = 0;
        for (p, &to) in self.ends.iter().enumerate() {
            let rows = strip * K::MR * width + K::MR * from;
            let rows = &self.staged.values()[rows..rows + K::MR * (to - from)];
            let columns = panel * K::NR * width;
            let columns = &self.packed.values()[columns + from * K::NR..columns + to * K::NR];
            self.kernel.gram(
                rows,
                Panel::new(columns, to - from),
                &[],
                f32::INFINITY,
                &mut self.tile,
            );
            let row_scales = &scales_a[p * a.0.rows() + task.rows.start + i..];
            let column_scales = &scales_b[p * b.0.rows() + task.columns.start + j..];
            let (rows, columns) = (K::MR.min(n - i), K::NR.min(m - j));
            let mut near = false;
            let tile = self.tile.cosines_mut::<K>().chunks_exact_mut(K::NR);
            for (r, (line, sums)) in tile.zip(self.products.chunks_exact_mut(K::NR)).enumerate() {
                if p == 0 {
                    sums.copy_from_slice(line);
                } else {
                    sums.iter_mut().zip(&*line).for_each(|(sum, v)| *sum += v);
                }
                // What has no row or column is 0 and masked.
                line.fill(0.0);
                if r < rows {
                    let scale = row_scales[r];
                    let cells = line.iter_mut().zip(&*sums).zip(&column_scales[..columns]);
                    for ((cosine, sum), column) in cells {
                        *cosine = sum * scale * column;
                        near |= *cosine > limit;
                    }
                }
            }
            let at = panel * gentle * K::NR;
            let sums = Sums {
                rows: self.strip_sums[p].values_mut(),
                columns: &mut self.column_sums[p].values_mut()[at..at + gentle * K::NR],
            };
            self.kernel
                .exponentials(&mut self.tile, mask, job.exponents, sums);
            for (k, &c) in job.exponents.steep().iter().enumerate() {
                let k = gentle + k;
                steep(
                    self.kernel,
                    &self.tile,
                    mask,
                    (c, k),
                    (i, n),
                    (j, m),
                    &mut found[p],
                );
            }
            if near {
                near::candidates::<K>(&self.tile, limit, whole, (i, j), &mut found[p]);
            }
            from = to;
        }
    }

    /// Moves column sums to f64 before they grow long.
    fn flush(&mut self, width: usize, m: usize, found: &mut [Tally]) {
        for (sums, found) in self.column_sums.iter_mut().zip(found) {
            for (panel, sums) in sums.values_mut().chunks_exact_mut(width.max(1)).enumerate() {
                let j = panel * K::NR;
                if j >= m {
                    break;
                }
                for (k, sums) in sums.chunks_exact(K::NR).enumerate() {
                    let live = K::NR.min(m - j);
                    let out = &mut found.column_sums[k * m + j..k * m + j + live];
                    out.iter_mut()
                        .zip(sums)
                        .for_each(|(out, v)| *out += f64::from(*v));
                }
                sums.fill(0.0);
            }
        }
    }
}
