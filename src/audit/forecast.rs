//! How much work an audit is, and how long it will take here.

use std::time::Instant;

use ndarray::Array2;
use serde::{Deserialize, Serialize};

use super::{AuditError, Inputs, PositivesInput, Settings};
use crate::backend::Backend;
use crate::data::{Embeddings, UnitRows};
use crate::kernel::Exponents;
use crate::pass::{Excluded, GROUPS, GramJob, Layout, NoWatch, Plan};

/// Flops of one round of the calibration, for each thread.
const CALIBRATION: f64 = 4e9;
/// Rows of the calibration at least and at most.
const CALIBRATION_ROWS: (f64, f64) = (1000.0, 12_000.0);

/// What `--dry-run` tells. Nothing was audited.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Forecast {
    /// Version of this form.
    pub schema: String,
    /// Rows of the first view.
    pub rows_a: u64,
    /// Rows of the second view.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rows_b: Option<u64>,
    /// Columns.
    pub dim: u64,
    /// Pairs of rows that the exact pass visits, over all sides.
    pub pairs: u64,
    /// Flops of their cosines, 2 d for each pair.
    pub flops: f64,
    /// Exponentials, one for each pair and each coefficient.
    pub exponentials: f64,
    /// Bytes of the embeddings in their files, which are mapped.
    pub bytes_read: u64,
    /// Bytes of memory for the sums and blocks, beside the files.
    pub bytes_memory: u64,
    /// Pairs a second that a short calibration reached here, with rows of this width and these exponents.
    pub pairs_per_second: f64,
    /// Seconds the exact pass is expected to take.
    pub seconds: f64,
    /// Threads.
    pub threads: u64,
    /// Kernel.
    pub kernel: String,
    /// What the audit would do, in words.
    pub verdict: String,
}

/// Version of the JSON form of a [`Forecast`].
pub const FORECAST_SCHEMA: &str = "spherecheck.forecast/1";

/// Counts the work of an audit of `inputs` and times a little of it; the rows themselves are not read.
///
/// # Errors
/// [`AuditError::Settings`], [`AuditError::Data`], [`AuditError::Backend`].
pub fn forecast(
    inputs: &Inputs,
    settings: &Settings,
    backend: &dyn Backend,
) -> Result<Forecast, AuditError> {
    settings.check()?;
    let aligned = matches!(inputs.positives, PositivesInput::Aligned);
    super::prepare::check_shapes(&inputs.a, inputs.b.as_ref(), aligned)?;
    let (n, m) = (inputs.a.rows(), inputs.b.as_ref().map(Embeddings::rows));
    let dim = inputs.a.dim();
    settings.precision.check(dim, backend)?;
    let pairs = pairs(n, m);
    let speed = calibrate(dim, settings, backend)?;
    let seconds = pairs / speed;
    let coefficients = Exponents::plan(&settings.coefficients()).len() as f64;
    let size = |e: &Embeddings| (e.rows() * e.dim() * e.dtype().size()) as u64;
    Ok(Forecast {
        schema: FORECAST_SCHEMA.to_owned(),
        rows_a: n as u64,
        rows_b: m.map(|m| m as u64),
        dim: dim as u64,
        pairs: pairs as u64,
        flops: 2.0 * dim as f64 * pairs,
        exponentials: coefficients * pairs,
        bytes_read: size(&inputs.a) + inputs.b.as_ref().map_or(0, size),
        bytes_memory: memory((n, m), dim, settings, backend.threads()),
        pairs_per_second: speed,
        seconds,
        threads: backend.threads() as u64,
        kernel: backend.kernel().to_owned(),
        verdict: super::estimated::verdict(settings, (n, m), seconds),
    })
}

/// Pairs of rows that the exact pass visits.
pub(super) fn pairs(n: usize, m: Option<usize>) -> f64 {
    let within = |n: usize| n as f64 * (n as f64 - 1.0) / 2.0;
    within(n) + m.map_or(0.0, |m| within(m) + n as f64 * m as f64)
}

/// Row sums (by group for the temperatures), norms and layouts; rows kept as f32 where they are few; blocks.
fn memory((n, m): (usize, Option<usize>), dim: usize, settings: &Settings, threads: usize) -> u64 {
    let groups = GROUPS as f64;
    let plain = settings.coefficients().len() as f64 - settings.taus.len() as f64;
    let sums = 8.0 * (plain + groups * settings.taus.len() as f64);
    // The measures hold the sums over groups once more, for one temperature at a time.
    let rows = (n + m.unwrap_or(0)) as f64;
    let sides = if m.is_some() { 2.0 } else { 1.0 };
    let cached = |n: usize| (4.0 * (n * dim) as f64).min((128 << 20) as f64);
    let cache = cached(n) + m.map_or(0.0, cached);
    let blocks = threads as f64 * 2.0 * 1536.0 * dim as f64 * 4.0;
    (rows * (sums * sides + 8.0 * (groups + 4.0)) + cache + blocks) as u64
}

/// Pairs a second of the all-pairs pass, on made-up rows of this width.
pub(super) fn calibrate(
    dim: usize,
    settings: &Settings,
    backend: &dyn Backend,
) -> Result<f64, AuditError> {
    let flops = CALIBRATION * backend.threads() as f64;
    let rows = (flops / dim as f64).sqrt();
    let rows = rows.clamp(CALIBRATION_ROWS.0, CALIBRATION_ROWS.1) as usize;
    let mut state = 1_u64;
    let mut value = || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (state >> 40) as f32 / (1 << 23) as f32 - 1.0
    };
    let values = Array2::from_shape_simple_fn((rows, dim), &mut value);
    let rows = Embeddings::from_array("calibration", values.view())?;
    let rows = UnitRows::normalise(rows)?;
    let layout = Layout::new(rows.rows(), 0);
    let exponents = Exponents::plan(&settings.coefficients());
    let grouped = vec![false; exponents.len()];
    let mut best = 0.0_f64;
    for _ in 0..2 {
        let start = Instant::now();
        let job = GramJob {
            a: (&rows, &layout),
            b: None,
            excluded: Excluded::Nothing,
            exponents: &exponents,
            grouped: &grouped,
            histogram: settings.histograms,
            duplicates: None,
            plan: &Plan::symmetric(&layout),
        };
        let state = backend.gram(job, &NoWatch)?;
        best = best.max(state.pairs as f64 / start.elapsed().as_secs_f64());
    }
    Ok(best)
}
