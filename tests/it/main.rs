//! All tests from outside, in one program: linked once, and run side by side.
//!
//! `cargo test --test it laws::` runs a part of them. What needs a process of its own stands beside this folder.

mod architecture;
#[allow(
    clippy::duplicate_mod,
    reason = "the laws are the same, on backends that this module's support opens"
)]
mod backends;
mod circles;
mod cli;
mod compare;
mod compat;
mod coverage;
mod curve;
mod drift;
mod estimate;
mod examples;
#[cfg(feature = "train")]
mod experiments;
#[cfg(feature = "plots")]
mod figures;
mod findings;
mod gate;
mod gpu_table;
mod inner_products;
mod intervals;
mod judged_pairs;
mod kept;
mod kernels;
mod laws;
mod names;
mod offenders;
mod parity;
mod ported;
mod probe;
#[cfg(feature = "gpu")]
mod ptx;
mod readers;
#[cfg(all(feature = "tables", feature = "plots"))]
mod readme;
mod registry;
mod report;
mod same_rows;
mod sampled;
mod search;
mod spectrum;
mod states;
#[cfg(feature = "train")]
mod study;
mod support;
mod theory;
#[cfg(feature = "train")]
mod train;
