//! Many tests at once.

/// Holm's adjusted p-values, in the order given: rejecting those at or below a level keeps the chance of even one false
/// rejection at that level, however the tests depend on each other.
///
/// The k-th smallest of m becomes (m - k + 1) p, never below the one before it and never above 1. NaN stays NaN and
/// does not count.
///
/// Source: Holm, Scandinavian Journal of Statistics 6 (1979).
pub fn holm(p: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..p.len()).filter(|&k| !p[k].is_nan()).collect();
    order.sort_by(|&i, &j| p[i].total_cmp(&p[j]));
    let mut adjusted = vec![f64::NAN; p.len()];
    let mut least: f64 = 0.0;
    for (rank, &k) in order.iter().enumerate() {
        least = least.max(((order.len() - rank) as f64 * p[k]).min(1.0));
        adjusted[k] = least;
    }
    adjusted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_textbook_example_is_met() {
        let adjusted = holm(&[0.01, 0.04, 0.03, 0.005]);
        for (found, expected) in adjusted.iter().zip([0.03, 0.06, 0.06, 0.02]) {
            assert!((found - expected).abs() < 1e-12, "{adjusted:?}");
        }
        assert_eq!(holm(&[0.7, 0.9]), [1.0, 1.0]);
        assert!(holm(&[]).is_empty());
    }

    #[test]
    fn a_test_that_was_not_made_costs_nothing() {
        let adjusted = holm(&[0.02, f64::NAN]);
        assert_eq!(adjusted[0], 0.02);
        assert!(adjusted[1].is_nan());
    }
}
