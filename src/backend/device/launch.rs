//! What a step launches: the split of rows, tiles, sums.

use super::arguments::Fields;
use super::layout::{Padded, TILE};
use super::panels::Panels;
use super::room::Room;
use super::schedule::{Load, Placed};
use super::walk::DeviceWalk;
use super::{DeviceError, Entry, STAGE, Tiles};
use crate::pass::HISTOGRAM_BINS;

/// A cosine that nothing exceeds.
const NEVER: f32 = 3.0;

impl DeviceWalk<'_> {
    /// Rounds the rows of a panel for the tensor cores.
    pub(super) fn split(
        &self,
        load: &Load,
        panels: &Panels<'_>,
        room: &Room,
    ) -> Result<(), DeviceError> {
        let (rows, order) = panels.rows_of(load.panel);
        let live = order.len();
        let slot = load.slot as u64;
        let argument = Fields::default()
            .long(&[
                room.exact + slot * room.slot.exact,
                room.planes + slot * room.slot.planes,
                room.slot.plane,
                room.slot.pitch,
                room.slot.exact_pitch,
            ])
            .short(&[
                live as u32,
                rows.dim() as u32,
                self.mode.number(),
                u32::from(self.tiles != Tiles::Warps),
            ]);
        let lines = live.next_multiple_of(TILE) as u32;
        self.device
            .launch(Entry::Split, [lines, 1, 1], &argument.bytes())
    }

    /// One step: tiles, then the sums of the rows they share, then those of each task's columns.
    pub(super) fn launch(
        &self,
        tasks: &[Placed],
        first: usize,
        (a, b): (&Padded<'_>, &Padded<'_>),
        room: &Room,
    ) -> Result<(), DeviceError> {
        let units = |len: usize| len.div_ceil(TILE) as u32;
        let down = |placed: &Placed| units(a.block(placed.task.0).0.len());
        let across = |placed: &Placed| units(b.block(placed.task.1).0.len());
        let most = |of: &dyn Fn(&Placed) -> u32| tasks.iter().map(of).max().unwrap_or(1);
        let job = &self.job;
        let (gentle, steep) = (job.exponents.gentle(), job.exponents.steep().len());
        let (first, count) = (first as u32, tasks.len() as u32);
        let limit = job.duplicates.map_or(0.0, |limit| (1.0 - limit) as f32);
        let candidate = job.duplicates.map_or(NEVER, |limit| {
            limit as f32 - self.mode.margin(job.a.0.dim())
        });
        let walk = Fields::default()
            .long(&[
                room.planes,
                room.exact,
                room.tasks,
                room.excluded,
                room.runs,
                room.steep,
                room.gentle_partials,
                room.steep_partials,
                room.histogram,
                room.duplicates,
                room.repeats,
                room.order,
                room.slot.planes,
                room.slot.plane,
                room.slot.pitch,
                room.slot.exact,
                room.slot.exact_pitch,
            ])
            .short(&[
                first,
                (room.slot.pitch / STAGE) as u32,
                job.a.0.dim() as u32,
                if job.histogram {
                    u32::from(HISTOGRAM_BINS)
                } else {
                    0
                },
                room.run_count,
                gentle as u32,
                steep as u32,
                count,
            ])
            .float(&[candidate, limit]);
        let (entry, grid) = match self.tiles {
            Tiles::Warps => {
                let tiles = most(&|placed| down(placed) * across(placed));
                (Entry::Gram(self.mode), [tiles, count, 1])
            }
            Tiles::Warpgroups(blocks) => (Entry::Wgmma(self.mode), [blocks, 1, 1]),
        };
        self.device.launch(entry, grid, &walk.bytes())?;
        if gentle + steep == 0 {
            return Ok(());
        }
        let reduce = |(columns, sums): (u64, u64)| {
            Fields::default()
                .long(&[
                    room.tasks,
                    room.gentle_partials,
                    room.steep_partials,
                    columns,
                    sums,
                ])
                .short(&[first, count, gentle as u32, steep as u32])
                .short(&[self.tiles.halves(), 0])
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
}
