//! Rows on the sphere.

use super::norms::{Normalize, Norms, ZeroRows};
use super::{DataError, Embeddings};
use crate::num::Dtype;

fn enough(embeddings: &Embeddings, left: usize) -> Result<(), DataError> {
    if left >= 2 {
        return Ok(());
    }
    Err(DataError::NothingLeft {
        source_name: embeddings.name().to_owned(),
        left,
    })
}

/// The rows of a matrix, each divided by its norm as it is read.
///
/// - at least two rows, all finite, none of norm zero (but rows that a shard does not touch, which nobody read);
/// - a view: the matrix plus one norm for each row, so a mapped file is never copied as a whole.
///
/// [`UnitRows::in_ball`] makes of them rows that keep their lengths, for inner products.
#[derive(Clone)]
pub struct UnitRows {
    embeddings: Embeddings,
    norms: Vec<f64>,
    kept: Option<Vec<u32>>,
    /// What all rows are divided by in place of their norms, where they lie in the ball.
    radius: Option<f64>,
}

impl UnitRows {
    /// The rows for which `keep` holds (rows of norm zero are never kept).
    ///
    /// # Errors
    /// [`DataError::NothingLeft`] when fewer than two rows are left.
    pub fn new(
        embeddings: Embeddings,
        norms: &Norms,
        keep: impl Fn(usize) -> bool,
    ) -> Result<Self, DataError> {
        let norms = norms.values();
        let kept: Vec<u32> = (0..embeddings.rows())
            .filter(|&i| norms[i] != 0.0 && keep(i))
            .map(|i| i as u32)
            .collect();
        enough(&embeddings, kept.len())?;
        let norms = kept.iter().map(|&i| norms[i as usize]).collect();
        let kept = (kept.len() < embeddings.rows()).then_some(kept);
        Ok(Self {
            embeddings,
            norms,
            kept,
            radius: None,
        })
    }

    /// These rows of the matrix, in this order; none of them may be of norm zero.
    ///
    /// # Errors
    /// [`DataError::NothingLeft`] for fewer than two.
    pub(crate) fn of_rows(
        embeddings: Embeddings,
        norms: &Norms,
        rows: Vec<u32>,
    ) -> Result<Self, DataError> {
        enough(&embeddings, rows.len())?;
        let norms = norms.values();
        let norms: Vec<f64> = rows.iter().map(|&row| norms[row as usize]).collect();
        assert!(norms.iter().all(|&norm| norm > 0.0), "they have directions");
        Ok(Self {
            embeddings,
            norms,
            kept: Some(rows),
            radius: None,
        })
    }

    /// All rows of `embeddings`, normalised; rows of norm zero are refused.
    ///
    /// # Errors
    /// [`DataError::NotFinite`], [`DataError::ZeroRows`].
    pub fn normalise(embeddings: Embeddings) -> Result<Self, DataError> {
        let norms = Norms::of(&embeddings)?;
        norms.check(&embeddings, Normalize::L2, ZeroRows::Reject)?;
        Self::new(embeddings, &norms, |_| true)
    }

    /// The rows for which `keep` holds, one entry for each row here.
    ///
    /// # Errors
    /// [`DataError::NothingLeft`] when fewer than two rows are left.
    pub fn only(&self, keep: &[bool]) -> Result<Self, DataError> {
        let rows = (0..self.rows() as u32).filter(|&row| keep[row as usize]);
        self.gather(&rows.collect::<Vec<u32>>())
    }

    /// These rows, in this order; a row may come twice.
    ///
    /// # Errors
    /// [`DataError::NothingLeft`] for fewer than two.
    pub fn gather(&self, rows: &[u32]) -> Result<Self, DataError> {
        enough(&self.embeddings, rows.len())?;
        let rows = rows.iter().map(|&row| row as usize);
        Ok(Self {
            embeddings: self.embeddings.clone(),
            norms: rows.clone().map(|row| self.norms[row]).collect(),
            kept: Some(rows.map(|row| self.file_row(row) as u32).collect()),
            radius: self.radius,
        })
    }

    /// The same rows with these norms of the rows of the file, e.g. of more rows than were read before.
    #[must_use]
    pub(crate) fn with_norms(&self, norms: &Norms) -> Self {
        let norm = |row| norms.values()[self.file_row(row)];
        Self {
            norms: (0..self.rows()).map(norm).collect(),
            ..self.clone()
        }
    }

    /// Whether row `row` was read: nothing is known of the rows outside a shard, whose norms are NaN.
    pub fn is_read(&self, row: usize) -> bool {
        !self.norms[row].is_nan()
    }

    /// The same rows, all divided by the largest norm of any and not each by its own: they lie in the unit ball, and
    /// their inner products are those of the rows of the file over that norm squared (between two views: over both).
    #[must_use]
    pub fn in_ball(&self) -> Self {
        Self {
            radius: Some(self.norms.iter().copied().fold(0.0, f64::max)),
            ..self.clone()
        }
    }

    /// Whether every row has length 1.
    pub fn on_sphere(&self) -> bool {
        self.radius.is_none()
    }

    /// Length of row `row`: 1 on the sphere, in the ball its norm over the largest, in (0, 1].
    pub fn length(&self, row: usize) -> f64 {
        self.radius.map_or(1.0, |radius| self.norms[row] / radius)
    }

    /// What row `row` of the file is divided by.
    fn divisor(&self, row: usize) -> f64 {
        self.radius.unwrap_or(self.norms[row])
    }

    /// Number of rows, n.
    pub fn rows(&self) -> usize {
        self.norms.len()
    }

    /// Number of columns, m: the sphere is S^(m-1).
    pub fn dim(&self) -> usize {
        self.embeddings.dim()
    }

    /// The matrix behind the rows.
    pub fn embeddings(&self) -> &Embeddings {
        &self.embeddings
    }

    /// Norms of the rows before normalisation.
    pub fn norms(&self) -> &[f64] {
        &self.norms
    }

    /// Row number in the file of row `row`.
    pub fn file_row(&self, row: usize) -> usize {
        self.kept.as_ref().map_or(row, |kept| kept[row] as usize)
    }

    /// For each row of the file its number here, if it was kept.
    pub fn renumbering(&self) -> Vec<Option<u32>> {
        let mut out = vec![None; self.embeddings.rows()];
        for row in 0..self.rows() {
            out[self.file_row(row)] = Some(row as u32);
        }
        out
    }

    /// Row `row` on the sphere (or in the ball), rounded to f32.
    pub fn row_f32(&self, row: usize, out: &mut [f32]) {
        let norm = self.divisor(row);
        if self.embeddings.dtype() == Dtype::F64 || !(1e-30..1e30).contains(&norm) {
            let mut exact = vec![0.0; out.len()];
            self.row_f64(row, &mut exact);
            for (out, v) in out.iter_mut().zip(exact) {
                *out = v as f32;
            }
            return;
        }
        self.embeddings.row_f32(self.file_row(row), out);
        // Two parts, so that rounding the factor does not scale the whole row by up to 6e-8.
        let factor = 1.0 / norm;
        let high = factor as f32;
        let low = (factor - f64::from(high)) as f32;
        for v in out {
            *v = *v * high + *v * low;
        }
    }

    /// Row `row` as it lies in the file (f64 is rounded), and the factor that brings it onto the sphere.
    pub fn row_scaled(&self, row: usize, out: &mut [f32]) -> f64 {
        let norm = self.divisor(row);
        if (1e-30..1e30).contains(&norm) {
            self.embeddings.row_f32(self.file_row(row), out);
            return 1.0 / norm;
        }
        self.row_f32(row, out);
        1.0
    }

    /// Row `row` on the sphere (or in the ball), in f64.
    pub fn row_f64(&self, row: usize, out: &mut [f64]) {
        self.embeddings.row_f64(self.file_row(row), out);
        let norm = self.divisor(row);
        for v in out {
            *v /= norm;
        }
    }
}
