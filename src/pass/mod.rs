//! The ways to walk the data; each yields a mergeable state.
//!
//! [`gram`] visits all pairs of rows through the kernels, [`pairs`] the positive pairs by their differences,
//! `mean` the rows themselves. Work is cut by a [`Plan`] that depends on the data's shape only; results are
//! committed in the plan's order, so the same input gives the same bits on any number of threads.
//!
//! Memory of the states: 8 bytes for each row and coefficient, times the jackknife groups where sums are kept apart by
//! group ([`RowSums`]); 8 for each listed pair.

mod anchors;
mod blocks;
mod cross;
mod encode;
mod gram;
mod layout;
mod mask;
mod mean;
mod met;
mod near;
mod nearest;
mod ordered;
mod pairs;
mod plan;
mod prefix;
mod rings;
mod scales;
mod square;
mod state;
mod tally;
mod task;
mod verify;
mod watch;

pub use anchors::{Seeing, anchors, pair_cosines};
pub use blocks::{RingJob, RingState, ring};
pub use cross::{CrossState, without_each_group};
pub use encode::looked_at_above;
pub use gram::{Excluded, ExcludedByTask, GramJob, HISTOGRAM_BINS, gram, gram_between_items};
pub use layout::{BLOCK, Block, GROUPS, Layout};
pub use mean::{MeanState, cosine_spread, means};
pub use met::{Met, MetBlock};
pub use nearest::{nearest, nearest_others};
pub use pairs::{DISTANCE_BINS, PairState, Units, pairs};
pub use plan::{Plan, Shard};
pub use prefix::prefix_grams;
pub use rings::{LONGEST_BLOCK, ring_blocks};
pub use square::SecondMoments;
pub use state::{Duplicates, GramState, RowSums};
pub use verify::{Difference, verify};
pub use watch::{Cancelled, NoWatch, Watch};
