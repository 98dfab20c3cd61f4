//! Everything that calls C: the CUDA driver, each call wrapped once, and NVRTC.

mod cards;
mod error;
mod nvrtc;
mod opened;
mod staging;

pub(super) use cards::cards;
pub(super) use nvrtc::compile;
pub(super) use opened::OpenCard;
