//! Cosines for those who search: made on the device, counted on the host.
//!
//! Positions, nearest rows and fine counts are compared, kept and binned by whoever holds a tile of cosines, and a device
//! that did it would be a second one who does. So it makes the cosines, which is nearly all of the work, in f32 and in the
//! order of the processor's kernels, and some tasks at a time they come home: 4 bytes for each pair, of which there are at most
//! as many as an exact search visits.

use std::collections::VecDeque;

use super::arguments::Fields;
use super::layout::{OperandSizes, Padded, TILE, countable};
use super::panels::Panels;
use super::places::{Places, put};
use super::room::TASK;
use super::schedule::{Placed, Schedule};
use super::timeline::{Laps, Stage, Timeline};
use super::{Device, DeviceError, Entry, Mark, Memory};
use crate::backend::{Backend, BackendError, Cpu, on_host};
use crate::kernel::{COLUMNS, tie_error};
use crate::pass::{
    Cancelled, Counting, GramJob, GramState, Layout, TaskCosines, Watch, gram_of_cosines,
};

/// Tasks whose cosines come home together: 75 MB of rows in whole blocks.
const TOGETHER: usize = 8;

/// Places for such cosines on the device: one is filled while the other is counted.
const PLACES: usize = 2;

/// Places for their tasks: of those that fill both, and of those that come next.
const LISTS: usize = 4;

/// Columns of a task's cosines: whole tiles of the device, and whole panels of every kernel.
const ACROSS: usize = 3 * TILE;

const _: () = assert!(ACROSS.is_multiple_of(COLUMNS), "whole panels of 48 columns");

/// What devices make, in turns.
pub(super) struct CosineWalk<'a> {
    pub(super) devices: Vec<(&'a dyn Device, &'a Timeline)>,
    pub(super) host: &'a Cpu,
    /// What is counted.
    pub(super) job: GramJob<'a>,
    pub(super) watch: &'a dyn Watch,
}

/// Sizes of what lies on the device.
#[derive(Clone, Copy)]
struct Sizes {
    /// Bytes of a panel.
    slot: u64,
    /// Values from one row of cosines to the next, and from one task's to the next.
    pitch: usize,
    task: usize,
    /// Tasks that are made together, at most.
    together: usize,
}

impl Sizes {
    fn new(job: &GramJob<'_>) -> Self {
        let longest = |layout: &Layout| OperandSizes::new(layout.blocks(), 0).longest as usize;
        let rows = longest(job.a.1);
        let columns = job.b.map_or(rows, |(_, layout)| longest(layout));
        let pitch = columns.next_multiple_of(ACROSS);
        Self {
            slot: (4 * job.a.0.dim() * rows.max(columns)).next_multiple_of(16) as u64,
            pitch,
            task: pitch * rows,
            together: TOGETHER.min(job.plan.tasks().len()),
        }
    }

    /// Bytes of the cosines that are made together.
    fn place(self) -> usize {
        4 * self.task * self.together
    }

    /// Slots that `free` bytes have room for, at most `panels`.
    fn slots(self, free: u64, panels: usize) -> usize {
        let left = free.saturating_sub(self.needed(0));
        (left / self.slot).min(panels as u64) as usize
    }

    /// Bytes that are enough for so many slots.
    fn needed(self, slots: usize) -> u64 {
        let mut places = Places::from(0);
        Room::plan(&mut places, self, slots);
        places.bytes()
    }
}

/// Where it lies.
struct Room {
    exact: u64,
    tasks: u64,
    cosines: [u64; PLACES],
}

impl Room {
    fn plan(places: &mut Places, sizes: Sizes, slots: usize) -> Self {
        Self {
            cosines: [(); PLACES].map(|()| places.take(sizes.place() as u64)),
            tasks: places.take(LISTS as u64 * sizes.together as u64 * TASK),
            exact: places.take(slots as u64 * sizes.slot),
        }
    }
}

/// Tasks under way: where their cosines will be, and when.
struct UnderWay {
    tasks: Vec<(u32, u32)>,
    cosines: u64,
    mark: Mark,
}

impl CosineWalk<'_> {
    /// What is counted of all tasks.
    pub(super) fn run(&self) -> Result<GramState, BackendError> {
        let kernel = self.host.processor();
        on_host(self.host, || {
            let mut make = |counting: &mut Counting<'_>| self.make(counting);
            gram_of_cosines(self.job, kernel, &mut make, self.watch)
        })
    }

    /// Makes the cosines of all tasks and has them counted.
    fn make(&self, counting: &mut Counting<'_>) -> Result<(), BackendError> {
        let job = &self.job;
        let a = Padded::new(job.a.1);
        let b = job.b.map(|(_, layout)| Padded::new(layout));
        let sides = (&a, b.as_ref().unwrap_or(&a));
        let mut makers = Vec::new();
        for (k, &(device, timeline)) in self.devices.iter().enumerate() {
            let panels = Panels {
                device,
                host: self.host,
                rows: (job.a.0, job.b.map_or(job.a.0, |(rows, _)| rows)),
                sides,
            };
            let part = (k, self.devices.len());
            makers.push(Maker::new(job, panels, part, timeline.begin())?);
        }
        while !makers.is_empty() {
            for maker in &mut makers {
                if self.watch.cancelled() {
                    return Err(Cancelled.into());
                }
                maker.turn(counting)?;
            }
            makers.retain(|maker| maker.under_way.is_some());
        }
        Ok(())
    }
}

/// One device at work.
struct Maker<'a> {
    panels: Panels<'a>,
    laps: Laps<'a>,
    schedule: Schedule<'a>,
    sizes: Sizes,
    room: Room,
    /// Whether both operands are one set.
    one_set: bool,
    /// What is left of the present step.
    step: VecDeque<Placed>,
    /// The last mark of each step.
    marks: Vec<Mark>,
    launched: usize,
    under_way: Option<UnderWay>,
    // Given back after all that was launched.
    _memory: Memory<'a>,
}

impl<'a> Maker<'a> {
    /// Takes memory for its part of the tasks.
    fn new(
        job: &GramJob<'a>,
        panels: Panels<'a>,
        part: (usize, usize),
        mut laps: Laps<'a>,
    ) -> Result<Self, DeviceError> {
        let (device, (a, b)) = (panels.device, panels.sides);
        countable(device.name(), a.positions().max(b.positions()))?;
        let blocks = |layout: &Layout| layout.blocks().len();
        let all = blocks(job.a.1) + job.b.map_or(0, |(_, layout)| blocks(layout));
        let (sizes, free) = (Sizes::new(job), device.free_memory()?);
        let slots = sizes.slots(free, all);
        let (tasks, one_set) = (job.plan.tasks(), job.b.is_none());
        let schedule =
            Schedule::new(tasks, one_set, slots, part).ok_or_else(|| DeviceError::OutOfMemory {
                device: device.name().to_owned(),
                needed: sizes.needed(all.min(3)),
                free,
            })?;
        laps.lap(Stage::Plan);
        let memory = Memory::zeros(device, sizes.needed(slots))?;
        laps.lap(Stage::Memory);
        Ok(Self {
            room: Room::plan(&mut Places::from(memory.address), sizes, slots),
            panels,
            laps,
            schedule,
            sizes,
            one_set,
            step: VecDeque::new(),
            marks: Vec::new(),
            launched: 0,
            under_way: None,
            _memory: memory,
        })
    }

    /// Launches the next tasks, and has those before them counted meanwhile.
    fn turn(&mut self, counting: &mut Counting<'_>) -> Result<(), BackendError> {
        if self.step.is_empty()
            && let Some(step) = self.schedule.next()
        {
            self.marks
                .extend(self.under_way.as_ref().map(|last| last.mark));
            let slots = (self.room.exact, self.sizes.slot);
            self.panels.load(&step.loads, slots, &self.marks)?;
            self.step.extend(step.tasks);
            self.laps.lap(Stage::Panels);
        }
        let some = self.step.len().min(self.sizes.together);
        let placed: Vec<Placed> = self.step.drain(..some).collect();
        let next = match &placed[..] {
            [] => None,
            placed => Some(self.launch(placed)?),
        };
        self.laps.lap(Stage::Launches);
        match std::mem::replace(&mut self.under_way, next) {
            Some(made) => self.count(&made, counting),
            None => Ok(()),
        }
    }

    /// Launches the cosines of some tasks.
    fn launch(&mut self, placed: &[Placed]) -> Result<UnderWay, DeviceError> {
        let (device, (a, b)) = (self.panels.device, self.panels.sides);
        let (mut fields, mut tiles, mut tasks) = (Fields::default(), 1, Vec::new());
        for &Placed {
            task,
            rows,
            columns,
        } in placed
        {
            let (n, m) = (a.block(task.0).0.len(), b.block(task.1).0.len());
            let diagonal = self.one_set && task.0 == task.1;
            // Where its sums would go, and pairs that do not count, are of no interest here.
            fields = fields
                .short(&[rows as u32, columns as u32, n as u32, m as u32, 0, 0, 0, 0])
                .long(&[0])
                .short(&[0, u32::from(diagonal)]);
            tiles = tiles.max(n.div_ceil(TILE) * m.div_ceil(TILE));
            tasks.push(task);
        }
        let (room, sizes) = (&self.room, self.sizes);
        let first = self.launched % LISTS * sizes.together;
        put(device, room.tasks + first as u64 * TASK, &fields.bytes())?;
        device.kernels_wait()?;
        let cosines = room.cosines[self.launched % PLACES];
        self.launched += 1;
        let dim = self.panels.rows.0.dim();
        let argument = Fields::default()
            .long(&[room.exact, room.tasks, cosines])
            .long(&[sizes.slot, 4 * dim as u64])
            .long(&[sizes.task as u64, sizes.pitch as u64])
            .short(&[first as u32, dim as u32]);
        let grid = [tiles as u32, placed.len() as u32, 1];
        device.launch(Entry::Cosines, grid, &argument.bytes())?;
        Ok(UnderWay {
            tasks,
            cosines,
            mark: device.mark()?,
        })
    }

    /// Has the cosines of some tasks counted.
    fn count(&mut self, made: &UnderWay, counting: &mut Counting<'_>) -> Result<(), BackendError> {
        let (panels, sizes, laps) = (&self.panels, self.sizes, &mut self.laps);
        let what = (made.cosines, 4 * sizes.task * made.tasks.len());
        let mut counted = Ok(());
        panels.device.show(made.mark, what, &mut |bytes| {
            laps.lap(Stage::Waits);
            let cosines: &[f32] = bytemuck::cast_slice(bytes);
            let tasks = made.tasks.iter().zip(cosines.chunks_exact(sizes.task));
            let tasks: Vec<TaskCosines<'_>> = tasks
                .map(|(&task, cosines)| TaskCosines {
                    task,
                    cosines,
                    pitch: sizes.pitch,
                })
                .collect();
            let looked_at = tasks.iter().try_for_each(|made| look_at(made, panels));
            counted = match looked_at {
                Ok(()) => counting(&tasks).map_err(BackendError::from),
                Err(wrong) => Err(wrong.into()),
            };
            laps.lap(Stage::Counts);
        })?;
        counted
    }
}

/// Compares three cosines of a task with the host's own: counts of wrong ones would look like any others.
fn look_at(made: &TaskCosines<'_>, panels: &Panels<'_>) -> Result<(), DeviceError> {
    let (a, b) = panels.sides;
    let (block, other) = (a.block(made.task.0).0, b.block(made.task.1).0);
    let (rows, columns) = (a.rows_of(block), b.rows_of(other));
    let (n, m, dim) = (rows.len(), columns.len(), panels.rows.0.dim());
    let mut values = (vec![0.0; dim], vec![0.0; dim]);
    // Within one block those right of the diagonal are made, and the last tile.
    for (i, j) in [(0, m - 1), (n / 3, 2 * m / 3), (n - 1, m - 1)] {
        panels.rows.0.row_f32(rows[i] as usize, &mut values.0);
        panels.rows.1.row_f32(columns[j] as usize, &mut values.1);
        let both = values.0.iter().zip(&values.1);
        let expected: f64 = both.map(|(x, y)| f64::from(*x) * f64::from(*y)).sum();
        let found = made.cosines[i * made.pitch + j];
        let right = (f64::from(found) - expected).abs() <= tie_error(dim);
        if !right {
            return Err(DeviceError::Driver {
                device: panels.device.name().to_owned(),
                reason: format!(
                    "expected {expected:.6} as the cosine of rows {} and {}, found {found:.6}",
                    rows[i], columns[j]
                ),
            });
        }
    }
    Ok(())
}
