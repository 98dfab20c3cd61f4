//! Linear layers.

use candle_core::{CpuStorage, CustomOp2, DType, Layout, Result, Shape, Tensor, bail};

use super::composed;
use super::elements::{Real, read};

/// `x` (n, in) times the transpose of `weights` (out, in): what each row of weights makes of each row of x.
///
/// # Errors
/// candle's, where shapes do not fit.
pub fn linear(x: &Tensor, weights: &Tensor) -> Result<Tensor> {
    let made = composed::linear(&x.detach(), &weights.detach())?;
    x.apply_op2(weights, Linear { made })
}

/// The product is made before: an operation is given bare numbers, of which only a copy could be multiplied.
struct Linear {
    made: Tensor,
}

impl Linear {
    fn forward<T: Real>(&self) -> Result<(CpuStorage, Shape)> {
        let values = read::<T, _>(&self.made, |values| Ok(values.to_vec()))?;
        Ok((T::to_cpu_storage_owned(values), self.made.shape().clone()))
    }
}

impl CustomOp2 for Linear {
    fn name(&self) -> &'static str {
        "linear"
    }

    fn cpu_fwd(
        &self,
        _: &CpuStorage,
        _: &Layout,
        _: &CpuStorage,
        _: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        match self.made.dtype() {
            DType::F32 => self.forward::<f32>(),
            DType::F64 => self.forward::<f64>(),
            other => bail!("linear: expected f32 or f64, found {other:?}"),
        }
    }

    fn bwd(
        &self,
        x: &Tensor,
        weights: &Tensor,
        _: &Tensor,
        grad: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>)> {
        // What goes in first needs no gradient.
        let of_x = match x.track_op() {
            true => Some(grad.matmul(&weights.detach())?),
            false => None,
        };
        Ok((of_x, Some(grad.t()?.matmul(&x.detach())?)))
    }
}
