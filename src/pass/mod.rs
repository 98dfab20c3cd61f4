//! The ways to walk the data; each yields a mergeable state.
//!
//! Whatever meets pairs of rows goes through the loops of `sweep.rs`: [`gram`] and [`prefix_grams`] visit all pairs,
//! [`ring`] a balanced part of them, [`anchors`] and [`nearest`] some rows with all others, [`RowMoments::products`] pairs
//! of columns; [`RowMoments::of_groups`] sums these in f64, group by group. What becomes of a tile stands in `epilogue/`, what is left in the end in `state/`. [`pairs`] visits the
//! positive pairs by their differences, [`RowMoments::sums`] the rows themselves. What those who search want to know of
//! all pairs ([`Search`]) is counted by [`gram`] in the same look at a tile.
//!
//! Work is cut by a [`Plan`] that depends on the data's shape only; results are committed in the plan's order, so the
//! same input gives the same bits on any number of threads.
//!
//! Memory of the states: 8 bytes for each row and coefficient, times the jackknife groups where sums are kept apart by
//! group ([`RowSums`]); 8 for each listed pair.

mod bounds;
mod encode;
mod epilogue;
mod gram;
mod group_counts;
mod job;
mod layout;
mod lowest_bin;
mod met;
mod moments;
mod moments_of_groups;
mod nearest_lists;
mod operand;
mod ordered;
mod pairs;
mod plan;
mod prefix;
mod ring;
mod ring_layout;
mod rows;
mod search;
mod standing;
mod state;
mod sweep;
mod tasks;
mod verify;
mod watch;

pub use encode::looked_at_above;
pub use gram::{Counting, HISTOGRAM_BINS, gram, gram_of_cosines};
pub use job::{Job, State, walk};
pub use layout::{BLOCK, GROUPS, Layout, RowBlock};
pub use lowest_bin::{BinSearch, lowest_bin};
pub use met::{Met, MetBlock};
pub use moments::{cosine_spread, means, without_each_group};
pub use pairs::{Units, pairs};
pub use plan::{Plan, Shard, tiles_of_shards};
pub use prefix::prefix_grams;
pub use ring::{RingJob, ring};
pub use ring_layout::{LONGEST_BLOCK, ring_blocks};
pub use rows::{NearestJob, Seeing, anchors, nearest, pair_cosines};
pub use state::{
    Above, CosineCounts, DISTANCE_BINS, Deviations, Duplicates, GramState, InGroup, PairState,
    RingState, RowMoments, RowSums, SearchState, TopK,
};
pub use sweep::TaskCosines;
pub use tasks::{ExcludedByTask, GramJob, Search};
pub use verify::{Deviation, verify};
pub use watch::{Cancelled, NoWatch, Watch};
