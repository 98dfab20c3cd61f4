//! Sums of one operand's rows on the device, and their way home.

use super::layout::{OperandSizes, Padded};
use super::places::{Places, put};
use super::{Device, DeviceError};
use crate::backend::{Backend, Cpu};
use crate::pass::RowSums;

/// f64 sums at all padded positions: coefficient after coefficient, group after group.
pub(super) struct DeviceSums {
    /// Addresses of the sums, and of the table that says where each coefficient's are; how many sums.
    values: u64,
    table: u64,
    len: u64,
    /// Where each coefficient begins, and values from one of its groups to the next (0 for ungrouped ones).
    places: Vec<(u64, u64)>,
}

impl DeviceSums {
    /// Takes room for the sums of one operand.
    pub(super) fn plan(room: &mut Places, side: &OperandSizes, grouped: &[bool]) -> Self {
        let positions = side.positions;
        let mut places = Vec::with_capacity(grouped.len());
        let mut len = 0;
        for &grouped in grouped {
            places.push((len, if grouped { positions } else { 0 }));
            len += positions * if grouped { side.met } else { 1 };
        }
        Self {
            values: room.take(8 * len),
            table: room.take(16 * places.len() as u64),
            len,
            places,
        }
    }

    /// Writes the table.
    pub(super) fn begin(&self, device: &dyn Device) -> Result<(), DeviceError> {
        let bytes: Vec<u8> = self
            .places
            .iter()
            .flat_map(|(offset, stride)| [offset.to_le_bytes(), stride.to_le_bytes()])
            .flatten()
            .collect();
        put(device, self.table, &bytes)
    }

    /// Addresses of the table of coefficients and of the sums.
    pub(super) fn addresses(&self) -> (u64, u64) {
        (self.table, self.values)
    }

    /// Adds all sums to `out`: brought home one coefficient after the other, as all groups of 10,000,000 rows take gigabytes, and
    /// added by all threads.
    pub(super) fn collect(
        &self,
        (device, host): (&dyn Device, &Cpu),
        padded: &Padded<'_>,
        out: &mut RowSums,
    ) -> Result<(), DeviceError> {
        let ends = self.places.iter().skip(1).map(|(offset, _)| *offset);
        let mut values = Vec::new();
        for (here, (&(offset, stride), end)) in
            self.places.iter().zip(ends.chain([self.len])).enumerate()
        {
            values.resize((end - offset) as usize, 0.0_f64);
            let bytes = bytemuck::cast_slice_mut(&mut values);
            device.download(self.values + 8 * offset, bytes)?;
            let mut add = || {
                out.for_each_group(|(c, g), sums| {
                    if c != here {
                        return;
                    }
                    let of_group = &values[g * stride as usize..];
                    for (block, start) in padded.blocks() {
                        let found = &of_group[start..start + block.len()];
                        let sums = &mut sums[block.start..block.end];
                        sums.iter_mut().zip(found).for_each(|(sum, v)| *sum += v);
                    }
                });
            };
            host.host(&mut add);
        }
        Ok(())
    }
}
