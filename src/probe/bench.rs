//! What every probe shares.

use super::asked::ProbeSettings;
use super::error::ProbeError;
use super::split::Split;
use crate::backend::Backend;
use crate::data::UnitRows;
use crate::pass::{Cancelled, NearestJob, Watch};
use crate::result::Score;
use crate::theory::student_quantile;

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

    pub(super) fn name(&self) -> &str {
        self.rows.embeddings().name()
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

/// Standard errors on either side of a normal statistic at this level.
pub(super) fn normal_quantile(level: f64) -> f64 {
    student_quantile(level, f64::INFINITY)
}

/// The values of the rows `chosen`.
pub(super) fn pick<T: Copy>(values: &[T], chosen: &[u32]) -> Vec<T> {
    chosen.iter().map(|&row| values[row as usize]).collect()
}
