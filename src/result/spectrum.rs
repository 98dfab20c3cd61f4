//! The spectrum of each view, as plain data.

use serde::{Deserialize, Serialize};

use super::measure::Side;

/// The spectra that an audit found, view by view.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Spectra {
    /// One for each view.
    pub curves: Vec<SpectrumCurve>,
}

/// Eigenvalues of the rows of one view on the sphere, the largest 1,024 of each kind, descending.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SpectrumCurve {
    /// Which view.
    pub side: Side,
    /// Rows of it.
    pub rows: u64,
    /// Columns of it: so many eigenvalues there are.
    pub columns: u64,
    /// Of the mean of x x', not centred; all of them sum to 1.
    pub second: Vec<f64>,
    /// Of the covariance, with 1/n.
    pub centred: Vec<f64>,
    /// Of the mean of x x' over as many uniform rows, by the Marchenko-Pastur law.
    pub uniform: Vec<f64>,
}
