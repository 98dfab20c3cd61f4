//! Probes of real targets: the mean of the neighbours, and ridge regression.

use ndarray::{Array1, Array2, ArrayView2, Axis};
use rayon::prelude::*;

use super::bench::{Bench, Told};
use super::error::ProbeError;
use super::features::centre;
use super::leak;
use super::neighbours;
use super::ridge::Decomposed;
use super::split::folds;
use crate::backend::on_host;
use crate::data::Numbers;
use crate::num::{Moments, pairwise_sum};
use crate::result::{Quantity, Score};
use crate::theory::student_quantile;

/// log10 of the penalties that are tried, as multiples of the mean squared singular value of the rows.
const DECADES: std::ops::RangeInclusive<i32> = -8..=4;

/// Targets of the rows to train on, and of those to test on: columns of each.
pub(super) fn probe(
    bench: &Bench<'_>,
    train: &[Numbers],
    test: &[Numbers],
) -> Result<Told, ProbeError> {
    for column in train {
        let values = &column.values;
        if values.iter().all(|v| *v == values[0]) {
            return Err(ProbeError::ConstantTarget {
                source_name: column.name.clone(),
                value: values[0],
            });
        }
    }
    let (known, test) = (table(train), table(test));
    let averages: Array1<f64> = known.axis_iter(Axis(1)).map(average).collect();
    let spreads = test.axis_iter(Axis(1)).map(|column| {
        let spread = column.iter().copied().collect::<Moments>();
        let share = (column.len() - 1) as f64 / column.len() as f64;
        spread.variance().map(|v| v * share)
    });
    let variance = spreads
        .sum::<Option<f64>>()
        .map(|all| all / test.ncols() as f64);
    let level = bench.settings.confidence;
    let score = |name: &str, param: Option<(&str, f64)>, told: ArrayView2<'_, f64>| {
        // Of each row the mean over its columns: rows are the draws.
        let rows = told.outer_iter().zip(test.outer_iter());
        let squares: Vec<f64> = rows
            .map(|(told, truth)| {
                let both = told.iter().zip(&truth);
                both.map(|(a, b)| (a - b).powi(2)).sum::<f64>() / truth.len() as f64
            })
            .collect();
        let moments: Moments = squares.iter().copied().collect();
        let value = pairwise_sum(&squares) / squares.len() as f64;
        let se = moments.standard_error().unwrap_or(0.0);
        let reach = student_quantile(level, (squares.len() - 1) as f64) * se;
        Score {
            probe: name.to_owned(),
            param: param.map(|(name, value)| (name.to_owned(), value)),
            quantity: Quantity::Mse,
            value,
            low: (value - reach).max(0.0),
            high: value + reach,
            level,
            n: squares.len() as u64,
            r2: variance.filter(|v| *v > 0.0).map(|v| 1.0 - value / v),
        }
    };
    let near = bench.neighbours()?;
    let mut scores = Vec::new();
    for (k, how, name) in bench.settings.neighbour_votes() {
        let told = Array2::from_shape_fn(test.dim(), |(row, column)| {
            neighbours::mean(&near[row][..k], &train[column].values, how)
        });
        scores.push(score(name, Some(("k", k as f64)), told.view()));
    }
    let (alpha, edge, told) = linear(bench, known.view(), &averages)?;
    let mut notes: Vec<String> = leak::note(bench, &near).into_iter().collect();
    if edge {
        notes.push(format!(
            "ridge: the best alpha, {alpha:.1e}, is at the end of those tried; one beyond may be better"
        ));
    }
    scores.push(score("ridge", Some(("alpha", alpha)), told.view()));
    let always = averages.broadcast(test.dim());
    scores.extend(always.map(|always| score("baseline", None, always)));
    Ok(Told { scores, notes })
}

/// A row for each row, a column for each column.
fn table(columns: &[Numbers]) -> Array2<f64> {
    let rows = columns.first().map_or(0, |column| column.values.len());
    Array2::from_shape_fn((rows, columns.len()), |(row, column)| {
        columns[column].values[row]
    })
}

fn average(column: ndarray::ArrayView1<'_, f64>) -> f64 {
    pairwise_sum(&column.to_vec()) / column.len() as f64
}

/// The alpha that cross-validation chooses, whether it is the first or last of those tried, and what the regression of
/// that alpha tells of the rows to test on.
fn linear(
    bench: &Bench<'_>,
    targets: ArrayView2<'_, f64>,
    averages: &Array1<f64>,
) -> Result<(f64, bool, Array2<f64>), ProbeError> {
    let (settings, watch) = (bench.settings, bench.watch);
    let numeric = |cause| ProbeError::Numeric {
        rows_name: bench.train.embeddings().name().to_owned(),
        probe: "ridge",
        cause,
    };
    let work = || -> Result<_, ProbeError> {
        let (rows, others) = bench.features();
        let centred = &targets - averages;
        let whole = Decomposed::new(rows.view(), centred.view()).map_err(numeric)?;
        let scale = whole.scale();
        let alphas: Vec<f64> = DECADES.map(|k| scale * 10f64.powi(k)).collect();
        let fold = folds(&vec![0; targets.nrows()], settings.folds, settings.seed);
        watch.phase("choosing alpha", settings.folds as u64);
        let errors: Vec<Vec<f64>> = (0..settings.folds as u32)
            .into_par_iter()
            .map(|k| {
                let errors = held_out(&rows, targets, |row| fold[row] != k, &alphas);
                watch.advance(1);
                errors
            })
            .collect::<Result<_, String>>()
            .map_err(numeric)?;
        let sums: Vec<f64> = (0..alphas.len())
            .map(|a| errors.iter().map(|fold| fold[a]).sum())
            .collect();
        // Of equal ones the largest, the strongest penalty.
        let best = (0..alphas.len())
            .rev()
            .min_by(|&a, &b| sums[a].total_cmp(&sums[b]))
            .unwrap_or(0);
        let told = others.dot(&whole.weights(alphas[best])) + averages;
        let edge = best == 0 || best + 1 == alphas.len();
        Ok((alphas[best], edge, told))
    };
    bench.cancelled()?;
    let found = on_host(bench.backend, work)?;
    bench.cancelled()?;
    Ok(found)
}

/// For each alpha the sum of squared errors on the rows that are not fitted.
fn held_out(
    rows: &Array2<f64>,
    targets: ArrayView2<'_, f64>,
    fits: impl Fn(usize) -> bool,
    alphas: &[f64],
) -> Result<Vec<f64>, String> {
    let (inside, outside): (Vec<usize>, Vec<usize>) =
        (0..targets.nrows()).partition(|&row| fits(row));
    if inside.is_empty() {
        return Ok(vec![0.0; alphas.len()]);
    }
    let (mut train, mut held) = (
        rows.select(Axis(0), &inside),
        rows.select(Axis(0), &outside),
    );
    centre(&mut train, &mut held);
    let (known, mut truth) = (
        targets.select(Axis(0), &inside),
        targets.select(Axis(0), &outside),
    );
    let averages = known.sum_axis(Axis(0)) / inside.len() as f64;
    truth -= &averages;
    let decomposed = Decomposed::new(train.view(), (known - &averages).view())?;
    Ok(alphas
        .iter()
        .map(|&alpha| {
            let left = held.dot(&decomposed.weights(alpha)) - &truth;
            left.iter().map(|left| left * left).sum()
        })
        .collect())
}
