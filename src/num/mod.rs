//! What a number is allowed to do: sums, moments, special functions, the algebra of merging, and digits in
//! sentences. No I/O, no arrays of data, no threads.

mod digits;
pub mod math;
mod merge;
mod sum;

pub use digits::{decimal_exponent, fixed, in_percent, to_error, two_digits};
pub use merge::Merge;
pub use sum::{Moments, pairwise_sum};
