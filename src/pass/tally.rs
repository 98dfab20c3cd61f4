//! What one task of a pass adds to the state.

use super::layout::Block;

/// What a task found.
pub(super) struct Tally {
    pub(super) rows: Block,
    pub(super) columns: Block,
    /// For each coefficient, for each row of the block.
    pub(super) row_sums: Vec<f64>,
    /// For each coefficient, for each column of the block.
    pub(super) column_sums: Vec<f64>,
    pub(super) pairs: u64,
    /// One count for each bin, and one before and after; empty when not wanted.
    pub(super) histogram: Vec<u32>,
    /// Positions within the blocks of pairs above the limit.
    pub(super) duplicates: Vec<(u32, u32)>,
    /// Of pairs that may be: none is left in the end.
    pub(super) doubtful: Vec<(u32, u32)>,
    /// Sum of the cosines and of their squares; zeros when not wanted.
    pub(super) moments: [f64; 2],
}
