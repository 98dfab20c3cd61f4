//! The walk itself: what a schedule says, launched.

use std::sync::atomic::{AtomicBool, Ordering};

use rayon::prelude::*;

use super::arguments::{Fields, runs, steep};
use super::layout::{Padded, TILE};
use super::schedule::{Load, Panel, Placed, Schedule};
use super::sums::DeviceSums;
use super::{Device, DeviceError, Entry, GpuPrecision, Mark, Memory};
use crate::backend::{Backend, BackendError, Cpu};
use crate::data::UnitRows;
use crate::num::Merge;
use crate::pass::{Cancelled, Excluded, ExcludedByTask, GramJob, GramState, HISTOGRAM_BINS, Watch};

/// Steps that may be under way at once: enough to keep a card busy, few enough to stop soon.
const UNDER_WAY: usize = 3;

/// Tiles of a task that have room for partial sums.
const TILES: u64 = 144;

/// Partial sums of a tile and a coefficient: its rows and its columns.
const PARTIALS: u64 = 2 * TILE as u64;

/// Rows that are recomputed in f64 after every walk, to measure the error of the mode.
const CHECKED: usize = 64;

/// Bytes for all that is small: bins, counts, coefficients.
const SMALL: u64 = 64 << 10;

/// A cosine that nothing exceeds.
const NEVER: f32 = 3.0;

/// One or several accelerators of one kind; rows and all that is cheap stay on the host.
pub struct Gpu {
    devices: Vec<Box<dyn Device>>,
    precision: GpuPrecision,
    host: Cpu,
    name: String,
}

impl Gpu {
    /// `devices` share the tiles; `host` prepares the rows.
    pub fn new(devices: Vec<Box<dyn Device>>, precision: GpuPrecision, host: Cpu) -> Self {
        let names: Vec<&str> = devices.iter().map(|device| device.name()).collect();
        let name = names.join("+");
        Self {
            devices,
            precision,
            host,
            name,
        }
    }

    /// What the makers call the devices.
    pub fn models(&self) -> String {
        let models: Vec<&str> = self.devices.iter().map(|device| device.model()).collect();
        models.join(", ")
    }

    /// The host's threads and kernel.
    pub fn processor(&self) -> &Cpu {
        &self.host
    }
}

impl Backend for Gpu {
    fn name(&self) -> &str {
        &self.name
    }

    fn kernel(&self) -> &str {
        self.precision.name()
    }

    fn threads(&self) -> usize {
        self.host.threads()
    }

    /// Each device walks its share of the steps; states are merged in the order of the devices.
    fn gram(&self, job: GramJob<'_>, watch: &dyn Watch) -> Result<GramState, BackendError> {
        let stop = AtomicBool::new(false);
        let parts = self.devices.len();
        let states: Vec<Result<GramState, BackendError>> = std::thread::scope(|scope| {
            let threads: Vec<_> = self
                .devices
                .iter()
                .enumerate()
                .map(|(k, device)| {
                    let stop = &stop;
                    scope.spawn(move || {
                        let walk = Walk {
                            device: &**device,
                            host: &self.host,
                            precision: self.precision,
                            job,
                            watch,
                            stop,
                        };
                        let state = walk.run((k, parts));
                        // Where one fails the others need not go on.
                        if state.is_err() {
                            stop.store(true, Ordering::Relaxed);
                        }
                        state
                    })
                })
                .collect();
            threads
                .into_iter()
                .map(|thread| match thread.join() {
                    Ok(state) => state,
                    Err(panic) => std::panic::resume_unwind(panic),
                })
                .collect()
        });
        // An error of a device says more than the stop that it caused on the others.
        let (mut whole, mut stopped) = (GramState::empty(&job), None);
        for state in states {
            match state {
                Ok(state) => whole.merge(state),
                Err(BackendError::Cancelled(cancelled)) => stopped = Some(cancelled),
                Err(error) => return Err(error),
            }
        }
        stopped.map_or(Ok(whole), |cancelled| Err(cancelled.into()))
    }

    fn host(&self, work: &mut (dyn FnMut() + Send)) {
        self.host.host(work);
    }

    fn checked_rows(&self) -> Option<usize> {
        Some(CHECKED)
    }
}

/// What one device walks.
struct Walk<'a> {
    device: &'a dyn Device,
    host: &'a Cpu,
    precision: GpuPrecision,
    job: GramJob<'a>,
    watch: &'a dyn Watch,
    stop: &'a AtomicBool,
}

/// Sizes of a slot.
#[derive(Clone, Copy)]
struct Slot {
    /// Bytes of a row in each plane, and of all rows.
    pitch: u64,
    plane: u64,
    planes: u64,
    /// The same of the rows in f32.
    exact_pitch: u64,
    exact: u64,
}

impl Slot {
    fn new(precision: GpuPrecision, dim: usize, rows: usize) -> Self {
        let (count, size) = precision.planes();
        let pitch = (dim as u64 * size).next_multiple_of(precision.stage());
        let exact_pitch = 4 * dim as u64;
        Self {
            pitch,
            plane: pitch * rows as u64,
            planes: pitch * rows as u64 * count,
            exact_pitch,
            exact: (exact_pitch * rows as u64).next_multiple_of(16),
        }
    }

    fn bytes(self) -> u64 {
        self.planes + self.exact
    }
}

/// Everything on the device that lasts as long as the walk.
struct Room<'a> {
    slot: Slot,
    planes: Memory<'a>,
    exact: Memory<'a>,
    tasks: Memory<'a>,
    excluded: Memory<'a>,
    runs: Memory<'a>,
    run_count: u32,
    steep: Memory<'a>,
    gentle_partials: Memory<'a>,
    steep_partials: Memory<'a>,
    histogram: Memory<'a>,
    duplicates: Memory<'a>,
    repeats: Memory<'a>,
    order: Memory<'a>,
    rows: DeviceSums<'a>,
    /// None within one set of rows.
    columns: Option<DeviceSums<'a>>,
}

impl<'a> Walk<'a> {
    fn run(&self, part: (usize, usize)) -> Result<GramState, BackendError> {
        let job = &self.job;
        let mut state = GramState::empty(job);
        let a = Padded::new(job.a.1);
        let b = job.b.map(|(_, layout)| Padded::new(layout));
        let columns = b.as_ref().unwrap_or(&a);
        let longest = a.longest().max(columns.longest());
        let slot = Slot::new(self.precision, job.a.0.dim(), longest);

        let (gentle, steep_count) = (job.exponents.gentle(), job.exponents.steep().len());
        let per_task = TILES * PARTIALS * (4 * gentle as u64 + 8 * steep_count as u64);
        let fixed = {
            let sums = |padded: &Padded<'_>, shape| DeviceSums::bytes(padded, shape, job.grouped);
            sums(&a, &state.rows)
                + state
                    .columns
                    .as_ref()
                    .map_or(0, |shape| sums(columns, shape))
                + per_task * (super::COLUMN_GROUP.min(job.plan.tasks().len()) as u64)
                + 8 * (a.positions() + columns.positions()) as u64
                + 48 * job.plan.tasks().len() as u64
                + match job.excluded {
                    Excluded::Nothing => 0,
                    Excluded::Pairs(pairs) => 4 * pairs.len() as u64,
                }
                + SMALL
        };
        let panels = job.a.1.blocks().len() + job.b.map_or(0, |(_, layout)| layout.blocks().len());
        let free = self.device.free_memory()?;
        let slots = (free.saturating_sub(fixed) / slot.bytes()).min(panels as u64) as usize;
        let schedule =
            Schedule::new(job.plan.tasks(), job.b.is_none(), slots, part).ok_or_else(|| {
                DeviceError::OutOfMemory {
                    device: self.device.name().to_owned(),
                    needed: fixed + slot.bytes() * panels.min(3) as u64,
                    free,
                }
            })?;

        let excluded = ExcludedByTask::of_job(job);
        let (tasks, lists, pairs) = self.tasks(&schedule, (&a, columns), &excluded);
        let (run_bytes, run_count) = runs(job.exponents);
        let zeros = |bytes| Memory::zeros(self.device, bytes);
        let holding = |bytes: &[u8]| Memory::holding(self.device, bytes);
        let per_step = schedule
            .steps
            .iter()
            .map(|step| step.tasks.len() as u64)
            .max()
            .unwrap_or(0);
        let counts_repeats = job.duplicates.is_some();
        let room = Room {
            slot,
            planes: zeros(slot.planes * slots as u64)?,
            exact: zeros(slot.exact * slots as u64)?,
            tasks: holding(&tasks)?,
            excluded: holding(&lists)?,
            runs: holding(&run_bytes)?,
            run_count,
            steep: holding(&steep(job.exponents))?,
            gentle_partials: zeros(per_step * TILES * PARTIALS * 4 * gentle as u64)?,
            steep_partials: zeros(per_step * TILES * PARTIALS * 8 * steep_count as u64)?,
            histogram: zeros(8 * u64::from(HISTOGRAM_BINS))?,
            duplicates: zeros(8)?,
            repeats: zeros(if counts_repeats {
                4 * a.positions() as u64
            } else {
                4
            })?,
            order: holding(&if counts_repeats {
                a.order().iter().flat_map(|row| row.to_le_bytes()).collect()
            } else {
                Vec::new()
            })?,
            rows: DeviceSums::zeros(self.device, &a, &state.rows, job.grouped)?,
            columns: match &state.columns {
                Some(shape) => Some(DeviceSums::zeros(self.device, columns, shape, job.grouped)?),
                None => None,
            },
        };

        self.steps(&schedule, (&a, columns), &room, &pairs)?;
        state.pairs = pairs.iter().sum();
        self.collect(&room, (&a, columns), &mut state)?;
        Ok(state)
    }

    /// `Task` for each placed task, the excluded pairs of all, and the pairs that each step visits.
    fn tasks(
        &self,
        schedule: &Schedule,
        (a, b): (&Padded<'_>, &Padded<'_>),
        excluded: &ExcludedByTask,
    ) -> (Vec<u8>, Vec<u8>, Vec<u64>) {
        let symmetric = self.job.b.is_none();
        let mut fields = Fields::default();
        let mut lists = Fields::default();
        let mut listed = 0;
        let mut pairs = Vec::with_capacity(schedule.steps.len());
        for step in &schedule.steps {
            let mut visited = 0;
            for Placed {
                task,
                rows,
                columns,
            } in &schedule.tasks[step.tasks.clone()]
            {
                let ((block, start), (other, other_start)) = (a.block(task.0), b.block(task.1));
                let diagonal = symmetric && task.0 == task.1;
                let list = excluded.of_task(*task);
                fields = fields.short(&[
                    *rows as u32,
                    *columns as u32,
                    block.len() as u32,
                    other.len() as u32,
                    start as u32,
                    other_start as u32,
                    block.group as u32,
                    other.group as u32,
                    u32::from(diagonal),
                    listed,
                    list.len() as u32,
                    0,
                ]);
                for &(i, j) in list {
                    lists = lists.short(&[i << 16 | j]);
                }
                listed += list.len() as u32;
                let (n, m) = (block.len() as u64, other.len() as u64);
                visited += if diagonal {
                    n * (n - 1) / 2
                } else {
                    n * m - list.len() as u64
                };
            }
            pairs.push(visited);
        }
        (fields.bytes(), lists.bytes(), pairs)
    }

    /// Copies ahead, launches, and stays [`UNDER_WAY`] steps in front of what is done.
    fn steps(
        &self,
        schedule: &Schedule,
        sides: (&Padded<'_>, &Padded<'_>),
        room: &Room<'_>,
        pairs: &[u64],
    ) -> Result<(), BackendError> {
        let mut marks: Vec<Mark> = Vec::with_capacity(schedule.steps.len());
        if let Some(first) = schedule.steps.first() {
            self.load(&first.loads, sides, room, &marks)?;
        }
        for (now, step) in schedule.steps.iter().enumerate() {
            if self.watch.cancelled() || self.stop.load(Ordering::Relaxed) {
                return Err(Cancelled.into());
            }
            self.device.kernels_wait()?;
            for load in &step.loads {
                self.split(load, sides, room)?;
            }
            self.launch(
                &schedule.tasks[step.tasks.clone()],
                step.tasks.start,
                sides,
                room,
            )?;
            marks.push(self.device.mark()?);
            // While this step runs the host prepares the next one's panels.
            if let Some(next) = schedule.steps.get(now + 1) {
                self.load(&next.loads, sides, room, &marks)?;
            }
            if now >= UNDER_WAY {
                self.device.wait(marks[now - UNDER_WAY])?;
                self.watch.advance(pairs[now - UNDER_WAY]);
            }
        }
        if let Some(last) = marks.last() {
            self.device.wait(*last)?;
        }
        let counted = marks.len().saturating_sub(UNDER_WAY);
        self.watch.advance(pairs[counted..].iter().sum());
        Ok(())
    }

    fn panel<'b>(
        &self,
        panel: Panel,
        (a, b): (&'b Padded<'b>, &'b Padded<'b>),
    ) -> (&'a UnitRows, &'b Padded<'b>, u32) {
        match panel {
            Panel::A(block) => (self.job.a.0, a, block),
            Panel::B(block) => (self.job.b.map_or(self.job.a.0, |(rows, _)| rows), b, block),
        }
    }

    /// Copies rows in f32 into their slots, each after the last step that needs what the slot holds.
    fn load(
        &self,
        loads: &[Load],
        sides: (&Padded<'_>, &Padded<'_>),
        room: &Room<'_>,
        marks: &[Mark],
    ) -> Result<(), DeviceError> {
        for load in loads {
            if let Some(after) = load.after {
                self.device.copies_wait(marks[after])?;
            }
            let (rows, padded, block) = self.panel(load.panel, sides);
            let order = padded.rows_of(padded.block(block).0);
            let dim = rows.dim();
            let to = room.exact.address + load.slot as u64 * room.slot.exact;
            self.device
                .upload(to, 4 * dim * order.len(), &mut |bytes| {
                    let values: &mut [f32] = bytemuck::cast_slice_mut(bytes);
                    let mut fill = || {
                        values
                            .par_chunks_mut(16 * dim)
                            .zip(order.par_chunks(16))
                            .for_each(|(out, order)| {
                                for (out, row) in out.chunks_exact_mut(dim).zip(order) {
                                    rows.row_f32(*row as usize, out);
                                }
                            });
                    };
                    self.host.host(&mut fill);
                })?;
        }
        Ok(())
    }

    /// Rounds the rows of a panel for the tensor cores.
    fn split(
        &self,
        load: &Load,
        sides: (&Padded<'_>, &Padded<'_>),
        room: &Room<'_>,
    ) -> Result<(), DeviceError> {
        let (rows, padded, block) = self.panel(load.panel, sides);
        let live = padded.block(block).0.len();
        let slot = load.slot as u64;
        let argument = Fields::default()
            .long(&[
                room.exact.address + slot * room.slot.exact,
                room.planes.address + slot * room.slot.planes,
                room.slot.plane,
                room.slot.pitch,
                room.slot.exact_pitch,
            ])
            .short(&[live as u32, rows.dim() as u32, self.precision.number(), 0]);
        let lines = live.next_multiple_of(TILE) as u32;
        self.device
            .launch(Entry::Split, [lines, 1, 1], &argument.bytes())
    }

    /// One step: tiles, then the sums of the rows they share, then those of each task's columns.
    fn launch(
        &self,
        tasks: &[Placed],
        first: usize,
        (a, b): (&Padded<'_>, &Padded<'_>),
        room: &Room<'_>,
    ) -> Result<(), DeviceError> {
        let units = |len: usize| len.div_ceil(TILE) as u32;
        let down = |placed: &Placed| units(a.block(placed.task.0).0.len());
        let across = |placed: &Placed| units(b.block(placed.task.1).0.len());
        let most = |of: &dyn Fn(&Placed) -> u32| tasks.iter().map(of).max().unwrap_or(1);
        let job = &self.job;
        let (gentle, steep) = (job.exponents.gentle(), job.exponents.steep().len());
        let (first, count) = (first as u32, tasks.len() as u32);
        let limit = job.duplicates.unwrap_or(NEVER);
        let candidate = job
            .duplicates
            .map_or(NEVER, |limit| limit - self.precision.margin(job.a.0.dim()));
        let walk = Fields::default()
            .long(&[
                room.planes.address,
                room.exact.address,
                room.tasks.address,
                room.excluded.address,
                room.runs.address,
                room.steep.address,
                room.gentle_partials.address,
                room.steep_partials.address,
                room.histogram.address,
                room.duplicates.address,
                room.repeats.address,
                room.order.address,
                room.slot.planes,
                room.slot.plane,
                room.slot.pitch,
                room.slot.exact,
                room.slot.exact_pitch,
            ])
            .short(&[
                first,
                (room.slot.pitch / self.precision.stage()) as u32,
                job.a.0.dim() as u32,
                if job.histogram {
                    u32::from(HISTOGRAM_BINS)
                } else {
                    0
                },
                room.run_count,
                gentle as u32,
                steep as u32,
                0,
            ])
            .float(&[candidate, limit]);
        let tiles = most(&|placed| down(placed) * across(placed));
        self.device.launch(
            Entry::Gram(self.precision),
            [tiles, count, 1],
            &walk.bytes(),
        )?;
        if gentle + steep == 0 {
            return Ok(());
        }
        let reduce = |(columns, sums): (u64, u64)| {
            Fields::default()
                .long(&[
                    room.tasks.address,
                    room.gentle_partials.address,
                    room.steep_partials.address,
                    columns,
                    sums,
                ])
                .short(&[first, count, gentle as u32, steep as u32])
                .bytes()
        };
        let coefficients = (gentle + steep) as u32;
        self.device.launch(
            Entry::ReduceRows,
            [most(&down), coefficients, 1],
            &reduce(room.rows.addresses()),
        )?;
        let columns = room.columns.as_ref().unwrap_or(&room.rows);
        self.device.launch(
            Entry::ReduceColumns,
            [most(&across), coefficients, count],
            &reduce(columns.addresses()),
        )
    }

    /// Brings sums and counts home.
    fn collect(
        &self,
        room: &Room<'_>,
        (a, b): (&Padded<'_>, &Padded<'_>),
        state: &mut GramState,
    ) -> Result<(), DeviceError> {
        room.rows.collect(a, &mut state.rows)?;
        if let (Some(from), Some(to)) = (&room.columns, &mut state.columns) {
            from.collect(b, to)?;
        }
        if self.job.histogram {
            for (count, found) in state
                .histogram
                .iter_mut()
                .zip(self.counts(&room.histogram, HISTOGRAM_BINS.into())?)
            {
                *count += found;
            }
        }
        if self.job.duplicates.is_some() {
            let pairs = self.counts(&room.duplicates, 1)?[0];
            if pairs > 0 {
                let mut flags = vec![0; 4 * self.job.a.0.rows()];
                self.device.download(room.repeats.address, &mut flags)?;
                state.duplicates.pairs = pairs;
                state.duplicates.repeats = flags
                    .as_chunks::<4>()
                    .0
                    .iter()
                    .map(|flag| flag[0] != 0)
                    .collect();
            }
        }
        Ok(())
    }

    fn counts(&self, from: &Memory<'_>, len: usize) -> Result<Vec<u64>, DeviceError> {
        let mut bytes = vec![0; 8 * len];
        self.device.download(from.address, &mut bytes)?;
        Ok(bytes
            .as_chunks::<8>()
            .0
            .iter()
            .map(|bytes| u64::from_le_bytes(*bytes))
            .collect())
    }
}
