//! The walk itself: what a schedule says, launched.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};

use super::arguments::{Fields, runs, steep};
use super::layout::{OperandSizes, Padded, countable};
use super::panels::Panels;
use super::places::{Places, put};
use super::room::{Room, STEPS, Sizes, TASK, UNDER_WAY};
use super::schedule::{PanelStep, Placed, Schedule};
use super::timeline::{Laps, Stage, Timeline};
use super::{Device, DeviceError, Mark, Memory, Mode, Tiles};
use crate::backend::{BackendError, Cpu};
use crate::pass::{
    Cancelled, ExcludedByTask, GramJob, GramState, HISTOGRAM_BINS, Layout, RowSums, Watch,
};

/// What one device walks.
pub(super) struct DeviceWalk<'a> {
    pub(super) device: &'a dyn Device,
    pub(super) host: &'a Cpu,
    pub(super) mode: Mode,
    pub(super) tiles: Tiles,
    pub(super) job: GramJob<'a>,
    pub(super) watch: &'a dyn Watch,
    pub(super) stop: &'a AtomicBool,
    pub(super) timeline: &'a Timeline,
}

/// Where the steps of a walk find what they need.
struct OnCard<'a> {
    panels: Panels<'a>,
    room: &'a Room,
    excluded: &'a ExcludedByTask,
    /// Tasks of a step, at most.
    step: usize,
}

impl OnCard<'_> {
    /// Place of the first task of a step: of a step that has long been done.
    fn first_of(&self, step: usize) -> usize {
        step % STEPS * self.step
    }
}

impl<'a> DeviceWalk<'a> {
    pub(super) fn run(&self, part: (usize, usize)) -> Result<GramState, BackendError> {
        let mut laps = self.timeline.begin();
        let job = &self.job;
        let mut state = GramState::empty(job);
        let a = Padded::new(job.a.1);
        let b = job.b.map(|(_, layout)| Padded::new(layout));
        let columns = b.as_ref().unwrap_or(&a);
        countable(self.device.name(), a.positions().max(columns.positions()))?;
        let excluded = ExcludedByTask::of_job(job);
        // A number for each row where repeats are looked for.
        let order = match job.duplicates {
            Some(_) => a.order(),
            None => Vec::new(),
        };
        let side =
            |layout: &Layout, sums: &RowSums| OperandSizes::new(layout.blocks(), sums.groups());
        let sizes = Sizes {
            mode: self.mode,
            tiles: self.tiles,
            dim: job.a.0.dim(),
            a: side(job.a.1, &state.rows),
            b: (job.b.zip(state.columns.as_ref())).map(|((_, layout), sums)| side(layout, sums)),
            exponents: job.exponents,
            grouped: job.grouped,
            tasks: job.plan.tasks().len(),
            excluded: excluded.pairs().len(),
            numbered: order.len() as u64,
        };
        let free = self.device.free_memory()?;
        let slots = sizes.slots(free);
        let schedule =
            Schedule::new(job.plan.tasks(), job.b.is_none(), slots, part).ok_or_else(|| {
                DeviceError::OutOfMemory {
                    device: self.device.name().to_owned(),
                    needed: sizes.needed(sizes.panels().min(3)),
                    free,
                }
            })?;
        let mut measured = Places::from(0);
        Room::plan(&mut measured, &sizes, slots);
        laps.lap(Stage::Plan);
        let memory = Memory::zeros(self.device, measured.bytes())?;
        let room = Room::plan(&mut Places::from(memory.address), &sizes, slots);
        room.rows.begin(self.device)?;
        if let Some(columns) = &room.columns {
            columns.begin(self.device)?;
        }
        let pairs = excluded.pairs().iter();
        let pairs: Vec<u32> = pairs.map(|&(i, j)| i << 16 | j).collect();
        for (to, bytes) in [
            (room.excluded, bytemuck::cast_slice(&pairs)),
            (room.runs, &runs(job.exponents).0),
            (room.steep, &steep(job.exponents)),
            (room.order, bytemuck::cast_slice(&order)),
        ] {
            put(self.device, to, bytes)?;
        }

        laps.lap(Stage::Memory);
        let on_card = OnCard {
            panels: Panels {
                device: self.device,
                host: self.host,
                rows: (job.a.0, job.b.map_or(job.a.0, |(rows, _)| rows)),
                sides: (&a, columns),
            },
            room: &room,
            excluded: &excluded,
            step: sizes.step(),
        };
        state.pairs = self.steps(schedule, &on_card, &mut laps)?;
        self.collect(&room, (&a, columns), &mut state)?;
        laps.lap(Stage::Sums);
        Ok(state)
    }

    /// Copies ahead, launches, and stays [`UNDER_WAY`] steps in front of what is done; the pairs that were visited.
    fn steps(
        &self,
        mut schedule: Schedule<'_>,
        on_card: &OnCard<'_>,
        laps: &mut Laps<'_>,
    ) -> Result<u64, BackendError> {
        let (panels, room) = (&on_card.panels, on_card.room);
        let mut marks: Vec<Mark> = Vec::new();
        let mut under_way = VecDeque::new();
        let mut visited = 0;
        let mut next = self.bring(&mut schedule, on_card, &marks, laps)?;
        while let Some((step, pairs)) = next {
            if self.watch.cancelled() || self.stop.load(Ordering::Relaxed) {
                return Err(Cancelled.into());
            }
            self.device.kernels_wait()?;
            for load in &step.loads {
                self.split(load, panels, room)?;
            }
            let now = marks.len();
            self.launch(&step.tasks, on_card.first_of(now), panels.sides, room)?;
            marks.push(self.device.mark()?);
            under_way.push_back(pairs);
            visited += pairs;
            laps.lap(Stage::Launches);
            // While this step runs the host prepares the next one.
            next = self.bring(&mut schedule, on_card, &marks, laps)?;
            if now >= UNDER_WAY {
                self.device.wait(marks[now - UNDER_WAY])?;
                laps.lap(Stage::Waits);
                self.watch.advance(under_way.pop_front().unwrap_or(0));
            }
        }
        if let Some(last) = marks.last() {
            self.device.wait(*last)?;
            laps.lap(Stage::Waits);
        }
        self.watch.advance(under_way.into_iter().sum());
        Ok(visited)
    }

    /// Plans the next step and copies its tasks and panels; the step, and the pairs that it visits.
    fn bring(
        &self,
        schedule: &mut Schedule<'_>,
        on_card: &OnCard<'_>,
        marks: &[Mark],
        laps: &mut Laps<'_>,
    ) -> Result<Option<(PanelStep, u64)>, BackendError> {
        let Some(step) = schedule.next() else {
            return Ok(None);
        };
        let (tasks, pairs) = self.tasks(&step, on_card);
        laps.lap(Stage::Plan);
        let now = marks.len();
        if let Some(before) = now.checked_sub(STEPS) {
            self.device.copies_wait(marks[before])?;
        }
        let to = on_card.room.tasks + on_card.first_of(now) as u64 * TASK;
        put(self.device, to, &tasks)?;
        let (panels, room) = (&on_card.panels, on_card.room);
        panels.load(&step.loads, (room.exact, room.slot.exact), marks)?;
        laps.lap(Stage::Panels);
        Ok(Some((step, pairs)))
    }

    /// `Task` for each task of a step, and the pairs that it visits.
    fn tasks(&self, step: &PanelStep, on_card: &OnCard<'_>) -> (Vec<u8>, u64) {
        let ((a, b), mut fields, mut visited) = (on_card.panels.sides, Fields::default(), 0);
        for Placed {
            task,
            rows,
            columns,
        } in &step.tasks
        {
            let ((block, start), (other, other_start)) = (a.block(task.0), b.block(task.1));
            let diagonal = self.job.b.is_none() && task.0 == task.1;
            let excluded = on_card.excluded.place_of(*task);
            fields = fields
                .short(&[
                    *rows as u32,
                    *columns as u32,
                    block.len() as u32,
                    other.len() as u32,
                    start as u32,
                    other_start as u32,
                    block.group as u32,
                    other.group as u32,
                ])
                .long(&[excluded.start as u64])
                .short(&[excluded.len() as u32, u32::from(diagonal)]);
            let (n, m) = (block.len() as u64, other.len() as u64);
            visited += if diagonal {
                n * (n - 1) / 2
            } else {
                n * m - excluded.len() as u64
            };
        }
        (fields.bytes(), visited)
    }

    /// Brings sums and counts home.
    fn collect(
        &self,
        room: &Room,
        (a, b): (&Padded<'_>, &Padded<'_>),
        state: &mut GramState,
    ) -> Result<(), DeviceError> {
        let by = (self.device, self.host);
        room.rows.collect(by, a, &mut state.rows)?;
        if let (Some(from), Some(to)) = (&room.columns, &mut state.columns) {
            from.collect(by, b, to)?;
        }
        if self.job.histogram {
            for (count, found) in state
                .histogram
                .iter_mut()
                .zip(self.counts(room.histogram, HISTOGRAM_BINS.into())?)
            {
                *count += found;
            }
        }
        if self.job.duplicates.is_some() {
            let pairs = self.counts(room.duplicates, 1)?[0];
            if pairs > 0 {
                let mut flags = vec![0; 4 * self.job.a.0.rows()];
                self.device.download(room.repeats, &mut flags)?;
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

    fn counts(&self, from: u64, len: usize) -> Result<Vec<u64>, DeviceError> {
        let mut bytes = vec![0; 8 * len];
        self.device.download(from, &mut bytes)?;
        Ok(bytes
            .as_chunks::<8>()
            .0
            .iter()
            .map(|bytes| u64::from_le_bytes(*bytes))
            .collect())
    }
}
