//! What a number is allowed to do: sums, moments, special functions, and the algebra of merging. No I/O, no
//! arrays of data, no threads.

pub mod math;
mod merge;
mod sum;

pub use merge::Merge;
pub use sum::{Moments, Neumaier, pairwise_sum};
