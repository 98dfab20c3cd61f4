//! The error of a mean over all pairs of rows.

use crate::num::pairwise_sum;

/// Unbiased variance of the mean g of a symmetric kernel over all pairs of n rows.
///
/// `row_sums[i]` is the sum of row i's pairs (each pair stands in two of them), `spread` the variance D of the kernel
/// over pairs. With e_i the mean of row i less g, the two parts are
///
/// - rows: 4(n-2)/(n(n-1)) · (n-1) [(n+1) sum e_i^2 - n D] / (n(n-2)(n-3)), which the jackknife sees;
/// - pairs: 2/(n(n-1)) · (n-1) [n(n-4) D + 4 sum e_i^2] / (n(n-2)(n-3)), which the jackknife counts twice.
///
/// It may come out negative where rows hardly differ. None for fewer than four rows.
///
/// Source: Hoeffding, Annals of Mathematical Statistics 19 (1948), section 5, with the sums over three and over four
/// different rows written by row sums; centred here, so that no digits are lost where all pairs are nearly alike.
pub fn pair_mean_variance(row_sums: &[f64], spread: f64) -> Option<f64> {
    let n = row_sums.len() as f64;
    let mean = pairwise_sum(row_sums) / (n * (n - 1.0));
    if row_sums.len() < 4 {
        return None;
    }
    let squares: Vec<f64> = row_sums
        .iter()
        .map(|sum| (sum / (n - 1.0) - mean).powi(2))
        .collect();
    let rows = pairwise_sum(&squares);
    let scale = (n - 1.0) / (n * (n - 2.0) * (n - 3.0));
    let row_part = 4.0 * (n - 2.0) / (n * (n - 1.0)) * scale * ((n + 1.0) * rows - n * spread);
    let pair_part = 2.0 / (n * (n - 1.0)) * scale * (n * (n - 4.0) * spread + 4.0 * rows);
    let variance = row_part + pair_part;
    variance.is_finite().then_some(variance)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A kernel with effects of rows and of pairs.
    fn kernel(i: usize, j: usize) -> f64 {
        let x = |k: usize| (k as f64 * 1.7).sin();
        3.0 + x(i) + x(j) + 2.0 * x(i * j + i + j)
    }

    fn estimate(rows: &[usize]) -> (f64, f64) {
        let others = |i: usize| rows.iter().copied().filter(move |&j| j != i);
        let sums: Vec<f64> = rows
            .iter()
            .map(|&i| others(i).map(|j| kernel(i, j)).sum())
            .collect();
        let pairs = (rows.len() * (rows.len() - 1)) as f64;
        let mean = sums.iter().sum::<f64>() / pairs;
        let squares: f64 = rows
            .iter()
            .flat_map(|&i| others(i).map(move |j| (kernel(i, j) - mean).powi(2)))
            .sum();
        (mean, pair_mean_variance(&sums, squares / pairs).unwrap())
    }

    #[test]
    fn it_is_the_square_less_the_products_of_disjoint_pairs() {
        // By definition: g^2, less the mean of g(i,j) g(k,l) over four different rows.
        let rows: Vec<usize> = (0..9).collect();
        let (mean, variance) = estimate(&rows);
        let (mut sum, mut count) = (0.0, 0.0);
        for i in 0..9 {
            for j in (0..9).filter(|&j| j != i) {
                for k in (0..9).filter(|&k| k != i && k != j) {
                    for l in (0..9).filter(|&l| l != i && l != j && l != k) {
                        sum += kernel(i, j) * kernel(k, l);
                        count += 1.0;
                    }
                }
            }
        }
        let expected = mean * mean - sum / count;
        assert!(
            (variance - expected).abs() < 1e-12,
            "{variance} against {expected}"
        );
    }

    #[test]
    fn equal_pairs_have_no_variance_and_few_rows_no_estimate() {
        let variance = pair_mean_variance(&[12.0; 5], 0.0).unwrap();
        assert!(variance.abs() < 1e-15, "{variance}");
        assert_eq!(pair_mean_variance(&[2.0; 3], 1.0), None);
    }
}
