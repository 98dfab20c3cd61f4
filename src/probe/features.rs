//! Rows as the linear probes read them: f64, centred on the rows to train on.

use ndarray::{Array2, Axis};
use rayon::prelude::*;

use crate::data::UnitRows;

/// What the linear probes read of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Features {
    /// The row divided by its L2 norm, as the audit and the neighbours see it.
    #[default]
    Unit,
    /// The row as it is in the file.
    Raw,
}

impl Features {
    /// In words, for reports.
    pub fn text(self) -> &'static str {
        match self {
            Features::Unit => "rows divided by their L2 norm",
            Features::Raw => "rows as they are in the file",
        }
    }
}

/// The rows `chosen`, a row each.
pub(super) fn read(rows: &UnitRows, chosen: &[u32], features: Features) -> Array2<f64> {
    let mut out = Array2::zeros((chosen.len(), rows.dim()));
    let lines: Vec<_> = out.axis_iter_mut(Axis(0)).zip(chosen).collect();
    lines.into_par_iter().for_each(|(mut line, &row)| {
        let line = line
            .as_slice_mut()
            .expect("rows of a fresh array are contiguous");
        match features {
            Features::Unit => rows.row_f64(row as usize, line),
            Features::Raw => {
                let embeddings = rows.embeddings();
                embeddings.row_f64(rows.file_row(row as usize), line);
            }
        }
    });
    out
}

/// Subtracts the mean of the rows to train on from both. An intercept that is not penalised absorbs the shift, so the
/// probe is the same; the search for it is much shorter where all rows lean to one side.
pub(super) fn centre(train: &mut Array2<f64>, test: &mut Array2<f64>) {
    if let Some(mean) = train.mean_axis(Axis(0)) {
        *train -= &mean;
        *test -= &mean;
    }
}
