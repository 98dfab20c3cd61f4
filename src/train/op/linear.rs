//! Linear layers.

use candle_core::{CpuStorage, Device, Result, Shape, Tensor, bail};

use super::elements::{Real, read, slice};
use super::product::{matrix, matrix_mut, multiply};
use super::typed::{Gradients, Op, Stored, Typed};

/// `x` (n, in) times the transpose of `weights` (out, in): what each row of weights makes of each row of x.
///
/// # Errors
/// candle's, where shapes do not fit.
pub fn linear(x: &Tensor, weights: &Tensor) -> Result<Tensor> {
    x.contiguous()?
        .apply_op2(&weights.contiguous()?, Op(Linear))
}

struct Linear;

impl Typed<2> for Linear {
    const NAME: &'static str = "linear";

    fn forward<T: Real>(&self, inputs: [Stored<'_>; 2]) -> Result<(CpuStorage, Shape)> {
        let [(x, x_layout), (weights, layout)] = inputs;
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

    fn backward<T: Real>(&self, x: [&Tensor; 2], [_, grad]: [&Tensor; 2]) -> Result<Gradients<2>> {
        let [x, weights] = x;
        let ((n, depth), (out, _)) = (x.dims2()?, weights.dims2()?);
        read::<T, _>(grad, |grad| {
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
            Ok([of_x, Some(of_weights)])
        })
    }
}
