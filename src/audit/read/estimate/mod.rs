//! Numbers from a part of the pairs.

pub(crate) mod card;
pub(crate) mod pair_means;
pub(crate) mod terms;
