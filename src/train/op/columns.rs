//! Convolution as products of matrices, some images at a time.

use candle_core::{Device, Result, Tensor};
use rayon::prelude::*;

use super::elements::{Real, read};

/// Elements of a matrix of patches: as many images share one as fit, so that it stays in the cache while the product
/// reads it, and is large enough for the product to be split over threads.
const BUDGET: usize = 1 << 20;
/// Columns of a product for the gradient of the weights, about.
const WIDE: usize = 384;
/// Elements of both its factors, about.
const GRADIENTS: usize = 1 << 22;

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

    /// Numbers of one image.
    pub(super) fn pixels(&self) -> usize {
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
    ///
    /// Each position within the kernel has a product of its own, over many images: its result is small and stays in the
    /// cache, where one product of all positions would write, and add, a matrix as large as the weights for every few
    /// images. Positions of few channels share one.
    pub(super) fn weights<T: Real>(&self, images: &[T], grads: &[T], out: usize) -> Result<Vec<T>> {
        let (channels, places) = (self.channels, self.places());
        let count = images.len() / self.pixels();
        let positions: Vec<usize> = (0..self.kernel * self.kernel).collect();
        let shared = (WIDE / channels).clamp(1, positions.len());
        let each = (out + shared * channels) * places;
        let together = (GRADIENTS / each).clamp(1, count.max(1));
        let mut totals = vec![T::default(); out * self.depth()];
        for (images, grads) in images
            .chunks(together * self.pixels())
            .zip(grads.chunks(together * out * places))
        {
            let images = self.by_pixel(images);
            let mut by_channel = vec![T::default(); grads.len()];
            exchange(grads, out, places, &mut by_channel);
            let by_channel = Tensor::from_vec(by_channel, (out, grads.len() / out), &Device::Cpu)?;
            for (positions, totals) in positions
                .chunks(shared)
                .zip(totals.chunks_mut(out * shared * channels))
            {
                let product = by_channel.matmul(&self.shifted(&images, positions)?)?;
                read::<T, _>(&product, |product| {
                    totals.iter_mut().zip(product).for_each(|(t, p)| *t += *p);
                    Ok(())
                })?;
            }
        }
        let mut weights = vec![T::default(); totals.len()];
        for (chunk, totals) in totals.chunks(out * shared * channels).enumerate() {
            let width = totals.len() / out;
            for (row, totals) in totals.chunks_exact(width).enumerate() {
                for (at, total) in totals.iter().enumerate() {
                    let (position, channel) = (chunk * shared + at / channels, at % channels);
                    weights[(row * channels + channel) * positions.len() + position] = *total;
                }
            }
        }
        Ok(weights)
    }

    /// The channels of each pixel side by side.
    fn by_pixel<T: Real>(&self, images: &[T]) -> Vec<T> {
        let (channels, size) = (self.channels, self.size.0 * self.size.1);
        let mut turned = vec![T::default(); images.len()];
        turned
            .par_chunks_exact_mut(channels * size)
            .zip(images.par_chunks_exact(channels * size))
            .for_each(|(turned, image)| {
                for (channel, plane) in image.chunks_exact(size).enumerate() {
                    for (pixel, value) in plane.iter().enumerate() {
                        turned[pixel * channels + channel] = *value;
                    }
                }
            });
        turned
    }

    /// What these positions of the kernel see from each place: (images · places) x (positions · channels), of images whose
    /// channels lie side by side.
    fn shifted<T: Real>(&self, images: &[T], positions: &[usize]) -> Result<Tensor> {
        let (channels, (h, w), (oh, ow)) = (self.channels, self.size, self.out());
        let count = images.len() / self.pixels();
        let width = positions.len() * channels;
        let mut seen = vec![T::default(); count * oh * ow * width];
        seen.par_chunks_exact_mut(ow * width)
            .enumerate()
            .for_each(|(line, seen)| {
                let (image, y) = (line / oh, line % oh);
                let image = &images[image * self.pixels()..][..self.pixels()];
                for (x, seen) in seen.chunks_exact_mut(width).enumerate() {
                    for (position, seen) in positions.iter().zip(seen.chunks_exact_mut(channels)) {
                        let (down, right) = (position / self.kernel, position % self.kernel);
                        // Positions over the edge wrap round to large numbers.
                        let row = (y + down).wrapping_sub(self.padding);
                        let column = (x + right).wrapping_sub(self.padding);
                        if row < h && column < w {
                            let at = (row * w + column) * channels;
                            seen.copy_from_slice(&image[at..at + channels]);
                        }
                    }
                }
            });
        Tensor::from_vec(seen, (count * oh * ow, width), &Device::Cpu)
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
