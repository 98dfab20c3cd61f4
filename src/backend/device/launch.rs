//! What a step launches: copies, the split of rows, tiles, sums.

use rayon::prelude::*;

use super::arguments::Fields;
use super::layout::{Padded, TILE};
use super::room::Room;
use super::schedule::{Load, Placed, RowPanel};
use super::walk::DeviceWalk;
use super::{DeviceError, Entry, Mark, STAGE, Tiles};
use crate::backend::Backend;
use crate::data::UnitRows;
use crate::pass::HISTOGRAM_BINS;

/// A cosine that nothing exceeds.
const NEVER: f32 = 3.0;

impl<'a> DeviceWalk<'a> {
    fn panel<'b>(
        &self,
        panel: RowPanel,
        (a, b): (&'b Padded<'b>, &'b Padded<'b>),
    ) -> (&'a UnitRows, &'b Padded<'b>, u32) {
        match panel {
            RowPanel::A(block) => (self.job.a.0, a, block),
            RowPanel::B(block) => (self.job.b.map_or(self.job.a.0, |(rows, _)| rows), b, block),
        }
    }

    /// Copies rows in f32 into their slots, each after the last step that needs what the slot holds.
    pub(super) fn load(
        &self,
        loads: &[Load],
        sides: (&Padded<'_>, &Padded<'_>),
        room: &Room,
        marks: &[Mark],
    ) -> Result<(), DeviceError> {
        for load in loads {
            if let Some(after) = load.after {
                self.device.copies_wait(marks[after])?;
            }
            let (rows, padded, block) = self.panel(load.panel, sides);
            let order = padded.rows_of(padded.block(block).0);
            let dim = rows.dim();
            let to = room.exact + load.slot as u64 * room.slot.exact;
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
    pub(super) fn split(
        &self,
        load: &Load,
        sides: (&Padded<'_>, &Padded<'_>),
        room: &Room,
    ) -> Result<(), DeviceError> {
        let (rows, padded, block) = self.panel(load.panel, sides);
        let live = padded.block(block).0.len();
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
