//! Convolution of stride 1: as products of matrices of patches, or, where that is less work, square by square.

use candle_core::{CpuStorage, Device, Result, Shape, Tensor, bail};

use super::columns::Window;
use super::elements::{Real, read, slice};
use super::typed::{Gradients, Op, Stored, Typed};
use super::winograd::Winograd;

/// `x` (n, c, h, w) convolved with `weights` (o, c, k, k) at stride 1, `padding` zeros on each side.
///
/// # Errors
/// candle's, where shapes do not fit.
pub fn conv2d(x: &Tensor, weights: &Tensor, padding: usize) -> Result<Tensor> {
    x.contiguous()?
        .apply_op2(&weights.contiguous()?, Op(Conv { padding }))
}

struct Conv {
    padding: usize,
}

impl Conv {
    fn window(&self, x: &Shape, weights: &Shape) -> Result<(Window, usize)> {
        let (_, channels, h, w) = x.dims4()?;
        let (out, depth, kernel, across) = weights.dims4()?;
        if depth != channels || kernel != across {
            bail!("convolution: {x:?} does not fit kernels {weights:?}");
        }
        if kernel > h + 2 * self.padding || kernel > w + 2 * self.padding {
            bail!(
                "convolution: images of {h} x {w} are smaller than kernels of {kernel} x {kernel}"
            );
        }
        let window = Window {
            channels,
            size: (h, w),
            kernel,
            padding: self.padding,
        };
        Ok((window, out))
    }
}

impl Typed<2> for Conv {
    const NAME: &'static str = "convolution";

    fn forward<T: Real>(&self, inputs: [Stored<'_>; 2]) -> Result<(CpuStorage, Shape)> {
        let [(x, x_layout), (weights, layout)] = inputs;
        let (window, out) = self.window(x_layout.shape(), layout.shape())?;
        let (x, weights) = (slice::<T>(x, x_layout)?, slice::<T>(weights, layout)?);
        let results = match Winograd::new(window, out) {
            Some(squares) => squares.convolve(x, weights),
            None => {
                let shape = (out, window.depth());
                window.convolve(x, &Tensor::from_slice(weights, shape, &Device::Cpu)?)?
            }
        };
        let (h, w) = window.out();
        let shape = (x_layout.shape().dims()[0], out, h, w).into();
        Ok((T::to_cpu_storage_owned(results), shape))
    }

    fn backward<T: Real>(&self, x: [&Tensor; 2], [_, grad]: [&Tensor; 2]) -> Result<Gradients<2>> {
        let [x, weights] = x;
        let (window, out) = self.window(x.shape(), weights.shape())?;
        // The first layer's images need no gradient.
        let needed = x.track_op();
        if let Some(squares) = Winograd::new(window, out) {
            return read::<T, _>(x, |images| {
                read::<T, _>(weights, |kernels| {
                    read::<T, _>(grad, |grads| {
                        let kernels = needed.then_some(kernels);
                        let (of_weights, of_x) = squares.gradients(images, grads, kernels);
                        let of_x = of_x.map(|g| Tensor::from_vec(g, x.shape(), &Device::Cpu));
                        let of_weights =
                            Tensor::from_vec(of_weights, weights.shape(), &Device::Cpu)?;
                        Ok([of_x.transpose()?, Some(of_weights)])
                    })
                })
            });
        }
        read::<T, _>(grad, |grads| {
            let of_weights = read::<T, _>(x, |x| window.weights(x, grads, out))?;
            let of_weights = Tensor::from_vec(of_weights, weights.shape(), &Device::Cpu)?;
            let of_x = if needed {
                let back = Window {
                    channels: out,
                    size: window.out(),
                    kernel: window.kernel,
                    padding: window.kernel - 1 - window.padding,
                };
                let turned = turned(weights)?.reshape((window.channels, back.depth()))?;
                let results = back.convolve(grads, &turned)?;
                Some(Tensor::from_vec(results, x.shape(), &Device::Cpu)?)
            } else {
                None
            };
            Ok([of_x, Some(of_weights)])
        })
    }
}

/// Kernels turned by half a circle, with the channels that enter and leave exchanged.
fn turned(weights: &Tensor) -> Result<Tensor> {
    // candle flips contiguous tensors only.
    let exchanged = weights.detach().transpose(0, 1)?.contiguous()?;
    exchanged.flip(&[2, 3])?.contiguous()
}
