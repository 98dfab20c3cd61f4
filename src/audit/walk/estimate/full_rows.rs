//! A few rows of which all pairs are seen: their logarithms have no bias of subsampled partners.

use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64;
use rayon::prelude::*;

use crate::audit::ask::{Settings, Stream};
use crate::audit::error::AuditError;
use crate::audit::states::seen::FullRows;
use crate::data::UnitRows;
use crate::kernel::{Choice, Exponents};
use crate::pass::{GramJob, Layout, Plan, Watch, gram};
use crate::result::Side;

/// A side whose rows are to be seen.
pub(crate) struct Whole<'a> {
    pub(crate) side: Side,
    pub(crate) a: &'a UnitRows,
    pub(crate) b: &'a UnitRows,
    /// Sum of the cosines of each row of a with its partners: rows are stratified by it.
    pub(crate) cosines: &'a [f64],
    /// Negatives of each row.
    pub(crate) negatives: Vec<f64>,
    pub(crate) excluded: &'a [(u32, u32)],
}

/// Sees all pairs of `count` rows of a side, drawn at random from as many strata of rows with like mean cosines, on the
/// current rayon pool.
pub(crate) fn full_rows(
    whole: &Whole<'_>,
    count: usize,
    settings: &Settings,
    kernel: Choice,
    watch: &dyn Watch,
) -> Result<Option<FullRows>, AuditError> {
    let chosen = strata(whole, count, settings.seed);
    if chosen.len() < 4 || settings.taus.is_empty() {
        return Ok(None);
    }
    let mut keep = vec![false; whole.a.rows()];
    chosen.iter().for_each(|&row| keep[row as usize] = true);
    let rows = whole.a.only(&keep)?;
    let mut place = vec![u32::MAX; whole.a.rows()];
    let kept = keep.iter().enumerate().filter(|(_, keep)| **keep);
    kept.zip(0..).for_each(|((row, _), at)| place[row] = at);
    let excluded = if whole.side == Side::Cross {
        let here = whole.excluded.iter();
        here.map(|&(i, j)| (place[i as usize], j))
            .filter(|(i, _)| *i != u32::MAX)
            .collect()
    } else {
        let mut own: Vec<_> = chosen.iter().map(|&i| (place[i as usize], i)).collect();
        own.sort_unstable();
        own
    };
    let coefficients: Vec<f64> = settings.taus.iter().map(|tau| 1.0 / tau).collect();
    let exponents = Exponents::plan(&coefficients);
    let layouts = (
        Layout::batches(rows.rows(), rows.rows()),
        Layout::batches(whole.b.rows(), whole.b.rows()),
    );
    let pairs = (rows.rows() * whole.b.rows() - excluded.len()) as u64;
    watch.phase("whole rows", pairs);
    let (a, b) = ((&rows, &layouts.0), (whole.b, &layouts.1));
    let (grouped, plan) = (
        vec![false; exponents.len()],
        Plan::rectangular(&layouts.0, &layouts.1),
    );
    let job = GramJob {
        excluded: &excluded,
        ..GramJob::sums(a, Some(b), &exponents, &grouped, &plan)
    };
    let state = gram(job, kernel, watch)?;
    let logs = coefficients
        .iter()
        .map(|&c| {
            let sums = state.rows.totals(state.at(c));
            let log = |row: &u32| {
                let (sum, count) = (sums[place[*row as usize] as usize], *row as usize);
                (sum / whole.negatives[count]).ln()
            };
            chosen.iter().map(log).collect()
        })
        .collect();
    Ok(Some(FullRows {
        pairs,
        logs,
        of: whole.a.rows(),
    }))
}

/// One random row from each of `count` strata of rows, which have negatives, in the order of their mean cosines.
fn strata(whole: &Whole<'_>, count: usize, seed: u64) -> Vec<u32> {
    let means = whole.cosines.iter().zip(&whole.negatives).zip(0..);
    let mut rows: Vec<(f64, u32)> = means
        .filter(|((_, negatives), _)| **negatives > 0.0)
        .map(|((sum, negatives), row)| (sum / negatives, row))
        .collect();
    rows.par_sort_unstable_by(|x, y| x.0.total_cmp(&y.0).then(x.1.cmp(&y.1)));
    let count = count.min(rows.len());
    let mut rng = Pcg64::seed_from_u64(Stream::FullRows.of(seed));
    (0..count)
        .map(|k| {
            let (from, to) = (k * rows.len() / count, (k + 1) * rows.len() / count);
            rows[rng.random_range(from..to)].1
        })
        .collect()
}
