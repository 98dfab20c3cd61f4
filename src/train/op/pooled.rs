//! The two passes of batch normalisation, rectifier and max pooling in one: the normalised planes are made again where
//! they are needed.

use candle_core::{Result, Shape, Tensor};
use rayon::prelude::*;

use super::elements::{Real, read, sum};
use super::norm::{GROUP, Norm};
use super::pool::Pool;

/// A plane normalised and rectified.
fn rectified<T: Real>(plane: &[T], (slope, offset): (T, T), out: &mut [T]) {
    for (out, x) in out.iter_mut().zip(plane) {
        let y = *x * slope + offset;
        *out = if y < T::default() { T::default() } else { y };
    }
}

/// The largest of each window of `x`, of this shape, on its channels' lines and rectified.
pub(super) fn forward<T: Real>(
    pool: Pool,
    x: &[T],
    shape: &Shape,
    lines: &[(T, T)],
) -> Result<(Vec<T>, Shape)> {
    let (n, channels, ..) = shape.dims4()?;
    let (_, (h, w), (oh, ow)) = pool.sides(shape)?;
    let mut out = vec![T::default(); n * channels * oh * ow];
    out.par_chunks_mut(channels * oh * ow)
        .zip(x.par_chunks(channels * h * w))
        .for_each(|(out, x)| {
            let (mut plane, mut down) = (vec![T::default(); h * w], vec![T::default(); w]);
            let planes = out.chunks_exact_mut(oh * ow).zip(x.chunks_exact(h * w));
            for ((out, x), line) in planes.zip(lines) {
                rectified(x, *line, &mut plane);
                for (y, out) in out.chunks_exact_mut(ow).enumerate() {
                    // Rows first, side by side; then along the row of maxima.
                    let rows = &plane[y * pool.stride * w..];
                    down.copy_from_slice(&rows[..w]);
                    for row in rows.chunks_exact(w).take(pool.kernel).skip(1) {
                        down.iter_mut()
                            .zip(row)
                            .for_each(|(a, b)| *a = larger(*a, *b));
                    }
                    for (at, out) in out.iter_mut().enumerate() {
                        let window = &down[at * pool.stride..][..pool.kernel];
                        *out = window[1..].iter().fold(window[0], |a, b| larger(a, *b));
                    }
                }
            }
        });
    Ok((out, (n, channels, oh, ow).into()))
}

/// The gradient of x from that of the maxima, and for each channel the sums of g and of g (x - mean), g being what the
/// windows and the rectifier let through.
pub(super) fn backward<T: Real>(
    norm: &Norm,
    pool: Pool,
    [x, grad]: [&Tensor; 2],
    scale: &[T],
    lines: &[(T, T)],
) -> Result<(Vec<T>, Vec<[f64; 2]>)> {
    let (n, channels, ..) = x.dims4()?;
    let (_, (h, w), (oh, ow)) = pool.sides(x.shape())?;
    let item = channels * h * w;
    let mut of_x = vec![T::default(); n * item];
    let sums = read::<T, _>(x, |x| {
        read::<T, _>(grad, |grads| {
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
                    for (k, ((g, x), grads)) in planes.zip(grads.chunks_exact(oh * ow)).enumerate()
                    {
                        let channel = k % channels;
                        // Fresh pages that are read before they are written cost twice.
                        g.fill(T::default());
                        rectified(x, lines[channel], &mut plane);
                        for (y, grads) in grads.chunks_exact(ow).enumerate() {
                            for (across, grad) in grads.iter().enumerate() {
                                let at = pool.largest(&plane, w, y, across);
                                // NaN is let through, as it is by the rectifier.
                                if plane[at] <= T::default() {
                                    continue;
                                }
                                g[at] += *grad;
                            }
                        }
                        let mean = T::from_f64(norm.moments.mean[channel]);
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
            let lines = norm.back::<T>(scale, &sums, (n * h * w) as f64);
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
    Ok((of_x, sums))
}

/// The larger number, the first of equal ones; NaN counts as largest.
fn larger<T: Real>(a: T, b: T) -> T {
    #[expect(clippy::eq_op, reason = "NaN differs from itself")]
    let second = b > a || b != b;
    if second { b } else { a }
}
