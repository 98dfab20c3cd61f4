//! What every probe shares.

use ndarray::Array2;

use super::asked::ProbeSettings;
use super::error::ProbeError;
use super::features::{centre, read};
use super::split::Split;
use crate::backend::Backend;
use crate::data::UnitRows;
use crate::pass::{Cancelled, NearestJob, Watch};
use crate::result::Score;

/// Rows, split and context that every probe shares.
pub(super) struct Bench<'a> {
    pub(super) rows: UnitRows,
    pub(super) split: Split,
    pub(super) settings: &'a ProbeSettings,
    pub(super) backend: &'a dyn Backend,
    pub(super) watch: &'a dyn Watch,
}

impl Bench<'_> {
    /// The k nearest rows to train on (as positions in the split) of every row to test on.
    pub(super) fn neighbours(&self) -> Result<Vec<Vec<(u32, f32)>>, ProbeError> {
        let side = |chosen: &[u32]| {
            let mut keep = vec![false; self.rows.rows()];
            chosen.iter().for_each(|&row| keep[row as usize] = true);
            self.rows.only(&keep)
        };
        let (train, test) = (side(&self.split.train)?, side(&self.split.test)?);
        self.watch.phase("nearest neighbours", test.rows() as u64);
        let job = NearestJob::Between(&test, &train, self.settings.k);
        Ok(self.backend.nearest(job, self.watch)?.state.into_lists())
    }

    /// The rows to train on and those to test on, as the linear probes read them.
    pub(super) fn features(&self) -> (Array2<f64>, Array2<f64>) {
        let side = |chosen: &[u32]| read(&self.rows, chosen, self.settings.features);
        let (mut train, mut test) = (side(&self.split.train), side(&self.split.test));
        centre(&mut train, &mut test);
        (train, test)
    }

    pub(super) fn cancelled(&self) -> Result<(), ProbeError> {
        match self.watch.cancelled() {
            true => Err(Cancelled.into()),
            false => Ok(()),
        }
    }
}

/// Scores and remarks of the probes of one kind of target.
pub(super) struct Told {
    pub(super) scores: Vec<Score>,
    pub(super) notes: Vec<String>,
}

/// The values of the rows `chosen`.
pub(super) fn pick<T: Copy>(values: &[T], chosen: &[u32]) -> Vec<T> {
    chosen.iter().map(|&row| values[row as usize]).collect()
}
