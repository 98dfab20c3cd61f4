//! The walk itself: what a schedule says, launched.

use std::sync::atomic::{AtomicBool, Ordering};

use super::arguments::{Fields, runs, steep};
use super::layout::{Padded, TILE, countable};
use super::places::{Places, put};
use super::room::{Room, Slot};
use super::schedule::{Placed, Schedule};
use super::sums::DeviceSums;
use super::timeline::{Laps, Stage, Timeline};
use super::{Device, DeviceError, Mark, Memory, Mode, Tiles};
use crate::backend::{BackendError, Cpu};
use crate::pass::{Cancelled, ExcludedByTask, GramJob, GramState, HISTOGRAM_BINS, Watch};

/// Steps that may be under way at once: enough to keep a card busy while the host fills a panel, few enough to stop soon.
const UNDER_WAY: usize = 6;

/// Tiles of a task that have room for partial sums.
const TILES: u64 = 144;

/// Bytes for all that is small: bins, counts, coefficients.
const SMALL: u64 = 64 << 10;

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

impl<'a> DeviceWalk<'a> {
    pub(super) fn run(&self, part: (usize, usize)) -> Result<GramState, BackendError> {
        let mut laps = self.timeline.begin();
        let job = &self.job;
        let mut state = GramState::empty(job);
        let a = Padded::new(job.a.1);
        let b = job.b.map(|(_, layout)| Padded::new(layout));
        let columns = b.as_ref().unwrap_or(&a);
        let positions = a.positions().max(columns.positions());
        countable(self.device.name(), positions)?;
        let longest = a.longest().max(columns.longest());
        let slot = Slot::new(self.mode, self.tiles, job.a.0.dim(), longest);

        let (gentle, steep_count) = (job.exponents.gentle(), job.exponents.steep().len());
        // Of a tile and a coefficient: its rows, and its columns once or twice.
        let partials = TILES * TILE as u64 * u64::from(1 + self.tiles.halves());
        let per_task = partials * (4 * gentle as u64 + 8 * steep_count as u64);
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
                + 4 * job.excluded.len() as u64
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
        let per_step = schedule
            .steps
            .iter()
            .map(|step| step.tasks.len() as u64)
            .max()
            .unwrap_or(0);
        let steep = steep(job.exponents);
        // A number for each row where repeats are looked for.
        let order = match job.duplicates {
            Some(_) => a.order(),
            None => Vec::new(),
        };
        let lay = |places: &mut Places| Room {
            slot,
            planes: places.take(slot.planes * slots as u64),
            exact: places.take(slot.exact * slots as u64),
            tasks: places.take(tasks.len() as u64),
            excluded: places.take(lists.len() as u64),
            runs: places.take(run_bytes.len() as u64),
            run_count,
            steep: places.take(steep.len() as u64),
            gentle_partials: places.take(per_step * partials * 4 * gentle as u64),
            steep_partials: places.take(per_step * partials * 8 * steep_count as u64),
            histogram: places.take(8 * u64::from(HISTOGRAM_BINS)),
            duplicates: places.take(8),
            repeats: places.take(4 * order.len() as u64),
            order: places.take(4 * order.len() as u64),
            rows: DeviceSums::plan(places, &a, &state.rows, job.grouped),
            columns: (state.columns.as_ref())
                .map(|shape| DeviceSums::plan(places, columns, shape, job.grouped)),
        };
        let mut measured = Places::from(0);
        lay(&mut measured);
        laps.lap(Stage::Plan);
        let memory = Memory::zeros(self.device, measured.bytes())?;
        let room = lay(&mut Places::from(memory.address));
        room.rows.begin(self.device)?;
        if let Some(columns) = &room.columns {
            columns.begin(self.device)?;
        }
        for (to, bytes) in [
            (room.tasks, tasks),
            (room.excluded, lists),
            (room.runs, run_bytes),
            (room.steep, steep),
            (room.order, bytemuck::cast_slice(&order).to_vec()),
        ] {
            put(self.device, to, &bytes)?;
        }

        laps.lap(Stage::Memory);
        self.steps(&schedule, (&a, columns), (&room, &pairs), &mut laps)?;
        state.pairs = pairs.iter().sum();
        self.collect(&room, (&a, columns), &mut state)?;
        laps.lap(Stage::Sums);
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
        let mut listed = 0_u64;
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
                    .long(&[listed])
                    .short(&[list.len() as u32, u32::from(diagonal)]);
                for &(i, j) in list {
                    lists = lists.short(&[i << 16 | j]);
                }
                listed += list.len() as u64;
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
        (room, pairs): (&Room, &[u64]),
        laps: &mut Laps<'_>,
    ) -> Result<(), BackendError> {
        let mut marks: Vec<Mark> = Vec::with_capacity(schedule.steps.len());
        if let Some(first) = schedule.steps.first() {
            self.load(&first.loads, sides, room, &marks)?;
            laps.lap(Stage::Panels);
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
            laps.lap(Stage::Launches);
            // While this step runs the host prepares the next one's panels.
            if let Some(next) = schedule.steps.get(now + 1) {
                self.load(&next.loads, sides, room, &marks)?;
                laps.lap(Stage::Panels);
            }
            if now >= UNDER_WAY {
                self.device.wait(marks[now - UNDER_WAY])?;
                laps.lap(Stage::Waits);
                self.watch.advance(pairs[now - UNDER_WAY]);
            }
        }
        if let Some(last) = marks.last() {
            self.device.wait(*last)?;
            laps.lap(Stage::Waits);
        }
        let counted = marks.len().saturating_sub(UNDER_WAY);
        self.watch.advance(pairs[counted..].iter().sum());
        Ok(())
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
