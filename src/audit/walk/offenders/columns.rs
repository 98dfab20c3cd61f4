//! Columns that say nothing, and columns that decide everything.

use rayon::prelude::*;

use crate::audit::states::offending::Columns;
use crate::backend::{Backend, on_host};
use crate::data::UnitRows;

/// Rows that are summed in one go; also the order of the additions.
const CHUNK: usize = 512;

/// Sums of the values of each column.
struct Sums {
    /// Of what they are above the first row's, in the file.
    above: Vec<f64>,
    /// Of the squares of that.
    squares_above: Vec<f64>,
    /// Of the squares on the sphere.
    squares: Vec<f64>,
}

impl Sums {
    fn zeros(dim: usize) -> Self {
        let zeros = || vec![0.0; dim];
        Self {
            above: zeros(),
            squares_above: zeros(),
            squares: zeros(),
        }
    }

    fn add(&mut self, other: &Self) {
        let add = |mine: &mut [f64], theirs: &[f64]| {
            mine.iter_mut().zip(theirs).for_each(|(sum, v)| *sum += v);
        };
        add(&mut self.above, &other.above);
        add(&mut self.squares_above, &other.squares_above);
        add(&mut self.squares, &other.squares);
    }
}

/// Variances in the file, since rows of different norms hide a constant on the sphere; squares on the sphere, where they
/// are shares of the cosine of a row with itself.
///
/// Cost: one reading of the rows; added in a fixed order.
pub(crate) fn columns(rows: &UnitRows, backend: &dyn Backend) -> Columns {
    let (count, dim) = (rows.rows(), rows.dim());
    // Scaled by the largest norm, squares neither overflow nor matter where they vanish.
    let largest = rows.norms().iter().copied().fold(0.0, f64::max);
    let read = |row: usize, out: &mut [f64]| {
        rows.embeddings().row_f64(rows.file_row(row), out);
    };
    // Against the first row a constant is zero to the bit, and a variance loses no digits to a large mean.
    let mut first = vec![0.0; dim];
    read(0, &mut first);
    let chunk = |chunk: usize| {
        let mut sums = Sums::zeros(dim);
        let mut values = vec![0.0; dim];
        for row in chunk * CHUNK..count.min((chunk + 1) * CHUNK) {
            read(row, &mut values);
            let norm = rows.norms()[row];
            for (k, v) in values.iter().enumerate() {
                let above = v / largest - first[k] / largest;
                sums.above[k] += above;
                sums.squares_above[k] += above * above;
                sums.squares[k] += (v / norm).powi(2);
            }
        }
        sums
    };
    let chunks: Vec<Sums> = on_host(backend, || {
        let chunks = 0..count.div_ceil(CHUNK);
        chunks.into_par_iter().map(chunk).collect()
    });
    let mut all = Sums::zeros(dim);
    chunks.iter().for_each(|chunk| all.add(chunk));
    let n = count as f64;
    let variance = |(sum, squares): (&f64, &f64)| ((squares - sum * sum / n) / n).max(0.0);
    let variances = all.above.iter().zip(&all.squares_above).map(variance);
    Columns {
        variances: over_mean(variances.collect()),
        squares: over_mean(all.squares),
    }
}

/// Each value over the mean of all; zeros where all are.
fn over_mean(mut values: Vec<f64>) -> Vec<f64> {
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    if mean > 0.0 {
        values.iter_mut().for_each(|v| *v /= mean);
    }
    values
}
