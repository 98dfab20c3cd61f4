//! Batch normalisation as an operation: with the rectifier that follows it, and the pool, where there is one.

use candle_core::{CpuStorage, CustomOp3, DType, Device, Layout, Result, Shape, Tensor, bail};

use super::elements::{Real, read, slice};
use super::norm::{ChannelMoments, Norm, Statistics, sides};
use super::pool::Pool;
use super::pooled;

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
    let op = BatchNorm { norm, pool };
    let y = x.apply_op3(&scale.contiguous()?, &shift.contiguous()?, op)?;
    Ok((y, moments))
}

struct BatchNorm {
    norm: Norm,
    pool: Option<Pool>,
}

type Gradients = (Option<Tensor>, Option<Tensor>, Option<Tensor>);

impl BatchNorm {
    fn forward<T: Real>(
        &self,
        (x, layout): (&CpuStorage, &Layout),
        scale: (&CpuStorage, &Layout),
        shift: (&CpuStorage, &Layout),
    ) -> Result<(CpuStorage, Shape)> {
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

    fn backward<T: Real>(&self, [x, scale, shift, y, grad]: [&Tensor; 5]) -> Result<Gradients> {
        let scale = scale.to_vec1::<T>()?;
        let grad = grad.contiguous()?;
        let (_, places) = sides(x.shape())?;
        let norm = &self.norm;
        let (of_x, sums) = read::<T, _>(x, |values| {
            read::<T, _>(&grad, |grads| match self.pool {
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
        Ok((Some(of_x), Some(of_scale), Some(of_shift)))
    }
}

impl CustomOp3 for BatchNorm {
    fn name(&self) -> &'static str {
        "batch_norm"
    }

    fn cpu_fwd(
        &self,
        s1: &CpuStorage,
        l1: &Layout,
        s2: &CpuStorage,
        l2: &Layout,
        s3: &CpuStorage,
        l3: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        match s1 {
            CpuStorage::F32(_) => self.forward::<f32>((s1, l1), (s2, l2), (s3, l3)),
            CpuStorage::F64(_) => self.forward::<f64>((s1, l1), (s2, l2), (s3, l3)),
            _ => bail!("normalisation: expected f32 or f64"),
        }
    }

    fn bwd(
        &self,
        x: &Tensor,
        scale: &Tensor,
        shift: &Tensor,
        y: &Tensor,
        grad: &Tensor,
    ) -> Result<Gradients> {
        match x.dtype() {
            DType::F64 => self.backward::<f64>([x, scale, shift, y, grad]),
            _ => self.backward::<f32>([x, scale, shift, y, grad]),
        }
    }
}
