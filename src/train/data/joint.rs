//! Images and their depths under one crop and one mirroring.

use candle_core::{Device, Result, Tensor};
use rayon::prelude::*;

use super::resize::{Region, resize};
use super::{Augment, Images, Input, Takes};
use crate::train::seeds::{SeedStream, stream};
use rand::RngExt;

impl Takes {
    /// These images in the encoder's form, and their depths as (items, 1, `out`, `out`): each pair cropped and mirrored
    /// alike, as `draw` (a seed and an epoch) has it, or without a draw the square in the middle. Colours stay.
    ///
    /// # Errors
    /// candle's; where these are no images with depths.
    pub fn joint(
        &self,
        images: &Images,
        rows: &[u32],
        draw: Option<(u64, u64)>,
        out: usize,
    ) -> Result<(Input, Tensor)> {
        let Takes::Images {
            channels,
            side,
            mean,
            std,
        } = self
        else {
            candle_core::bail!("sentences have no depths")
        };
        let ([_, height, width], side) = (images.shape(), *side);
        let crops = Augment::photographs();
        let (size, deep) = (channels * side * side, out * out);
        let mut pixels = vec![0.0f32; rows.len() * size];
        let mut depths = vec![0.0f32; rows.len() * deep];
        pixels
            .par_chunks_mut(size)
            .zip(depths.par_chunks_mut(deep))
            .zip(rows)
            .for_each(|((pixels, depths), row)| {
                let mut image = vec![0.0; channels * height * width];
                let mut depth = vec![0.0; height * width];
                images.read(*row as usize, &mut image);
                images.depth(*row as usize, &mut depth);
                let (h, w) = (height as f32, width as f32);
                let (part, flip) = match draw {
                    None => (Region::middle(h, w, h.min(w)), false),
                    Some((seed, epoch)) => {
                        let mut rng = stream(seed, SeedStream::View, &[epoch, u64::from(*row), 2]);
                        (crops.part(h, w, &mut rng), rng.random::<bool>())
                    }
                };
                resize(&image, (height, width), part, side, flip, pixels);
                resize(&depth, (height, width), part, out, flip, depths);
                for (c, plane) in pixels.chunks_exact_mut(side * side).enumerate() {
                    plane.iter_mut().for_each(|v| *v = (*v - mean[c]) / std[c]);
                }
            });
        let shape = (rows.len(), *channels, side, side);
        let pixels = Tensor::from_vec(pixels, shape, &Device::Cpu)?;
        let depths = Tensor::from_vec(depths, (rows.len(), 1, out, out), &Device::Cpu)?;
        Ok((Input::Images(pixels), depths))
    }
}
