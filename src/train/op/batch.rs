//! Batch normalisation as an operation: with the rectifier that follows it, and the pool, where there is one.

use candle_core::{CpuStorage, Device, Result, Shape, Tensor, bail};

use super::elements::{Real, read, slice};
use super::norm::{ChannelMoments, Norm, Statistics, sides};
use super::pool::Pool;
use super::pooled;
use super::typed::{Gradients, Op, Stored, Typed};

/// `x` (n, c) or (n, c, h, w) with each channel shifted and scaled to mean 0 and variance 1, then by `scale` and `shift`
/// (c each); negative results become 0 if `rectify`. Gives the moments used as well.
///
/// # Errors
/// candle's, where shapes do not fit.
pub fn batch_norm(
    x: &Tensor,
    scale: &Tensor,
    shift: &Tensor,
    statistics: &Statistics,
    rectify: bool,
) -> Result<(Tensor, ChannelMoments)> {
    let x = x.contiguous()?;
    let norm = Norm::new(&x, statistics, rectify)?;
    apply([&x, scale, shift], norm, None)
}

/// [`max_pool2d`](super::max_pool2d) of the rectified [`batch_norm`] of `x` (n, c, h, w). Gives the moments used as well.
///
/// # Errors
/// candle's, where shapes do not fit.
pub fn batch_norm_pool(
    x: &Tensor,
    scale: &Tensor,
    shift: &Tensor,
    statistics: &Statistics,
    (kernel, stride): (usize, usize),
) -> Result<(Tensor, ChannelMoments)> {
    let x = x.contiguous()?;
    let norm = Norm::new(&x, statistics, true)?;
    apply([&x, scale, shift], norm, Some(Pool { kernel, stride }))
}

fn apply(
    [x, scale, shift]: [&Tensor; 3],
    norm: Norm,
    pool: Option<Pool>,
) -> Result<(Tensor, ChannelMoments)> {
    let moments = norm.moments.clone();
    let op = Op(BatchNorm { norm, pool });
    let y = x.apply_op3(&scale.contiguous()?, &shift.contiguous()?, op)?;
    Ok((y, moments))
}

struct BatchNorm {
    norm: Norm,
    pool: Option<Pool>,
}

impl Typed<3> for BatchNorm {
    const NAME: &'static str = "normalisation";

    fn forward<T: Real>(&self, inputs: [Stored<'_>; 3]) -> Result<(CpuStorage, Shape)> {
        let [(x, layout), scale, shift] = inputs;
        let (scale, shift) = (slice::<T>(scale.0, scale.1)?, slice::<T>(shift.0, shift.1)?);
        let (channels, places) = sides(layout.shape())?;
        if [scale.len(), shift.len(), self.norm.moments.mean.len()] != [channels; 3] {
            bail!("normalisation: expected {channels} scales, shifts and moments");
        }
        let lines = self.norm.lines(scale, shift);
        let x = slice::<T>(x, layout)?;
        let (y, shape) = match self.pool {
            None => (self.norm.forward(x, &lines, places), layout.shape().clone()),
            Some(pool) => pooled::forward(&self.norm, pool, (x, layout.shape()), &lines)?,
        };
        Ok((T::to_cpu_storage_owned(y), shape))
    }

    fn backward<T: Real>(&self, x: [&Tensor; 3], [y, grad]: [&Tensor; 2]) -> Result<Gradients<3>> {
        let [x, scale, shift] = x;
        let scale = scale.to_vec1::<T>()?;
        let (_, places) = sides(x.shape())?;
        let norm = &self.norm;
        let (of_x, sums) = read::<T, _>(x, |values| {
            read::<T, _>(grad, |grads| match self.pool {
                None => read::<T, _>(y, |y| {
                    Ok(norm.backward(values, places, &scale, |plane, _, _, g| {
                        let at = plane * places..(plane + 1) * places;
                        let (y, grads) = (&y[at.clone()], &grads[at]);
                        if !norm.rectify {
                            return g.copy_from_slice(grads);
                        }
                        let g = &mut g[..places];
                        for k in 0..places {
                            let off = y[k] <= T::default();
                            g[k] = if off { T::default() } else { grads[k] };
                        }
                    }))
                }),
                Some(pool) => {
                    let lines = norm.lines(&scale, &shift.to_vec1::<T>()?);
                    let (_, (_, width), (down, across)) = pool.sides(x.shape())?;
                    let windows = down * across;
                    Ok(norm.backward(values, places, &scale, |plane, x, work, g| {
                        norm.plane(x, lines[plane % lines.len()], work);
                        let grads = &grads[plane * windows..][..windows];
                        pooled::through(pool, (work, width), (grads, across), g);
                    }))
                }
            })
        })?;
        let [of_scale, of_shift] = self.norm.of_lines::<T>(&sums)?;
        let of_x = Tensor::from_vec(of_x, x.shape(), &Device::Cpu)?;
        Ok([of_x, of_scale, of_shift].map(Some))
    }
}
