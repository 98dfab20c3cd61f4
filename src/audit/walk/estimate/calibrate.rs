//! How fast the all-pairs pass is here.

use std::time::Instant;

use ndarray::Array2;

use crate::audit::ask::{SearchBy, Settings};
use crate::audit::error::AuditError;
use crate::audit::states::searched::Asked;
use crate::backend::Backend;
use crate::data::{DataError, Embeddings, UnitRows};
use crate::kernel::Exponents;
use crate::pass::{GramJob, Layout, NoWatch, Plan, Search, pair_cosines};
use crate::result::Side;

/// Flops of one round of the calibration, for each thread.
const CALIBRATION: f64 = 4e9;
/// Rows of the calibration at least and at most, never more than there are.
const CALIBRATION_ROWS: (f64, f64) = (1000.0, 12_000.0);

/// Pairs of rows that the exact pass visits.
pub(crate) fn pairs(n: usize, m: Option<usize>) -> f64 {
    let within = |n: usize| n as f64 * (n as f64 - 1.0) / 2.0;
    within(n) + m.map_or(0.0, |m| within(m) + n as f64 * m as f64)
}

pub(crate) fn made_up_rows(rows: usize, dim: usize) -> Result<UnitRows, DataError> {
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
/// `enough`, on the processor, whose speed it tells well. As few rows as there are take no longer than their audit.
pub(crate) fn calibrate(
    (there, dim): (usize, usize),
    settings: &Settings,
    backend: &dyn Backend,
    enough: impl Fn(f64) -> bool,
) -> Result<f64, AuditError> {
    let flops = CALIBRATION * backend.threads() as f64;
    let rows = (flops / dim as f64).sqrt();
    let (least, most) = CALIBRATION_ROWS;
    let rows = (rows.clamp(least, most) as usize).min(there);
    if backend.kernel() == backend.processor().name() {
        let speed = speed((least as usize).min(there), dim, settings, backend)?;
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
    let (exponents, none) = (
        Exponents::plan(&settings.coefficients()),
        Exponents::plan(&[]),
    );
    // Inner products take a walk of their own.
    let ball = rows.in_ball();
    let walks = match (settings.search, settings.search_by) {
        (true, SearchBy::Dot) => vec![(&rows, &exponents, false), (&ball, &none, true)],
        (search, _) => vec![(&rows, &exponents, search)],
    };
    let served = walks.last().map_or(&rows, |(rows, ..)| rows);
    let positives: Vec<(u32, u32)> = match settings.search {
        true => (0..rows.rows() as u32 / 2)
            .map(|k| (2 * k, 2 * k + 1))
            .collect(),
        false => Vec::new(),
    };
    let asked = Asked {
        cosines: pair_cosines((served, served), &positives),
        positives,
        ..Asked::default()
    };
    let mut best = 0.0_f64;
    for _ in 0..2 {
        let (start, mut pairs) = (Instant::now(), 0);
        for &(rows, exponents, search) in &walks {
            let (plan, grouped) = (Plan::symmetric(&layout), vec![false; exponents.len()]);
            let job = GramJob {
                histogram: settings.histograms,
                search: match search {
                    true => asked.of(Side::A, false),
                    false => Search::default(),
                },
                ..GramJob::sums((rows, &layout), None, exponents, &grouped, &plan)
            };
            pairs = backend.gram(job, &NoWatch)?.state.pairs;
        }
        best = best.max(pairs as f64 / start.elapsed().as_secs_f64());
    }
    Ok(best)
}
