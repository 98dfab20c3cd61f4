//! Rows that repeat an earlier one: which they are, and all pairs without them.

use rayon::prelude::*;

use crate::audit::error::AuditError;
use crate::audit::prepare::Prepared;
use crate::audit::read::repeats::{Firsts, kept};
use crate::audit::states::found::Repeats;
use crate::audit::states::walked::Walked;
use crate::backend::{Backend, on_host};
use crate::data::UnitRows;
use crate::kernel::{Exponents, Precision};
use crate::pass::{GramJob, GramState, Plan, Shard, Watch};
use crate::result::Side;

/// Rows that are named one by one.
const NAMED: usize = 5;

impl Prepared {
    /// The rows of each view that repeat an earlier one, and what `without` knows of all pairs of the others.
    ///
    /// A view of which half the rows or more are repeats is not walked again: what is left is another data set.
    pub(crate) fn repeats(
        &self,
        walked: &[Walked],
        without: impl Fn(Side, &[u32]) -> Result<Option<GramState>, AuditError>,
        backend: &dyn Backend,
    ) -> Result<Vec<Repeats>, AuditError> {
        let mut out = Vec::new();
        for Walked { side, state } in walked {
            let found = &state.duplicates;
            if found.rows() == 0 {
                continue;
            }
            out.push(Repeats {
                side: *side,
                named: named(self.view(*side), &found.repeats, backend),
                without: match found.mostly() {
                    true => None,
                    false => without(*side, &found.repeated())?,
                },
            });
        }
        Ok(out)
    }

    /// All pairs of the rows of a view that repeat no earlier one, or those of a shard, whose sums all are kept apart by group.
    pub(crate) fn without(
        &self,
        (side, repeats): (Side, &[u32]),
        (precision, shard): (Precision, Option<Shard>),
        backend: &dyn Backend,
        watch: &dyn Watch,
    ) -> Result<GramState, AuditError> {
        let Firsts {
            keep,
            items,
            layout,
        } = kept(&self.facts, (side, repeats), self.settings.seed);
        let kept = self.view(side).only(&keep)?;
        let exponents = Exponents::plan(&self.settings.coefficients());
        let grouped = self.settings.grouped(&exponents, shard.is_some());
        let n = kept.rows() as u64;
        watch.phase("all pairs without repeated rows", n * (n - 1) / 2);
        let whole = Plan::symmetric(&layout);
        let plan = match shard {
            Some(shard) => whole.shard((&layout, &layout), shard),
            None => whole,
        };
        let job = GramJob {
            items: items.as_deref().map(|items| (items, items)),
            precision,
            ..GramJob::sums((&kept, &layout), None, &exponents, &grouped, &plan)
        };
        Ok(backend.gram(job, watch)?.state)
    }
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
