//! What walks yield: states that merge.

mod gram;
mod moments;
mod pairs;
mod ring;
mod rows;
mod search;
mod topk;

pub use gram::{Duplicates, GramState};
pub use moments::RowMoments;
pub use pairs::{DISTANCE_BINS, PairState};
pub use ring::RingState;
pub use rows::RowSums;
pub use search::{Above, CosineCounts, Deviations, InGroup, SearchState};
pub(super) use topk::NearestList;
pub use topk::TopK;
