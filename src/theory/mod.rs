//! Closed forms: what a perfect encoder's numbers are on the sphere S^(m-1) in R^m.
//!
//! Here: functions of the dimension, the parameter and the sample size alone, in f64, without state. Not
//! here: data, estimates, bounds that need a sample.

mod bessel;
mod bounds;
mod cosine;
mod spectrum;
mod sphere;
mod student;

pub use bessel::{log_hyp0f1, log_hyp0f1_scaled};
pub use bounds::{loss_bounds, root_bound};
pub use cosine::{cosine_bin_mass, cosine_density};
pub use spectrum::spectrum_of_uniform;
pub use sphere::{
    IDEAL_MEAN_COSINE, NullSd, contrastive_limit_floor, contrastive_uniform_term_of_uniform,
    uniformity_null_sd, uniformity_of_uniform,
};
pub use student::{student_quantile, student_tail};
