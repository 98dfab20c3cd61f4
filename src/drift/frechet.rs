//! The Fréchet distance: how far the means and the covariances of two sets lie apart.

use faer::{Mat, Side as Triangle};

use super::set::Set;
use crate::backend::{Backend, on_host};
use crate::pass::{Cancelled, RowMoments, Watch};

/// Most columns of which it is made: decompositions take columns³, and matrices 8 columns² bytes.
pub(super) const MOST_COLUMNS: usize = 2_048;

/// ||m_x - m_y||² + tr(C_x + C_y - 2 (C_x^½ C_y C_x^½)^½) over all rows of both sets, C with 1 / (n - 1); none above
/// [`MOST_COLUMNS`], of a set of one row, and where a decomposition does not converge.
///
/// Cost: half of n d² multiply-adds in f64 for each set, and two eigenvalue problems of d x d.
///
/// # Errors
/// [`Cancelled`] when the watcher asked to stop.
pub(super) fn frechet(
    sets: [&Set; 2],
    backend: &dyn Backend,
    watch: &dyn Watch,
) -> Result<Option<f64>, Cancelled> {
    if sets[0].rows.dim() > MOST_COLUMNS {
        return Ok(None);
    }
    watch.phase(
        "covariances",
        sets.iter().map(|set| set.rows.rows() as u64).sum(),
    );
    let sums = |set: &Set| {
        let one_group = vec![0; set.rows.rows()];
        let mut sums = RowMoments::of_groups(&set.rows, &one_group, 1, watch)?;
        Ok(sums.swap_remove(0))
    };
    on_host(backend, || Ok(distance(&sums(sets[0])?, &sums(sets[1])?)))
}

fn distance(x: &RowMoments, y: &RowMoments) -> Option<f64> {
    if x.rows.min(y.rows) < 2 {
        return None;
    }
    let dim = x.x.len();
    let mean = |sums: &RowMoments, k: usize| sums.x[k] / sums.rows as f64;
    let covariance = |sums: &RowMoments| {
        let n = sums.rows as f64;
        Mat::from_fn(dim, dim, |i, j| {
            (sums.xx[i * dim + j] - n * mean(sums, i) * mean(sums, j)) / (n - 1.0)
        })
    };
    let (of_x, of_y) = (covariance(x), covariance(y));
    let trace = |matrix: &Mat<f64>| (0..dim).map(|k| matrix[(k, k)]).sum::<f64>();
    let apart: f64 = (0..dim).map(|k| (mean(x, k) - mean(y, k)).powi(2)).sum();
    // With C_x = R R', R' C_y R has the eigenvalues of C_x^½ C_y C_x^½.
    let eigen = of_x.self_adjoint_eigen(Triangle::Lower).ok()?;
    let (vectors, values) = (eigen.U(), eigen.S().column_vector());
    let root = Mat::from_fn(dim, dim, |i, j| vectors[(i, j)] * values[j].max(0.0).sqrt());
    let product = root.transpose() * &of_y * &root;
    let shared = product.self_adjoint_eigenvalues(Triangle::Lower).ok()?;
    let largest = shared.iter().copied().fold(0.0, f64::max);
    // What rounding leaves of eigenvalues that are 0 would count by its root. Moments of unit rows are rounded at 1.
    let rounding = f64::EPSILON * (largest * dim as f64).max(trace(&of_x));
    let shared = shared.iter().filter(|value| **value > rounding);
    let shared: f64 = shared.map(|value| value.sqrt()).sum();
    let value = apart + trace(&of_x) + trace(&of_y) - 2.0 * shared;
    value.is_finite().then_some(value.max(0.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Sums of rows at the mean, `spread[k]` away from it along column k, both ways.
    fn sums(mean: [f64; 2], spread: [f64; 2]) -> RowMoments {
        let mut out = RowMoments {
            x: vec![0.0; 2],
            xx: vec![0.0; 4],
            ..RowMoments::default()
        };
        for k in 0..2 {
            for sign in [-1.0, 1.0] {
                let mut row = mean;
                row[k] += sign * spread[k];
                out.rows += 1;
                for i in 0..2 {
                    out.x[i] += row[i];
                    (0..2).for_each(|j| out.xx[2 * i + j] += row[i] * row[j]);
                }
            }
        }
        out
    }

    #[test]
    fn columns_that_do_not_go_together_have_the_distance_of_their_deviations() {
        // Variances of a column are 2 spread² / 3.
        let (x, y) = (sums([0.1, 0.2], [0.3, 0.5]), sums([0.4, 0.2], [0.6, 0.1]));
        let expected = 0.09 + 2.0 / 3.0 * (0.3_f64.powi(2) + 0.4_f64.powi(2));
        let found = distance(&x, &y).unwrap();
        assert!((found - expected).abs() < 1e-12, "{found} {expected}");
        assert!(distance(&x, &x).unwrap() < 1e-12);
        // A set without any spread.
        let found = distance(&x, &sums([0.1, 0.2], [0.0, 0.0])).unwrap();
        assert!((found - 2.0 / 3.0 * 0.34).abs() < 1e-12, "{found}");
    }
}
