//! The ideals: values of the metrics for the uniform law on S^(m-1), the best an encoder can do.
//!
//! Source: Wang & Isola (2020), section 4 and appendix A: the uniform law alone minimises the Gaussian
//! potential, and its potential is `exp(-2t) 0F1(; m/2; t^2)`. All functions take `m >= 1`; m = 1 is the
//! two points -1 and 1.

use super::bessel::{log_hyp0f1, log_hyp0f1_scaled};
use crate::num::math::ln_expm1;

/// Mean cosine of two independent points of the uniform law: 0 by symmetry, in every dimension.
pub const IDEAL_MEAN_COSINE: f64 = 0.0;

/// `uniformity{t}` of the uniform law: `-2t + log 0F1(; m/2; t^2)`, for t >= 0.
///
/// The infimum over all encoders into R^m. Falls in m towards `-2t`; lies in [-2t, 0]. Relative error at
/// most 1e-12.
pub fn uniformity_of_uniform(m: usize, t: f64) -> f64 {
    log_hyp0f1_scaled(half(m), t)
}

/// `contrastive_uniform_term{tau}` of the uniform law: `log 0F1(; m/2; 1/(4 tau^2))`, for tau > 0.
///
/// `log E exp(x.y/tau)` for y uniform and any fixed unit x; lies in [0, 1/tau]. Relative error at most 1e-12.
pub fn contrastive_uniform_term_of_uniform(m: usize, tau: f64) -> f64 {
    let t = 0.5 / tau;
    log_hyp0f1(half(m), t * t)
}

/// `contrastive_limit{tau}` of a perfectly aligned, perfectly uniform encoder:
/// `-1/tau + log 0F1(; m/2; 1/(4 tau^2))`, for tau > 0.
///
/// No encoder has a lower limit: both terms are at their minimum. Equal to [`uniformity_of_uniform`] at
/// `t = 1/(2 tau)`, with its accuracy.
pub fn contrastive_limit_floor(m: usize, tau: f64) -> f64 {
    log_hyp0f1_scaled(half(m), 0.5 / tau)
}

/// Standard deviation of the uniformity statistic when the rows truly are uniform.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct NullSd {
    /// Of the mean potential `U = mean_{i<j} exp(-t ||x_i - x_j||^2)`: exact.
    pub potential: f64,
    /// Of `uniformity = log U`: `potential / E U`, the first-order (delta method) value; good while it is
    /// small.
    pub log: f64,
}

/// [`NullSd`] of n independent uniform rows on S^(m-1), for t >= 0 and n >= 2 (infinite below: there are no
/// pairs).
///
/// Under uniformity every row sees the same mean potential, so only the pair terms vary:
/// `Var U = 2 / (n (n-1)) [b(2t) - b(t)^2]` with `b(t) = exp(-2t) 0F1(; m/2; t^2)`. The bracket is `b(t)^2 (exp(D) - 1)`
/// with `D = log b(2t) - 2 log b(t)`, about `2 t^2 / (m/2)` for large m: relative error at most 1e-11,
/// although the bracket itself would lose every digit.
pub fn uniformity_null_sd(m: usize, t: f64, n: u64) -> NullSd {
    if n < 2 {
        return NullSd {
            potential: f64::INFINITY,
            log: f64::INFINITY,
        };
    }
    let b = half(m);
    // The terms -2t cancel exactly in D: left out they cost no digits where log 0F1 is small beside 2t, but
    // for large t it is they that keep the logarithms small.
    let spread = if t <= 250.0 {
        log_hyp0f1(b, 4.0 * t * t) - 2.0 * log_hyp0f1(b, t * t)
    } else {
        log_hyp0f1_scaled(b, 2.0 * t) - 2.0 * log_hyp0f1_scaled(b, t)
    };
    let n = n as f64;
    let ln_log_sd = 0.5 * ((2.0 / (n * (n - 1.0))).ln() + ln_expm1(spread));
    NullSd {
        potential: (log_hyp0f1_scaled(b, t) + ln_log_sd).exp(),
        log: ln_log_sd.exp(),
    }
}

fn half(m: usize) -> f64 {
    m as f64 / 2.0
}
