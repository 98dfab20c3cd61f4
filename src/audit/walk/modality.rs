//! How two views of unlike things differ as a whole: a classifier that tells them apart, and their rows without the mean
//! row of each view.

use crate::audit::ask::Effort;
use crate::audit::error::AuditError;
use crate::audit::prepare::Prepared;
use crate::audit::read::found::{Found, Frame};
use crate::audit::read::measures::judged;
use crate::audit::states::States;
use crate::audit::states::modality::{Modality, ViewAuc};
use crate::backend::{Backend, on_host};
use crate::data::{DataError, Embeddings, UnitRows};
use crate::metric::MetricId;
use crate::pass::{RowMoments, Watch};
use crate::probe::{ProbeError, RowsOfItems, separability};
use crate::result::Measure;

/// Mean squared distance from the mean row below which what is left of f32 rows is rounding.
const ALIKE: f64 = 1e-10;

impl Prepared {
    /// How the two views differ as a whole; none where that is not asked for, or there is one view.
    ///
    /// Cost: a logistic regression on at most 5,000 rows, and a walk over all pairs of rows that are centred, with a copy
    /// of the rows in f32.
    ///
    /// # Errors
    /// [`AuditError::Backend`], [`AuditError::Cancelled`].
    pub(crate) fn modality(
        &self,
        frame: &Frame,
        backend: &dyn Backend,
        watch: &dyn Watch,
    ) -> Result<Option<Modality>, AuditError> {
        if !self.settings.modality {
            return Ok(None);
        }
        let Some(groups) = self.group_products(frame, backend) else {
            return Ok(None);
        };
        let centred = match self.centred(backend, watch)? {
            Ok(centred) => {
                let states = centred.walk(backend, watch)?;
                Ok(on_host(backend, || of_pairs(&states)))
            }
            Err(why) => Err(why),
        };
        Ok(Some(Modality {
            groups,
            told: self.told(backend, watch)?,
            centred,
        }))
    }

    /// What a classifier makes of rows that it has not seen, or why there is none.
    fn told(
        &self,
        backend: &dyn Backend,
        watch: &dyn Watch,
    ) -> Result<Result<ViewAuc, String>, AuditError> {
        let Some(b) = &self.b else {
            return Ok(Err("there is one view".to_owned()));
        };
        let (n, m) = (self.a.rows() as u32, b.rows() as u32);
        let (of_a, of_b) = match &self.facts.grouping {
            Some(grouping) => (grouping.of(false).to_vec(), grouping.of(true).to_vec()),
            // Row i of aligned views is one item; rows of other files are rows of their own.
            None if self.facts.aligned => ((0..n).collect(), (0..m).collect()),
            None => ((0..n).collect(), (n..n + m).collect()),
        };
        let side = |rows, items| RowsOfItems { rows, items };
        let seed = self.settings.seed;
        let (a, b) = (side(&self.a, &of_a[..]), side(b, &of_b[..]));
        match separability(a, b, seed, backend, watch) {
            Ok(found) => Ok(Ok(ViewAuc {
                auc: found.auc,
                se: found.se,
                freedom: found.freedom,
                units: found.units,
                tested: found.test.0 + found.test.1,
                trained: found.train.0 + found.train.1,
            })),
            Err(ProbeError::Cancelled(stopped)) => Err(stopped.into()),
            Err(ProbeError::Backend(error)) => Err(error.into()),
            Err(other) => Ok(Err(other.to_string())),
        }
    }

    /// The same items, each row less the mean row of its view, with the numbers of pairs alone; or why not.
    fn centred(
        &self,
        backend: &dyn Backend,
        watch: &dyn Watch,
    ) -> Result<Result<Self, String>, AuditError> {
        if self.settings.effort != Effort::Exact {
            return Ok(Err(
                "an estimate walks the rows as they are; leave --budget and --max-error out"
                    .to_owned(),
            ));
        }
        watch.phase("centring", 0);
        let mut views = Vec::new();
        for (_, rows) in self.views() {
            match on_host(backend, || centred(rows, watch))? {
                Ok(rows) => views.push(rows),
                Err(why) => return Ok(Err(why.to_string())),
            }
        }
        let b = (views.len() > 1).then(|| views.swap_remove(1));
        let a = views.swap_remove(0);
        Ok(Ok(Self {
            settings: self.settings.numbers_only().without_search(),
            ..self.with_rows(a, b)
        }))
    }
}

/// Alignment and uniformity.
fn of_pairs(states: &States) -> Vec<Measure> {
    let frame = Frame::of(states);
    let wanted = [MetricId::Alignment, MetricId::Uniformity];
    let measures = judged(&Found::new(states, &frame)).into_iter();
    measures.filter(|m| wanted.contains(&m.metric)).collect()
}

/// Why rows cannot be centred.
#[derive(Debug, thiserror::Error)]
enum NotCentred {
    #[error("{0}: without their mean row, rows are rounding: they are nearly all alike")]
    Alike(String),
    #[error("{0}")]
    Data(#[from] DataError),
}

/// The rows less their mean row, normalised again.
fn centred(
    rows: &UnitRows,
    watch: &dyn Watch,
) -> Result<Result<UnitRows, NotCentred>, crate::pass::Cancelled> {
    let sums = RowMoments::sums(rows, watch)?;
    let (n, dim) = (rows.rows(), rows.dim());
    let mean: Vec<f64> = sums.x.iter().map(|sum| sum / n as f64).collect();
    let left = 1.0 - mean.iter().map(|v| v * v).sum::<f64>();
    let name = rows.embeddings().name();
    if left < ALIKE {
        return Ok(Err(NotCentred::Alike(name.to_owned())));
    }
    let mut values = ndarray::Array2::<f32>::zeros((n, dim));
    let mut x = vec![0.0; dim];
    for (row, mut line) in values.outer_iter_mut().enumerate() {
        rows.row_f64(row, &mut x);
        for ((out, v), mean) in line.iter_mut().zip(&x).zip(&mean) {
            *out = (v - mean) as f32;
        }
    }
    let of = || {
        Ok(UnitRows::normalise(Embeddings::from_array(
            name,
            values.view(),
        )?)?)
    };
    Ok(of())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pass::NoWatch;

    #[test]
    fn centred_rows_have_lost_their_common_direction() {
        let values = ndarray::Array2::from_shape_fn((50, 4), |(i, k)| {
            ((i * (k + 2)) as f32 * 1.3).sin() * 0.3 + 1.0
        });
        let rows = Embeddings::from_array("rows", values.view()).unwrap();
        let rows = UnitRows::normalise(rows).unwrap();
        let of = |rows: &UnitRows| {
            let sums = RowMoments::sums(rows, &NoWatch).unwrap();
            sums.x.iter().map(|v| v * v).sum::<f64>().sqrt() / 50.0
        };
        assert!(of(&rows) > 0.9);
        let found = centred(&rows, &NoWatch).unwrap().unwrap();
        assert!(of(&found) < 0.3, "{}", of(&found));
        let mut row = vec![0.0; 4];
        found.row_f64(3, &mut row);
        assert!((row.iter().map(|v| v * v).sum::<f64>() - 1.0).abs() < 1e-12);
    }

    #[test]
    fn rows_that_are_all_alike_are_not_centred() {
        let values = ndarray::Array2::from_elem((50, 4), 0.5_f32);
        let rows = Embeddings::from_array("rows", values.view()).unwrap();
        let rows = UnitRows::normalise(rows).unwrap();
        let Err(why) = centred(&rows, &NoWatch).unwrap() else {
            panic!("nothing was left to centre");
        };
        assert!(why.to_string().contains("nearly all alike"), "{why}");
    }
}
