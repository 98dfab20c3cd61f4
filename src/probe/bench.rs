//! What every probe shares.

use ndarray::Array2;

use super::asked::ProbeSettings;
use super::error::ProbeError;
use super::features::{centre, read};
use crate::backend::Backend;
use crate::data::UnitRows;
use crate::pass::{Cancelled, NearestJob, Watch};
use crate::result::Score;

/// Rows and context that every probe shares.
pub(super) struct Bench<'a> {
    pub(super) train: UnitRows,
    pub(super) test: UnitRows,
    pub(super) settings: &'a ProbeSettings,
    pub(super) backend: &'a dyn Backend,
    pub(super) watch: &'a dyn Watch,
}

impl Bench<'_> {
    /// The nearest rows to train on of every row to test on, nearest first, as many as the largest k.
    pub(super) fn neighbours(&self) -> Result<Vec<Vec<(u32, f32)>>, ProbeError> {
        let phase = "nearest neighbours";
        self.watch.phase(phase, self.test.rows() as u64);
        let most = self.settings.most_neighbours();
        let job = NearestJob::Between(&self.test, &self.train, most);
        Ok(self.backend.nearest(job, self.watch)?.state.into_lists())
    }

    /// The rows to train on and those to test on, as the linear probes read them.
    pub(super) fn features(&self) -> (Array2<f64>, Array2<f64>) {
        let side = |rows: &UnitRows| {
            let all: Vec<u32> = (0..rows.rows() as u32).collect();
            read(rows, &all, self.settings.features)
        };
        let (mut train, mut test) = (side(&self.train), side(&self.test));
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
