//! How well a classifier tells two sets apart on rows that it was not trained on.

use super::error::DriftError;
use super::set::Set;
use crate::backend::Backend;
use crate::pass::Watch;
use crate::probe::{RowsOfItems, Separability, separability};

/// Fewest units of a set of which half can be held out.
const FEWEST: usize = 8;

/// Trains on half of the units of each set, drawn by the seed, and tests on the others; none where a set has too few.
pub(super) fn classify(
    [x, y]: [&Set; 2],
    seed: u64,
    backend: &dyn Backend,
    watch: &dyn Watch,
) -> Result<Option<Separability>, DriftError> {
    if x.units().min(y.units()) < FEWEST {
        return Ok(None);
    }
    let others: Vec<u32> = y.unit.iter().map(|unit| unit + x.units() as u32).collect();
    let of = |set, items| RowsOfItems { rows: set, items };
    let (x, y) = (of(&x.rows, &x.unit[..]), of(&y.rows, &others[..]));
    Ok(Some(separability(x, y, seed, backend, watch)?))
}
