//! The law of the cosine of two independent uniform points on S^(m-1).
//!
//! Density `(1 - s^2)^((m-3)/2) / B(1/2, (m-1)/2)` on [-1, 1]; equivalently `s^2 ~ Beta(1/2, (m-1)/2)` with
//! a fair sign. An arch with poles at both ends for m = 2, flat for m = 3, a spike of width `1/sqrt(m)` for
//! large m, and two atoms at -1 and 1 for m = 1.

use std::f64::consts::PI;

use crate::num::math::ln_gamma_half_step;

/// Density at cosine `s` for dimension `m >= 1`.
///
/// 0 outside [-1, 1], infinite at the ends for m = 2. For m = 1 there is no density: 0 between the two
/// atoms, infinite on them. Relative error about 1e-12.
pub fn cosine_density(m: usize, s: f64) -> f64 {
    if s.abs() > 1.0 {
        return 0.0;
    }
    if m <= 1 {
        return if s.abs() == 1.0 { f64::INFINITY } else { 0.0 };
    }
    if m == 3 {
        // The general form would be 0 * -inf at the ends.
        return 0.5;
    }
    let a = (m as f64 - 1.0) / 2.0;
    ((a - 1.0) * ln_one_minus_square(s) - ln_beta_half(a)).exp()
}

/// Probability of each bin `edges[k] <= s < edges[k+1]` (the last bin holds its right edge too), for
/// ascending edges.
///
/// Edges that cover [-1, 1] give masses that sum to 1. One value less than edges; none for fewer than two
/// edges. Absolute error at most 1e-12, and small masses far from 0 keep relative digits.
pub fn cosine_bin_mass(m: usize, edges: &[f64]) -> Vec<f64> {
    let last = edges.len().saturating_sub(2);
    if m <= 1 {
        let bins = edges.windows(2).enumerate();
        return bins
            .map(|(k, bin)| {
                let holds = |s: f64| bin[0] <= s && (s < bin[1] || (k == last && s <= bin[1]));
                0.5 * f64::from(u8::from(holds(-1.0)) + u8::from(holds(1.0)))
            })
            .collect();
    }
    let a = (m as f64 - 1.0) / 2.0;
    let parts: Vec<Parts> = edges.iter().map(|&s| Parts::at(a, s)).collect();
    edges
        .windows(2)
        .zip(parts.windows(2))
        .map(|(bin, parts)| mass_between(bin, parts))
        .collect()
}

/// `P(0 <= S <= |s|)` and `P(S > |s|)`: halves of a half, each accurate where it is the smaller one.
#[derive(Clone, Copy)]
struct Parts {
    inner: f64,
    outer: f64,
}

impl Parts {
    fn at(a: f64, s: f64) -> Self {
        let s = s.abs().min(1.0);
        Self::of(a, s, (1.0 - s) * (1.0 + s), ln_one_minus_square(s))
    }

    /// `rest` is `1 - s^2`, which a caller may know better than s tells near 1.
    fn of(a: f64, s: f64, rest: f64, ln_rest: f64) -> Self {
        if s == 0.0 {
            return Self {
                inner: 0.0,
                outer: 0.5,
            };
        }
        let square = s * s;
        let scale = 0.5 * s * (a * ln_rest - ln_beta_half(a)).exp();
        // Each continued fraction converges fast on its own side of the mean of s^2.
        if square * (a + 2.5) < 1.5 {
            let inner = scale / 0.5 * beta_fraction(0.5, a, square);
            Self {
                inner,
                outer: 0.5 - inner,
            }
        } else {
            let outer = scale / a * beta_fraction(a, 0.5, rest);
            Self {
                inner: 0.5 - outer,
                outer,
            }
        }
    }
}

/// `P(S > s)` for `0 <= s <= 1` and dimension `m = 2a + 1`; `rest` is `1 - s^2`. Small tails keep relative digits.
pub(super) fn upper_tail(a: f64, s: f64, rest: f64) -> f64 {
    let ln_rest = if s < 0.5 {
        ln_one_minus_square(s)
    } else {
        rest.ln()
    };
    Parts::of(a, s, rest, ln_rest).outer
}

fn mass_between(bin: &[f64], parts: &[Parts]) -> f64 {
    let (near, far) = if bin[1] <= 0.0 {
        (parts[1], parts[0])
    } else {
        (parts[0], parts[1])
    };
    let mass = if bin[0] < 0.0 && bin[1] > 0.0 {
        near.inner + far.inner
    } else if near.outer < near.inner {
        near.outer - far.outer
    } else {
        far.inner - near.inner
    };
    mass.max(0.0)
}

/// `log(1 - s^2)`, accurate at both ends.
fn ln_one_minus_square(s: f64) -> f64 {
    if s.abs() < 0.5 {
        (-s * s).ln_1p()
    } else {
        ((1.0 - s) * (1.0 + s)).ln()
    }
}

/// `log B(1/2, a)`.
fn ln_beta_half(a: f64) -> f64 {
    0.5 * PI.ln() - ln_gamma_half_step(a)
}

/// The continued fraction of the incomplete beta function (DLMF 8.17.22), so that
/// `I_x(a, b) = x^a (1-x)^b / (a B(a, b))` times it; by Lentz's forward recurrence.
fn beta_fraction(a: f64, b: f64, x: f64) -> f64 {
    // Far more than sqrt(max(a, b)), which is what convergence takes.
    const MOST_STEPS: u32 = 100_000;
    const TINY: f64 = 1e-300;
    let away_from_zero = |v: f64| if v.abs() < TINY { TINY } else { v };
    let (mut value, mut c, mut d) = (1.0, 1.0, 0.0);
    for step in 1..=MOST_STEPS {
        let k = f64::from(step / 2);
        let coefficient = if step % 2 == 0 {
            k * (b - k) * x / ((a + 2.0 * k - 1.0) * (a + 2.0 * k))
        } else {
            -(a + k) * (a + b + k) * x / ((a + 2.0 * k) * (a + 2.0 * k + 1.0))
        };
        d = 1.0 / away_from_zero(1.0 + coefficient * d);
        c = away_from_zero(1.0 + coefficient / c);
        value *= c * d;
        if (c * d - 1.0).abs() <= f64::EPSILON {
            break;
        }
    }
    1.0 / value
}
