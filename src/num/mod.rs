//! What a number is allowed to do: sums, moments, special functions, the algebra of merging, element types,
//! what bytes stand for, forms in which vectors are stored, and digits in sentences. No I/O, no arrays of data, no threads.

mod codes;
mod digits;
mod dtype;
pub mod math;
mod merge;
mod storage;
mod sum;

pub use codes::Codes;
pub use digits::{
    count, counted, decimal_exponent, fixed, in_percent, percent, plain, to_error, two_digits,
};
pub use dtype::Dtype;
pub use merge::{Merge, Unlike, add_each};
pub use storage::{Storage, UnknownStorage};
pub use sum::{Moments, pairwise_sum};
