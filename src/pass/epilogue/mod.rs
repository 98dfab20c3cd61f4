//! What becomes of the tiles of a sweep.

mod bins;
mod gram;
mod mask;
mod moments;
mod near;
mod nearest;
mod neighbours;
mod positions;
mod prefix;
mod rows;
mod sampled;
mod search;
mod sums;

pub(super) use gram::{Gram, GramBuffers, GramTask};
pub(super) use mask::Left;
pub(super) use moments::ProductSums;
pub(super) use near::looked_at;
pub(super) use nearest::{NearestOfColumns, NearestTask};
pub(super) use positions::FoundPositions;
pub(super) use prefix::{PrefixBuffers, PrefixWanted, Prefixes, Scales};
pub(super) use rows::RowTiles;
pub(super) use sampled::{Sample, SampleTask};
pub(super) use search::{SearchBuffers, SearchTask};
pub(super) use sums::TaskSums;
