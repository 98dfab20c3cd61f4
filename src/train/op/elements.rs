//! Plain slices out of tensors.

use std::ops::{Add, Div, Mul, Sub};

use candle_core::{CpuStorage, DType, Device, Layout, Result, Storage, Tensor, WithDType, bail};

use super::product::Product;
use super::squash;

/// f32 or f64.
pub(super) trait Real:
    WithDType
    + Product
    + Default
    + Send
    + Sync
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
{
    /// 1 / (1 + e^-x).
    fn sigmoid(self) -> Self;
    /// Hyperbolic tangent.
    fn tanh(self) -> Self;
}

impl Real for f32 {
    #[inline(always)]
    fn sigmoid(self) -> Self {
        squash::sigmoid(self)
    }

    #[inline(always)]
    fn tanh(self) -> Self {
        squash::tanh(self)
    }
}

impl Real for f64 {
    fn sigmoid(self) -> Self {
        1.0 / (1.0 + (-self).exp())
    }

    fn tanh(self) -> Self {
        self.tanh()
    }
}

/// The elements of a contiguous tensor on the processor.
pub(super) fn slice<'a, T: Real>(storage: &'a CpuStorage, layout: &Layout) -> Result<&'a [T]> {
    match layout.contiguous_offsets() {
        Some((start, end)) => Ok(&T::cpu_storage_as_slice(storage)?[start..end]),
        None => bail!(
            "expected a contiguous tensor, found strides {:?}",
            layout.stride()
        ),
    }
}

/// Runs `work` on the elements of a contiguous tensor on the processor.
pub(super) fn read<T: Real, R>(tensor: &Tensor, work: impl FnOnce(&[T]) -> Result<R>) -> Result<R> {
    let (storage, layout) = tensor.storage_and_layout();
    match &*storage {
        Storage::Cpu(storage) => work(slice(storage, layout)?),
        _ => bail!("expected a tensor on the processor"),
    }
}

/// Sum of what `term` makes of the numbers of two equally long slices, in an order that does not depend on the machine:
/// partial sums side by side, over whole chunks, added in halves. With fewer of them, or added one by one, the compiler
/// makes no vectors of them.
pub(super) fn sum<T: Real>(a: &[T], b: &[T], term: impl Fn(T, T) -> T) -> T {
    const LANES: usize = 32;
    let (chunks, rest) = a.as_chunks::<LANES>();
    let (others, others_rest) = b.as_chunks::<LANES>();
    let mut lanes = [T::default(); LANES];
    for (a, b) in chunks.iter().zip(others) {
        for k in 0..LANES {
            lanes[k] += term(a[k], b[k]);
        }
    }
    for half in [16, 8, 4, 2, 1] {
        for k in 0..half {
            let other = lanes[k + half];
            lanes[k] += other;
        }
    }
    let mut total = lanes[0];
    for (a, b) in rest.iter().zip(others_rest) {
        total += term(*a, *b);
    }
    total
}

/// All elements, wherever the tensor is.
pub(in crate::train) fn plain(tensor: &Tensor) -> Result<Vec<f64>> {
    let here = tensor.detach().flatten_all()?.to_device(&Device::Cpu)?;
    here.to_dtype(DType::F64)?.to_vec1()
}
