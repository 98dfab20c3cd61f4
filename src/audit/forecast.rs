//! How much work an audit is, and how long it will take here.

use std::time::Instant;

use ndarray::Array2;

use super::estimated::Cost;
use super::{AuditError, Inputs, PositivesInput, Prepared, Settings};
use crate::backend::Backend;
use crate::data::{DataError, Embeddings, Groups, UnitRows};
use crate::kernel::Exponents;
use crate::pass::{Excluded, GROUPS, GramJob, Layout, NoWatch, Plan};
use crate::result::{FORECAST_SCHEMA, Forecast};

/// Flops of one round of the calibration, for each thread.
const CALIBRATION: f64 = 4e9;
/// Rows of the calibration at least and at most.
const CALIBRATION_ROWS: (f64, f64) = (1000.0, 12_000.0);

/// Bytes for a row beside its sums, in an estimate, and for a listed pair.
const ROW: f64 = 100.0;
const PAIR: f64 = 16.0;

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
    let positive_pairs = match &inputs.positives {
        PositivesInput::None => 0,
        PositivesInput::Aligned => n as u64,
        PositivesInput::Pairs(raw) => raw.list().len() as u64,
        PositivesInput::Labels(labels) => Groups::new(labels, inputs.a.name(), n)?.pairs(),
    };
    let labelled = matches!(inputs.positives, PositivesInput::Labels(_));
    let (label_pairs, listed) = match labelled {
        true => (positive_pairs, 0),
        false => (0, positive_pairs),
    };
    let part = |rows: usize| made_up(inputs, (aligned, listed), rows);
    let cost = Cost::from_parts(n, label_pairs, part, settings, backend)?;
    let pairs = pairs(n, m);
    let speed = calibrate(dim, settings, backend, |_| false)?;
    let seconds = cost.exact(pairs / speed);
    let coefficients = Exponents::plan(&settings.coefficients()).len() as f64;
    let size = |e: &Embeddings| (e.rows() * e.dim() * e.dtype().size()) as u64;
    let grouped = inputs.groups.is_some();
    Ok(Forecast {
        schema: FORECAST_SCHEMA.to_owned(),
        rows_a: n as u64,
        rows_b: m.map(|m| m as u64),
        dim: dim as u64,
        pairs: pairs as u64,
        positive_pairs,
        flops: 2.0 * dim as f64 * pairs,
        exponentials: coefficients * pairs,
        bytes_read: size(&inputs.a) + inputs.b.as_ref().map_or(0, size),
        bytes_memory: memory((n, m), listed, dim, settings, backend.threads()),
        estimate_seconds: cost.least().map(|least| cost.reading + least),
        estimate_bytes_memory: cost
            .least()
            .map(|_| estimate_memory((n, m), listed, settings, grouped)),
        pairs_per_second: speed,
        seconds,
        threads: backend.threads() as u64,
        kernel: backend.kernel().to_owned(),
        verdict: super::estimated::verdict(settings, (&cost, n), seconds),
    })
}

/// Pairs of rows that the exact pass visits.
pub(super) fn pairs(n: usize, m: Option<usize>) -> f64 {
    let within = |n: usize| n as f64 * (n as f64 - 1.0) / 2.0;
    within(n) + m.map_or(0.0, |m| within(m) + n as f64 * m as f64)
}

/// Row sums (by group for the temperatures), norms and layouts; rows kept as f32 where they are few; blocks.
fn memory(
    (n, m): (usize, Option<usize>),
    listed: u64,
    dim: usize,
    settings: &Settings,
    threads: usize,
) -> u64 {
    let groups = GROUPS as f64;
    let plain = settings.coefficients().len() as f64 - settings.taus.len() as f64;
    let sums = 8.0 * (plain + groups * settings.taus.len() as f64);
    // The measures hold the sums over groups once more, for one temperature at a time.
    let rows = (n + m.unwrap_or(0)) as f64;
    let sides = if m.is_some() { 2.0 } else { 1.0 };
    let cached = |n: usize| (4.0 * (n * dim) as f64).min((128 << 20) as f64);
    let cache = cached(n) + m.map_or(0.0, cached);
    let blocks = threads as f64 * 2.0 * 1536.0 * dim as f64 * 4.0;
    let of_pairs = PAIR * listed as f64;
    (rows * (sums * sides + 8.0 * (groups + 8.0)) + of_pairs + cache + blocks) as u64
}

/// Row sums of every side, those of the second operand never by group, and what else a row and a pair need.
fn estimate_memory(
    (n, m): (usize, Option<usize>),
    listed: u64,
    settings: &Settings,
    grouped: bool,
) -> u64 {
    let all = Exponents::plan(&settings.estimate_coefficients()).len() as f64;
    let apart = settings.taus.len() + if grouped { settings.ts.len() } else { 0 };
    let sums = 8.0 * (all + (GROUPS as f64 - 1.0) * apart as f64);
    let (n, m) = (n as f64, m.map_or(0.0, |m| m as f64));
    let sides = match m > 0.0 {
        true => 2.0 * n * sums + m * (sums + 8.0 * all),
        false => n * sums,
    };
    (sides + ROW * (n + m) + PAIR * listed as f64) as u64
}

/// About `rows` made-up rows in the shape of `inputs`.
fn made_up(
    inputs: &Inputs,
    (aligned, listed): (bool, u64),
    rows: usize,
) -> Result<Prepared, DataError> {
    let (all, dim) = (inputs.a.rows(), inputs.a.dim());
    let part = |count: usize| ((count as f64 * rows as f64 / all as f64) as usize).max(2);
    let b = inputs.b.as_ref().map(|b| made_up_rows(part(b.rows()), dim));
    let listed = (listed > 0).then(|| part(listed as usize));
    let a = made_up_rows(rows, dim)?;
    Ok(Prepared::made_up(a, b.transpose()?, (aligned, listed)))
}

fn made_up_rows(rows: usize, dim: usize) -> Result<UnitRows, DataError> {
    let mut state = 1_u64;
    let mut value = || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (state >> 40) as f32 / (1 << 23) as f32 - 1.0
    };
    let values = Array2::from_shape_simple_fn((rows, dim), &mut value);
    UnitRows::normalise(Embeddings::from_array("calibration", values.view())?)
}

/// Pairs a second of the all-pairs pass, on made-up rows of this width. A first short try is the answer where it is
/// `enough`, on the processor, whose speed it tells well.
pub(super) fn calibrate(
    dim: usize,
    settings: &Settings,
    backend: &dyn Backend,
    enough: impl Fn(f64) -> bool,
) -> Result<f64, AuditError> {
    let flops = CALIBRATION * backend.threads() as f64;
    let rows = (flops / dim as f64).sqrt();
    let (least, most) = CALIBRATION_ROWS;
    let rows = rows.clamp(least, most) as usize;
    if backend.kernel() == backend.processor().name() {
        let speed = speed(least as usize, dim, settings, backend)?;
        if enough(speed) {
            return Ok(speed);
        }
    }
    speed(rows, dim, settings, backend)
}

fn speed(
    rows: usize,
    dim: usize,
    settings: &Settings,
    backend: &dyn Backend,
) -> Result<f64, AuditError> {
    let rows = made_up_rows(rows, dim)?;
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
