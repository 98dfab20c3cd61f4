//! What reading a spectrum needs.

use serde::{Deserialize, Serialize};

use crate::result::Side;

/// Most columns of which the spectrum without each jackknife group is computed: X'X of each group is held at once.
pub(crate) const MOST_COLUMNS_LEFT_OUT: usize = 2_048;
/// Most columns of which there is a spectrum.
pub(crate) const MOST_COLUMNS: usize = 16_384;

/// The spectrum of each view; of a view with too many columns none.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct ViewSpectra {
    pub(crate) views: Vec<(Side, Option<ViewSpectrum>)>,
}

/// The spectrum of the rows of one view.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct ViewSpectrum {
    pub(crate) whole: Eigenvalues,
    /// Without each jackknife group; empty where there are too many columns for that.
    pub(crate) left: Vec<Eigenvalues>,
    /// Columns that are constant in the file.
    pub(crate) constant: u64,
}

/// Eigenvalues of the rows on the sphere, descending; NaN where their computation did not converge.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Eigenvalues {
    /// Of the mean of x x'.
    pub(crate) second: Vec<f64>,
    /// Of the covariance, with 1/n.
    pub(crate) centred: Vec<f64>,
    /// Largest variance of a column over the mean variance of a column.
    pub(crate) top_column: f64,
}
