//! What an experiment will take, before it starts.

use std::sync::Mutex;
use std::time::Instant;

use candle_core::Device;

use super::TrainError;
use super::data::Dataset;
use super::encoder::{Form, forms};
use super::fit::fit;
use super::optim::Optimiser;
use super::plan::TrainPlan;
use super::presets::PresetEntry;
use super::session::Session;
use super::watch::{StepLog, TrainWatch};
use crate::backend::Backend;

/// Time and disk of the encoders of an experiment. What is read from them comes on top.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Outlook {
    /// Steps of all encoders.
    pub steps: u64,
    /// Seconds of a step, measured.
    pub step_seconds: f64,
    /// Bytes of all folders, and of the largest checkpoint.
    pub bytes: u64,
}

impl Outlook {
    /// Seconds of all steps.
    pub fn seconds(&self) -> f64 {
        self.steps as f64 * self.step_seconds
    }
}

/// A first step slower than this is the measured one; otherwise it is the second, which begins warm.
const SLOW: f64 = 5.0;

/// Measures a step of the first encoder that learns, and counts those of all.
///
/// # Errors
/// Those of [`fit`].
pub fn outlook(
    entries: &[PresetEntry],
    data: &Dataset,
    (device, backend): (&Device, &dyn Backend),
    watch: &dyn TrainWatch,
) -> Result<Outlook, TrainError> {
    let of = entries.iter().map(|entry| &entry.plan);
    let mut found = Outlook {
        steps: 0,
        step_seconds: 0.0,
        bytes: 0,
    };
    // An encoder that is complete keeps no checkpoint.
    let mut largest = 0;
    for plan in of.clone() {
        let takes = plan.encoder_for(data).takes;
        let batches = match plan.passes() {
            0 => 0,
            passes => passes * plan.deal(data, &takes).batches(),
        };
        found.steps += batches as u64;
        let [left, checkpoint] = bytes(plan, data)?;
        found.bytes += left;
        largest = largest.max(checkpoint);
    }
    found.bytes += largest;
    if let Some(plan) = of.clone().find(|plan| plan.passes() > 0) {
        let clock = Clock {
            started: Instant::now(),
            steps: Mutex::default(),
            outer: watch,
        };
        // The weights to begin with may be those of an entry that is yet to be trained.
        let plan = TrainPlan {
            init: None,
            ..plan.clone()
        };
        let mut session = Session::new(&plan, data, device)?;
        clock.begin();
        fit(&mut session, &plan, data, (device, backend), None, &clock)?;
        found.step_seconds = clock.last();
    }
    Ok(found)
}

/// What one encoder leaves (its weights, three embeddings of the test items), and what its checkpoint takes while it learns
/// (weights, and what the optimiser keeps beside each).
fn bytes(plan: &TrainPlan, data: &Dataset) -> Result<[u64; 2], TrainError> {
    let spec = plan.encoder_for(data);
    let weights: u64 = forms(&spec)?.iter().map(Form::count).sum();
    let kept = match plan.optimiser {
        Optimiser::Sgd { .. } => 1,
        Optimiser::Adam { .. } => 2,
    };
    let embeddings = 3 * data.test.len() as u64 * spec.dim as u64;
    Ok([4 * (weights + embeddings), 4 * weights * (1 + kept)])
}

/// Stops training after two steps, or one slow one, and knows how long the last took.
struct Clock<'a> {
    started: Instant,
    /// When each step ended, in seconds; the first number is the start.
    steps: Mutex<Vec<f64>>,
    outer: &'a dyn TrainWatch,
}

impl Clock<'_> {
    fn begin(&self) {
        let mut steps = self.steps.lock().unwrap_or_else(|held| held.into_inner());
        steps.push(self.started.elapsed().as_secs_f64());
    }

    /// Seconds of each step.
    fn times(&self) -> Vec<f64> {
        let steps = self.steps.lock().unwrap_or_else(|held| held.into_inner());
        steps.windows(2).map(|pair| pair[1] - pair[0]).collect()
    }

    fn last(&self) -> f64 {
        self.times().last().copied().unwrap_or(0.0)
    }
}

impl TrainWatch for Clock<'_> {
    fn step(&self, _: &StepLog) {
        self.begin();
    }

    fn cancelled(&self) -> bool {
        let times = self.times();
        self.outer.cancelled() || times.len() >= 2 || times.iter().any(|time| *time > SLOW)
    }
}
