//! Convolution as products of matrices, some images at a time.

use candle_core::{Device, Result, Tensor};
use rayon::prelude::*;

use super::elements::{Real, read};

/// Elements of a matrix of patches: as many images share one as fit, so that it stays in the cache while the product
/// reads it, and is large enough for the product to be split over threads.
const BUDGET: usize = 1 << 20;

/// Geometry of a convolution of stride 1.
#[derive(Clone, Copy, Debug)]
pub(super) struct Window {
    /// Channels that enter.
    pub(super) channels: usize,
    /// Height and width of what enters.
    pub(super) size: (usize, usize),
    /// Side of the kernel.
    pub(super) kernel: usize,
    /// Zeros around the image, on each side.
    pub(super) padding: usize,
}

impl Window {
    /// Height and width of what leaves.
    pub(super) fn out(&self) -> (usize, usize) {
        let shrink = |side: usize| side + 2 * self.padding + 1 - self.kernel;
        (shrink(self.size.0), shrink(self.size.1))
    }

    /// Numbers that one result depends on.
    pub(super) fn depth(&self) -> usize {
        self.channels * self.kernel * self.kernel
    }

    /// Positions of the kernel in one image.
    pub(super) fn places(&self) -> usize {
        self.out().0 * self.out().1
    }

    fn pixels(&self) -> usize {
        self.channels * self.size.0 * self.size.1
    }

    /// Images whose patches are treated together.
    pub(super) fn together(&self, images: usize) -> usize {
        (BUDGET / (self.depth() * self.places())).clamp(1, images.max(1))
    }

    /// The patches of `images`: a matrix of depth x (images · places).
    pub(super) fn patches<T: Real>(&self, images: &[T]) -> Result<Tensor> {
        let (pixels, places) = (self.pixels(), self.places());
        let count = images.len() / pixels;
        let (k, (h, w), (_, ow)) = (self.kernel, self.size, self.out());
        let mut patches = vec![T::default(); self.depth() * count * places];
        let row = count * places;
        patches
            .par_chunks_mut(row * k * k)
            .enumerate()
            .for_each(|(channel, rows)| {
                for (at, row) in rows.chunks_exact_mut(row).enumerate() {
                    let (down, right) = (at / k, at % k);
                    // Output columns whose input column lies inside the image.
                    let left = self.padding.saturating_sub(right).min(ow);
                    let end = (w + self.padding).saturating_sub(right).min(ow).max(left);
                    for (image, row) in row.chunks_exact_mut(places).enumerate() {
                        let plane = &images[image * pixels + channel * h * w..][..h * w];
                        for (y, out) in row.chunks_exact_mut(ow).enumerate() {
                            let Some(from) =
                                (y + down).checked_sub(self.padding).filter(|y| *y < h)
                            else {
                                continue;
                            };
                            if end > left {
                                let start = from * w + left + right - self.padding;
                                out[left..end].copy_from_slice(&plane[start..start + end - left]);
                            }
                        }
                    }
                }
            });
        Tensor::from_vec(patches, (self.depth(), row), &Device::Cpu)
    }

    /// `images` convolved with `weights` (out x depth): images · out · places numbers.
    pub(super) fn convolve<T: Real>(&self, images: &[T], weights: &Tensor) -> Result<Vec<T>> {
        let (out, places) = (weights.dim(0)?, self.places());
        let count = images.len() / self.pixels();
        let together = self.together(count);
        let mut results = vec![T::default(); count * out * places];
        for (images, results) in images
            .chunks(together * self.pixels())
            .zip(results.chunks_mut(together * out * places))
        {
            let product = weights.matmul(&self.patches(images)?)?;
            read::<T, _>(&product, |product| {
                exchange(product, results.len() / (out * places), places, results);
                Ok(())
            })?;
        }
        Ok(results)
    }

    /// Gradient of the weights (out x depth) for a gradient of the results.
    pub(super) fn weights<T: Real>(&self, images: &[T], grads: &[T], out: usize) -> Result<Vec<T>> {
        let places = self.places();
        let count = images.len() / self.pixels();
        let together = self.together(count);
        let mut total = vec![T::default(); out * self.depth()];
        for (images, grads) in images
            .chunks(together * self.pixels())
            .zip(grads.chunks(together * out * places))
        {
            let mut by_channel = vec![T::default(); grads.len()];
            exchange(grads, out, places, &mut by_channel);
            let by_channel = Tensor::from_vec(by_channel, (out, grads.len() / out), &Device::Cpu)?;
            let product = by_channel.matmul(&self.patches(images)?.t()?)?;
            read::<T, _>(&product, |product| {
                total
                    .par_chunks_mut(1 << 14)
                    .zip(product.par_chunks(1 << 14))
                    .for_each(|(total, part)| {
                        total.iter_mut().zip(part).for_each(|(t, p)| *t += *p);
                    });
                Ok(())
            })?;
        }
        Ok(total)
    }
}

/// Runs of `places` numbers, `inner` of them side by side, with the two axes that they lie along exchanged.
fn exchange<T: Real>(from: &[T], inner: usize, places: usize, into: &mut [T]) {
    let outer = from.len() / (inner * places);
    into.par_chunks_mut(outer * places)
        .enumerate()
        .for_each(|(column, into)| {
            for (row, into) in into.chunks_exact_mut(places).enumerate() {
                into.copy_from_slice(&from[(row * inner + column) * places..][..places]);
            }
        });
}
