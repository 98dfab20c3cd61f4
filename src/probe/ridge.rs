//! Ridge regression: least squares with an L2 penalty, the mean free.
//!
//! Minimises `sum_i (y_i - mean - w x_i)^2 + alpha |w|^2`, for each column of targets by itself: the objective and the alpha
//! of scikit-learn's `Ridge`. With
//! the rows' decomposition X = U S V' the solution is w = V S / (S^2 + alpha) U'y, so one decomposition serves every
//! alpha.

use faer::Mat;
use ndarray::{Array2, ArrayView2, Axis};

/// Rows and targets, both centred, decomposed.
pub(super) struct Decomposed {
    /// Singular values.
    sizes: Vec<f64>,
    /// V, a row for each column of the data.
    directions: Array2<f64>,
    /// U'y, a column for each column of targets.
    turned: Array2<f64>,
}

impl Decomposed {
    /// Cost: n d min(n, d) multiply-adds, a few times.
    ///
    /// # Errors
    /// The cause, where the decomposition does not converge.
    pub(super) fn new(
        rows: ArrayView2<'_, f64>,
        targets: ArrayView2<'_, f64>,
    ) -> Result<Self, String> {
        let (n, d) = rows.dim();
        let matrix = Mat::from_fn(n, d, |i, k| rows[[i, k]]);
        let parts = matrix
            .thin_svd()
            .map_err(|cause| format!("singular values: {cause:?}"))?;
        let (u, sizes, v) = (parts.U(), parts.S().column_vector(), parts.V());
        let count = n.min(d);
        Ok(Self {
            sizes: (0..count).map(|k| sizes[k]).collect(),
            directions: Array2::from_shape_fn((d, count), |(i, k)| v[(i, k)]),
            turned: Array2::from_shape_fn((count, targets.ncols()), |(k, column)| {
                (0..n).map(|i| u[(i, k)] * targets[[i, column]]).sum()
            }),
        })
    }

    /// Mean of the squared singular values: the size that penalties are measured by.
    pub(super) fn scale(&self) -> f64 {
        self.sizes.iter().map(|s| s * s).sum::<f64>() / self.sizes.len() as f64
    }

    /// The weights at this penalty, a column for each column of targets.
    pub(super) fn weights(&self, alpha: f64) -> Array2<f64> {
        let mut shrunk = self.turned.clone();
        let lines = shrunk.axis_iter_mut(Axis(0)).zip(&self.sizes);
        lines.for_each(|(mut line, size)| line *= size / (size * size + alpha));
        self.directions.dot(&shrunk)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_solve_the_normal_equations() {
        for (n, d) in [(40, 6), (6, 40)] {
            let rows = Array2::from_shape_fn((n, d), |(i, k)| ((i * 7 + k * 3) as f64 * 1.3).sin());
            let targets =
                Array2::from_shape_fn((n, 2), |(i, k)| (i as f64 * (0.7 + k as f64)).cos());
            let decomposed = Decomposed::new(rows.view(), targets.view()).unwrap();
            for alpha in [1e-3, 0.5, 40.0] {
                let weights = decomposed.weights(alpha);
                // X'(y - Xw) = alpha w.
                let left = &targets - &rows.dot(&weights);
                let slope = rows.t().dot(&left) - alpha * &weights;
                assert!(
                    slope.iter().all(|v| v.abs() < 1e-10),
                    "{n} x {d}, {alpha}: {slope}"
                );
            }
        }
    }
}
