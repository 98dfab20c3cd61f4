//! Finishing: from the states of a pass to statistics with what their errors need.
//!
//! A metric sees states and numbers, never rows or backends.

mod alignment;
mod circle;
mod contrast;
mod laplace;
mod norms;
mod potential;
mod registry;
mod uniformity;

pub use alignment::{Alignment, alignment, cosine};
pub use circle::{circle_density, circle_kappa};
pub use contrast::{GroupedStatistic, alignment_term, uniform_term};
pub use laplace::LogLaplace;
pub use norms::{norm_cv, norm_mean};
pub use potential::potential;
pub use registry::{
    Direction, METRICS, MetricId, MetricSpec, UnknownMetric, explain, markdown_table,
};
pub use uniformity::{Counts, Statistic, log_mean_exp, mean_cosine};
