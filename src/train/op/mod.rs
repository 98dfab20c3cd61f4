//! Operations with gradients of their own, where candle's are slow, missing or wrong.
//!
//! | operation | why not candle's (0.11.1) |
//! |---|---|
//! | [`conv2d`] | its backward pass takes four times as long as PyTorch's |
//! | [`batch_norm`] | a dozen passes over the activations, where two and two do |
//! | [`linear`] | the gradient of the weights is added as the transpose of a matrix, number by number |
//! | [`gru`] | the gradient of each step's slice of the inputs is as large as all of them, so time grows with length squared |
//! | [`max_pool2d`] | overlapping windows are refused, and its gradient is 1/k^2 of the true one |
//!
//! [`batch_norm_pool`] is the last two in one: what lies between them is as large as the largest activation, and so is its
//! gradient; neither is ever written.
//!
//! Kernels of 3 x 3 over many channels take a quarter of the multiplications; their products, and those of [`linear`] and
//! [`gru`], are faer's.
//!
//! All run on the processor, on f32 and f64, and give the same bits on any number of threads. Elsewhere [`Ops`] takes what is
//! composed of candle's operations ([`composed`]), which also serve as their oracle in tests.

use candle_core::{Device, Result, Tensor};

mod batch;
mod columns;
pub mod composed;
mod conv;
mod elements;
mod linear;
mod norm;
mod plane;
mod pool;
mod pooled;
mod product;
mod recurrent;
mod squash;
mod tile;
mod typed;
mod winograd;

pub use batch::{batch_norm, batch_norm_pool};
pub use conv::conv2d;
pub(super) use elements::plain;
pub use linear::linear;
pub use norm::{ChannelMoments, EPSILON, Statistics};
pub use pool::max_pool2d;
pub use recurrent::{PackedSentences, gru};

/// Which operations compute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ops {
    /// Those of this room, on a processor.
    Own,
    /// Candle's, on any device.
    Composed,
}

impl Ops {
    /// The faster ones of those that run on `device`.
    pub fn of(device: &Device) -> Self {
        match device.is_cpu() {
            true => Ops::Own,
            false => Ops::Composed,
        }
    }

    /// See [`conv2d`].
    ///
    /// # Errors
    /// candle's, where shapes do not fit.
    pub fn conv2d(self, x: &Tensor, weights: &Tensor, padding: usize) -> Result<Tensor> {
        match self {
            Ops::Own => conv2d(x, weights, padding),
            Ops::Composed => composed::conv2d(x, weights, padding),
        }
    }

    /// See [`linear`].
    ///
    /// # Errors
    /// candle's, where shapes do not fit.
    pub fn linear(self, x: &Tensor, weights: &Tensor) -> Result<Tensor> {
        match self {
            Ops::Own => linear(x, weights),
            Ops::Composed => composed::linear(x, weights),
        }
    }

    /// See [`max_pool2d`].
    ///
    /// # Errors
    /// candle's, where an image is smaller than a window.
    pub fn max_pool2d(self, x: &Tensor, kernel: usize, stride: usize) -> Result<Tensor> {
        match self {
            Ops::Own => max_pool2d(x, kernel, stride),
            Ops::Composed => composed::max_pool2d(x, kernel, stride),
        }
    }
}
