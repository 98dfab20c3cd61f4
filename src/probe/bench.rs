//! What every probe shares.

use ndarray::Array2;

use super::asked::ProbeSettings;
use super::error::ProbeError;
use super::features::{centre, read};
use crate::backend::Backend;
use crate::data::UnitRows;
use crate::estimate::wilson;
use crate::pass::{Cancelled, NearestJob, Watch};
use crate::result::{Quantity, Score};
use crate::theory::student_quantile;

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

impl Told {
    /// Those of several parts of the rows as one: shares over all rows that were tested on, at this level. A parameter that
    /// differs is left out of the score, and named in a note.
    pub(super) fn pooled(parts: Vec<Self>, level: f64) -> Self {
        let (mut scores, mut notes): (Vec<Score>, Vec<String>) = (Vec::new(), Vec::new());
        let mut params: Vec<Vec<f64>> = Vec::new();
        for part in parts {
            // Numbers of neighbours are settings; what was chosen is none.
            let k = |score: &Score| score.param.clone().filter(|(name, _)| name == "k");
            for score in part.scores {
                let same = |known: &Score| {
                    let of = |s: &Score| (s.probe.clone(), s.quantity, k(s));
                    of(known) == of(&score)
                };
                let at = scores.iter().position(same).unwrap_or_else(|| {
                    scores.push(Score {
                        value: 0.0,
                        n: 0,
                        ..score.clone()
                    });
                    params.push(Vec::new());
                    scores.len() - 1
                });
                let known = &mut scores[at];
                let all = (known.n + score.n) as f64;
                known.value = (known.value * known.n as f64 + score.value * score.n as f64) / all;
                known.n += score.n;
                params[at].extend(score.param.map(|(_, value)| value));
            }
            part.notes.into_iter().for_each(|note| {
                if !notes.contains(&note) {
                    notes.push(note);
                }
            });
        }
        for (score, params) in scores.iter_mut().zip(params) {
            let right = (score.value * score.n as f64).round();
            score.value = right / score.n as f64;
            let z = student_quantile(level, f64::INFINITY);
            (score.low, score.high) = wilson(right as u64, score.n, z);
            let differs = params.iter().any(|value| *value != params[0]);
            if let Some((name, _)) = score.param.take_if(|_| differs)
                && score.quantity == Quantity::Accuracy
            {
                let values: Vec<String> = params.iter().map(f64::to_string).collect();
                let (probe, values) = (&score.probe, values.join(", "));
                notes.push(format!(
                    "{probe}: {name} chosen within the rows to train on of each part: {values}"
                ));
            }
        }
        Self { scores, notes }
    }
}

/// The values of the rows `chosen`.
pub(super) fn pick<T: Copy>(values: &[T], chosen: &[u32]) -> Vec<T> {
    chosen.iter().map(|&row| values[row as usize]).collect()
}
