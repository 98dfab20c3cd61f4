//! Probes of classes: the vote of the neighbours, and multinomial logistic regression.

use ndarray::{Array2, ArrayView2, Axis, concatenate};
use rayon::prelude::*;

use super::bench::{Bench, Told, pick};
use super::error::ProbeError;
use super::leak;
use super::logistic::{self, Sample};
use super::neighbours::vote;
use super::split::folds;
use crate::backend::on_host;
use crate::data::{Labels, Sentinel};
use crate::estimate::wilson;
use crate::pass::{Cancelled, Watch};
use crate::result::{Quantity, Score};
use crate::theory::student_quantile;

/// log10 of the values of C that are tried, ascending.
const DECADES: std::ops::RangeInclusive<i32> = -4..=6;
/// The search ends when so many values of C in a row bring nothing.
const PATIENCE: usize = 2;

/// Rows of each class, up to the last that occurs.
fn sizes(classes: &[u32]) -> Vec<u64> {
    let mut sizes = vec![0; classes.iter().max().map_or(0, |&c| c as usize + 1)];
    classes.iter().for_each(|&c| sizes[c as usize] += 1);
    sizes
}

/// Number of classes that occur.
pub(super) fn count(classes: &[u32]) -> usize {
    sizes(classes).iter().filter(|rows| **rows > 0).count()
}

pub(super) fn probe(bench: &Bench<'_>, labels: &Labels) -> Result<Told, ProbeError> {
    let train = pick(&labels.classes, &bench.split.train);
    let test = pick(&labels.classes, &bench.split.test);
    let found = count(&train);
    if found < 2 {
        return Err(ProbeError::OneClass {
            source_name: labels.name.clone(),
            found,
        });
    }
    let score = |name: &str, param: Option<(&str, f64)>, told: &[u32]| {
        let right = told.iter().zip(&test).filter(|(a, b)| a == b).count() as u64;
        let n = test.len() as u64;
        let level = bench.settings.confidence;
        let (low, high) = wilson(right, n, student_quantile(level, f64::INFINITY));
        Score {
            probe: name.to_owned(),
            param: param.map(|(name, value)| (name.to_owned(), value)),
            quantity: Quantity::Accuracy,
            value: right as f64 / n as f64,
            low,
            high,
            level,
            n,
            r2: None,
        }
    };
    let neighbours = bench.neighbours()?;
    let votes: Vec<u32> = neighbours.iter().map(|near| vote(near, &train)).collect();
    let (c, told) = linear(bench, &train)?;
    let mut notes = notes(&train, &test, labels);
    notes.extend(leak::note(bench, &neighbours));
    if [*DECADES.start(), *DECADES.end()].contains(&(c.log10().round() as i32)) {
        notes.push(format!(
            "logistic: the best C, {c:e}, is at the end of those tried ({:e} to {:e}); one beyond may be better",
            10f64.powi(*DECADES.start()),
            10f64.powi(*DECADES.end()),
        ));
    }
    let most = most_frequent(&train);
    Ok(Told {
        scores: vec![
            score("knn", Some(("k", bench.settings.k as f64)), &votes),
            score("logistic", Some(("C", c)), &told),
            score("baseline", None, &vec![most; test.len()]),
        ],
        notes,
    })
}

fn notes(train: &[u32], test: &[u32], labels: &Labels) -> Vec<String> {
    let all = sizes(&labels.classes);
    let members = |rows: &[u32]| {
        let mut sizes = sizes(rows);
        sizes.resize(all.len(), 0);
        sizes
    };
    let (train, test) = (members(train), members(test));
    let mut notes = sentinels(&all, labels);
    let untaught = train.iter().zip(&test).filter(|(train, _)| **train == 0);
    let untaught: Vec<u64> = untaught.map(|(_, test)| *test).filter(|n| *n > 0).collect();
    if !untaught.is_empty() {
        notes.push(format!(
            "{} of the classes to test on have no row to train on; their {} test rows count as wrong",
            untaught.len(),
            untaught.iter().sum::<u64>()
        ));
    }
    let both = train.iter().zip(&test);
    let untested = both
        .filter(|(train, test)| **train > 0 && **test == 0)
        .count();
    if untested > 0 {
        notes.push(format!(
            "{untested} of the classes to train on have no row to test on"
        ));
    }
    notes
}

/// Labels that may stand for rows without one; `sizes` counts the rows of each class.
fn sentinels(sizes: &[u64], labels: &Labels) -> Vec<String> {
    let told = |sentinel: Sentinel| {
        format!(
            "label `{}`{} is that of {} of {} rows; if it stands for rows without a label, leave these rows out: here it \
             is taught as a class",
            sentinel.value,
            sentinel.mark,
            sentinel.rows,
            labels.classes.len()
        )
    };
    let found = Sentinel::among(&labels.values, sizes).into_iter();
    found.map(told).collect()
}

/// The class of most rows; of equal ones the first.
fn most_frequent(classes: &[u32]) -> u32 {
    let sizes = sizes(classes);
    let most = sizes.iter().max().copied().unwrap_or(0);
    sizes.iter().position(|&rows| rows == most).unwrap_or(0) as u32
}

/// The C that cross-validation chooses, and what the classifier of that C tells of the rows to test on.
fn linear(bench: &Bench<'_>, train: &[u32]) -> Result<(f64, Vec<u32>), ProbeError> {
    let (settings, watch) = (bench.settings, bench.watch);
    let work = || -> Result<_, ProbeError> {
        let (rows, others) = bench.features();
        let (rows, others) = (with_ones(&rows), with_ones(&others));
        let fold = folds(train, settings.folds, settings.seed);
        let sample = Sample {
            rows: rows.view(),
            classes: train,
        };
        let (c, weights) = fitted(&sample, &fold, settings.folds, watch)?;
        Ok((c, logistic::predict(&weights, others.view())))
    };
    bench.cancelled()?;
    on_host(bench.backend, work)
}

/// The C under which held-out rows are least surprising, `fold` (of `count`) saying with which each row is held out, and
/// the weights of that C on all rows.
pub(super) fn fitted(
    sample: &Sample<'_>,
    fold: &[u32],
    count: usize,
    watch: &dyn Watch,
) -> Result<(f64, Vec<f64>), ProbeError> {
    let classes = sizes(sample.classes).len();
    let parts: Vec<Fold> = (0..count as u32)
        .map(|k| Fold::new(sample.rows, sample.classes, |i| fold[i] != k))
        .collect();
    watch.phase("choosing C", (DECADES.count() * count) as u64);
    let c = choose(&parts, classes, watch)?;
    watch.phase("logistic regression", 0);
    // From the middle of the path: a cold start at a large C takes many more steps.
    let mut weights = vec![0.0; classes * sample.rows.ncols()];
    for c in [c / 100.0, c / 10.0, c] {
        weights = logistic::fit(sample, c, logistic::FINE, weights, watch).ok_or(Cancelled)?;
    }
    Ok((c, weights))
}

/// The weights that are fitted without each of `count` groups of rows, `group` saying which each row is of, under the C and
/// from the weights of all of them.
pub(super) fn fitted_without(
    sample: &Sample<'_>,
    (group, count): (&[u32], usize),
    (c, weights): (f64, &[f64]),
    watch: &dyn Watch,
) -> Result<Vec<Vec<f64>>, Cancelled> {
    watch.phase("other rows to train on", count as u64);
    let without = |k: u32| {
        let part = Fold::new(sample.rows, sample.classes, |i| group[i] != k);
        let left = Sample {
            rows: part.rows.view(),
            classes: &part.classes,
        };
        // Near the end already: what is sought is how far it moves.
        let fitted = logistic::fit(&left, c, logistic::ROUGH, weights.to_vec(), watch);
        watch.advance(1);
        fitted.ok_or(Cancelled)
    };
    (0..count as u32).into_par_iter().map(without).collect()
}

/// Rows of a fold: those to fit on, those held out.
struct Fold {
    rows: Array2<f64>,
    classes: Vec<u32>,
    held: Array2<f64>,
    truth: Vec<u32>,
}

impl Fold {
    fn new(rows: ArrayView2<'_, f64>, classes: &[u32], fits: impl Fn(usize) -> bool) -> Self {
        let (inside, outside): (Vec<usize>, Vec<usize>) =
            (0..classes.len()).partition(|&row| fits(row));
        let of = |chosen: &[usize]| chosen.iter().map(|&row| classes[row]).collect();
        Self {
            rows: rows.select(Axis(0), &inside),
            classes: of(&inside),
            held: rows.select(Axis(0), &outside),
            truth: of(&outside),
        }
    }
}

/// The C under which held-out rows are least surprising. The share told right would be the score itself, but it moves
/// in steps of a row and leaves the choice to chance.
fn choose(parts: &[Fold], count: usize, watch: &dyn Watch) -> Result<f64, Cancelled> {
    let width = parts[0].rows.ncols();
    let mut weights = vec![vec![0.0; count * width]; parts.len()];
    let (mut best, mut since) = ((f64::INFINITY, 1.0), 0);
    for decade in DECADES {
        let c = 10f64.powi(decade);
        let surprises: Vec<Option<f64>> = parts
            .par_iter()
            .zip(&mut weights)
            .map(|(part, weights)| {
                if part.truth.is_empty() || part.classes.is_empty() {
                    return Some(0.0);
                }
                let fitted = Sample {
                    rows: part.rows.view(),
                    classes: &part.classes,
                };
                // Each C starts where the one before ended.
                let start = std::mem::take(weights);
                *weights = logistic::fit(&fitted, c, logistic::ROUGH, start, watch)?;
                watch.advance(1);
                let held = Sample {
                    rows: part.held.view(),
                    classes: &part.truth,
                };
                Some(held.surprise(weights))
            })
            .collect();
        let surprise: f64 = surprises
            .into_iter()
            .sum::<Option<f64>>()
            .ok_or(Cancelled)?;
        if surprise < best.0 {
            (best, since) = ((surprise, c), 0);
        } else {
            since += 1;
        }
        if since >= PATIENCE {
            break;
        }
    }
    Ok(best.1)
}

/// Rows with a last column of ones, for the intercept.
pub(super) fn with_ones(rows: &Array2<f64>) -> Array2<f64> {
    let ones = Array2::ones((rows.nrows(), 1));
    concatenate(Axis(1), &[rows.view(), ones.view()]).expect("as many ones as rows")
}
