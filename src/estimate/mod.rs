//! From a statistic to its standard error: what is left when a row, or a group of rows, is left out.
//!
//! Pure functions of numbers; no arrays of data, no passes.

mod batches;
mod discrepancy;
mod dyadic;
mod incomplete;
mod jackknife;
mod multiple;
mod permutation;
mod proportion;
mod quantile;
mod surroundings;
mod ustatistic;

pub use batches::mean_of_batches;
pub use discrepancy::squared_distance_interval;
pub use dyadic::{PairedError, PairedUnits, paired_error};
pub use incomplete::{Control, jackknife_of_pairs, row_effects, stratified_mean};
pub use jackknife::{
    Grouped, delete_group, delete_group_of_pairs, evened, leave_items_out, leave_one_out,
};
pub use multiple::holm;
pub use permutation::permutation_p;
pub use proportion::{error_of_few, errors_of_mean, score_interval, trials_of_end, wilson};
pub use quantile::quantile_interval;
pub use surroundings::{Surroundings, scatter};
pub use ustatistic::pair_mean_variance;
