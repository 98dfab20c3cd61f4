//! What numbers of a plan may be.

use super::error::TrainError;

/// What a number may be, in words and as a condition.
#[derive(Clone, Copy)]
pub(super) struct Range(pub(super) &'static str, fn(f64) -> bool);

pub(super) const POSITIVE: Range = Range("a positive number", |x| x.is_finite() && x > 0.0);
pub(super) const NOT_NEGATIVE: Range = Range("0 or more", |x| x.is_finite() && x >= 0.0);
pub(super) const BELOW_ONE: Range =
    Range("a number from 0 to below 1", |x| (0.0..1.0).contains(&x));

impl Range {
    pub(super) fn holds(&self, number: f64) -> bool {
        (self.1)(number)
    }
}

/// Refuses the first number that is out of its range.
pub(super) fn within(numbers: &[(&'static str, f64, Range)]) -> Result<(), TrainError> {
    match numbers.iter().find(|(_, x, range)| !range.holds(*x)) {
        Some((field, x, range)) => Err(TrainError::plan(field, range.0, x)),
        None => Ok(()),
    }
}
