//! The same operations out of candle's own: for devices that are no processor, and to check the fast ones against.

use candle_core::{Result, Tensor, bail};
use candle_nn::ops::sigmoid;

use super::norm::EPSILON;

/// See [`super::conv2d`].
///
/// # Errors
/// candle's.
pub fn conv2d(x: &Tensor, weights: &Tensor, padding: usize) -> Result<Tensor> {
    x.conv2d(weights, padding, 1, 1, 1)
}

/// See [`super::linear`].
///
/// # Errors
/// candle's.
pub fn linear(x: &Tensor, weights: &Tensor) -> Result<Tensor> {
    x.matmul(&weights.t()?)
}

/// See [`super::max_pool2d`]; here equal maxima share the gradient.
///
/// # Errors
/// candle's.
pub fn max_pool2d(x: &Tensor, kernel: usize, stride: usize) -> Result<Tensor> {
    let (_, _, h, w) = x.dims4()?;
    if kernel > h || kernel > w || kernel == 0 || stride == 0 {
        bail!("max pooling: {h} x {w} images do not hold windows of {kernel} x {kernel}");
    }
    // Rows, then columns: a maximum of maxima.
    let along = |x: &Tensor, axis: usize, side: usize| -> Result<Tensor> {
        let count = ((side - kernel) / stride + 1) as u32;
        let mut best: Option<Tensor> = None;
        for shift in 0..kernel as u32 {
            let places: Vec<u32> = (0..count).map(|i| shift + i * stride as u32).collect();
            let taken = x.index_select(&Tensor::new(places, x.device())?, axis)?;
            best = Some(match best {
                Some(best) => best.maximum(&taken)?,
                None => taken,
            });
        }
        best.map_or_else(|| bail!("max pooling: windows of size 0"), Ok)
    };
    along(&along(x, 2, h)?, 3, w)
}

/// See [`super::gru`]; here `inputs` (n, length, 3 u) have fillers, where `mask` (n, length) is 0, and hold their bias.
///
/// # Errors
/// candle's.
pub fn gru(
    inputs: &Tensor,
    weights: &Tensor,
    bias: &Tensor,
    mask: &Tensor,
    backwards: bool,
) -> Result<Tensor> {
    let (n, length, _) = inputs.dims3()?;
    let units = weights.dim(1)?;
    let mut state = Tensor::zeros((n, units), inputs.dtype(), inputs.device())?;
    for step in 0..length {
        let step = if backwards { length - 1 - step } else { step };
        let from_input = inputs.narrow(1, step, 1)?.squeeze(1)?;
        let from_state = state.matmul(&weights.t()?)?.broadcast_add(bias)?;
        let gate = |at: usize| -> Result<(Tensor, Tensor)> {
            Ok((
                from_input.narrow(1, at * units, units)?,
                from_state.narrow(1, at * units, units)?,
            ))
        };
        let ((reset_i, reset_s), (keep_i, keep_s), (new_i, new_s)) = (gate(0)?, gate(1)?, gate(2)?);
        let reset = sigmoid(&(reset_i + reset_s)?)?;
        let keep = sigmoid(&(keep_i + keep_s)?)?;
        let new = (new_i + (reset * new_s)?)?.tanh()?;
        // keep · state + (1 - keep) · new, where there is a word.
        let moved = ((&state - &new)? * keep)?.add(&new)?;
        let there = mask.narrow(1, step, 1)?;
        state = (&state + (moved - &state)?.broadcast_mul(&there)?)?;
    }
    Ok(state)
}

/// Mean and biased variance of each channel of `x` (n, c) or (n, c, h, w).
///
/// # Errors
/// candle's.
pub fn moments(x: &Tensor) -> Result<[Tensor; 2]> {
    let rest: Vec<usize> = (0..x.rank()).filter(|axis| *axis != 1).collect();
    let mean = x.mean_keepdim(rest.clone())?;
    let variance = x.broadcast_sub(&mean)?.sqr()?.mean_keepdim(rest)?;
    Ok([mean.flatten_all()?, variance.flatten_all()?])
}

/// See [`super::batch_norm`]; here with these moments (c each), through which gradients pass.
///
/// # Errors
/// candle's.
pub fn normalised(
    x: &Tensor,
    [scale, shift]: [&Tensor; 2],
    [mean, variance]: [&Tensor; 2],
    rectify: bool,
) -> Result<Tensor> {
    let along = |t: &Tensor| -> Result<Tensor> {
        let mut shape = vec![1; x.rank()];
        shape[1] = x.dim(1)?;
        t.reshape(shape)
    };
    let normed = x
        .broadcast_sub(&along(mean)?)?
        .broadcast_div(&(along(variance)? + EPSILON)?.sqrt()?)?;
    let y = normed
        .broadcast_mul(&along(scale)?)?
        .broadcast_add(&along(shift)?)?;
    if rectify { y.relu() } else { Ok(y) }
}
