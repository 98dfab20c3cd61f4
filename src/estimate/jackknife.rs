//! The jackknife: leave one out, and leave a group out.

use crate::num::Moments;

/// Standard error from the statistic with each of n rows left out:
/// sqrt((n-1)/n · sum_i (theta_-i - mean)^2).
///
/// None for fewer than three rows, or when leaving a row out leaves nothing to compute.
///
/// Source: Efron & Tibshirani, An Introduction to the Bootstrap, ch. 11.
pub fn leave_one_out(leave: &[f64]) -> Option<f64> {
    let n = leave.len() as f64;
    let moments: Moments = leave.iter().copied().collect();
    let variance = moments.variance()? * (n - 1.0) * (n - 1.0) / n;
    (leave.len() >= 3 && variance.is_finite()).then(|| variance.sqrt())
}

/// What the delete-a-group jackknife tells.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Grouped {
    /// Standard error.
    pub se: f64,
    /// The statistic less its estimated bias.
    pub corrected: f64,
}

/// The delete-a-group jackknife for groups of any sizes n_g, sum n: with h_g = n/n_g and pseudo-values
/// h_g theta - (h_g - 1) theta_-g, the corrected value is G theta - sum_g (1 - n_g/n) theta_-g and the variance
/// 1/G sum_g (pseudo_g - corrected)^2 / (h_g - 1). For equal groups it is the usual one.
///
/// None for fewer than three groups, or when leaving a group out leaves nothing to compute.
///
/// Source: Busing, Meijer & van der Leeden, Statistics and Computing 9 (1999), the delete-m_j jackknife.
pub fn delete_group(value: f64, leave: &[f64], sizes: &[usize]) -> Option<Grouped> {
    let groups = leave.len();
    if groups < 3 || groups != sizes.len() || leave.iter().any(|v| !v.is_finite()) {
        return None;
    }
    let n: usize = sizes.iter().sum();
    let share = |g: usize| sizes[g] as f64 / n as f64;
    let corrected = groups as f64 * value
        - (0..groups)
            .map(|g| (1.0 - share(g)) * leave[g])
            .sum::<f64>();
    let variance = (0..groups)
        .map(|g| {
            let h = 1.0 / share(g);
            let pseudo = h * value - (h - 1.0) * leave[g];
            (pseudo - corrected).powi(2) / (h - 1.0)
        })
        .sum::<f64>()
        / groups as f64;
    (variance.is_finite() && corrected.is_finite()).then(|| Grouped {
        se: variance.sqrt(),
        corrected,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_mean_both_give_the_textbook_error() {
        let x: Vec<f64> = (0..40).map(|k| f64::from((k * 37) % 41) / 7.0).collect();
        let n = x.len() as f64;
        let sum: f64 = x.iter().sum();
        let moments: Moments = x.iter().copied().collect();
        let textbook = moments.standard_error().unwrap();
        let leave: Vec<f64> = x.iter().map(|v| (sum - v) / (n - 1.0)).collect();
        assert!((leave_one_out(&leave).unwrap() - textbook).abs() < 1e-12);
        let grouped = delete_group(sum / n, &leave, &vec![1; x.len()]).unwrap();
        assert!((grouped.se - textbook).abs() < 1e-12);
        assert!(
            (grouped.corrected - sum / n).abs() < 1e-12,
            "a mean has no bias"
        );
    }

    #[test]
    fn the_bias_of_a_squared_mean_is_removed() {
        let x: Vec<f64> = (0..30).map(|k| f64::from((k * 17) % 31)).collect();
        let n = x.len() as f64;
        let mean = x.iter().sum::<f64>() / n;
        let leave: Vec<f64> = x
            .iter()
            .map(|v| ((mean * n - v) / (n - 1.0)).powi(2))
            .collect();
        let grouped = delete_group(mean * mean, &leave, &vec![1; x.len()]).unwrap();
        let variance = x.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / (n - 1.0);
        assert!((mean * mean - grouped.corrected - variance / n).abs() < 1e-9);
    }

    #[test]
    fn too_little_data_gives_no_error_rather_than_a_wrong_one() {
        assert_eq!(leave_one_out(&[1.0, 2.0]), None);
        assert_eq!(leave_one_out(&[1.0, 2.0, f64::NAN]), None);
        assert_eq!(delete_group(1.0, &[1.0, 2.0], &[5, 5]), None);
        assert_eq!(
            delete_group(1.0, &[1.0, 2.0, f64::NEG_INFINITY], &[5, 5, 5]),
            None
        );
    }
}
