//! The spectrum of each view: sums of x x' by jackknife group, and the eigenvalues of what they make.

use faer::{MatRef, Side as Triangle};
use rayon::prelude::*;

use crate::audit::error::AuditError;
use crate::audit::prepare::Prepared;
use crate::audit::read::found::Frame;
use crate::audit::states::spectrum::{
    Eigenvalues, MOST_COLUMNS, MOST_COLUMNS_LEFT_OUT, ViewSpectra, ViewSpectrum,
};
use crate::audit::walk::offenders::columns::columns;
use crate::backend::{Backend, on_host};
use crate::data::UnitRows;
use crate::num::Merge;
use crate::pass::{RowMoments, Watch};

impl Prepared {
    /// The spectrum of each view; none where none is asked for.
    ///
    /// Cost: half of n d^2 multiply-adds in f64 for each view, two readings of the rows, and two eigendecompositions of
    /// d x d for all rows and for all without each jackknife group. Memory: 8 d^2 bytes for each of these groups.
    ///
    /// # Errors
    /// [`AuditError::Cancelled`].
    pub(crate) fn spectra(
        &self,
        frame: &Frame,
        backend: &dyn Backend,
        watch: &dyn Watch,
    ) -> Result<Option<ViewSpectra>, AuditError> {
        if !self.settings.wants_spectrum() {
            return Ok(None);
        }
        let (layouts, groups) = (&frame.layouts, &frame.groups);
        let frames = [(&layouts.0, &groups.0), (&layouts.1, &groups.1)];
        let mut out = Vec::new();
        for ((side, rows), (layout, groups)) in self.views().zip(frames) {
            let known = match rows.dim() <= MOST_COLUMNS {
                true => {
                    let count = layout.group_sizes().len();
                    Some(spectrum(rows, (groups, count), backend, watch)?)
                }
                false => None,
            };
            out.push((side, known));
        }
        Ok(Some(ViewSpectra { views: out }))
    }
}

fn spectrum(
    rows: &UnitRows,
    (groups, count): (&[u32], usize),
    backend: &dyn Backend,
    watch: &dyn Watch,
) -> Result<ViewSpectrum, AuditError> {
    watch.phase("spectrum", rows.rows() as u64);
    let leaves = rows.dim() <= MOST_COLUMNS_LEFT_OUT;
    let sums = on_host(backend, || match leaves {
        true => RowMoments::of_groups(rows, groups, count, watch),
        false => RowMoments::of_groups(rows, &vec![0; rows.rows()], 1, watch),
    })?;
    let mut whole = RowMoments::default();
    sums.iter().for_each(|sums| whole.merge(sums.clone()));
    let left: Vec<&RowMoments> = sums.iter().filter(|_| leaves).collect();
    watch.phase("eigenvalues", 1 + left.len() as u64);
    let all = on_host(backend, || {
        let each = std::iter::once(None).chain(left.into_iter().map(Some));
        let each: Vec<Option<&RowMoments>> = each.collect();
        let of = |left: Option<&RowMoments>| {
            if watch.cancelled() {
                return None;
            }
            let found = match left {
                None => eigenvalues(&whole),
                Some(sums) => eigenvalues(&whole.without(sums)),
            };
            watch.advance(1);
            Some(found)
        };
        each.into_par_iter().map(of).collect::<Option<Vec<_>>>()
    });
    let mut all = all.ok_or(crate::pass::Cancelled)?.into_iter();
    let whole = all.next().expect("that of all rows comes first");
    Ok(ViewSpectrum {
        whole,
        left: all.collect(),
        constant: columns(rows, backend).constant().count() as u64,
    })
}

/// Those of the rows behind these sums; without a row all are NaN.
fn eigenvalues(sums: &RowMoments) -> Eigenvalues {
    let (n, dim) = (sums.rows as f64, sums.x.len());
    let mut second: Vec<f64> = sums.xx.iter().map(|sum| sum / n).collect();
    let of_second = descending(&second, dim);
    for (row, mean) in second.chunks_exact_mut(dim).zip(&sums.x) {
        for (value, other) in row.iter_mut().zip(&sums.x) {
            *value -= mean / n * (other / n);
        }
    }
    let variances = || second.iter().step_by(dim + 1).copied();
    let mean = variances().sum::<f64>() / dim as f64;
    // Rows that are all alike differ by the rounding of their products.
    if mean <= f64::EPSILON * of_second.iter().sum::<f64>() {
        second.fill(0.0);
    }
    let largest = second.iter().step_by(dim + 1).copied().fold(0.0, f64::max);
    let mean = second.iter().step_by(dim + 1).sum::<f64>() / dim as f64;
    Eigenvalues {
        second: of_second,
        centred: descending(&second, dim),
        top_column: largest / mean,
    }
}

/// Eigenvalues of a symmetric matrix that has none below 0 but by rounding.
fn descending(matrix: &[f64], dim: usize) -> Vec<f64> {
    if matrix.iter().any(|value| !value.is_finite()) {
        return vec![f64::NAN; dim];
    }
    let matrix = MatRef::from_row_major_slice(matrix, dim, dim);
    match matrix.self_adjoint_eigenvalues(Triangle::Lower) {
        Ok(values) => values.into_iter().rev().map(|v| v.max(0.0)).collect(),
        Err(_) => vec![f64::NAN; dim],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cone_is_one_direction_until_it_is_centred() {
        // Rows (c, s) and (c, -s), as often: x x' has c^2 and s^2, the covariance 0 and s^2.
        let (c, s) = (0.8, 0.6);
        let sums = RowMoments {
            rows: 10,
            x: vec![10.0 * c, 0.0],
            xx: vec![10.0 * c * c, 0.0, 0.0, 10.0 * s * s],
            ..RowMoments::default()
        };
        let found = eigenvalues(&sums);
        let near = |a: &[f64], b: [f64; 2]| a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-15);
        assert!(near(&found.second, [0.64, 0.36]), "{found:?}");
        assert!(near(&found.centred, [0.36, 0.0]), "{found:?}");
        assert!((found.top_column - 2.0).abs() < 1e-12);
    }

    #[test]
    fn rows_that_are_all_alike_have_no_covariance() {
        let x = [0.1_f64; 100];
        let sums = RowMoments {
            rows: 7,
            x: x.iter().map(|v| 7.0 * v).collect(),
            xx: x.iter().flat_map(|v| x.map(|w| 7.0 * v * w)).collect(),
            ..RowMoments::default()
        };
        let found = eigenvalues(&sums);
        assert!((found.second[0] - 1.0).abs() < 1e-12);
        assert!(found.centred.iter().all(|v| *v == 0.0));
        assert!(found.top_column.is_nan());
    }
}
