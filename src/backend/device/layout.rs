//! Positions on the device: each block of a layout begins on a whole tile.

use super::DeviceError;
use crate::pass::{BLOCK, Layout, RowBlock};

/// Rows of a tile.
pub(super) const TILE: usize = 128;

/// Tiles along the longest block, which the kernels are written for.
const UNITS: usize = 12;

const _: () = assert!(UNITS * TILE == BLOCK, "gram.cu walks blocks of 12 tiles");

/// Refuses more padded positions than the kernels' 32-bit numbers count.
pub(super) fn countable(device: &str, positions: usize) -> Result<(), DeviceError> {
    match u32::try_from(positions) {
        Ok(_) => Ok(()),
        Err(_) => Err(DeviceError::TooManyRows {
            device: device.to_owned(),
            positions: positions as u64,
        }),
    }
}

/// Sizes of one operand.
#[derive(Clone, Copy)]
pub(super) struct OperandSizes {
    /// Padded rows, of the longest block and of all.
    pub(super) longest: u64,
    pub(super) positions: u64,
    pub(super) blocks: usize,
    /// Groups of the rows that it meets.
    pub(super) met: u64,
}

impl OperandSizes {
    pub(super) fn new(blocks: &[RowBlock], met: usize) -> Self {
        let padded = || blocks.iter().map(|block| padded(*block) as u64);
        Self {
            longest: padded().max().unwrap_or(TILE as u64),
            positions: padded().sum(),
            blocks: blocks.len(),
            met: met as u64,
        }
    }
}

/// Rows of a block on the device: whole tiles.
fn padded(block: RowBlock) -> usize {
    block.len().next_multiple_of(TILE)
}

/// The blocks of one operand, and where each begins among the padded positions.
pub(super) struct Padded<'a> {
    layout: &'a Layout,
    starts: Vec<usize>,
    positions: usize,
}

impl<'a> Padded<'a> {
    pub(super) fn new(layout: &'a Layout) -> Self {
        let mut positions = 0;
        let starts = layout
            .blocks()
            .iter()
            .map(|block| {
                let start = positions;
                positions += padded(*block);
                start
            })
            .collect();
        Self {
            layout,
            starts,
            positions,
        }
    }

    /// Number of padded positions.
    pub(super) fn positions(&self) -> usize {
        self.positions
    }

    /// The block, and its first padded position.
    pub(super) fn block(&self, block: u32) -> (RowBlock, usize) {
        let block = block as usize;
        (self.layout.blocks()[block], self.starts[block])
    }

    /// Blocks with their first padded positions.
    pub(super) fn blocks(&self) -> impl Iterator<Item = (RowBlock, usize)> + '_ {
        self.layout
            .blocks()
            .iter()
            .copied()
            .zip(self.starts.iter().copied())
    }

    /// The rows at the positions of a block.
    pub(super) fn rows_of(&self, block: RowBlock) -> &'a [u32] {
        &self.layout.order()[block.start..block.end]
    }

    /// Row at each padded position; where there is none, 0.
    pub(super) fn order(&self) -> Vec<u32> {
        let mut out = vec![0; self.positions];
        for (block, start) in self.blocks() {
            out[start..start + block.len()].copy_from_slice(self.rows_of(block));
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_that_32_bits_do_not_count_are_refused_with_what_to_do() {
        assert_eq!(countable("cuda:0", u32::MAX as usize), Ok(()));
        let error = countable("cuda:0", 1 << 32).unwrap_err().to_string();
        for said in [
            "cuda:0",
            "4294967296",
            "expected at most 4294967295",
            "--device cpu",
        ] {
            assert!(error.contains(said), "{error}");
        }
    }
}
