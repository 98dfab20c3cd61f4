//! Norms of rows, and what becomes of rows that are not unit, or have none.

use serde::{Deserialize, Serialize};

use rayon::prelude::*;

use super::{DataError, Embeddings};

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

    /// Of rows that nobody has read: nothing is known of them but which have norm zero.
    pub(crate) fn unread(rows: usize, zero: &[u32]) -> Self {
        let mut norms = vec![f64::NAN; rows];
        zero.iter().for_each(|&row| norms[row as usize] = 0.0);
        Self(norms)
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
