//! The error of a mean over pairs that share rows.

/// Standard error of the mean of a value over P pairs of rows, robust to pairs sharing rows:
/// sqrt(sum_i (sum_{pairs of i} e)^2 - sum_pairs e^2) / P with e = value - mean.
///
/// `by_row[i]` is the sum of the values of the pairs that hold row i, `degree[i]` their number, `variance` the
/// sample variance over pairs. When no two pairs share a row it is the sample error (with P in place of P - 1). The
/// difference can come out negative for few rows; then the sample error is the answer.
///
/// Source: Aronow, Samii & Assenova, Political Analysis 23 (2015), eq. 4.
pub fn dyadic_standard_error(
    by_row: &[f64],
    degree: &[u64],
    mean: f64,
    variance: f64,
    pairs: u64,
) -> Option<f64> {
    let p = pairs as f64;
    if pairs < 2 || !variance.is_finite() {
        return None;
    }
    let clusters: f64 = by_row
        .iter()
        .zip(degree)
        .map(|(sum, &degree)| (sum - degree as f64 * mean).powi(2))
        .sum();
    let squares = variance * (p - 1.0);
    let sample = squares / p / (p - 1.0);
    let robust = (clusters - squares) / (p * p);
    Some(robust.max(sample).sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::num::Moments;

    #[test]
    fn disjoint_pairs_give_the_sample_error() {
        let values: Vec<f64> = (0..50).map(|k| f64::from((k * 13) % 17)).collect();
        let moments: Moments = values.iter().copied().collect();
        let (mean, variance) = (moments.mean().unwrap(), moments.variance().unwrap());
        let by_row: Vec<f64> = values.iter().flat_map(|&v| [v, v]).collect();
        let se = dyadic_standard_error(&by_row, &vec![1; 100], mean, variance, 50).unwrap();
        assert!((se / moments.standard_error().unwrap() - 1.0).abs() < 1e-9);
    }

    #[test]
    fn pairs_that_all_share_a_row_effect_have_a_larger_error() {
        // Value of pair (i, j) is x_i + x_j: the pairs of 30 rows carry the information of 30 rows, not of 435.
        let x: Vec<f64> = (0..30).map(|k| f64::from((k * 7) % 30)).collect();
        let mut by_row = vec![0.0; 30];
        let mut moments = Moments::default();
        for i in 0..30 {
            for j in i + 1..30 {
                let value = x[i] + x[j];
                moments.add(value);
                by_row[i] += value;
                by_row[j] += value;
            }
        }
        let (mean, variance) = (moments.mean().unwrap(), moments.variance().unwrap());
        let se = dyadic_standard_error(&by_row, &[29; 30], mean, variance, 435).unwrap();
        let rows: Moments = x.iter().copied().collect();
        let truth = 2.0 * rows.standard_error().unwrap();
        assert!((se / truth - 1.0).abs() < 0.1, "{se} against {truth}");
    }
}
