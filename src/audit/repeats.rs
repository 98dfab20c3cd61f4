//! The numbers without the rows that repeat an earlier one.

use super::found::Walked;
use super::measures::{mean_log, params};
use super::model::{Measure, Note, Severity, Side};
use super::pairwise::uniformity_within;
use super::prepare::Prepared;
use super::{AuditError, Settings};
use crate::backend::Backend;
use crate::data::UnitRows;
use crate::kernel::Exponents;
use crate::metric::MetricId;
use crate::pass::{Excluded, GramJob, Layout, Plan, Watch};

/// Walks once more over the rows that repeat no earlier one, for each view that has others; says so where a number
/// of `measures` moves by more than its standard error.
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
        if repeats.rows() == 0 || 2 * repeats.rows() >= rows.rows() as u64 {
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
    let layout = match &data.given {
        Some(given) => {
            let left = given.iter().zip(keep).filter(|(_, keep)| **keep);
            Layout::of_given(&left.map(|(&g, _)| g).collect::<Vec<_>>(), settings.seed)
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
    let state = backend.gram(
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
        watch,
    )?;

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
                    "{} is {value:.4} (standard error {se:.4}), not {:.4}",
                    before.label(),
                    before.value
                ));
            }
        };
    for &t in &settings.ts {
        let statistic = uniformity_within(&state, t);
        compare(
            MetricId::Uniformity,
            ("t", t),
            (statistic.value, statistic.se()),
        );
    }
    for &tau in &settings.taus {
        let statistic = mean_log(&state, tau, &layout);
        compare(
            MetricId::ContrastiveUniformTerm,
            ("tau", tau),
            (statistic.value, statistic.jackknife().map(|j| j.se)),
        );
    }
    Ok(out)
}
