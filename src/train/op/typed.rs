//! Operations that are written once for f32 and f64, as candle takes them.

use candle_core::{
    CpuStorage, CustomOp1, CustomOp2, CustomOp3, DType, Layout, Result, Shape, Tensor, bail,
};

use super::elements::Real;

/// A contiguous tensor on the processor.
pub(super) type Stored<'a> = (&'a CpuStorage, &'a Layout);

/// The gradient of each input, none where it needs none.
pub(super) type Gradients<const N: usize> = [Option<Tensor>; N];

/// An operation on `N` contiguous tensors, for either kind of number.
pub(super) trait Typed<const N: usize>: Send + Sync {
    /// What its refusals begin with.
    const NAME: &'static str;

    /// The result.
    fn forward<T: Real>(&self, inputs: [Stored<'_>; N]) -> Result<(CpuStorage, Shape)>;

    /// Gradients of `x`, from the result and its gradient, which is contiguous.
    fn backward<T: Real>(&self, x: [&Tensor; N], result: [&Tensor; 2]) -> Result<Gradients<N>>;
}

/// One of them, as candle's operation.
pub(super) struct Op<O>(pub(super) O);

impl<O> Op<O> {
    fn forward<const N: usize>(&self, inputs: [Stored<'_>; N]) -> Result<(CpuStorage, Shape)>
    where
        O: Typed<N>,
    {
        match inputs[0].0 {
            CpuStorage::F32(_) => self.0.forward::<f32>(inputs),
            CpuStorage::F64(_) => self.0.forward::<f64>(inputs),
            _ => bail!("{}: expected f32 or f64", O::NAME),
        }
    }

    fn backward<const N: usize>(&self, x: [&Tensor; N], y: [&Tensor; 2]) -> Result<Gradients<N>>
    where
        O: Typed<N>,
    {
        let [y, grad] = [y[0], &y[1].contiguous()?];
        match grad.dtype() {
            DType::F64 => self.0.backward::<f64>(x, [y, grad]),
            _ => self.0.backward::<f32>(x, [y, grad]),
        }
    }
}

impl<O: Typed<1>> CustomOp1 for Op<O> {
    fn name(&self) -> &'static str {
        O::NAME
    }

    fn cpu_fwd(&self, storage: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        self.forward([(storage, layout)])
    }

    fn bwd(&self, x: &Tensor, result: &Tensor, grad: &Tensor) -> Result<Option<Tensor>> {
        let [x] = self.backward([x], [result, grad])?;
        Ok(x)
    }
}

impl<O: Typed<2>> CustomOp2 for Op<O> {
    fn name(&self) -> &'static str {
        O::NAME
    }

    fn cpu_fwd(
        &self,
        s1: &CpuStorage,
        l1: &Layout,
        s2: &CpuStorage,
        l2: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        self.forward([(s1, l1), (s2, l2)])
    }

    fn bwd(
        &self,
        a: &Tensor,
        b: &Tensor,
        result: &Tensor,
        grad: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>)> {
        self.backward([a, b], [result, grad]).map(Into::into)
    }
}

impl<O: Typed<3>> CustomOp3 for Op<O> {
    fn name(&self) -> &'static str {
        O::NAME
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
        self.forward([(s1, l1), (s2, l2), (s3, l3)])
    }

    fn bwd(
        &self,
        a: &Tensor,
        b: &Tensor,
        c: &Tensor,
        result: &Tensor,
        grad: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>, Option<Tensor>)> {
        self.backward([a, b, c], [result, grad]).map(Into::into)
    }
}
