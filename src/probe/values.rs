//! Probes of real targets: the mean of the neighbours, and ridge regression.

use ndarray::{Array2, Axis};
use rayon::prelude::*;

use super::bench::{Bench, Told, pick};
use super::error::ProbeError;
use super::features::centre;
use super::leak;
use super::neighbours;
use super::ridge::{self, Decomposed};
use super::split::folds;
use crate::backend::on_host;
use crate::data::Numbers;
use crate::num::{Moments, pairwise_sum};
use crate::result::{Quantity, Score};
use crate::theory::student_quantile;

/// log10 of the penalties that are tried, as multiples of the mean squared singular value of the rows.
const DECADES: std::ops::RangeInclusive<i32> = -8..=4;

pub(super) fn probe(bench: &Bench<'_>, targets: &Numbers) -> Result<Told, ProbeError> {
    let train = pick(&targets.values, &bench.split.train);
    let test = pick(&targets.values, &bench.split.test);
    if train.iter().all(|v| *v == train[0]) {
        return Err(ProbeError::ConstantTarget {
            source_name: targets.name.clone(),
            value: train[0],
        });
    }
    let average = pairwise_sum(&train) / train.len() as f64;
    let spread = test.iter().copied().collect::<Moments>();
    let variance = spread
        .variance()
        .map(|v| v * (test.len() - 1) as f64 / test.len() as f64);
    let level = bench.settings.confidence;
    let score = |name: &str, param: Option<(&str, f64)>, told: &[f64]| {
        let squares: Vec<f64> = told
            .iter()
            .zip(&test)
            .map(|(a, b)| (a - b).powi(2))
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
    let means: Vec<f64> = near
        .iter()
        .map(|near| neighbours::mean(near, &train))
        .collect();
    let (alpha, edge, told) = linear(bench, &train, average)?;
    let mut notes: Vec<String> = leak::note(bench, &near).into_iter().collect();
    if edge {
        notes.push(format!(
            "ridge: the best alpha, {alpha:.1e}, is at the end of those tried; one beyond may be better"
        ));
    }
    Ok(Told {
        scores: vec![
            score("knn", Some(("k", bench.settings.k as f64)), &means),
            score("ridge", Some(("alpha", alpha)), &told),
            score("baseline", None, &vec![average; test.len()]),
        ],
        notes,
    })
}

/// The alpha that cross-validation chooses, whether it is the first or last of those tried, and what the regression of
/// that alpha tells of the rows to test on.
fn linear(
    bench: &Bench<'_>,
    targets: &[f64],
    average: f64,
) -> Result<(f64, bool, Vec<f64>), ProbeError> {
    let (settings, watch) = (bench.settings, bench.watch);
    let numeric = |cause| ProbeError::Numeric {
        rows_name: bench.rows.embeddings().name().to_owned(),
        probe: "ridge",
        cause,
    };
    let work = || -> Result<_, ProbeError> {
        let (rows, others) = bench.features();
        let centred: Vec<f64> = targets.iter().map(|y| y - average).collect();
        let whole = Decomposed::new(rows.view(), &centred).map_err(numeric)?;
        let scale = whole.scale();
        let alphas: Vec<f64> = DECADES.map(|k| scale * 10f64.powi(k)).collect();
        let fold = folds(&vec![0; targets.len()], settings.folds, settings.seed);
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
        let told = ridge::predict(&whole.weights(alphas[best]), others.view());
        let told = told.into_iter().map(|y| y + average).collect();
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
    targets: &[f64],
    fits: impl Fn(usize) -> bool,
    alphas: &[f64],
) -> Result<Vec<f64>, String> {
    let (inside, outside): (Vec<usize>, Vec<usize>) =
        (0..targets.len()).partition(|&row| fits(row));
    if inside.is_empty() {
        return Ok(vec![0.0; alphas.len()]);
    }
    let (mut train, mut held) = (
        rows.select(Axis(0), &inside),
        rows.select(Axis(0), &outside),
    );
    centre(&mut train, &mut held);
    let average = inside.iter().map(|&row| targets[row]).sum::<f64>() / inside.len() as f64;
    let centred: Vec<f64> = inside.iter().map(|&row| targets[row] - average).collect();
    let decomposed = Decomposed::new(train.view(), &centred)?;
    Ok(alphas
        .iter()
        .map(|&alpha| {
            let told = ridge::predict(&decomposed.weights(alpha), held.view());
            let errors = told.iter().zip(&outside);
            errors
                .map(|(told, &row)| (told + average - targets[row]).powi(2))
                .sum()
        })
        .collect())
}
