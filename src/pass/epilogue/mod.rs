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

pub(super) use gram::{Gram, GramBuffers, Wanted};
pub(super) use mask::Left;
pub(super) use moments::Products;
pub(super) use near::looked_at;
pub(super) use nearest::{Nearest, NearestOfColumns};
pub(super) use positions::FoundPositions;
pub(super) use prefix::{PrefixBuffers, PrefixWanted, Prefixes, Scales};
pub(super) use rows::Rows;
pub(super) use sampled::{Sample, Sampled};
pub(super) use search::{Asked, SearchBuffers};
pub(super) use sums::TaskSums;
