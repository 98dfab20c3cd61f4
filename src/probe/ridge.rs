//! Ridge regression: least squares with an L2 penalty, the mean free.
//!
//! Minimises `sum_i (y_i - mean - w x_i)^2 + alpha |w|^2`: the objective and the alpha of scikit-learn's `Ridge`. With
//! the rows' decomposition X = U S V' the solution is w = V S / (S^2 + alpha) U'y, so one decomposition serves every
//! alpha.

use faer::Mat;
use ndarray::{Array1, Array2, ArrayView2, s};

/// Rows and targets, both centred, decomposed.
pub(super) struct Decomposed {
    /// Singular values.
    sizes: Vec<f64>,
    /// V, a row for each column of the data.
    directions: Array2<f64>,
    /// U'y.
    turned: Vec<f64>,
}

impl Decomposed {
    /// Cost: n d min(n, d) multiply-adds, a few times.
    ///
    /// # Errors
    /// The cause, where the decomposition does not converge.
    pub(super) fn new(rows: ArrayView2<'_, f64>, targets: &[f64]) -> Result<Self, String> {
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
            turned: (0..count)
                .map(|k| (0..n).map(|i| u[(i, k)] * targets[i]).sum())
                .collect(),
        })
    }

    /// Mean of the squared singular values: the size that penalties are measured by.
    pub(super) fn scale(&self) -> f64 {
        self.sizes.iter().map(|s| s * s).sum::<f64>() / self.sizes.len() as f64
    }

    /// The weights at this penalty.
    pub(super) fn weights(&self, alpha: f64) -> Array1<f64> {
        let shrunk: Array1<f64> = self
            .sizes
            .iter()
            .zip(&self.turned)
            .map(|(size, turned)| size * turned / (size * size + alpha))
            .collect();
        self.directions.dot(&shrunk)
    }
}

/// Predicted targets less their mean.
pub(super) fn predict(weights: &Array1<f64>, rows: ArrayView2<'_, f64>) -> Vec<f64> {
    let width = weights.len();
    rows.slice(s![.., ..width]).dot(weights).to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_solve_the_normal_equations() {
        for (n, d) in [(40, 6), (6, 40)] {
            let rows = Array2::from_shape_fn((n, d), |(i, k)| ((i * 7 + k * 3) as f64 * 1.3).sin());
            let targets: Vec<f64> = (0..n).map(|i| (i as f64 * 0.7).cos()).collect();
            let decomposed = Decomposed::new(rows.view(), &targets).unwrap();
            for alpha in [1e-3, 0.5, 40.0] {
                let weights = decomposed.weights(alpha);
                // X'(y - Xw) = alpha w.
                let left = Array1::from(targets.clone()) - rows.dot(&weights);
                let slope = rows.t().dot(&left) - alpha * &weights;
                assert!(
                    slope.iter().all(|v| v.abs() < 1e-10),
                    "{n} x {d}, {alpha}: {slope}"
                );
            }
        }
    }
}
