//! Rows on the sphere.

use serde::{Deserialize, Serialize};

use rayon::prelude::*;

use super::{DataError, Embeddings};
use crate::num::Dtype;

/// What to do about norms.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Normalize {
    /// Divide every row by its L2 norm.
    #[default]
    L2,
    /// Refuse rows that are not unit already (up to the rounding of their type).
    Assert,
}

/// What to do about rows of norm zero, which have no direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum ZeroRows {
    /// Refuse them, with their row numbers.
    #[default]
    Reject,
    /// Leave them out and count them.
    Drop,
}

/// How many row numbers an error lists.
const LISTED: usize = 10;

/// L2 norm of every row that was read; a value of this type proves that every element of these rows is finite.
#[derive(Clone, Debug)]
pub struct Norms(Vec<f64>);

impl Norms {
    /// Reads the whole matrix once, in parallel.
    ///
    /// # Errors
    /// [`DataError::NotFinite`] with the first such row.
    pub fn of(embeddings: &Embeddings) -> Result<Self, DataError> {
        norms_of(embeddings, embeddings.rows(), |row| row).map(Self)
    }

    /// Reads these rows only. The others have NaN for a norm: nothing is known of them, and nobody may look at them.
    ///
    /// # Errors
    /// [`DataError::NotFinite`] with the first such row.
    pub(crate) fn of_rows(embeddings: &Embeddings, rows: &[u32]) -> Result<Self, DataError> {
        let found = norms_of(embeddings, rows.len(), |k| rows[k] as usize)?;
        let mut norms = vec![f64::NAN; embeddings.rows()];
        for (&row, norm) in rows.iter().zip(found) {
            norms[row as usize] = norm;
        }
        Ok(Self(norms))
    }

    /// The norms, row by row.
    pub fn values(&self) -> &[f64] {
        &self.0
    }

    /// Row numbers of norm zero.
    pub fn zero_rows(&self) -> Vec<usize> {
        (0..self.0.len()).filter(|&i| self.0[i] == 0.0).collect()
    }

    /// Applies `--normalize` and `--zero-rows` to the norms of `embeddings`.
    ///
    /// # Errors
    /// [`DataError::ZeroRows`] under [`ZeroRows::Reject`], [`DataError::NotUnit`] under [`Normalize::Assert`].
    pub fn check(
        &self,
        embeddings: &Embeddings,
        normalize: Normalize,
        zero: ZeroRows,
    ) -> Result<(), DataError> {
        let zeros = self.zero_rows();
        if zero == ZeroRows::Reject && !zeros.is_empty() {
            let count = zeros.len();
            // Those of the first file that has any, as that counts them.
            let (name, _) = embeddings.place(zeros[0]);
            let places = zeros.iter().map(|&row| embeddings.place(row));
            let here = places.take_while(|(other, _)| *other == name);
            return Err(DataError::ZeroRows {
                source_name: name.to_owned(),
                rows: here.take(LISTED).map(|(_, row)| row).collect(),
                count,
            });
        }
        if normalize == Normalize::Assert {
            let tolerance = embeddings.dtype().unit_tolerance();
            let off = |norm: f64| norm != 0.0 && (norm - 1.0).abs() > tolerance;
            if let Some(row) = self.0.iter().position(|&norm| off(norm)) {
                let (name, place) = embeddings.place(row);
                return Err(DataError::NotUnit {
                    source_name: name.to_owned(),
                    row: place,
                    norm: self.0[row],
                    tolerance,
                    dtype: embeddings.dtype().name(),
                    count: self.0.iter().filter(|&&norm| off(norm)).count(),
                });
            }
        }
        Ok(())
    }
}

/// Norms of `count` rows, the k-th of which is row `at(k)`.
fn norms_of(
    embeddings: &Embeddings,
    count: usize,
    at: impl Fn(usize) -> usize + Sync,
) -> Result<Vec<f64>, DataError> {
    let dim = embeddings.dim();
    let norms: Vec<f64> = (0..count)
        .into_par_iter()
        .with_min_len(64)
        .map_init(
            || vec![0.0; dim],
            |row, k| {
                embeddings.row_f64(at(k), row);
                norm(row)
            },
        )
        .collect();
    let Some(first) = norms.iter().position(|norm| !norm.is_finite()) else {
        return Ok(norms);
    };
    let mut values = vec![0.0; dim];
    embeddings.row_f64(at(first), &mut values);
    let column = values.iter().position(|v| !v.is_finite()).unwrap_or(0);
    let (name, row) = embeddings.place(at(first));
    Err(DataError::NotFinite {
        source_name: name.to_owned(),
        row,
        column,
        value: values[column],
        count: norms.iter().filter(|norm| !norm.is_finite()).count(),
    })
}

/// L2 norm without overflow or underflow; not finite if any value is not.
fn norm(row: &[f64]) -> f64 {
    let squares = sum_of_squares(row, 1.0);
    if (1e-280..1e280).contains(&squares) {
        return squares.sqrt();
    }
    if row.iter().any(|v| !v.is_finite()) {
        return f64::NAN;
    }
    let top = row.iter().fold(0.0, |top: f64, v| top.max(v.abs()));
    if top == 0.0 {
        0.0
    } else {
        top * sum_of_squares(row, top).sqrt()
    }
}

fn sum_of_squares(row: &[f64], scale: f64) -> f64 {
    let (chunks, rest) = row.as_chunks::<8>();
    let mut lanes = [0.0; 8];
    for chunk in chunks {
        for (lane, v) in lanes.iter_mut().zip(chunk) {
            let v = v / scale;
            *lane += v * v;
        }
    }
    lanes.iter().sum::<f64>() + rest.iter().map(|v| (v / scale) * (v / scale)).sum::<f64>()
}

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
/// - at least two rows, all finite, none of norm zero;
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
        let kept: Vec<u32> = (0..embeddings.rows())
            .filter(|&i| norms.0[i] > 0.0 && keep(i))
            .map(|i| i as u32)
            .collect();
        enough(&embeddings, kept.len())?;
        let norms = kept.iter().map(|&i| norms.0[i as usize]).collect();
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
        let norms: Vec<f64> = rows.iter().map(|&row| norms.0[row as usize]).collect();
        debug_assert!(norms.iter().all(|&norm| norm > 0.0), "they have directions");
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
