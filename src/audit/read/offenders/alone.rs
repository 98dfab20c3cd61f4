//! Rows and columns that are to blame for what they are by themselves: far from all others or near to all, short, empty.

use crate::audit::read::found::Found;
use crate::audit::read::offenders::lists::{Blamed, Lists};
use crate::audit::states::offending::{Columns, ListedPairs, extremes};
use crate::audit::states::walked::Walked;
use crate::result::{Offence, Side};

/// Share of the median norm below which a row is called tiny.
const TINY: f64 = 1e-3;
/// Mean square, over that of the mean column, above which a column is called dominating.
const DOMINATING: f64 = 10.0;
/// The width at which rows are called lonely, where it was walked; else the first that was.
const USUAL: f64 = 2.0;

/// Rows that repeat an earlier one, group by group.
pub(crate) fn copies(copies: &[(Side, ListedPairs)], lists: &mut Lists<'_>) {
    for &(side, ref copies) in copies {
        lists.pairs((Offence::Duplicate, side), copies, side);
    }
}

/// The rows whose mean potential, the mean of e^(-t ||x - y||^2) over all rows that count, is least and largest.
pub(crate) fn lonely(found: &Found<'_>, lists: &mut Lists<'_>) {
    let ts = &found.settings.ts;
    let usual = ts.iter().find(|t| **t == USUAL);
    let Some(&t) = usual.or(ts.first()) else {
        lists.without("No t was given, so loneliest and densest rows are left out.".to_owned());
        return;
    };
    let within = |walked: &&Walked| walked.side != Side::Cross;
    for walked in found.walked.iter().filter(within) {
        let side = walked.side;
        let Some(place) = walked.state.position(2.0 * t) else {
            continue;
        };
        let sums = walked.state.rows.totals(place);
        let partners = found.negatives(side);
        // Rows that are compared with none have no mean.
        let mut rows: Vec<Blamed> = (0..)
            .zip(sums.iter().zip(&partners))
            .filter(|(_, (_, partners))| **partners > 0.0)
            .map(|(row, (sum, partners))| Blamed::alone(row, (sum / partners).ln() - 2.0 * t))
            .collect();
        let few = extremes(rows.len());
        rows.sort_unstable_by(|x, y| x.value.total_cmp(&y.value).then(x.row.cmp(&y.row)));
        let loneliest = rows.iter().take(few).copied();
        lists.rows((Offence::Loneliest, side), None, loneliest);
        rows.sort_unstable_by(|x, y| y.value.total_cmp(&x.value).then(x.row.cmp(&y.row)));
        let densest = rows.into_iter().take(few);
        lists.rows((Offence::Densest, side), None, densest);
    }
}

/// Rows whose norm is below a thousandth of the median.
pub(crate) fn tiny(found: &Found<'_>, lists: &mut Lists<'_>) {
    for (side, view) in found.data.views() {
        let mut norms = view.norms.clone();
        let middle = norms.len() / 2;
        let median = *norms.select_nth_unstable_by(middle, f64::total_cmp).1;
        let rows = (0..).zip(&view.norms);
        let rows = rows.filter(|(_, norm)| **norm < TINY * median);
        let mut rows: Vec<Blamed> = rows.map(|(row, norm)| Blamed::alone(row, *norm)).collect();
        rows.sort_unstable_by(|x, y| x.value.total_cmp(&y.value).then(x.row.cmp(&y.row)));
        lists.rows((Offence::TinyNorm, side), Some(rows.len()), rows);
    }
}

/// Columns that say nothing, and columns that decide everything.
pub(crate) fn columns(columns: &[(Side, Columns)], lists: &mut Lists<'_>) {
    for &(side, ref of) in columns {
        let constant: Vec<(usize, f64)> = of.constant().collect();
        lists.columns((Offence::ConstantColumn, side), &constant);
        let squares = of.squares.iter().copied().enumerate();
        let mut dominating: Vec<(usize, f64)> =
            squares.filter(|(_, square)| *square > DOMINATING).collect();
        dominating.sort_by(|x, y| y.1.total_cmp(&x.1));
        lists.columns((Offence::DominatingColumn, side), &dominating);
    }
}
