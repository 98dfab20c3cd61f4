//! Whatever candle has tensors for: Apple's GPU (feature `metal`), and the processor, on which this is tested wherever
//! candle is there.
//!
//! Tiles of 384 x 384 cosines by candle's matrix product, exponentials and sums by its other operations; f32 throughout,
//! f64 from a tile on. What tensors cannot do (bins, steep exponentials, duplicates) is done on the host with the tile's
//! cosines, where it is asked for.

use std::collections::BTreeMap;

use candle_core::{Device, Error, Tensor};

use super::device::DeviceError;
use super::walk::{between_items, on_processor};
use super::{Backend, BackendError, Cpu, Done, Walker};
use crate::data::UnitRows;
use crate::kernel::{Choice, Exponents};
use crate::pass::{
    Cancelled, ExcludedByTask, GramJob, GramState, HISTOGRAM_BINS, Job, RowBlock, State, Watch,
};

/// Rows and columns of a tile: sums of so many f32 stay exact to a few 1e-7.
const TILE: usize = 384;

/// Bytes of blocks that are kept on the device.
const KEPT: usize = 1 << 30;

/// Cosines this close below the limit may be duplicates: they are recomputed in f64.
const MARGIN: f32 = 2e-5;

/// Rows that are recomputed in f64 after every walk, to measure the error of the device.
const CHECKED: usize = 64;

/// A candle device.
pub struct Tensors {
    device: Device,
    name: &'static str,
    host: Cpu,
}

impl Tensors {
    /// Apple's GPU.
    ///
    /// # Errors
    /// [`DeviceError::Driver`] where there is none.
    #[cfg(feature = "metal")]
    pub fn metal(host: Cpu) -> Result<Self, BackendError> {
        let device = Device::new_metal(0).map_err(|error| failed("metal", &error))?;
        Ok(Self {
            device,
            name: "metal",
            host,
        })
    }

    /// candle on the processor: slower than this crate's own kernels, the same path as on a GPU.
    pub fn on_cpu(host: Cpu) -> Self {
        Self {
            device: Device::Cpu,
            name: "candle-cpu",
            host,
        }
    }

    fn all_pairs(&self, job: GramJob<'_>, watch: &dyn Watch) -> Result<GramState, BackendError> {
        let excluded = ExcludedByTask::of_job(&job);
        let mut state = GramState::empty(&job);
        let mut walk = TensorWalk {
            device: &self.device,
            job,
            blocks: BTreeMap::new(),
            kept: 0,
        };
        for &task in job.plan.tasks() {
            if watch.cancelled() {
                return Err(Cancelled.into());
            }
            let pairs = walk
                .task(task, excluded.of_task(task), &mut state)
                .map_err(|error| failed(self.name, &error))?;
            state.pairs += pairs;
            watch.advance(pairs);
        }
        state.close();
        Ok(state)
    }
}

fn failed(device: &str, error: &Error) -> DeviceError {
    // candle's errors carry a backtrace after their first line.
    let text = error.to_string();
    DeviceError::Driver {
        device: device.to_owned(),
        reason: text.lines().next().unwrap_or_default().to_owned(),
    }
}

impl Backend for Tensors {
    fn name(&self) -> &str {
        self.name
    }

    fn kernel(&self) -> &str {
        "tensors"
    }

    fn threads(&self) -> usize {
        self.host.threads()
    }

    /// All pairs in tensors, the rest on the host: that is what those who search ask, too, with the sums of the same walk.
    fn walk(&self, job: &Job<'_>, watch: &dyn Watch) -> Result<Done<State>, BackendError> {
        let job = match job {
            Job::Gram(job) if !job.searches() => job,
            _ => return on_processor(self, job, watch),
        };
        let kernel = self.kernel_at(job.precision)?.to_owned();
        let state = between_items(self, job, watch, |job| self.all_pairs(*job, watch))?;
        let by = Walker {
            name: self.name.to_owned(),
            kernel,
        };
        let state = State::Gram(state);
        Ok(Done { by, state })
    }

    fn processor(&self) -> Choice {
        self.host.processor()
    }

    fn host(&self, work: &mut (dyn FnMut() + Send)) {
        self.host.host(work);
    }

    fn checked_rows(&self) -> Option<usize> {
        Some(CHECKED)
    }
}

struct TensorWalk<'a> {
    device: &'a Device,
    job: GramJob<'a>,
    /// Blocks on the device: (of the second operand, first position).
    blocks: BTreeMap<(bool, usize), Tensor>,
    kept: usize,
}

/// A tile within a task: first row and column, and how many of each.
#[derive(Clone, Copy)]
struct SubTile {
    rows: (usize, usize),
    columns: (usize, usize),
    diagonal: bool,
}

impl SubTile {
    /// Whether pair (r, c) of the tile counts, as far as the diagonal is concerned.
    fn counts(self, r: usize, c: usize) -> bool {
        !self.diagonal || self.rows.0 + r < self.columns.0 + c
    }

    /// 0 for pairs that do not count and 1 for others; none where all do.
    fn mask(self, excluded: &[(u32, u32)]) -> Option<Vec<f32>> {
        let (n, m) = (self.rows.1, self.columns.1);
        let inside =
            |at: u32, (first, len): (usize, usize)| (first..first + len).contains(&(at as usize));
        let mine: Vec<_> = excluded
            .iter()
            .filter(|&&(r, c)| inside(r, self.rows) && inside(c, self.columns))
            .collect();
        let crosses = self.diagonal && self.rows.0 + n > self.columns.0;
        if mine.is_empty() && !crosses {
            return None;
        }
        let mut mask: Vec<f32> = (0..n * m)
            .map(|at| {
                if self.counts(at / m, at % m) {
                    1.0
                } else {
                    0.0
                }
            })
            .collect();
        for &&(r, c) in &mine {
            mask[(r as usize - self.rows.0) * m + c as usize - self.columns.0] = 0.0;
        }
        Some(mask)
    }
}

impl TensorWalk<'_> {
    /// The rows of a block as a tensor.
    fn block(&mut self, second: bool, block: RowBlock) -> Result<Tensor, Error> {
        if let Some(tensor) = self.blocks.get(&(second, block.start)) {
            return Ok(tensor.clone());
        }
        let (rows, layout) = if second {
            self.job.b.unwrap_or(self.job.a)
        } else {
            self.job.a
        };
        let dim = rows.dim();
        let mut values = vec![0.0; block.len() * dim];
        let order = &layout.order()[block.start..block.end];
        for (out, row) in values.chunks_exact_mut(dim).zip(order) {
            rows.row_f32(*row as usize, out);
        }
        let bytes = 4 * values.len();
        let tensor = Tensor::from_vec(values, (block.len(), dim), self.device)?;
        if self.kept + bytes > KEPT {
            self.blocks.clear();
            self.kept = 0;
        }
        self.kept += bytes;
        self.blocks.insert((second, block.start), tensor.clone());
        Ok(tensor)
    }

    fn task(
        &mut self,
        (i, j): (u32, u32),
        excluded: &[(u32, u32)],
        state: &mut GramState,
    ) -> Result<u64, Error> {
        let rows = self.job.a.1.blocks()[i as usize];
        let second = self.job.b.is_some();
        let columns = self.job.b.unwrap_or(self.job.a).1.blocks()[j as usize];
        let (x, y) = (self.block(false, rows)?, self.block(second, columns)?);
        let diagonal = !second && i == j;
        for r in (0..rows.len()).step_by(TILE) {
            for c in (0..columns.len()).step_by(TILE) {
                let part = SubTile {
                    rows: (r, TILE.min(rows.len() - r)),
                    columns: (c, TILE.min(columns.len() - c)),
                    diagonal,
                };
                if diagonal && r > c {
                    continue;
                }
                let left = x.narrow(0, r, part.rows.1)?;
                let right = y.narrow(0, c, part.columns.1)?;
                let cosines = left.matmul(&right.t()?)?;
                self.tile(&cosines, part, (rows, columns), excluded, state)?;
            }
        }
        let (n, m) = (rows.len() as u64, columns.len() as u64);
        Ok(if diagonal {
            n * (n - 1) / 2
        } else {
            n * m - excluded.len() as u64
        })
    }

    fn tile(
        &self,
        cosines: &Tensor,
        part: SubTile,
        blocks: (RowBlock, RowBlock),
        excluded: &[(u32, u32)],
        state: &mut GramState,
    ) -> Result<(), Error> {
        let mask = part.mask(excluded);
        let shape = (part.rows.1, part.columns.1);
        let on_device = mask
            .as_ref()
            .map(|mask| Tensor::from_slice(mask, shape, self.device))
            .transpose()?;
        for (k, c) in self
            .job
            .exponents
            .coefficients()
            .take(self.job.exponents.gentle())
            .enumerate()
        {
            let high = c as f32;
            let low = c - f64::from(high);
            let e = cosines
                .affine(f64::from(high), 0.0)?
                .exp()?
                .mul(&cosines.affine(low, 1.0)?)?;
            let e = match &on_device {
                Some(mask) => e.mul(mask)?,
                None => e,
            };
            let sums = |over: usize| -> Result<Vec<f64>, Error> {
                let sums: Vec<f32> = e.sum(over)?.to_vec1()?;
                Ok(sums.into_iter().map(f64::from).collect())
            };
            add(state, k, part, blocks, &sums(1)?, &sums(0)?);
        }
        let limit = self.job.duplicates.filter(|limit| {
            // Reading one number back is cheaper than a tile; an error here shows up again below.
            let top = cosines.max_all().and_then(|top| top.to_scalar::<f32>());
            top.map_or(true, |top| top > *limit as f32 - MARGIN)
        });
        if self.job.exponents.steep().is_empty() && !self.job.histogram && limit.is_none() {
            return Ok(());
        }
        let values: Vec<f32> = cosines.flatten_all()?.to_vec1()?;
        let live = |at: usize| mask.as_ref().is_none_or(|mask| mask[at] != 0.0);
        steep(&values, live, self.job.exponents, part, blocks, state);
        if self.job.histogram {
            let half = f32::from(HISTOGRAM_BINS) / 2.0;
            for (_, s) in values.iter().enumerate().filter(|(at, _)| live(*at)) {
                let bin = (s * half + half)
                    .floor()
                    .clamp(0.0, f32::from(HISTOGRAM_BINS - 1));
                state.histogram[bin as usize] += 1;
            }
        }
        if let Some(limit) = limit {
            for (at, _) in values
                .iter()
                .enumerate()
                .filter(|(at, s)| live(*at) && **s > limit as f32 - MARGIN)
            {
                self.candidate((at / shape.1, at % shape.1), limit, part, blocks, state);
            }
        }
        Ok(())
    }

    /// Recomputes a pair that may be a duplicate.
    fn candidate(
        &self,
        (r, c): (usize, usize),
        limit: f64,
        part: SubTile,
        (rows, columns): (RowBlock, RowBlock),
        state: &mut GramState,
    ) {
        let (data, layout) = self.job.a;
        let i = layout.order()[rows.start + part.rows.0 + r] as usize;
        let j = layout.order()[columns.start + part.columns.0 + c] as usize;
        if cosine(data, i, j) > limit {
            let duplicates = &mut state.duplicates;
            duplicates.pairs += 1;
            duplicates.repeats.resize(data.rows(), false);
            duplicates.repeats[i.max(j)] = true;
        }
    }
}

fn cosine(rows: &UnitRows, i: usize, j: usize) -> f64 {
    let (mut x, mut y) = (vec![0.0; rows.dim()], vec![0.0; rows.dim()]);
    rows.row_f64(i, &mut x);
    rows.row_f64(j, &mut y);
    x.iter().zip(&y).map(|(x, y)| x * y).sum()
}

/// Adds a tile's sums of coefficient `k`.
fn add(
    state: &mut GramState,
    k: usize,
    part: SubTile,
    (rows, columns): (RowBlock, RowBlock),
    of_rows: &[f64],
    of_columns: &[f64],
) {
    state
        .rows
        .add_group((k, columns.group), rows.start + part.rows.0, of_rows);
    state.columns.as_mut().unwrap_or(&mut state.rows).add_group(
        (k, rows.group),
        columns.start + part.columns.0,
        of_columns,
    );
}

/// The steep coefficients, in f64.
fn steep(
    values: &[f32],
    live: impl Fn(usize) -> bool,
    exponents: &Exponents,
    part: SubTile,
    blocks: (RowBlock, RowBlock),
    state: &mut GramState,
) {
    let width = part.columns.1;
    for (k, &c) in exponents.steep().iter().enumerate() {
        let (mut rows, mut columns) = (vec![0.0; part.rows.1], vec![0.0; width]);
        for (at, &s) in values.iter().enumerate().filter(|(at, _)| live(*at)) {
            let e = (c * f64::from(s)).exp();
            rows[at / width] += e;
            columns[at % width] += e;
        }
        add(state, exponents.gentle() + k, part, blocks, &rows, &columns);
    }
}
