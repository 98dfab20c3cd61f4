//! What a part of all pairs yields.

use super::GramState;
use crate::num::{Merge, Unlike};

/// What rounds of a ring found. States of the same job and of rounds that follow each other merge.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RingState {
    /// Sums over the partners of each row.
    pub gram: GramState,
    /// Sum of the cosines of all pairs seen, and of their squares.
    pub moments: [f64; 2],
}

impl Merge for RingState {
    fn fits(&self, other: &Self) -> Result<(), Unlike> {
        self.gram.fits(&other.gram)
    }

    fn merge(&mut self, other: Self) {
        self.gram.merge(other.gram);
        self.moments[0] += other.moments[0];
        self.moments[1] += other.moments[1];
    }
}
