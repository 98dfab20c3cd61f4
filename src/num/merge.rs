//! The algebra of states.

use std::fmt::Debug;

/// A state that several workers can fill apart and put together.
///
/// - `default()` is the identity, on both sides and with itself;
/// - merging is associative and commutative: exactly for counts, up to rounding for sums.
pub trait Merge: Default {
    /// Whether both are of one kind, so that they may be merged; the identity is of every kind.
    ///
    /// # Errors
    /// [`Unlike`], which says what differs.
    fn fits(&self, other: &Self) -> Result<(), Unlike> {
        let _ = other;
        Ok(())
    }

    /// Takes in what `other` holds.
    ///
    /// # Panics
    /// Where they do not fit: states of one walk always do.
    fn merge(&mut self, other: Self);

    /// [`Merge::merge`] for states that come from elsewhere.
    ///
    /// # Errors
    /// [`Unlike`]; nothing was taken in then.
    fn join(&mut self, other: Self) -> Result<(), Unlike> {
        self.fits(&other)?;
        self.merge(other);
        Ok(())
    }
}

/// States that are not of one kind.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("states of different walks: {what} differ, {one} against {other}")]
pub struct Unlike {
    /// What differs.
    pub what: &'static str,
    /// What it is in one, cut short.
    pub one: String,
    /// And in the other.
    pub other: String,
}

impl Unlike {
    /// Unless both are equal.
    ///
    /// # Errors
    /// [`Unlike`].
    pub fn unless_equal<T: PartialEq + Debug + ?Sized>(
        what: &'static str,
        one: &T,
        other: &T,
    ) -> Result<(), Self> {
        const SHORT: usize = 60;
        if one == other {
            return Ok(());
        }
        let text = |value: &T| {
            let text = format!("{value:?}");
            match text.char_indices().nth(SHORT) {
                Some((end, _)) => format!("{}...", &text[..end]),
                None => text,
            }
        };
        Err(Self {
            what,
            one: text(one),
            other: text(other),
        })
    }

    /// Unless both have as many values, or one none yet.
    ///
    /// # Errors
    /// [`Unlike`].
    pub fn unless_as_long<T>(what: &'static str, one: &[T], other: &[T]) -> Result<(), Self> {
        if one.is_empty() || other.is_empty() {
            return Ok(());
        }
        Self::unless_equal(what, &one.len(), &other.len())
    }
}

/// Adds values one by one; none at all count as zeros.
pub fn add_each<T: Copy + std::ops::AddAssign>(to: &mut Vec<T>, values: Vec<T>) {
    if to.is_empty() {
        *to = values;
    } else {
        to.iter_mut().zip(values).for_each(|(a, b)| *a += b);
    }
}
