//! Rows that repeat an earlier one: which they are, and the numbers without them.

use rayon::prelude::*;

use super::found::Walked;
use super::measures::{mean_log, params};
use super::notes::NAMED;
use super::pairwise::uniformity_within;
use super::prepare::Prepared;
use super::sides::between_items;
use super::{AuditError, Settings};
use crate::backend::{Backend, on_host};
use crate::data::UnitRows;
use crate::kernel::Exponents;
use crate::metric::MetricId;
use crate::num::{to_error, two_digits};
use crate::pass::{Excluded, GramJob, Layout, Plan, Watch};
use crate::result::{Measure, Note, Severity, Side};

/// Says how many rows of each view repeat an earlier one, and names some. Walks once more over the other rows; says so
/// where a number of `measures` moves by more than its standard error.
///
/// A view of which half the rows or more are repeats is not walked again: what is left is another data set.
pub(super) fn notes(
    data: &Prepared,
    settings: &Settings,
    (walked, measures): (&[Walked], &[Measure]),
    backend: &dyn Backend,
    watch: &dyn Watch,
) -> Result<Vec<Note>, AuditError> {
    let mut notes = Vec::new();
    let views = [(Side::A, Some(&data.a)), (Side::B, data.b.as_ref())];
    for (side, rows) in views {
        let state = walked.iter().find(|walked| walked.side == side);
        let (Some(rows), Some(state)) = (rows, state) else {
            continue;
        };
        let repeats = &state.state.duplicates;
        if repeats.rows() == 0 {
            continue;
        }
        notes.push(Note {
            severity: Severity::Warning,
            text: format!(
                "Side {}: {} of {} rows repeat an earlier one ({}). Repeated rows raise uniformity and, at small tau, \
                 dominate the uniform term; remove them if they are not meant.",
                side.name(),
                repeats.rows(),
                rows.rows(),
                named(rows, &repeats.repeats, backend),
            ),
        });
        if 2 * repeats.rows() >= rows.rows() as u64 {
            continue;
        }
        let keep: Vec<bool> = repeats.repeats.iter().map(|repeat| !repeat).collect();
        let moved = moved(
            data,
            settings,
            (rows, &keep),
            (side, measures),
            backend,
            watch,
        )?;
        if !moved.is_empty() {
            notes.push(Note {
                severity: Severity::Warning,
                text: format!(
                    "Side {}: without the rows that repeat an earlier one, {}.",
                    side.name(),
                    moved.join("; ")
                ),
            });
        }
    }
    Ok(notes)
}

/// `row 41 is row 7, row 57 is row 12`: the first rows that repeat one, each with the nearest earlier one.
///
/// Cost: one reading of the rows.
fn named(rows: &UnitRows, repeats: &[bool], backend: &dyn Backend) -> String {
    let repeated: Vec<usize> = (0..repeats.len()).filter(|&row| repeats[row]).collect();
    let dim = rows.dim();
    let read = |row: usize| {
        let mut values = vec![0.0; dim];
        rows.row_f64(row, &mut values);
        values
    };
    let first: Vec<(usize, Vec<f64>)> = repeated
        .iter()
        .take(NAMED)
        .map(|&row| (row, read(row)))
        .collect();
    // Of each row repeated the nearest earlier one, of equals the first: its squared distance and its number.
    let nearer = |a: (f64, usize), b: (f64, usize)| if b < a { b } else { a };
    let none = || vec![(f64::INFINITY, 0); first.len()];
    let nearest = on_host(backend, || {
        (0..first.last().map_or(0, |(row, _)| *row))
            .into_par_iter()
            .with_min_len(64)
            .fold(
                || (none(), vec![0.0; dim]),
                |(mut best, mut values), i| {
                    rows.row_f64(i, &mut values);
                    for (best, (row, other)) in best.iter_mut().zip(&first) {
                        let square = values.iter().zip(other).map(|(x, y)| (x - y).powi(2));
                        if i < *row {
                            *best = nearer(*best, (square.sum(), i));
                        }
                    }
                    (best, values)
                },
            )
            .map(|(best, _)| best)
            .reduce(none, |a, b| {
                a.into_iter().zip(b).map(|(a, b)| nearer(a, b)).collect()
            })
    });
    let mut named: Vec<String> = first
        .iter()
        .zip(nearest)
        .map(|((row, _), (_, of))| {
            format!("row {} is row {}", rows.file_row(*row), rows.file_row(of))
        })
        .collect();
    if repeated.len() > NAMED {
        named.push("...".to_owned());
    }
    named.join(", ")
}

/// What the numbers of one view are on the rows kept, where they differ by more than their error.
fn moved(
    data: &Prepared,
    settings: &Settings,
    (rows, keep): (&UnitRows, &[bool]),
    (side, measures): (Side, &[Measure]),
    backend: &dyn Backend,
    watch: &dyn Watch,
) -> Result<Vec<String>, AuditError> {
    let kept = rows.only(keep)?;
    let items: Option<Vec<u32>> = data.items_of(side).map(|(items, _)| {
        let left = items.iter().zip(keep).filter(|(_, keep)| **keep);
        left.map(|(&item, _)| item).collect()
    });
    let layout = match &items {
        Some(items) => {
            let order = (0..kept.rows() as u32).collect();
            Layout::of_items((order, items), None, settings.seed).0
        }
        None => Layout::new(kept.rows(), settings.seed),
    };
    let exponents = Exponents::plan(&settings.coefficients());
    let grouped: Vec<bool> = exponents
        .coefficients()
        .map(|c| settings.taus.iter().any(|tau| 1.0 / tau == c))
        .collect();
    let n = kept.rows() as u64;
    watch.phase("all pairs without repeated rows", n * (n - 1) / 2);
    let items = items.as_deref().map(|items| (items, items));
    let state = between_items(
        GramJob {
            a: (&kept, &layout),
            b: None,
            excluded: Excluded::Nothing,
            exponents: &exponents,
            grouped: &grouped,
            histogram: false,
            duplicates: None,
            plan: &Plan::symmetric(&layout),
        },
        items,
        backend,
        watch,
    )?;

    // Rows that are no partners of a row: itself, and those of its item.
    let own: Vec<f64> = match items {
        None => vec![1.0; kept.rows()],
        Some((items, _)) => {
            let largest = items.iter().max().map_or(0, |&item| item as usize + 1);
            let mut sizes = vec![0.0; largest];
            items.iter().for_each(|&item| sizes[item as usize] += 1.0);
            items.iter().map(|&item| sizes[item as usize]).collect()
        }
    };
    let mut out = Vec::new();
    let mut compare =
        |metric: MetricId, (name, value): (&str, f64), without: (f64, Option<f64>)| {
            let params = params(name, value);
            let before = measures
                .iter()
                .find(|m| m.metric == metric && m.side == side && m.params == params);
            if let (Some(before), (value, Some(se))) = (before, without)
                && before
                    .se
                    .is_some_and(|old| (value - before.value).abs() > old)
            {
                out.push(format!(
                    "{} is {} (standard error {}), not {}",
                    before.label(),
                    to_error(value, se),
                    two_digits(se),
                    to_error(before.value, se),
                ));
            }
        };
    for &t in &settings.ts {
        let mut statistic = uniformity_within(&state, t);
        // Its mean is over all pairs; between items there are fewer.
        let all = kept.rows() as f64 * (kept.rows() as f64 - 1.0);
        statistic.value += (all / (2.0 * state.pairs as f64)).ln();
        compare(
            MetricId::Uniformity,
            ("t", t),
            (statistic.value, statistic.se()),
        );
    }
    for &tau in &settings.taus {
        let statistic = mean_log(&state, tau, &layout, &own);
        compare(
            MetricId::ContrastiveUniformTerm,
            ("tau", tau),
            (statistic.value, statistic.jackknife().map(|j| j.se)),
        );
    }
    Ok(out)
}
