//! The same operations out of candle's own: for devices that are no processor, and to check the fast ones against.

use candle_core::{Result, Tensor, bail};

use super::elements::plain;
use super::norm::{EPSILON, Moments, Statistics};

/// See [`super::conv2d`].
///
/// # Errors
/// candle's.
pub fn conv2d(x: &Tensor, weights: &Tensor, padding: usize) -> Result<Tensor> {
    x.conv2d(weights, padding, 1, 1, 1)
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

/// See [`super::batch_norm`].
///
/// # Errors
/// candle's.
pub fn batch_norm(
    x: &Tensor,
    scale: &Tensor,
    shift: &Tensor,
    statistics: &Statistics,
    rectify: bool,
) -> Result<(Tensor, Moments)> {
    let channels = x.dim(1)?;
    let rest: Vec<usize> = (0..x.rank()).filter(|axis| *axis != 1).collect();
    let along = |t: &Tensor| -> Result<Tensor> {
        let mut shape = vec![1; x.rank()];
        shape[1] = channels;
        t.reshape(shape)
    };
    let (mean, variance) = match statistics {
        Statistics::Batch => {
            let mean = x.mean_keepdim(rest.clone())?;
            let variance = x.broadcast_sub(&mean)?.sqr()?.mean_keepdim(rest)?;
            (mean, variance)
        }
        Statistics::Given(moments) => {
            let given =
                |values: &[f64]| along(&Tensor::new(values, x.device())?.to_dtype(x.dtype())?);
            (given(&moments.mean)?, given(&moments.variance)?)
        }
    };
    let moments = Moments {
        mean: plain(&mean)?,
        variance: plain(&variance)?,
    };
    let normed = x
        .broadcast_sub(&mean)?
        .broadcast_div(&(variance + EPSILON)?.sqrt()?)?;
    let y = normed
        .broadcast_mul(&along(scale)?)?
        .broadcast_add(&along(shift)?)?;
    Ok((if rectify { y.relu()? } else { y }, moments))
}
