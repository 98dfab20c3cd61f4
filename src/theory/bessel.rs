//! The one special function behind every ideal: `log 0F1(; b; z)`, the mean of an exponential over a sphere.
//!
//! For x uniform on S^(m-1) and a unit vector u, `E exp(2t u.x) = 0F1(; m/2; t^2)`
//! (a modified Bessel function in disguise: `Gamma(b) t^(1-b) I_(b-1)(2t)` with b = m/2).
//!
//! Two ways, so that neither digits nor time are lost:
//! - `z <= 250 000`: the power series. All terms are positive and each comes from the one before by one
//!   product of exactly known factors, so the relative error of the sum stays near 1e-14 (a few hundred to
//!   a thousand terms).
//! - beyond: the uniform (Debye) expansion of `I_nu(2t)`, DLMF 10.41(ii). It is used where
//!   `sqrt(nu^2 + 4t^2) >= 1000`, so its first omitted term is below 1e-15.

use std::f64::consts::{LN_2, PI};

use crate::num::math::{ln_gamma, stirling_remainder};

/// Largest `z` for which the series is summed.
const SERIES_LIMIT: f64 = 250_000.0;

/// The series is kept below 2^900 by exact divisions by 2^900.
const RESCALE_BITS: f64 = 900.0;

/// From this order on, Stirling's large terms are cancelled on paper.
const LARGE_ORDER: f64 = 16.0;

/// `log 0F1(; b; z)`, `0F1(; b; z) = sum_n z^n / ((b)_n n!)`, for b > 0 and z >= 0.
///
/// Relative error at most 1e-12, also where the logarithm is close to 0 (it is about z/b there).
pub fn log_hyp0f1(b: f64, z: f64) -> f64 {
    if z <= SERIES_LIMIT {
        return series(b, z);
    }
    if z == f64::INFINITY {
        return z;
    }
    let (nu, x) = (b - 1.0, 2.0 * z.sqrt());
    let w = nu.hypot(x);
    // w - nu without cancellation.
    x * (x / (w + nu)) + below_the_exponent(nu, w)
}

/// `log 0F1(; b; t^2) - 2t`, for b > 0 and t >= 0: the logarithm of `E exp(2t (u.x - 1))`.
///
/// Relative error at most 1e-12: the difference is taken on paper for large t, so digits do not fade as t
/// grows.
pub fn log_hyp0f1_scaled(b: f64, t: f64) -> f64 {
    if t * t <= SERIES_LIMIT {
        return series(b, t * t) - 2.0 * t;
    }
    if t == f64::INFINITY {
        // Constant on S^0 (b = 1/2), where the mean of the exponential tends to 1/2.
        return if b == 0.5 { -LN_2 } else { (0.5 - b) * t };
    }
    let (nu, x) = (b - 1.0, 2.0 * t);
    let w = nu.hypot(x);
    // w - nu - x: the part w - x without cancellation.
    nu * (nu / (w + x)) - nu + below_the_exponent(nu, w)
}

fn series(b: f64, z: f64) -> f64 {
    let limit = RESCALE_BITS.exp2();
    let (mut term, mut tail, mut bits, mut n) = (1.0, 0.0, 0.0, 0.0);
    loop {
        let ratio = z / ((n + 1.0) * (b + n));
        term *= ratio;
        tail += term;
        // Ratios fall, so once they are below 1 what follows is at most term / (1 - ratio).
        let more = ratio >= 1.0 || term > 1e-18 * tail;
        if !more {
            break;
        }
        if term > limit {
            term /= limit;
            tail /= limit;
            bits += RESCALE_BITS;
        }
        n += 1.0;
    }
    // The leading 1 of the series is apart from the tail: small results keep their digits, large ones do
    // not need it.
    if bits == 0.0 {
        tail.ln_1p()
    } else {
        tail.ln() + bits * LN_2
    }
}

/// `log 0F1(; nu + 1; x^2/4) - (w - nu)` with `w = sqrt(nu^2 + x^2)`.
fn below_the_exponent(nu: f64, w: f64) -> f64 {
    let growth = if nu >= LARGE_ORDER {
        // log Gamma(nu + 1) = log nu + log Gamma(nu), Stirling's nu log nu taken out of the sum.
        let excess = (w - nu) / (2.0 * nu);
        stirling_remainder(nu) + 0.5 * (nu / w).ln() - nu * excess.ln_1p()
    } else {
        ln_gamma(nu + 1.0) + nu - nu * (0.5 * (nu + w)).ln() - 0.5 * (2.0 * PI * w).ln()
    };
    growth + debye_sum(nu, w).ln_1p()
}

/// The first four terms `u_k(p) / nu^k` of the Debye expansion, `p = nu/w`, written in `1/w` so that nu = 0
/// is no special case.
fn debye_sum(nu: f64, w: f64) -> f64 {
    let q = 1.0 / w;
    let s = (nu * q) * (nu * q);
    let u1 = (3.0 - 5.0 * s) / 24.0;
    let u2 = (81.0 + s * (-462.0 + 385.0 * s)) / 1152.0;
    let u3 = (30_375.0 + s * (-369_603.0 + s * (765_765.0 - 425_425.0 * s))) / 414_720.0;
    let u4 = (4_465_125.0
        + s * (-94_121_676.0 + s * (349_922_430.0 + s * (-446_185_740.0 + 185_910_725.0 * s))))
        / 39_813_120.0;
    q * (u1 + q * (u2 + q * (u3 + q * u4)))
}
