//! The error of a mean over a balanced part of all pairs, and what makes it smaller.

use crate::num::{Moments, pairwise_sum};

/// f explained by s, and by s^2 where that is known too.
///
/// With exact means of s (and s^2) over all pairs, mean f - slopes·(mean seen - mean of all) has the variance of the
/// residual only.
///
/// Source: Cochran, Sampling Techniques, ch. 7 (the regression estimator, with slopes from another sample).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Control {
    /// Of s and of s^2.
    pub slopes: [f64; 2],
    /// Variance of f.
    pub variance: f64,
    /// Variance of what is not explained.
    pub residual: f64,
}

impl Control {
    /// Least squares over a pilot sample; `squares` says whether s^2 explains too.
    ///
    /// A regressor that does not vary, or not apart from the other, gets the slope 0.
    pub fn fit(f: &[f64], s: &[f64], squares: bool) -> Self {
        let n = f.len() as f64;
        let mean =
            |x: &dyn Fn(usize) -> f64| pairwise_sum(&(0..f.len()).map(x).collect::<Vec<f64>>()) / n;
        let (f0, s0) = (mean(&|k| f[k]), mean(&|k| s[k]));
        let q0 = mean(&|k| (s[k] - s0).powi(2));
        // Centred, s^2 is far from a multiple of s.
        let (ds, df) = (|k: usize| s[k] - s0, |k: usize| f[k] - f0);
        let dq = |k: usize| ds(k) * ds(k) - q0;
        let variance = mean(&|k| df(k) * df(k));
        let (ss, sq, qq) = (
            mean(&|k| ds(k) * ds(k)),
            mean(&|k| ds(k) * dq(k)),
            mean(&|k| dq(k) * dq(k)),
        );
        let (fs, fq) = (mean(&|k| df(k) * ds(k)), mean(&|k| df(k) * dq(k)));
        let determinant = ss * qq - sq * sq;
        let (linear, square) = if squares && determinant > 1e-9 * ss * qq {
            (
                (fs * qq - fq * sq) / determinant,
                (fq * ss - fs * sq) / determinant,
            )
        } else if ss > 0.0 {
            (fs / ss, 0.0)
        } else {
            (0.0, 0.0)
        };
        let residual = mean(&|k| (df(k) - linear * ds(k) - square * dq(k)).powi(2));
        Self {
            // (s - s0)^2 = s^2 - 2 s0 s + s0^2.
            slopes: [linear - 2.0 * s0 * square, square],
            variance,
            residual,
        }
    }
}

/// Variance of the effects of rows (from their means over few partners) where f = mean + effect of the row + effect of
/// the partner + rest: the variance of the row means less what the partners bring into it.
///
/// `partners` is the harmonic mean of their number, `variance` that of f over pairs. Noisy, but at least 0.
pub fn row_effects(row_means: &[f64], partners: f64, variance: f64) -> f64 {
    let moments: Moments = row_means.iter().copied().collect();
    let rows = moments.variance().unwrap_or(0.0);
    if partners <= 1.0 {
        return rows.max(0.0);
    }
    ((rows - variance / partners) / (1.0 - 1.0 / partners)).max(0.0)
}

/// Mean and standard error of values drawn one from each of many equal strata, in the order of the strata: neighbours
/// stand for the spread within.
///
/// None for fewer than four. Source: Wolter, Introduction to Variance Estimation, ch. 8 (successive differences).
pub fn stratified_mean(values: &[f64]) -> Option<(f64, f64)> {
    let n = values.len() as f64;
    let squares: f64 = values.windows(2).map(|w| (w[0] - w[1]).powi(2)).sum();
    (values.len() >= 4).then(|| {
        let variance = squares / (2.0 * (n - 1.0));
        (pairwise_sum(values) / n, (variance / n).sqrt())
    })
}

/// How often the delete-a-group jackknife counts the variance of single pairs, for pairs that touch two groups each.
///
/// Leaving out one of G groups leaves 1 - 2/G of the pairs, so a sum over P of them moves by 2P/G terms, G times.
pub fn jackknife_of_pairs(groups: usize) -> f64 {
    let g = groups as f64;
    2.0 * (1.0 - 1.0 / g) / (1.0 - 2.0 / g).powi(2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parabola_is_explained_by_squares_only() {
        let s: Vec<f64> = (0..200).map(|k| (f64::from(k) * 0.37).sin()).collect();
        let f: Vec<f64> = s.iter().map(|s| 2.0 - 3.0 * s + 0.5 * s * s).collect();
        let both = Control::fit(&f, &s, true);
        assert!((both.slopes[0] + 3.0).abs() < 1e-9 && (both.slopes[1] - 0.5).abs() < 1e-9);
        assert!(both.residual < 1e-18 * both.variance.max(1.0));
        let one = Control::fit(&f, &s, false);
        assert!(one.residual > 1e-3 && one.residual < one.variance);
        assert_eq!(
            Control::fit(&[1.0, 2.0], &[0.3, 0.3], true).slopes,
            [0.0; 2]
        );
    }

    #[test]
    fn effects_of_rows_are_told_from_noise() {
        // Ring of 400 rows, 10 partners each: f = x_i + x_j + e_ij with Var x = 1.25, Var e = 1.
        let n = 400;
        let x = |i: usize| ((i * 7919) % 4) as f64;
        let e = |i: usize, j: usize| {
            let (i, j) = (i.min(j), i.max(j));
            if (i * 31 + j * 17 + (i * j) % 13).is_multiple_of(2) {
                1.0
            } else {
                -1.0
            }
        };
        let f = |i: usize, j: usize| x(i) + x(j) + e(i, j);
        let partners = |i: usize| (1..=5).flat_map(move |o| [(i + o) % n, (i + n - o) % n]);
        let means: Vec<f64> = (0..n)
            .map(|i| partners(i).map(|j| f(i, j)).sum::<f64>() / 10.0)
            .collect();
        let all: Moments = (0..n)
            .flat_map(|i| partners(i).map(move |j| f(i, j)))
            .collect();
        let found = row_effects(&means, 10.0, all.variance().unwrap());
        assert!((0.8..1.8).contains(&found), "{found}");
    }

    #[test]
    fn strata_in_order_have_a_small_error() {
        let values: Vec<f64> = (0..100).map(|k| f64::from(k) + f64::from(k % 2)).collect();
        let (mean, se) = stratified_mean(&values).unwrap();
        assert!((mean - 50.0).abs() < 1e-12 && se < 0.2, "{mean} ± {se}");
        assert_eq!(stratified_mean(&[1.0, 2.0, 3.0]), None);
    }
}
