//! From a statistic to its standard error: what is left when a row, or a group of rows, is left out.
//!
//! Pure functions of numbers; no arrays of data, no passes.

mod dyadic;
mod jackknife;
mod proportion;
mod ustatistic;

pub use dyadic::dyadic_standard_error;
pub use jackknife::{Grouped, delete_group, leave_one_out};
pub use proportion::wilson;
pub use ustatistic::pair_mean_variance;
