//! What is read from trained encoders: the numbers of the paper's tables.

mod classes;
mod depth;
mod reading;
mod tasks;

use candle_core::Device;

use super::TrainError;
use super::data::Dataset;
use super::encoder::Encoder;
use super::presets::Reads;
use crate::backend::Backend;
use crate::probe::Solver;

pub use reading::{Judging, Reading};

/// What is read from `encoder`, which learned from `data`; the first number is the one that figures show.
pub(super) fn read(
    encoder: &Encoder,
    data: &Dataset,
    judging: Judging<'_>,
    place: (&Device, &dyn Backend),
) -> Result<Vec<Reading>, TrainError> {
    match judging.reads {
        Reads::Output => classes::output(encoder, data, Solver::Lbfgs, place),
        Reads::OutputByAdam => classes::output(encoder, data, classes::ADAM, place),
        Reads::Layers => classes::layers(encoder, data, place),
        Reads::Depth => depth::read(encoder, data, judging.scale, place.0),
        Reads::Tasks => tasks::read(encoder, judging, place),
    }
}

/// What is told without an encoder, and its name: counts of words of tasks, the mean depth.
///
/// # Errors
/// [`TrainError::Probe`], [`TrainError::Tensor`].
pub fn baselines(
    data: &Dataset,
    judging: Judging<'_>,
    backend: &dyn Backend,
) -> Result<(&'static str, Vec<Reading>), TrainError> {
    Ok(match judging.reads {
        Reads::Output | Reads::OutputByAdam | Reads::Layers => ("", Vec::new()),
        Reads::Depth => ("baseline", depth::baseline(data)?),
        Reads::Tasks => ("bag of words", tasks::bags(judging, backend)?),
    })
}
