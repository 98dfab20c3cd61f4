//! How much work an audit is, and how long it will take here.

use std::collections::BTreeSet;

use crate::audit::ask::{Checked, Settings};
use crate::audit::chosen::sizes;
use crate::audit::error::AuditError;
use crate::audit::inputs::{Inputs, PositivesInput};
use crate::audit::prepare::{Prepared, check_precision, check_shapes};
use crate::audit::walk::estimate::answer::verdict;
use crate::audit::walk::estimate::calibrate;
use crate::audit::walk::estimate::cost::Cost;
use crate::backend::Backend;
use crate::data::{DataError, Embeddings, Groups};
use crate::kernel::Exponents;
use crate::pass::{GROUPS, tiles_of_shards};
use crate::result::{FORECAST_SCHEMA, Forecast};

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
    let settings = &settings.clone().check()?;
    let aligned = inputs.positives.aligned();
    check_shapes(&inputs.a, inputs.b.as_ref(), &inputs.positives)?;
    let (n, m) = sizes(inputs, settings);
    let dim = inputs.a.dim();
    check_precision(settings, dim, backend)?;
    let positive_pairs = match &inputs.positives {
        PositivesInput::None => 0,
        PositivesInput::Aligned | PositivesInput::AlignedScored(_) | PositivesInput::Joined(_) => {
            n as u64
        }
        // Of a sample as many or fewer.
        PositivesInput::Pairs(raw) => raw.list().len() as u64,
        PositivesInput::Labels(labels) => {
            Groups::new(labels, inputs.a.name(), inputs.a.rows())?.pairs()
        }
    };
    let labelled = matches!(inputs.positives, PositivesInput::Labels(_));
    let (label_pairs, listed) = match labelled {
        true => (positive_pairs, 0),
        false => (0, positive_pairs),
    };
    let shape = ViewSizes {
        all: n,
        second: m,
        dim,
    };
    let part = |rows: usize| made_up(&shape, (aligned, listed), settings, rows);
    let cost = Cost::from_parts(n, label_pairs, part, backend)?;
    let pairs = calibrate::pairs(n, m);
    let together = (n + m.unwrap_or(0), dim);
    let speed = calibrate::calibrate(together, settings, backend, |_| false)?;
    let seconds = cost.exact(pairs / speed);
    let coefficients = Exponents::plan(&settings.coefficients()).len() as f64;
    let size = |e: &Embeddings, rows: usize| (rows * e.row_size()) as u64;
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
        bytes_read: size(&inputs.a, n)
            + (inputs.b.as_ref().zip(m)).map_or(0, |(b, rows)| size(b, rows)),
        bytes_memory: memory((n, m), listed, dim, settings, backend.threads()),
        estimate_seconds: cost.least().map(|least| cost.reading + least),
        estimate_bytes_memory: cost
            .least()
            .map(|_| estimate_memory((n, m), listed, settings, grouped)),
        pairs_per_second: speed,
        seconds,
        threads: backend.threads() as u64,
        kernel: backend.kernel().to_owned(),
        verdict: verdict(settings, (&cost, n), seconds),
    })
}

/// Bytes of a number in a file of parts (postcard), and of what else a row has there.
const STORED: usize = 8;
const STORED_ROW: usize = 10;
/// Bytes of a row where it is searched: counts of its positives, its nearest rows.
const STORED_SEARCH: usize = 150;
/// Bytes of the fine cosines of positives, whatever the rows.
const STORED_COSINES: usize = 1_250_000;

/// Bytes of a part of an audit's walk, about, that has `share` of the pairs: of each row of each side [`GROUPS`] sums for
/// each coefficient, of which it writes those of groups that met, and with searches the nearest rows.
pub fn part_bytes(inputs: &Inputs, settings: &Settings, share: f64) -> u64 {
    let (n, m) = sizes(inputs, settings);
    // Rows of a view are rows of a side within it, and of the side between the views.
    let rows = m.map_or(n, |m| 2 * (n + m));
    let sums = STORED * GROUPS * Exponents::plan(&settings.coefficients()).len();
    let search = if settings.search { STORED_SEARCH } else { 0 };
    let sought = settings.search && inputs.positives != PositivesInput::None;
    let cosines = if sought { STORED_COSINES } else { 0 };
    (share * (rows * sums) as f64) as u64 + (rows * (STORED_ROW + search) + cosines) as u64
}

/// The largest share of the pairs of one view that a shard of so many has (tiles are not divided), and the largest share of
/// its rows that a shard touches.
pub fn largest_shard(of: usize) -> (f64, f64) {
    // Of a group with itself there are half as many pairs as of two groups.
    let pairs = |tiles: &[(usize, usize)]| -> usize {
        let of = |&(row, column): &(usize, usize)| if row == column { 1 } else { 2 };
        tiles.iter().map(of).sum()
    };
    let groups = |tiles: &[(usize, usize)]| {
        let groups = tiles.iter().flat_map(|&(row, column)| [row, column]);
        groups.collect::<BTreeSet<usize>>().len()
    };
    let shards = tiles_of_shards(GROUPS, of);
    let most = |counts: &mut dyn Iterator<Item = usize>| counts.max().unwrap_or(0) as f64;
    let (mut pairs, mut groups) = (
        shards.iter().map(|tiles| pairs(tiles)),
        shards.iter().map(|tiles| groups(tiles)),
    );
    (
        most(&mut pairs) / (GROUPS * GROUPS) as f64,
        most(&mut groups) / GROUPS as f64,
    )
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

/// Rows of the first view and of a second, and the numbers of each.
struct ViewSizes {
    all: usize,
    second: Option<usize>,
    dim: usize,
}

/// About `rows` made-up rows where there are `all`, and as many of a second view for each.
fn made_up(
    &ViewSizes { all, second, dim }: &ViewSizes,
    (aligned, listed): (bool, u64),
    settings: &Checked,
    rows: usize,
) -> Result<Prepared, DataError> {
    let part = |count: usize| ((count as f64 * rows as f64 / all as f64) as usize).max(2);
    let b = second.map(|count| calibrate::made_up_rows(part(count), dim));
    let listed = (listed > 0).then(|| part(listed as usize));
    let a = calibrate::made_up_rows(rows, dim)?;
    let shape = (aligned, listed);
    Ok(Prepared::made_up(a, b.transpose()?, shape, settings))
}
