//! Moments that a normalisation goes by.

/// Added to variances, as PyTorch's default.
pub const EPSILON: f64 = 1e-5;

/// Mean and (biased) variance of each channel.
#[derive(Clone, Debug, PartialEq)]
pub struct Moments {
    /// Means.
    pub mean: Vec<f64>,
    /// Variances: mean squared distance to the mean.
    pub variance: Vec<f64>,
}

/// Which moments a normalisation uses.
#[derive(Clone, Debug, PartialEq)]
pub enum Statistics {
    /// Those of the batch itself: gradients pass through them.
    Batch,
    /// Given ones, e.g. running means of batches: constants.
    Given(Moments),
}
