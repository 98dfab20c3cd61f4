//! The p-value of a permutation test.

use crate::num::Moments;

/// Difference of two standardised statistics that is rounding: a deal that comes twice is as large both times.
const SAME: f64 = 1e-9;

/// (1 + #{b: M_b >= M}) / (1 + B), M the largest of several statistics, each in standard deviations of its own values over
/// the given deal and the B random ones. `statistics` has a list for each, the given deal first.
///
/// Exact at any level where the given deal is as likely as any other: all 1 + B values of M are then exchangeable, as
/// means and standard deviations are those of all of them. Of one statistic it is the test of that statistic.
///
/// NaN without statistics, and where one is not finite.
///
/// Source: Phipson & Smyth, Statistical Applications in Genetics and Molecular Biology 9 (2010).
pub fn permutation_p(statistics: &[Vec<f64>]) -> f64 {
    let Some(deals) = statistics.iter().map(Vec::len).min().filter(|&n| n > 0) else {
        return f64::NAN;
    };
    let mut largest = vec![f64::NEG_INFINITY; deals];
    for values in statistics {
        if values.iter().any(|value| !value.is_finite()) {
            return f64::NAN;
        }
        let moments: Moments = values.iter().copied().collect();
        let mean = moments.mean().unwrap_or(0.0);
        // Of deals that are all alike none is larger.
        let unit = match moments.standard_deviation() {
            Some(spread) if spread > 0.0 => 1.0 / spread,
            _ => 0.0,
        };
        for (largest, value) in largest.iter_mut().zip(values) {
            let standing = (value - mean) * unit;
            *largest = largest.max(standing);
        }
    }
    let reached = largest[1..].iter().filter(|m| **m >= largest[0] - SAME);
    (1 + reached.count()) as f64 / deals as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_the_share_of_deals_that_are_as_large() {
        let of = |values: &[f64]| permutation_p(&[values.to_vec()]);
        assert_eq!(of(&[3.0, 1.0, 2.0, 0.0]), 0.25);
        assert_eq!(of(&[3.0, 3.0, 4.0, 0.0]), 0.75, "equal ones count");
        assert_eq!(of(&[1.0, 1.0, 1.0, 1.0]), 1.0);
        assert_eq!(of(&[1.0]), 1.0, "nothing was dealt");
        assert!(permutation_p(&[]).is_nan());
        assert!(of(&[1.0, f64::NAN]).is_nan());
    }

    #[test]
    fn the_largest_of_several_counts_whatever_their_scales() {
        let small = vec![0.0, 1e-6, 2e-6, 3e-6, 4e-6];
        let large = vec![900.0, 100.0, 0.0, 100.0, 0.0];
        // The given deal stands highest in the second; 4e-6 is no match for that.
        assert_eq!(permutation_p(&[small.clone(), large.clone()]), 0.2);
        assert_eq!(permutation_p(&[small, vec![0.0; 5]]), 1.0);
    }
}
