//! Norms before normalisation: their mean and how far they spread.

use crate::estimate::leave_one_out;
use crate::num::Moments;

/// Mean norm and its standard error, sd / sqrt(n).
pub fn norm_mean(norms: &[f64]) -> (f64, Option<f64>) {
    let moments: Moments = norms.iter().copied().collect();
    (moments.mean().unwrap_or(f64::NAN), moments.standard_error())
}

/// Coefficient of variation sd / mean of the norms, with its leave-one-out jackknife error.
pub fn norm_cv(norms: &[f64]) -> (f64, Option<f64>) {
    let n = norms.len() as f64;
    let moments: Moments = norms.iter().copied().collect();
    let (Some(mean), Some(variance)) = (moments.mean(), moments.variance()) else {
        return (f64::NAN, None);
    };
    let squares = variance * (n - 1.0);
    let leave: Vec<f64> = norms
        .iter()
        .map(|x| {
            let rest = mean - (x - mean) / (n - 1.0);
            // Without x the sum of squares about the mean falls by n/(n-1) (x - mean)^2.
            let variance = (squares - n / (n - 1.0) * (x - mean).powi(2)).max(0.0) / (n - 2.0);
            variance.sqrt() / rest
        })
        .collect();
    (variance.sqrt() / mean, leave_one_out(&leave))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leaving_a_norm_out_equals_computing_without_it() {
        let norms = [3.0, 4.0, 4.5, 2.0, 9.0];
        let direct: Vec<f64> = (0..5)
            .map(|out| {
                let rest: Vec<f64> = (0..5).filter(|&i| i != out).map(|i| norms[i]).collect();
                norm_cv(&rest).0
            })
            .collect();
        let (_, se) = norm_cv(&norms);
        assert!((se.unwrap() - leave_one_out(&direct).unwrap()).abs() < 1e-12);
    }
}
