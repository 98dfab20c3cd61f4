//! Sums that keep their digits: pairwise, and the running moments of a sample.

use serde::{Deserialize, Serialize};

/// Below this many terms a plain loop is used.
const PAIRWISE_LEAF: usize = 32;

/// Sum by halves: the error grows with log n instead of n, and the order is fixed by the length alone.
pub fn pairwise_sum(values: &[f64]) -> f64 {
    if values.len() <= PAIRWISE_LEAF {
        return values.iter().sum();
    }
    let (left, right) = values.split_at(values.len() / 2);
    pairwise_sum(left) + pairwise_sum(right)
}

/// Count, mean and spread of a sample in one pass (Welford), mergeable (Chan).
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Moments {
    count: u64,
    mean: f64,
    m2: f64,
}

impl Moments {
    /// Adds one value.
    pub fn add(&mut self, value: f64) {
        self.add_times(value, 1);
    }

    /// Adds one value as often as `times` says.
    pub fn add_times(&mut self, value: f64, times: u64) {
        if times == 0 {
            return;
        }
        self.count += times;
        let before = value - self.mean;
        self.mean += before * (times as f64 / self.count as f64);
        self.m2 += times as f64 * before * (value - self.mean);
    }

    /// Sum of the squared distances of all values from `centre`.
    pub fn squares_about(&self, centre: f64) -> f64 {
        self.m2 + self.count as f64 * (self.mean - centre).powi(2)
    }

    /// Adds all values of another sample.
    pub fn merge(&mut self, other: Self) {
        if other.count == 0 {
            return;
        }
        if self.count == 0 {
            *self = other;
            return;
        }
        let (a, b) = (self.count as f64, other.count as f64);
        let shift = other.mean - self.mean;
        self.count += other.count;
        self.mean += shift * (b / (a + b));
        self.m2 += other.m2 + shift * shift * (a * b / (a + b));
    }

    /// Number of values.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Mean; none of an empty sample.
    pub fn mean(&self) -> Option<f64> {
        (self.count > 0).then_some(self.mean)
    }

    /// Unbiased variance (divisor n - 1); none of fewer than two values.
    pub fn variance(&self) -> Option<f64> {
        (self.count > 1).then(|| self.m2 / (self.count - 1) as f64)
    }

    /// Square root of [`variance`](Self::variance).
    pub fn standard_deviation(&self) -> Option<f64> {
        self.variance().map(f64::sqrt)
    }

    /// Standard error of the mean of independent values, `sd / sqrt(n)`; none of fewer than two values.
    pub fn standard_error(&self) -> Option<f64> {
        self.standard_deviation()
            .map(|sd| sd / (self.count as f64).sqrt())
    }
}

impl FromIterator<f64> for Moments {
    fn from_iter<I: IntoIterator<Item = f64>>(values: I) -> Self {
        let mut moments = Self::default();
        for value in values {
            moments.add(value);
        }
        moments
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(found: f64, expected: f64, tolerance: f64) {
        let error = (found - expected).abs();
        assert!(
            error <= tolerance * expected.abs(),
            "found {found:e}, expected {expected:e}"
        );
    }

    #[test]
    fn pairwise_keeps_digits_that_a_loop_loses() {
        let tenths = vec![0.1; 10_000_000];
        let pairwise = (pairwise_sum(&tenths) - 1e6).abs();
        let plain = (tenths.iter().sum::<f64>() - 1e6).abs();
        assert!(pairwise < 1e-9, "{pairwise:e}");
        assert!(
            plain > 1e-5,
            "the loop is no worse ({plain:e}): this test shows nothing"
        );
        assert_eq!(pairwise_sum(&[]), 0.0);
    }

    #[test]
    fn moments_of_a_shifted_sample_are_exact_enough() {
        // 1e9 + {4, 7, 13, 16}: the textbook sum of squares gives a negative variance here.
        let values = [4.0, 7.0, 13.0, 16.0].map(|x| 1e9 + x);
        let whole: Moments = values.into_iter().collect();
        assert_eq!(whole.count(), 4);
        assert_eq!(whole.mean(), Some(1e9 + 10.0));
        close(whole.variance().unwrap(), 30.0, 1e-15);
        close(whole.standard_error().unwrap(), 7.5f64.sqrt(), 1e-15);
        for cut in 0..=values.len() {
            let mut left: Moments = values[..cut].iter().copied().collect();
            left.merge(values[cut..].iter().copied().collect());
            assert_eq!(left.count(), 4);
            close(left.mean().unwrap(), 1e9 + 10.0, 1e-15);
            close(left.variance().unwrap(), 30.0, 1e-14);
        }
    }

    #[test]
    fn a_value_added_many_times_is_the_value_added_again() {
        let (mut once, mut again) = (Moments::default(), Moments::default());
        for (value, times) in [(3.0, 1), (-1.5, 4), (8.0, 0), (2.25, 7)] {
            once.add_times(value, times);
            (0..times).for_each(|_| again.add(value));
        }
        assert_eq!(once.count(), 12);
        close(once.mean().unwrap(), again.mean().unwrap(), 1e-15);
        close(once.variance().unwrap(), again.variance().unwrap(), 1e-14);
        let about = [3.0, -1.5, -1.5, -1.5, -1.5].iter().chain(&[2.25; 7]);
        let expected: f64 = about.map(|v: &f64| (v - 1.0).powi(2)).sum();
        close(once.squares_about(1.0), expected, 1e-14);
    }

    #[test]
    fn too_few_values_have_no_moments() {
        let mut moments = Moments::default();
        assert_eq!((moments.mean(), moments.variance()), (None, None));
        moments.add(3.0);
        assert_eq!(
            (moments.mean(), moments.variance(), moments.standard_error()),
            (Some(3.0), None, None)
        );
        moments.add(3.0);
        assert_eq!(moments.variance(), Some(0.0));
    }
}
