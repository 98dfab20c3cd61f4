//! The small transforms of Winograd's F(4 x 4, 3 x 3): a square of numbers, in sixteen channels side by side, times a small
//! matrix from both sides.
//!
//! The matrices are those of interpolation at 0, +-5/8, +-3/2 and infinity: binary fractions hold them exactly, and their
//! third powers stay below 4, where those of the usual 0, +-1 and +-2 reach 8.

use super::elements::Real;

/// Channels treated side by side.
pub(super) const LANES: usize = 16;
/// Side of a square of results.
pub(super) const RESULTS: usize = 4;
/// Side of the square of numbers that they depend on.
pub(super) const SEEN: usize = 6;
/// Products of matrices that a convolution becomes.
pub(super) const POSITIONS: usize = SEEN * SEEN;

/// A square of numbers in several channels.
pub(super) type Square<T, const SIDE: usize> = [[[T; LANES]; SIDE]; SIDE];

pub(super) fn zeros<T: Real, const SIDE: usize>() -> Square<T, SIDE> {
    [[[T::default(); LANES]; SIDE]; SIDE]
}

/// Points, their squares, and the product and sum of those.
struct Points<T> {
    a: T,
    b: T,
    aa: T,
    bb: T,
    product: T,
    sum: T,
}

#[inline(always)]
fn points<T: Real>() -> Points<T> {
    let [a, b] = [0.625, 1.5];
    Points {
        a: T::from_f64(a),
        b: T::from_f64(b),
        aa: T::from_f64(a * a),
        bb: T::from_f64(b * b),
        product: T::from_f64(a * a * b * b),
        sum: T::from_f64(a * a + b * b),
    }
}

/// What the products are made of, from numbers of an image.
pub(super) fn see<T: Real>(x: &Square<T, SEEN>) -> Square<T, SEEN> {
    both(x, |x| {
        let p = points::<T>();
        let (even_a, odd_a) = (x[4] - p.bb * x[2], p.a * (x[3] - p.bb * x[1]));
        let (even_b, odd_b) = (x[4] - p.aa * x[2], p.b * (x[3] - p.aa * x[1]));
        [
            p.product * x[0] - p.sum * x[2] + x[4],
            even_a + odd_a,
            even_a - odd_a,
            even_b + odd_b,
            even_b - odd_b,
            p.product * x[1] - p.sum * x[3] + x[5],
        ]
    })
}

/// The transpose of [`see`]: gradients of the numbers of an image.
pub(super) fn unsee<T: Real>(v: &Square<T, SEEN>) -> Square<T, SEEN> {
    both(v, |v| {
        let p = points::<T>();
        let (sum_a, apart_a) = (v[1] + v[2], p.a * (v[1] - v[2]));
        let (sum_b, apart_b) = (v[3] + v[4], p.b * (v[3] - v[4]));
        [
            p.product * v[0],
            p.product * v[5] - p.bb * apart_a - p.aa * apart_b,
            T::default() - p.sum * v[0] - p.bb * sum_a - p.aa * sum_b,
            apart_a + apart_b - p.sum * v[5],
            v[0] + sum_a + sum_b,
            v[5],
        ]
    })
}

/// Results from products.
pub(super) fn result<T: Real>(m: &Square<T, SEEN>) -> Square<T, RESULTS> {
    both(m, |m| {
        let p = points::<T>();
        let (sum_a, apart_a) = (m[1] + m[2], p.a * (m[1] - m[2]));
        let (sum_b, apart_b) = (m[3] + m[4], p.b * (m[3] - m[4]));
        [
            m[0] + sum_a + sum_b,
            apart_a + apart_b,
            p.aa * sum_a + p.bb * sum_b,
            p.aa * apart_a + p.bb * apart_b + m[5],
        ]
    })
}

/// The transpose of [`result`]: gradients of products.
pub(super) fn unresult<T: Real>(y: &Square<T, RESULTS>) -> Square<T, SEEN> {
    both(y, |y| {
        let p = points::<T>();
        let (even_a, odd_a) = (y[0] + p.aa * y[2], p.a * (y[1] + p.aa * y[3]));
        let (even_b, odd_b) = (y[0] + p.bb * y[2], p.b * (y[1] + p.bb * y[3]));
        [
            y[0],
            even_a + odd_a,
            even_a - odd_a,
            even_b + odd_b,
            even_b - odd_b,
            y[3],
        ]
    })
}

/// One over the products of a point's distances to the others: of 0, of either first and of either second.
#[inline(always)]
fn scales<T: Real>() -> [T; 3] {
    let [aa, bb] = [0.625 * 0.625, 1.5 * 1.5];
    [
        T::from_f64(1.0 / (aa * bb)),
        T::from_f64(1.0 / (2.0 * aa * (aa - bb))),
        T::from_f64(1.0 / (2.0 * bb * (bb - aa))),
    ]
}

/// What the products are made of, from a kernel.
pub(super) fn kernel<T: Real>(g: &Square<T, 3>) -> Square<T, SEEN> {
    both(g, |g| {
        let (p, [zero, first, second]) = (points::<T>(), scales::<T>());
        let (even_a, odd_a) = (first * (g[0] + p.aa * g[2]), first * p.a * g[1]);
        let (even_b, odd_b) = (second * (g[0] + p.bb * g[2]), second * p.b * g[1]);
        [
            zero * g[0],
            even_a + odd_a,
            even_a - odd_a,
            even_b + odd_b,
            even_b - odd_b,
            g[2],
        ]
    })
}

/// The transpose of [`kernel`]: the gradient of a kernel.
pub(super) fn unkernel<T: Real>(u: &Square<T, SEEN>) -> Square<T, 3> {
    both(u, |u| {
        let (p, [zero, first, second]) = (points::<T>(), scales::<T>());
        let (sum_a, apart_a) = (first * (u[1] + u[2]), first * p.a * (u[1] - u[2]));
        let (sum_b, apart_b) = (second * (u[3] + u[4]), second * p.b * (u[3] - u[4]));
        [
            zero * u[0] + sum_a + sum_b,
            apart_a + apart_b,
            p.aa * sum_a + p.bb * sum_b + u[5],
        ]
    })
}

/// `along` down each column, then along each row. Loops over channels are innermost, so that they become vectors.
#[inline(always)]
fn both<T: Real, const FROM: usize, const INTO: usize>(
    from: &Square<T, FROM>,
    along: impl Fn([T; FROM]) -> [T; INTO],
) -> Square<T, INTO> {
    let mut half = [[[T::default(); LANES]; FROM]; INTO];
    for x in 0..FROM {
        for lane in 0..LANES {
            let mut line = [T::default(); FROM];
            for y in 0..FROM {
                line[y] = from[y][x][lane];
            }
            let line = along(line);
            for y in 0..INTO {
                half[y][x][lane] = line[y];
            }
        }
    }
    let mut into = zeros::<T, INTO>();
    for y in 0..INTO {
        for lane in 0..LANES {
            let mut line = [T::default(); FROM];
            for x in 0..FROM {
                line[x] = half[y][x][lane];
            }
            let line = along(line);
            for x in 0..INTO {
                into[y][x][lane] = line[x];
            }
        }
    }
    into
}
