//! Models side by side: what is reported of a comparison.

mod document;
mod effects;
mod numbers;
mod parity;
mod thresholds;

#[cfg(feature = "plots")]
pub(super) use numbers::{is_detail, main_curves};
#[cfg(feature = "plots")]
pub(super) use parity::{overlap, overlap_side, stored_as};
