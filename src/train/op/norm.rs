//! What a batch normalisation reckons with, and its two passes.

use candle_core::{DType, Device, Result, Shape, Tensor, bail};
use rayon::prelude::*;

use super::elements::{Real, read, sum};

/// Added to variances, as PyTorch's default.
pub const EPSILON: f64 = 1e-5;

/// Mean and (biased) variance of each channel.
#[derive(Clone, Debug, PartialEq)]
pub struct ChannelMoments {
    /// Means.
    pub mean: Vec<f64>,
    /// Variances: mean squared distance to the mean.
    pub variance: Vec<f64>,
}

/// Which moments a normalisation uses.
#[derive(Clone, Debug, PartialEq)]
pub enum Statistics {
    /// Those of the batch itself: gradients pass through them.
    Batch,
    /// Given ones, e.g. running means of batches: constants.
    Given(ChannelMoments),
}

/// Images that one thread treats at a time; sums are over such groups, so that they do not depend on threads.
pub(super) const GROUP: usize = 8;

/// (channels, numbers of each channel in one item)
pub(super) fn sides(shape: &Shape) -> Result<(usize, usize)> {
    match shape.dims() {
        [_, c] => Ok((*c, 1)),
        [_, c, rest @ ..] => Ok((*c, rest.iter().product())),
        _ => bail!("normalisation: expected items and channels, found {shape:?}"),
    }
}

/// Sum over items of what `term(item, channel)` gives, for each channel.
fn channel_sums(
    items: usize,
    channels: usize,
    term: impl Fn(usize, usize) -> f64 + Sync,
) -> Vec<f64> {
    let groups: Vec<Vec<f64>> = (0..items.div_ceil(GROUP))
        .into_par_iter()
        .map(|group| {
            let mut sums = vec![0.0; channels];
            for item in group * GROUP..items.min((group + 1) * GROUP) {
                for (channel, sum) in sums.iter_mut().enumerate() {
                    *sum += term(item, channel);
                }
            }
            sums
        })
        .collect();
    let mut total = vec![0.0; channels];
    for group in groups {
        total.iter_mut().zip(group).for_each(|(t, p)| *t += p);
    }
    total
}

fn moments<T: Real>(x: &Tensor) -> Result<ChannelMoments> {
    let (channels, places) = sides(x.shape())?;
    let items = x.dim(0)?;
    let count = (items * places) as f64;
    read::<T, _>(x, |x| {
        let run = |item, channel| &x[(item * channels + channel) * places..][..places];
        let sums = channel_sums(items, channels, |item, channel| {
            let run = run(item, channel);
            sum(run, run, |x, _| x).to_f64()
        });
        let mean: Vec<f64> = sums.iter().map(|s| s / count).collect();
        let squares = channel_sums(items, channels, |item, channel| {
            let (run, mean) = (run(item, channel), T::from_f64(mean[channel]));
            sum(run, run, |x, _| (x - mean) * (x - mean)).to_f64()
        });
        let variance = squares.iter().map(|s| s / count).collect();
        Ok(ChannelMoments { mean, variance })
    })
}

pub(super) struct Norm {
    pub(super) moments: ChannelMoments,
    pub(super) of_batch: bool,
    pub(super) rectify: bool,
}

impl Norm {
    pub(super) fn new(x: &Tensor, statistics: &Statistics, rectify: bool) -> Result<Self> {
        let moments = match statistics {
            Statistics::Given(moments) => moments.clone(),
            Statistics::Batch => match x.dtype() {
                DType::F64 => moments::<f64>(x)?,
                _ => moments::<f32>(x)?,
            },
        };
        Ok(Self {
            moments,
            of_batch: *statistics == Statistics::Batch,
            rectify,
        })
    }

    /// 1 / sqrt(variance + epsilon) of each channel.
    fn steepness(&self) -> Vec<f64> {
        let variances = self.moments.variance.iter();
        variances.map(|v| 1.0 / (v + EPSILON).sqrt()).collect()
    }

    /// Slope and offset of each channel's line from x to the result.
    pub(super) fn lines<T: Real>(&self, scale: &[T], shift: &[T]) -> Vec<(T, T)> {
        let channels = self.steepness().into_iter().enumerate();
        channels
            .map(|(c, steepness)| {
                let slope = scale[c].to_f64() * steepness;
                let offset = shift[c].to_f64() - slope * self.moments.mean[c];
                (T::from_f64(slope), T::from_f64(offset))
            })
            .collect()
    }

    /// For each channel (slope, bend, offset) of the gradient of x, slope g + bend x + offset, from the sums of g and of
    /// g (x - mean): the last two undo the pull of the batch's own moments.
    pub(super) fn back<T: Real>(&self, scales: &[T], sums: &[[f64; 2]], count: f64) -> Vec<[T; 3]> {
        let channels = self.steepness().into_iter().enumerate();
        channels
            .map(|(c, steepness)| {
                let slope = scales[c].to_f64() * steepness;
                let of_batch = f64::from(u8::from(self.of_batch));
                let [plain, tilted] = sums[c].map(|s| of_batch * s / count);
                let bend = -slope * tilted * steepness * steepness;
                let offset = -slope * plain - bend * self.moments.mean[c];
                [slope, bend, offset].map(T::from_f64)
            })
            .collect()
    }

    /// Gradients of scale and shift from the same sums.
    pub(super) fn of_lines<T: Real>(&self, sums: &[[f64; 2]]) -> Result<[Tensor; 2]> {
        let of = |values: Vec<f64>| {
            let values: Vec<T> = values.into_iter().map(T::from_f64).collect();
            Tensor::from_vec(values, sums.len(), &Device::Cpu)
        };
        let steepness = self.steepness();
        let of_scale = sums.iter().zip(&steepness).map(|(s, k)| s[1] * k);
        let of_shift = sums.iter().map(|s| s[0]);
        Ok([of(of_scale.collect())?, of(of_shift.collect())?])
    }

    /// `x` on its channels' lines; `places` numbers of a channel in one item.
    pub(super) fn forward<T: Real>(&self, x: &[T], lines: &[(T, T)], places: usize) -> Vec<T> {
        let mut out = vec![T::default(); x.len()];
        let item = lines.len() * places;
        out.par_chunks_mut(item)
            .zip(x.par_chunks(item))
            .with_min_len(GROUP)
            .for_each(|(out, x)| {
                let planes = out.chunks_exact_mut(places).zip(x.chunks_exact(places));
                for ((out, x), line) in planes.zip(lines) {
                    self.plane(x, *line, out);
                }
            });
        out
    }

    /// Numbers of one channel on its line, rectified where that is asked for.
    pub(super) fn plane<T: Real>(&self, x: &[T], (slope, offset): (T, T), out: &mut [T]) {
        // A bound in place of a question: what is asked of every number keeps the loop from becoming vectors.
        let least = match self.rectify {
            true => T::default(),
            false => T::from_f64(f64::NEG_INFINITY),
        };
        let out = &mut out[..x.len()];
        for k in 0..x.len() {
            let y = x[k] * slope + offset;
            out[k] = if y < least { least } else { y };
        }
    }

    /// The gradient of `x`, and for each channel the sums of g and of g (x - mean).
    ///
    /// `through(plane, x, work, g)` writes g, the gradient of what the normalisation gives, for the numbers of one channel
    /// in one item, the plane of this number; `work` is as large and holds anything.
    pub(super) fn backward<T: Real>(
        &self,
        x: &[T],
        places: usize,
        scale: &[T],
        through: impl Fn(usize, &[T], &mut [T], &mut [T]) + Sync,
    ) -> (Vec<T>, Vec<[f64; 2]>) {
        let channels = scale.len();
        let item = channels * places;
        let mut of_x = vec![T::default(); x.len()];
        let groups: Vec<Vec<[f64; 2]>> = of_x
            .par_chunks_mut(GROUP * item)
            .zip(x.par_chunks(GROUP * item))
            .enumerate()
            .map(|(group, (of_x, x))| {
                let mut sums = vec![[0.0; 2]; channels];
                let mut work = vec![T::default(); places];
                let planes = of_x.chunks_exact_mut(places).zip(x.chunks_exact(places));
                for (k, (g, x)) in planes.enumerate() {
                    through(group * GROUP * channels + k, x, &mut work, g);
                    let channel = k % channels;
                    let mean = T::from_f64(self.moments.mean[channel]);
                    sums[channel][0] += sum(g, g, |g, _| g).to_f64();
                    sums[channel][1] += sum(g, x, |g, x| g * (x - mean)).to_f64();
                }
                sums
            })
            .collect();
        let mut sums = vec![[0.0; 2]; channels];
        for (channel, part) in groups.iter().flat_map(|group| group.iter().enumerate()) {
            sums[channel][0] += part[0];
            sums[channel][1] += part[1];
        }
        let lines = self.back(scale, &sums, (x.len() / channels) as f64);
        of_x.par_chunks_mut(item)
            .zip(x.par_chunks(item))
            .with_min_len(GROUP)
            .for_each(|(of_x, x)| {
                let planes = of_x.chunks_exact_mut(places).zip(x.chunks_exact(places));
                for ((of_x, x), &[slope, bend, offset]) in planes.zip(&lines) {
                    let g = &mut of_x[..x.len()];
                    for k in 0..x.len() {
                        g[k] = slope * g[k] + bend * x[k] + offset;
                    }
                }
            });
        (of_x, sums)
    }
}
