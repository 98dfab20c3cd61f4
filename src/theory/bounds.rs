//! How far the loss at M negatives can be from its limit, whatever the data.

use crate::num::math::softplus;

/// Lower and upper bound of the loss at M negatives, less log M, less its limit, for any embeddings on the sphere.
///
/// With b = e^(1/tau): at least `-(b-1)^2 / M`, by log r >= 1 - 1/r and the largest variance of values in [1/b, b] of
/// given mean; at most `log(1 + b^2/M)`, by Jensen over the negatives; and never beyond `2/tau` on either side, as
/// every cosine lies in [-1, 1] (`log(1 + 1/M)` more above, for the positive in the denominator). Zero is within.
pub fn loss_bounds(tau: f64, negatives: f64) -> (f64, f64) {
    let c = 1.0 / tau;
    let root = c.exp_m1();
    let lower = (-root * root / negatives).max(-2.0 * c);
    let jensen = softplus(2.0 * c - negatives.ln());
    let upper = jensen.min(2.0 * c + (1.0 / negatives).ln_1p());
    (lower, upper)
}

/// What the loss at M negatives, less log M, less its limit, cannot exceed on either side, as the proof of the paper's
/// Theorem 1 has it: of order M^(-1/2), and looser than [`loss_bounds`] for large M.
///
/// With b = e^(1/tau): `b^2/M + b (b - 1/b) / (2 sqrt M)`. The first part is what the positive in the denominator adds; the
/// second is b E|mean of M negatives - mu| <= b sd/sqrt(M), and values in [1/b, b] have sd <= (b - 1/b)/2 (Popoviciu).
/// Never beyond `2/tau + log(1 + 1/M)`, as every cosine lies in [-1, 1]. In nats.
///
/// Source: Wang & Isola, ICML 2020, appendix A.2, with Popoviciu's inequality in place of an unnamed constant.
pub fn root_bound(tau: f64, negatives: f64) -> f64 {
    let c = 1.0 / tau;
    let squared = (2.0 * c).exp();
    let bound = squared / negatives + (squared - 1.0) / (2.0 * negatives.sqrt());
    bound.min(2.0 * c + (1.0 / negatives).ln_1p())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bound_of_the_proof_falls_with_the_root_and_holds_the_others() {
        let at = |m: f64| root_bound(0.5, m);
        let b2 = 4f64.exp();
        assert!((at(1e6) - (b2 / 1e6 + (b2 - 1.0) / 2e3)).abs() < 1e-12);
        assert!((at(1e8) / at(1e10) - 10.0).abs() < 0.01);
        for tau in [0.002, 0.07, 0.5, 2.0] {
            for m in [1.0, 16.0, 1e3, 1e6] {
                let (lower, upper) = loss_bounds(tau, m);
                let both = root_bound(tau, m);
                assert!(both >= upper - 1e-12 && both.is_finite(), "{tau}, {m}");
                assert!(both > 0.0 && lower <= 0.0);
            }
        }
    }

    #[test]
    fn bounds_have_the_sizes_that_were_worked_out() {
        let near = |(low, high): (f64, f64), (l, h): (f64, f64)| {
            assert!(
                (low - l).abs() <= 0.005 * l.abs() && (high - h).abs() <= 0.005 * h.abs(),
                "{low} {high}"
            );
        };
        near(loss_bounds(0.5, 767.0), (-0.0532, 0.0687));
        near(loss_bounds(0.2, 65_536.0), (-0.332, 0.290));
        near(loss_bounds(0.1, 65_536.0), (-20.0, 8.91));
        let (low, high) = loss_bounds(0.002, 16.0);
        assert_eq!(low, -1000.0);
        assert!((high - 997.2).abs() < 0.1, "{high}");
    }
}
