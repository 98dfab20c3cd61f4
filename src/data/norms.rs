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
        Self::and(embeddings, None, |_, _| ()).1
    }

    /// Reads these rows only. The others have NaN for a norm: nothing is known of them, and nobody may look at them.
    ///
    /// # Errors
    /// [`DataError::NotFinite`] with the first such row.
    pub(crate) fn of_rows(embeddings: &Embeddings, rows: &[u32]) -> Result<Self, DataError> {
        Self::and(embeddings, Some(rows), |_, _| ()).1
    }

    /// Norms of these rows, or of all, and what `each` finds in the same reading of a row's values and its norm: for each
    /// row of the matrix, the default where it is not read. Rows that are not finite are found, too.
    ///
    /// # Errors
    /// Of the norms [`DataError::NotFinite`] with the first such row.
    pub(crate) fn and<T: Clone + Default + Send>(
        embeddings: &Embeddings,
        rows: Option<&[u32]>,
        each: impl Fn(&[f64], f64) -> T + Sync,
    ) -> (Vec<T>, Result<Self, DataError>) {
        let at = |k: usize| rows.map_or(k, |rows| rows[k] as usize);
        let count = rows.map_or(embeddings.rows(), <[u32]>::len);
        let read = (0..count).into_par_iter().with_min_len(64).map_init(
            || vec![0.0; embeddings.dim()],
            |values, k| {
                embeddings.row_f64(at(k), values);
                let norm = norm(values);
                (each(values, norm), norm)
            },
        );
        let (mut found, mut norms): (Vec<T>, Vec<f64>) = read.unzip();
        let checked = finite(embeddings, &norms, at);
        if let Some(rows) = rows {
            found = scattered(rows, found, vec![T::default(); embeddings.rows()]);
            norms = scattered(rows, norms, vec![f64::NAN; embeddings.rows()]);
        }
        (found, checked.map(|()| Self(norms)))
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

/// Values of these rows, each in the place of its row.
fn scattered<T>(rows: &[u32], values: Vec<T>, mut all: Vec<T>) -> Vec<T> {
    for (&row, value) in rows.iter().zip(values) {
        all[row as usize] = value;
    }
    all
}

/// Refuses norms that are no numbers, the k-th being that of row `at(k)`.
fn finite(
    embeddings: &Embeddings,
    norms: &[f64],
    at: impl Fn(usize) -> usize,
) -> Result<(), DataError> {
    let Some(first) = norms.iter().position(|norm| !norm.is_finite()) else {
        return Ok(());
    };
    let mut values = vec![0.0; embeddings.dim()];
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
