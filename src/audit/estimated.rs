//! Audits that see a part of the pairs: how much, and what it tells.
//!
//! [`Estimated`] is what was seen; `effort` decides how much that is, `pair_means` and `terms` make the numbers.
//! Whatever costs O(n) stays exact: alignment, mean cosine, norms.

mod answer;
mod budget;
mod cost;
mod effort;
mod full_rows;
mod known;
mod pair_means;
mod seen;
mod terms;
mod view;

pub(super) use answer::{Answer, verdict};
pub(super) use cost::Cost;
pub use cost::OverBudget;
pub(super) use pair_means::estimated_uniformities;
pub(super) use seen::Estimated;
use seen::Seen;
pub(super) use terms::estimated_term;
