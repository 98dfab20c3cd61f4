//! Norms before normalisation: their mean and how far they spread.

use super::GroupedStatistic;
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

/// Mean norm and its coefficient of variation without each group of rows.
pub fn norms_by_group(norms: &[f64], group_of: &[u32], sizes: &[usize]) -> [GroupedStatistic; 2] {
    let all: Moments = norms.iter().copied().collect();
    let (n, mean) = (norms.len() as f64, all.mean().unwrap_or(f64::NAN));
    let mut sums = vec![(0.0, 0.0); sizes.len()];
    for (norm, &g) in norms.iter().zip(group_of) {
        // About the mean of all, so that equal norms keep their digits.
        let off = norm - mean;
        sums[g as usize].0 += off;
        sums[g as usize].1 += off * off;
    }
    let (first, second) = sums
        .iter()
        .fold((0.0, 0.0), |(a, b), (x, y)| (a + x, b + y));
    let of = |count: f64, first: f64, second: f64| {
        let off = first / count;
        let variance = ((second - count * off * off) / (count - 1.0)).max(0.0);
        (mean + off, variance.sqrt() / (mean + off))
    };
    let whole = of(n, first, second);
    let left = sums
        .iter()
        .zip(sizes)
        .map(|(&(x, y), &size)| of(n - size as f64, first - x, second - y));
    let (means, cvs): (Vec<f64>, Vec<f64>) = left.unzip();
    [(whole.0, means), (whole.1, cvs)].map(|(value, leave)| GroupedStatistic {
        value,
        leave,
        sizes: sizes.to_vec(),
    })
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

    #[test]
    fn leaving_a_group_of_norms_out_equals_computing_without_it() {
        let norms = [3.0, 4.0, 4.5, 2.0, 9.0, 5.0];
        let group_of = [0, 1, 0, 2, 1, 2];
        let [mean, cv] = norms_by_group(&norms, &group_of, &[2, 2, 2]);
        assert!((mean.value - norm_mean(&norms).0).abs() < 1e-12);
        assert!((cv.value - norm_cv(&norms).0).abs() < 1e-12);
        for g in 0..3 {
            let rest: Vec<f64> = (0..6)
                .filter(|&i| group_of[i] != g)
                .map(|i| norms[i])
                .collect();
            assert!((mean.leave[g as usize] - norm_mean(&rest).0).abs() < 1e-12);
            assert!((cv.leave[g as usize] - norm_cv(&rest).0).abs() < 1e-12);
        }
    }
}
