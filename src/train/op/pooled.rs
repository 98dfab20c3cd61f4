//! Batch normalisation, rectifier and max pooling in one: the normalised planes are made again where they are needed.

use candle_core::{CpuStorage, CustomOp3, DType, Device, Layout, Result, Shape, Tensor, bail};
use rayon::prelude::*;

use super::elements::{Real, read, slice, sum};
use super::norm::{GROUP, Norm};
use super::pool::Pool;
use super::{Moments, Statistics, batch_norm, max_pool2d};

/// [`max_pool2d`] of the rectified [`batch_norm`] of `x` (n, c, h, w). Gives the moments used as well.
///
/// # Errors
/// candle's, where shapes do not fit.
pub fn batch_norm_pool(
    x: &Tensor,
    scale: &Tensor,
    shift: &Tensor,
    statistics: &Statistics,
    (kernel, stride): (usize, usize),
) -> Result<(Tensor, Moments)> {
    if !x.device().is_cpu() {
        let (y, moments) = batch_norm(x, scale, shift, statistics, true)?;
        return Ok((max_pool2d(&y, kernel, stride)?, moments));
    }
    let x = x.contiguous()?;
    let norm = Norm::new(&x, statistics, true)?;
    let moments = norm.moments.clone();
    let op = Pooled {
        norm,
        pool: Pool { kernel, stride },
    };
    let y = x.apply_op3(&scale.contiguous()?, &shift.contiguous()?, op)?;
    Ok((y, moments))
}

struct Pooled {
    norm: Norm,
    pool: Pool,
}

/// A plane normalised and rectified.
fn rectified<T: Real>(plane: &[T], (slope, offset): (T, T), out: &mut [T]) {
    for (out, x) in out.iter_mut().zip(plane) {
        let y = *x * slope + offset;
        *out = if y < T::default() { T::default() } else { y };
    }
}

impl Pooled {
    fn forward<T: Real>(
        &self,
        x: (&CpuStorage, &Layout),
        scale: (&CpuStorage, &Layout),
        shift: (&CpuStorage, &Layout),
    ) -> Result<(CpuStorage, Shape)> {
        let (n, channels, ..) = x.1.shape().dims4()?;
        let (_, (h, w), (oh, ow)) = self.pool.sides(x.1.shape())?;
        let (scale, shift) = (slice::<T>(scale.0, scale.1)?, slice::<T>(shift.0, shift.1)?);
        if [scale.len(), shift.len(), self.norm.moments.mean.len()] != [channels; 3] {
            bail!("normalisation: expected {channels} scales, shifts and moments");
        }
        let lines = self.norm.lines(scale, shift);
        let x = slice::<T>(x.0, x.1)?;
        let mut out = vec![T::default(); n * channels * oh * ow];
        out.par_chunks_mut(channels * oh * ow)
            .zip(x.par_chunks(channels * h * w))
            .for_each(|(out, x)| {
                let (mut plane, mut down) = (vec![T::default(); h * w], vec![T::default(); w]);
                let planes = out.chunks_exact_mut(oh * ow).zip(x.chunks_exact(h * w));
                for ((out, x), line) in planes.zip(&lines) {
                    rectified(x, *line, &mut plane);
                    for (y, out) in out.chunks_exact_mut(ow).enumerate() {
                        // Rows first, side by side; then along the row of maxima.
                        let rows = &plane[y * self.pool.stride * w..];
                        down.copy_from_slice(&rows[..w]);
                        for row in rows.chunks_exact(w).take(self.pool.kernel).skip(1) {
                            down.iter_mut()
                                .zip(row)
                                .for_each(|(a, b)| *a = larger(*a, *b));
                        }
                        for (at, out) in out.iter_mut().enumerate() {
                            let window = &down[at * self.pool.stride..][..self.pool.kernel];
                            *out = window[1..].iter().fold(window[0], |a, b| larger(a, *b));
                        }
                    }
                }
            });
        Ok((T::to_cpu_storage_owned(out), (n, channels, oh, ow).into()))
    }

    fn backward<T: Real>(
        &self,
        [x, scale, shift, grad]: [&Tensor; 4],
    ) -> Result<(Option<Tensor>, Option<Tensor>, Option<Tensor>)> {
        let (n, channels, ..) = x.dims4()?;
        let (_, (h, w), (oh, ow)) = self.pool.sides(x.shape())?;
        let (scale, shift) = (scale.to_vec1::<T>()?, shift.to_vec1::<T>()?);
        let lines = self.norm.lines(&scale, &shift);
        let grad = grad.contiguous()?;
        let item = channels * h * w;
        let mut of_x = vec![T::default(); n * item];
        let sums = read::<T, _>(x, |x| {
            read::<T, _>(&grad, |grads| {
                // To the first maximum of each window, if the rectifier let it through; and the sums of that and of that
                // times (x - mean), group by group.
                let groups: Vec<Vec<[f64; 2]>> = of_x
                    .par_chunks_mut(GROUP * item)
                    .zip(x.par_chunks(GROUP * item))
                    .zip(grads.par_chunks(GROUP * channels * oh * ow))
                    .map(|((of_x, x), grads)| {
                        let mut sums = vec![[0.0; 2]; channels];
                        let mut plane = vec![T::default(); h * w];
                        let planes = of_x.chunks_exact_mut(h * w).zip(x.chunks_exact(h * w));
                        for (k, ((g, x), grads)) in
                            planes.zip(grads.chunks_exact(oh * ow)).enumerate()
                        {
                            let channel = k % channels;
                            // Fresh pages that are read before they are written cost twice.
                            g.fill(T::default());
                            rectified(x, lines[channel], &mut plane);
                            for (y, grads) in grads.chunks_exact(ow).enumerate() {
                                for (across, grad) in grads.iter().enumerate() {
                                    let at = self.pool.largest(&plane, w, y, across);
                                    // NaN is let through, as it is by the rectifier.
                                    if plane[at] <= T::default() {
                                        continue;
                                    }
                                    g[at] += *grad;
                                }
                            }
                            let mean = T::from_f64(self.norm.moments.mean[channel]);
                            let plain = sum(|i| g[i], h * w);
                            let tilted = sum(|i| g[i] * (x[i] - mean), h * w);
                            sums[channel][0] += plain.to_f64();
                            sums[channel][1] += tilted.to_f64();
                        }
                        sums
                    })
                    .collect();
                let mut sums = vec![[0.0; 2]; channels];
                for (channel, part) in groups.iter().flat_map(|group| group.iter().enumerate()) {
                    sums[channel][0] += part[0];
                    sums[channel][1] += part[1];
                }
                let lines = self.norm.back::<T>(&scale, &sums, (n * h * w) as f64);
                of_x.par_chunks_mut(item)
                    .zip(x.par_chunks(item))
                    .for_each(|(of_x, x)| {
                        let planes = of_x.chunks_exact_mut(h * w).zip(x.chunks_exact(h * w));
                        for ((of_x, x), [slope, bend, offset]) in planes.zip(&lines) {
                            for (g, x) in of_x.iter_mut().zip(x) {
                                *g = *slope * *g + *bend * *x + *offset;
                            }
                        }
                    });
                Ok(sums)
            })
        })?;
        let [of_scale, of_shift] = self.norm.of_lines::<T>(&sums)?;
        let of_x = Tensor::from_vec(of_x, x.shape(), &Device::Cpu)?;
        Ok((Some(of_x), Some(of_scale), Some(of_shift)))
    }
}

/// The larger number, the first of equal ones; NaN counts as largest.
fn larger<T: Real>(a: T, b: T) -> T {
    #[expect(clippy::eq_op, reason = "NaN differs from itself")]
    let second = b > a || b != b;
    if second { b } else { a }
}

impl CustomOp3 for Pooled {
    fn name(&self) -> &'static str {
        "batch_norm_pool"
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
        shift: &Tensor,
        _: &Tensor,
        grad: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>, Option<Tensor>)> {
        match x.dtype() {
            DType::F64 => self.backward::<f64>([x, scale, shift, grad]),
            _ => self.backward::<f32>([x, scale, shift, grad]),
        }
    }
}
