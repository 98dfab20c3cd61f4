//! Reference encoders: data, operations, losses, the loop, and what the command line makes of them.

mod command;
pub(crate) mod depths;
mod exchange;
mod files;
mod fit;
mod formats;
mod hostile;
mod losses;
mod near;
mod operations;
mod plans;
mod reference;
mod resume;
mod steps;
pub(crate) mod support;
mod views;
mod weights;
