//! Models side by side: what is reported of a comparison.

mod document;
mod effects;
mod numbers;

#[cfg(feature = "plots")]
pub(super) use numbers::{is_detail, main_curves};
