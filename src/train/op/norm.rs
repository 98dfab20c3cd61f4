//! Batch normalisation, with the rectifier that follows it.

use candle_core::{CpuStorage, CustomOp3, DType, Device, Layout, Result, Shape, Tensor, bail};
use rayon::prelude::*;

use super::composed;
use super::elements::{Real, read, slice, sum};
use super::statistics::{EPSILON, Moments, Statistics};

/// `x` (n, c) or (n, c, h, w) with each channel shifted and scaled to mean 0 and variance 1, then by `scale` and `shift`
/// (c each); negative results become 0 if `rectify`. Gives the moments used as well.
///
/// # Errors
/// candle's, where shapes do not fit.
pub fn batch_norm(
    x: &Tensor,
    scale: &Tensor,
    shift: &Tensor,
    statistics: &Statistics,
    rectify: bool,
) -> Result<(Tensor, Moments)> {
    if !x.device().is_cpu() {
        return composed::batch_norm(x, scale, shift, statistics, rectify);
    }
    let x = x.contiguous()?;
    let op = Norm::new(&x, statistics, rectify)?;
    let moments = op.moments.clone();
    let y = x.apply_op3(&scale.contiguous()?, &shift.contiguous()?, op)?;
    Ok((y, moments))
}

/// Images that one thread treats at a time; sums are over such groups, so that they do not depend on threads.
pub(super) const GROUP: usize = 8;

/// (channels, numbers of each channel in one item)
fn sides(shape: &Shape) -> Result<(usize, usize)> {
    match shape.dims() {
        [_, c] => Ok((*c, 1)),
        [_, c, rest @ ..] => Ok((*c, rest.iter().product())),
        _ => bail!("normalisation: expected items and channels, found {shape:?}"),
    }
}

/// Sum over items of what `term(item, channel)` gives, for each channel; `term` fills one number for each channel.
fn channel_sums<const K: usize>(
    items: usize,
    channels: usize,
    term: impl Fn(usize, usize) -> [f64; K] + Sync,
) -> Vec<[f64; K]> {
    let groups: Vec<Vec<[f64; K]>> = (0..items.div_ceil(GROUP))
        .into_par_iter()
        .map(|group| {
            let mut sums = vec![[0.0; K]; channels];
            for item in group * GROUP..items.min((group + 1) * GROUP) {
                for (channel, sums) in sums.iter_mut().enumerate() {
                    let term = term(item, channel);
                    sums.iter_mut().zip(term).for_each(|(s, t)| *s += t);
                }
            }
            sums
        })
        .collect();
    let mut total = vec![[0.0; K]; channels];
    for group in groups {
        for (total, part) in total.iter_mut().zip(group) {
            total.iter_mut().zip(part).for_each(|(t, p)| *t += p);
        }
    }
    total
}

fn moments<T: Real>(x: &Tensor) -> Result<Moments> {
    let (channels, places) = sides(x.shape())?;
    let items = x.dim(0)?;
    let count = (items * places) as f64;
    read::<T, _>(x, |x| {
        let run = |item, channel| &x[(item * channels + channel) * places..][..places];
        let sums = channel_sums(items, channels, |item, channel| {
            let run = run(item, channel);
            [sum(|i| run[i], places).to_f64()]
        });
        let mean: Vec<f64> = sums.iter().map(|[s]| s / count).collect();
        let squares = channel_sums(items, channels, |item, channel| {
            let (run, mean) = (run(item, channel), T::from_f64(mean[channel]));
            [sum(|i| (run[i] - mean) * (run[i] - mean), places).to_f64()]
        });
        let variance = squares.iter().map(|[s]| s / count).collect();
        Ok(Moments { mean, variance })
    })
}

pub(super) struct Norm {
    pub(super) moments: Moments,
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

    fn forward<T: Real>(
        &self,
        x: (&CpuStorage, &Layout),
        scale: (&CpuStorage, &Layout),
        shift: (&CpuStorage, &Layout),
    ) -> Result<(CpuStorage, Shape)> {
        let (channels, places) = sides(x.1.shape())?;
        let (scale, shift) = (slice::<T>(scale.0, scale.1)?, slice::<T>(shift.0, shift.1)?);
        if [scale.len(), shift.len(), self.moments.mean.len()] != [channels; 3] {
            bail!("normalisation: expected {channels} scales, shifts and moments");
        }
        let lines = self.lines(scale, shift);
        let mut out = slice::<T>(x.0, x.1)?.to_vec();
        out.par_chunks_mut(channels * places)
            .with_min_len(GROUP)
            .for_each(|item| {
                for (run, (slope, offset)) in item.chunks_exact_mut(places).zip(&lines) {
                    for value in run {
                        let y = *value * *slope + *offset;
                        *value = if self.rectify && y < T::default() {
                            T::default()
                        } else {
                            y
                        };
                    }
                }
            });
        Ok((T::to_cpu_storage_owned(out), x.1.shape().clone()))
    }

    fn backward<T: Real>(
        &self,
        [x, scale, y, grad]: [&Tensor; 4],
    ) -> Result<(Option<Tensor>, Option<Tensor>, Option<Tensor>)> {
        let (channels, places) = sides(x.shape())?;
        let items = x.dim(0)?;
        let count = (items * places) as f64;
        let scales = scale.to_vec1::<T>()?;
        let grad = grad.contiguous()?;
        let mut of_x = vec![T::default(); items * channels * places];
        let sums = read::<T, _>(x, |x| {
            read::<T, _>(y, |y| {
                read::<T, _>(&grad, |g| {
                    // The gradient of what the rectifier let through.
                    let through = |at: usize| match self.rectify && y[at] <= T::default() {
                        true => T::default(),
                        false => g[at],
                    };
                    // Sums of g and of g (x - mean), for each channel.
                    let sums = channel_sums(items, channels, |item, channel| {
                        let start = (item * channels + channel) * places;
                        let mean = T::from_f64(self.moments.mean[channel]);
                        let plain = sum(|i| through(start + i), places);
                        let tilted = sum(|i| through(start + i) * (x[start + i] - mean), places);
                        [plain.to_f64(), tilted.to_f64()]
                    });
                    let lines = self.back(&scales, &sums, count);
                    of_x.par_chunks_mut(channels * places)
                        .enumerate()
                        .with_min_len(GROUP)
                        .for_each(|(item, out)| {
                            for (channel, out) in out.chunks_exact_mut(places).enumerate() {
                                let start = (item * channels + channel) * places;
                                let [slope, bend, offset] = lines[channel];
                                let (x, y, g) = (
                                    &x[start..][..places],
                                    &y[start..][..places],
                                    &g[start..][..places],
                                );
                                for i in 0..places {
                                    let off = self.rectify && y[i] <= T::default();
                                    let g = if off { T::default() } else { g[i] };
                                    out[i] = slope * g + bend * x[i] + offset;
                                }
                            }
                        });
                    Ok(sums)
                })
            })
        })?;
        let [of_scale, of_shift] = self.of_lines::<T>(&sums)?;
        let of_x = Tensor::from_vec(of_x, x.shape(), &Device::Cpu)?;
        Ok((Some(of_x), Some(of_scale), Some(of_shift)))
    }
}

impl CustomOp3 for Norm {
    fn name(&self) -> &'static str {
        "batch_norm"
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
        match s1 {
            CpuStorage::F32(_) => self.forward::<f32>((s1, l1), (s2, l2), (s3, l3)),
            CpuStorage::F64(_) => self.forward::<f64>((s1, l1), (s2, l2), (s3, l3)),
            _ => bail!("normalisation: expected f32 or f64"),
        }
    }

    fn bwd(
        &self,
        x: &Tensor,
        scale: &Tensor,
        _: &Tensor,
        y: &Tensor,
        grad: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>, Option<Tensor>)> {
        match x.dtype() {
            DType::F64 => self.backward::<f64>([x, scale, y, grad]),
            _ => self.backward::<f32>([x, scale, y, grad]),
        }
    }
}
