//! From states to an audit: pure. No rows, no backend, nothing to watch.

pub(crate) mod all;
pub(crate) mod card;
pub(crate) mod classes;
pub(crate) mod compat;
pub(crate) mod curve;
pub(crate) mod estimate;
pub(crate) mod found;
pub(crate) mod gaps;
mod judged_pairs;
pub(crate) mod measures;
pub(crate) mod modality;
pub(crate) mod not_finite;
pub(crate) mod notes;
pub(crate) mod offenders;
pub(crate) mod pairing;
pub(crate) mod pairwise;
pub(crate) mod parity;
pub(crate) mod repeats;
pub(crate) mod search;
pub(crate) mod spectrum;
pub(crate) mod terms;

pub use all::read;
