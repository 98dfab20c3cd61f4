//! The rest of batch normalisation where a pool follows: the normalised planes are made again where they are needed.

use candle_core::{Result, Shape};
use rayon::prelude::*;

use super::elements::Real;
use super::norm::Norm;
use super::pool::Pool;

/// The largest of each window of `x`, of this shape, on its channels' lines.
pub(super) fn forward<T: Real>(
    norm: &Norm,
    pool: Pool,
    (x, shape): (&[T], &Shape),
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
                norm.plane(x, *line, &mut plane);
                for (y, out) in out.chunks_exact_mut(ow).enumerate() {
                    // Rows first, side by side; then along the row of maxima.
                    let rows = &plane[y * pool.stride * w..];
                    down.copy_from_slice(&rows[..w]);
                    for row in rows.chunks_exact(w).take(pool.kernel).skip(1) {
                        let down = &mut down[..w];
                        for x in 0..w {
                            down[x] = larger(down[x], row[x]);
                        }
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

/// What windows, `across` in a row of a plane of this width, let through to the normalised plane: the gradient of each to
/// its first maximum, if the rectifier let that through.
pub(super) fn through<T: Real>(
    pool: Pool,
    (plane, width): (&[T], usize),
    (grads, across): (&[T], usize),
    g: &mut [T],
) {
    // Fresh pages that are read before they are written cost twice.
    g.fill(T::default());
    let (mut best, mut rows) = (vec![T::default(); width], vec![0u32; width]);
    for (y, grads) in grads.chunks_exact(across).enumerate() {
        // The first maximum of each column and its row, columns side by side; then the best of a window's columns.
        let top = &plane[y * pool.stride * width..];
        best.copy_from_slice(&top[..width]);
        rows.fill(0);
        let below = top.chunks_exact(width).take(pool.kernel);
        for (row, values) in (0u32..).zip(below).skip(1) {
            let (best, rows) = (&mut best[..width], &mut rows[..width]);
            for x in 0..width {
                let second = after(best[x], values[x]);
                best[x] = if second { values[x] } else { best[x] };
                rows[x] = if second { row } else { rows[x] };
            }
        }
        for (x, grad) in grads.iter().enumerate() {
            let start = x * pool.stride;
            let mut at = start;
            for column in start + 1..start + pool.kernel {
                let higher = best[column] == best[at] && rows[column] < rows[at];
                if higher || after(best[at], best[column]) {
                    at = column;
                }
            }
            // NaN is let through, as it is by the rectifier.
            if best[at] <= T::default() {
                continue;
            }
            g[(y * pool.stride + rows[at] as usize) * width + at] += *grad;
        }
    }
}

/// The larger number, the first of equal ones; NaN counts as largest.
fn larger<T: Real>(a: T, b: T) -> T {
    if after(a, b) { b } else { a }
}

/// Whether the second number is the larger one. NaN counts as largest. Without a branch, so that loops become vectors.
#[inline(always)]
fn after<T: Real>(a: T, b: T) -> bool {
    #[expect(clippy::eq_op, reason = "NaN differs from itself")]
    {
        (b > a) | (b != b)
    }
}
