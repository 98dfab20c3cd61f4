//! Linear layers.

use candle_core::{CpuStorage, CustomOp2, DType, Device, Layout, Result, Shape, Tensor, bail};

use super::elements::{Real, read, slice};
use super::product::{matrix, matrix_mut, multiply};

/// `x` (n, in) times the transpose of `weights` (out, in): what each row of weights makes of each row of x.
///
/// # Errors
/// candle's, where shapes do not fit.
pub fn linear(x: &Tensor, weights: &Tensor) -> Result<Tensor> {
    x.contiguous()?.apply_op2(&weights.contiguous()?, Linear)
}

struct Linear;

impl Linear {
    fn forward<T: Real>(
        &self,
        (x, x_layout): (&CpuStorage, &Layout),
        (weights, layout): (&CpuStorage, &Layout),
    ) -> Result<(CpuStorage, Shape)> {
        let ((n, depth), (out, inside)) = (x_layout.shape().dims2()?, layout.shape().dims2()?);
        if depth != inside {
            bail!("linear: {n} x {depth} does not fit weights of {out} x {inside}");
        }
        let (x, weights) = (slice::<T>(x, x_layout)?, slice::<T>(weights, layout)?);
        let mut y = vec![T::default(); n * out];
        let weights = matrix(weights, out).transpose();
        multiply(matrix_mut(&mut y, n), false, matrix(x, n), weights);
        Ok((T::to_cpu_storage_owned(y), (n, out).into()))
    }

    fn backward<T: Real>(
        &self,
        [x, weights, grad]: [&Tensor; 3],
    ) -> Result<(Option<Tensor>, Option<Tensor>)> {
        let ((n, depth), (out, _)) = (x.dims2()?, weights.dims2()?);
        let grad = grad.contiguous()?;
        read::<T, _>(&grad, |grad| {
            let grad = matrix(grad, n);
            // What goes in first needs no gradient.
            let of_x = match x.track_op() {
                true => Some(read::<T, _>(weights, |weights| {
                    let mut of_x = vec![T::default(); n * depth];
                    multiply(matrix_mut(&mut of_x, n), false, grad, matrix(weights, out));
                    Tensor::from_vec(of_x, (n, depth), &Device::Cpu)
                })?),
                false => None,
            };
            let of_weights = read::<T, _>(x, |x| {
                let mut of_weights = vec![T::default(); out * depth];
                let into = matrix_mut(&mut of_weights, out);
                multiply(into, false, grad.transpose(), matrix(x, n));
                Tensor::from_vec(of_weights, (out, depth), &Device::Cpu)
            })?;
            Ok((of_x, Some(of_weights)))
        })
    }
}

impl CustomOp2 for Linear {
    fn name(&self) -> &'static str {
        "linear"
    }

    fn cpu_fwd(
        &self,
        s1: &CpuStorage,
        l1: &Layout,
        s2: &CpuStorage,
        l2: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        match s1 {
            CpuStorage::F32(_) => self.forward::<f32>((s1, l1), (s2, l2)),
            CpuStorage::F64(_) => self.forward::<f64>((s1, l1), (s2, l2)),
            _ => bail!("linear: expected f32 or f64"),
        }
    }

    fn bwd(
        &self,
        x: &Tensor,
        weights: &Tensor,
        _: &Tensor,
        grad: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>)> {
        match x.dtype() {
            DType::F64 => self.backward::<f64>([x, weights, grad]),
            _ => self.backward::<f32>([x, weights, grad]),
        }
    }
}
