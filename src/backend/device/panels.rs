//! Panels of rows on their way to the device.

use rayon::prelude::*;

use super::layout::Padded;
use super::schedule::{Load, RowPanel};
use super::{Device, DeviceError, Mark};
use crate::backend::{Backend, Cpu};
use crate::data::UnitRows;

/// The rows of a walk, and who copies them where.
#[derive(Clone, Copy)]
pub(super) struct Panels<'a> {
    pub(super) device: &'a dyn Device,
    pub(super) host: &'a Cpu,
    /// Of both operands; within one set of rows the same twice.
    pub(super) rows: (&'a UnitRows, &'a UnitRows),
    pub(super) sides: (&'a Padded<'a>, &'a Padded<'a>),
}

impl<'a> Panels<'a> {
    /// The operand of a panel, and the numbers of its rows there.
    pub(super) fn rows_of(&self, panel: RowPanel) -> (&'a UnitRows, &'a [u32]) {
        let (rows, padded, block) = match panel {
            RowPanel::A(block) => (self.rows.0, self.sides.0, block),
            RowPanel::B(block) => (self.rows.1, self.sides.1, block),
        };
        (rows, padded.rows_of(padded.block(block).0))
    }

    /// Copies rows in f32 into their slots, of `bytes` bytes each from `to` on, after the last step that needs what the slot
    /// holds.
    pub(super) fn load(
        &self,
        loads: &[Load],
        (to, bytes): (u64, u64),
        marks: &[Mark],
    ) -> Result<(), DeviceError> {
        for load in loads {
            if let Some(after) = load.after {
                self.device.copies_wait(marks[after])?;
            }
            let (rows, order) = self.rows_of(load.panel);
            let dim = rows.dim();
            let to = to + load.slot as u64 * bytes;
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
}
