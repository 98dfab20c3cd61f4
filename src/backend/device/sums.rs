//! Sums of one operand's rows on the device, and their way home.

use super::layout::Padded;
use super::{Device, DeviceError, Memory};
use crate::pass::RowSums;

/// f64 sums at all padded positions: coefficient after coefficient, group after group.
pub(super) struct DeviceSums<'a> {
    device: &'a dyn Device,
    values: Memory<'a>,
    columns: Memory<'a>,
    /// Where each coefficient begins, and values from one of its groups to the next (0 for ungrouped ones).
    places: Vec<(u64, u64)>,
}

impl<'a> DeviceSums<'a> {
    /// Values in all.
    fn len(positions: usize, shape: &RowSums, grouped: &[bool]) -> u64 {
        grouped
            .iter()
            .map(|&grouped| (positions * if grouped { shape.groups() } else { 1 }) as u64)
            .sum()
    }

    /// Bytes that [`DeviceSums::zeros`] takes.
    pub(super) fn bytes(padded: &Padded<'_>, shape: &RowSums, grouped: &[bool]) -> u64 {
        8 * Self::len(padded.positions(), shape, grouped) + 16 * grouped.len() as u64
    }

    pub(super) fn zeros(
        device: &'a dyn Device,
        padded: &Padded<'_>,
        shape: &RowSums,
        grouped: &[bool],
    ) -> Result<Self, DeviceError> {
        let positions = padded.positions() as u64;
        let mut places = Vec::with_capacity(grouped.len());
        let mut at = 0;
        for &grouped in grouped {
            places.push((at, if grouped { positions } else { 0 }));
            at += positions * if grouped { shape.groups() as u64 } else { 1 };
        }
        let bytes: Vec<u8> = places
            .iter()
            .flat_map(|(offset, stride)| [offset.to_le_bytes(), stride.to_le_bytes()])
            .flatten()
            .collect();
        Ok(Self {
            device,
            values: Memory::zeros(device, 8 * Self::len(padded.positions(), shape, grouped))?,
            columns: Memory::holding(device, &bytes)?,
            places,
        })
    }

    /// Addresses of the table of coefficients and of the sums.
    pub(super) fn addresses(&self) -> (u64, u64) {
        (self.columns.address, self.values.address)
    }

    /// Adds all sums to `out`.
    pub(super) fn collect(
        &self,
        padded: &Padded<'_>,
        out: &mut RowSums,
    ) -> Result<(), DeviceError> {
        let mut bytes = vec![0; 8 * padded.positions()];
        for (c, &(offset, stride)) in self.places.iter().enumerate() {
            let groups = if stride == 0 { 1 } else { out.groups() };
            for g in 0..groups {
                let from = self.values.address + 8 * (offset + g as u64 * stride);
                self.device.download(from, &mut bytes)?;
                let values: Vec<f64> = bytes
                    .as_chunks::<8>()
                    .0
                    .iter()
                    .map(|bytes| f64::from_le_bytes(*bytes))
                    .collect();
                for (block, start) in padded.blocks() {
                    out.add_group((c, g), block.start, &values[start..start + block.len()]);
                }
            }
        }
        Ok(())
    }
}
