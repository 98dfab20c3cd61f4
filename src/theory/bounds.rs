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

#[cfg(test)]
mod tests {
    use super::*;

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
