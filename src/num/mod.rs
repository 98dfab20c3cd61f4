//! What a number is allowed to do: sums, moments, special functions, the algebra of merging, element types, and
//! digits in sentences. No I/O, no arrays of data, no threads.

mod digits;
mod dtype;
pub mod math;
mod sum;

pub use digits::{decimal_exponent, fixed, in_percent, percent, plain, to_error, two_digits};
pub use dtype::Dtype;
pub use sum::{Moments, pairwise_sum};

/// A state that several workers can fill apart and put together.
///
/// - `default()` is the identity, on both sides and with itself;
/// - merging is associative and commutative: exactly for counts, up to rounding for sums.
pub trait Merge: Default {
    /// Takes in what `other` holds.
    fn merge(&mut self, other: Self);
}
