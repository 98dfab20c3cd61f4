//! Maxima over windows that may overlap.

use candle_core::{CpuStorage, Device, Result, Shape, Tensor, bail};
use rayon::prelude::*;

use super::elements::{Real, read, slice};
use super::typed::{Gradients, Op, Stored, Typed};

/// Largest number in each `kernel` x `kernel` window of `x` (n, c, h, w), windows `stride` apart, none over the edge.
///
/// The gradient goes to the window's first maximum, row by row, as in PyTorch.
///
/// # Errors
/// candle's, where an image is smaller than a window.
pub fn max_pool2d(x: &Tensor, kernel: usize, stride: usize) -> Result<Tensor> {
    x.contiguous()?.apply_op1(Op(Pool { kernel, stride }))
}

/// Height and width.
pub(super) type PlaneSize = (usize, usize);

#[derive(Clone, Copy)]
pub(super) struct Pool {
    pub(super) kernel: usize,
    pub(super) stride: usize,
}

impl Pool {
    /// Number of planes, their sides, and those of the result.
    pub(super) fn sides(&self, x: &Shape) -> Result<(usize, PlaneSize, PlaneSize)> {
        let (n, c, h, w) = x.dims4()?;
        let kernel = self.kernel;
        if kernel > h || kernel > w || kernel == 0 || self.stride == 0 {
            bail!("max pooling: {h} x {w} images do not hold windows of {kernel} x {kernel}");
        }
        let out = |side: usize| (side - kernel) / self.stride + 1;
        Ok((n * c, (h, w), (out(h), out(w))))
    }

    /// Where in `plane`, of width `w`, the first maximum of the window at (`y`, `x`) is. NaN counts as largest.
    fn largest<T: Real>(&self, plane: &[T], w: usize, y: usize, x: usize) -> usize {
        let corner = y * self.stride * w + x * self.stride;
        let mut best = corner;
        for down in 0..self.kernel {
            for at in corner + down * w..corner + down * w + self.kernel {
                #[expect(clippy::eq_op, reason = "NaN differs from itself")]
                if plane[at] > plane[best] || plane[at] != plane[at] {
                    best = at;
                }
            }
        }
        best
    }
}

impl Typed<1> for Pool {
    const NAME: &'static str = "max pooling";

    fn forward<T: Real>(&self, [(x, layout)]: [Stored<'_>; 1]) -> Result<(CpuStorage, Shape)> {
        let (planes, (h, w), (oh, ow)) = self.sides(layout.shape())?;
        let x = slice::<T>(x, layout)?;
        let mut out = vec![T::default(); planes * oh * ow];
        out.par_chunks_mut(oh * ow)
            .zip(x.par_chunks(h * w))
            .with_min_len(64)
            .for_each(|(out, plane)| {
                for (at, out) in out.iter_mut().enumerate() {
                    *out = plane[self.largest(plane, w, at / ow, at % ow)];
                }
            });
        let dims = layout.shape().dims();
        Ok((
            T::to_cpu_storage_owned(out),
            (dims[0], dims[1], oh, ow).into(),
        ))
    }

    fn backward<T: Real>(
        &self,
        [x]: [&Tensor; 1],
        [_, grad]: [&Tensor; 2],
    ) -> Result<Gradients<1>> {
        let (planes, (h, w), (oh, ow)) = self.sides(x.shape())?;
        let mut out = vec![T::default(); planes * h * w];
        read::<T, _>(x, |x| {
            read::<T, _>(grad, |grads| {
                out.par_chunks_mut(h * w)
                    .zip(x.par_chunks(h * w))
                    .zip(grads.par_chunks(oh * ow))
                    .with_min_len(64)
                    .for_each(|((out, plane), grads)| {
                        for (at, grad) in grads.iter().enumerate() {
                            out[self.largest(plane, w, at / ow, at % ow)] += *grad;
                        }
                    });
                Ok(())
            })
        })?;
        Ok([Some(Tensor::from_vec(out, x.shape(), &Device::Cpu)?)])
    }
}
