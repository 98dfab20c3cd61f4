//! Embeddings of whole splits, and their audit while training runs.

use candle_core::{DType, Device, Tensor};
use ndarray::Array2;

use super::TrainError;
use super::data::{Augment, DataSplit, Dataset, Show};
use super::encoder::{Encoder, NormMode};
use super::plan::TrainPlan;
use super::session::Session;
use crate::audit::{self, Inputs, PositivesInput, Settings};
use crate::backend::Backend;
use crate::data::Embeddings;
use crate::metric::MetricId;
use crate::pass::NoWatch;
use crate::result::Side;

/// Items embedded at a time, at most, and numbers that go in at a time, at least one item's.
const TOGETHER: (usize, usize) = (512, 1 << 24);
/// Test items that are audited between epochs.
const MOST: usize = 5000;
/// The epoch that names the views of test items: none that is trained.
const TEST_VIEWS: u64 = u64::MAX;

/// What leaves block `layer` of the encoder (its output, where none is said) for each item of `split`, shown as `show`
/// says: one row for each item, numbers of one item flattened.
///
/// # Errors
/// [`TrainError::Tensor`].
pub fn embed(
    encoder: &Encoder,
    split: &DataSplit,
    show: Show<'_>,
    layer: Option<usize>,
    device: &Device,
) -> Result<Array2<f32>, TrainError> {
    let layer = layer.unwrap_or(encoder.layers() - 1);
    let parts = std::slice::from_ref(split);
    let left = activations(encoder, parts, show, &[layer], device)?.remove(0);
    let dim = left.shape[1..].iter().product();
    Array2::from_shape_vec((split.len(), dim), left.values)
        .map_err(|error| TrainError::Tensor(candle_core::Error::wrap(error)))
}

/// What left a block of an encoder.
#[derive(Clone, Debug, PartialEq)]
pub struct Activations {
    /// Items, then the axes of what leaves the block for one item: channels, height and width, or units.
    pub shape: Vec<usize>,
    /// Item by item.
    pub values: Vec<f32>,
}

impl Activations {
    /// A row for each item: all that left the block for it, side by side.
    pub fn flat(mut self) -> Self {
        let each = self.shape.drain(1..).product();
        self.shape.push(each);
        self
    }
}

/// What leaves the blocks at these places for each item of all `parts`, shown as `show` says, in one pass.
///
/// # Errors
/// candle's.
pub fn activations(
    encoder: &Encoder,
    parts: &[DataSplit],
    show: Show<'_>,
    places: &[usize],
    device: &Device,
) -> Result<Vec<Activations>, TrainError> {
    let nothing = || Activations {
        shape: vec![parts.iter().map(DataSplit::len).sum(), 0],
        values: Vec::new(),
    };
    let mut all: Vec<Activations> = places.iter().map(|_| nothing()).collect();
    let takes = &encoder.spec().takes;
    let together = (TOGETHER.1 / takes.numbers()).clamp(1, TOGETHER.0);
    let batches = parts.iter().flat_map(|part| {
        let rows = part.rows.chunks(together);
        rows.map(|rows| (&part.items, rows))
    });
    for (items, rows) in batches {
        let input = takes.input(items, rows, &[show])?;
        let left = encoder.outputs(&input.to(device)?, NormMode::Eval, places)?;
        for (all, left) in all.iter_mut().zip(left) {
            let values: Tensor = left.to_dtype(DType::F32)?;
            all.shape.truncate(1);
            all.shape.extend(&values.dims()[1..]);
            all.values.extend(values.flatten_all()?.to_vec1::<f32>()?);
        }
    }
    Ok(all)
}

/// The two views of `split` that audits of a run with this seed use.
///
/// # Errors
/// Those of [`embed`].
pub fn embed_views(
    encoder: &Encoder,
    split: &DataSplit,
    plan: &TrainPlan,
    data: &Dataset,
    device: &Device,
) -> Result<[Array2<f32>; 2], TrainError> {
    let augment = plan.augment_for(data);
    let view = |view| {
        let show = test_view(&augment, plan.seed, view);
        embed(encoder, split, show, None, device)
    };
    Ok([view(0)?, view(1)?])
}

/// A view of items that nothing is trained on, counted from 0.
pub fn test_view(augment: &Augment, seed: u64, view: u64) -> Show<'_> {
    Show::View {
        augment,
        seed,
        epoch: TEST_VIEWS,
        view,
    }
}

/// (alignment{alpha=2}, uniformity{t=2}) of two views of the test items, the latter the mean of the two views'.
pub(super) fn test(
    session: &Session,
    plan: &TrainPlan,
    data: &Dataset,
    device: &Device,
    backend: &dyn Backend,
) -> Result<(f64, f64), TrainError> {
    let some = data.test.only(0..data.test.len().min(MOST));
    let [a, b] = embed_views(&session.encoder, &some, plan, data, device)?;
    let rows = a.rows().into_iter().chain(b.rows());
    let dead = rows.filter(|row| row.iter().all(|v| *v == 0.0)).count();
    if dead > 0 {
        let of = 2 * some.len();
        return Err(TrainError::Dead { dead, of });
    }
    let settings = Settings {
        alphas: vec![2.0],
        ts: vec![2.0],
        taus: Vec::new(),
        seed: plan.seed,
        ..Settings::default()
    };
    let inputs = Inputs {
        name: "test".into(),
        a: Embeddings::from_array("view a", a.view())?,
        b: Some(Embeddings::from_array("view b", b.view())?),
        positives: PositivesInput::Aligned,
        groups: None,
    };
    let prepared = audit::prepare(inputs, &settings, backend, &NoWatch)?;
    let audit = prepared.run(backend, &NoWatch)?;
    let value = |metric, side| {
        let found = audit
            .measures
            .iter()
            .find(|m| m.metric == metric && m.side == side);
        found.map_or(f64::NAN, |measure| measure.value)
    };
    Ok((
        value(MetricId::Alignment, Side::Cross),
        value(MetricId::Uniformity, Side::Mean),
    ))
}
