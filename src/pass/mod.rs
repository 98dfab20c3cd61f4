//! The ways to walk the data; each yields a mergeable state.
//!
//! [`gram`] visits all pairs of rows through the kernels, [`pairs`] the positive pairs by their differences,
//! `mean` the rows themselves. Work is cut by a [`Plan`] that depends on the data's shape only; results are
//! committed in the plan's order, so the same input gives the same bits on any number of threads.

mod anchors;
mod blocks;
mod gram;
mod layout;
mod mask;
mod mean;
mod met;
mod ordered;
mod pairs;
mod rings;
mod square;
mod state;
mod task;
mod verify;
mod watch;

pub use anchors::{Seeing, anchors, pair_cosines};
pub use blocks::{RingJob, RingState, ring, ring_within_blocks};
pub use gram::{Excluded, GramJob, HISTOGRAM_BINS, gram};
pub use layout::{GROUPS, Layout, Plan, Shard};
pub use mean::{MeanState, means};
pub use met::{Met, MetBlock};
pub use pairs::{DISTANCE_BINS, PairState, pairs};
pub use rings::{LONGEST_BLOCK, ring_blocks};
pub use square::SecondMoments;
pub use state::{Duplicates, GramState, RowSums};
pub use verify::{Difference, verify};
pub use watch::{Cancelled, NoWatch, Watch};
