//! Means over batches.

/// Mean of (value, weight) over batches, and its standard error from how batches differ:
/// sqrt(B/(B-1) sum_b w_b^2 (v_b - mean)^2) / sum_b w_b; none for fewer than three batches.
///
/// None when there is no batch.
pub fn mean_of_batches(values: &[(f64, f64)]) -> Option<(f64, Option<f64>)> {
    let weight: f64 = values.iter().map(|(_, w)| w).sum();
    let mean = values.iter().map(|(v, w)| v * w).sum::<f64>() / weight;
    let batches = values.len() as f64;
    let spread: f64 = values.iter().map(|(v, w)| (w * (v - mean)).powi(2)).sum();
    let se = (batches / (batches - 1.0) * spread).sqrt() / weight;
    (!values.is_empty()).then_some((mean, (values.len() >= 3 && se.is_finite()).then_some(se)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_batches_have_the_error_of_a_mean() {
        let values = [(1.0, 8.0), (2.0, 8.0), (6.0, 8.0)];
        let (mean, se) = mean_of_batches(&values).unwrap();
        assert!((mean - 3.0).abs() < 1e-12);
        // Sample variance 7, over 3 batches.
        assert!((se.unwrap() - (7.0_f64 / 3.0).sqrt()).abs() < 1e-12);
    }

    #[test]
    fn two_batches_have_no_error_and_none_no_mean() {
        assert_eq!(
            mean_of_batches(&[(1.0, 2.0), (3.0, 2.0)]),
            Some((2.0, None))
        );
        assert_eq!(mean_of_batches(&[]), None);
        // What is no number does not go without a word.
        assert!(mean_of_batches(&[(f64::NAN, 2.0)]).is_some_and(|(mean, _)| mean.is_nan()));
    }
}
