//! Reference encoders: data, operations, losses and the loop.

mod fit;
mod support;
