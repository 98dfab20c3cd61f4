//! Finishing: from the states of a pass to numbers with errors.

mod registry;

pub use registry::{Direction, METRICS, MetricId, MetricSpec};
