//! The algebra of states.

/// A state that several workers can fill apart and put together.
///
/// - `default()` is the identity, on both sides and with itself;
/// - merging is associative and commutative: exactly for counts, up to rounding for sums.
pub trait Merge: Default {
    /// Takes in what `other` holds.
    fn merge(&mut self, other: Self);
}
