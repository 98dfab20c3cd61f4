//! Reference encoders: data, operations, losses, the loop, and what the command line makes of them.

mod command;
mod files;
mod fit;
mod losses;
mod operations;
mod reference;
mod resume;
mod support;
mod views;
