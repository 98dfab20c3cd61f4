//! How large encoders may be.

/// Most dimensions, and most units of a layer.
pub(in crate::train) const MOST_UNITS: usize = 1 << 20;
/// Most channels of an image.
pub(in crate::train) const MOST_CHANNELS: usize = 1 << 10;
/// Largest height and width of an image.
pub(in crate::train) const MOST_SIDE: usize = 1 << 12;
/// Most weights: 4.3 GB of them, and up to four times that while they learn.
pub(in crate::train) const MOST_WEIGHTS: u64 = 1 << 30;
