//! Probes of classes: the vote of the neighbours, and multinomial logistic regression, to its end or by minibatches.

use ndarray::{Array2, ArrayView2, Axis, concatenate};
use rayon::prelude::*;

use super::adam::{self, RowSource};
use super::asked::Solver;
use super::bench::{Bench, Told};
use super::error::ProbeError;
use super::leak;
use super::logistic::{self, TrainingRows};
use super::neighbours::vote;
use super::split::folds;
use crate::backend::on_host;
use crate::data::{Labels, Names, Sentinel};
use crate::estimate::wilson;
use crate::num;
use crate::pass::{Cancelled, Watch};
use crate::result::{Quantity, Score};
use crate::theory::student_quantile;

/// log10 of the values of C that are tried, ascending.
const DECADES: std::ops::RangeInclusive<i32> = -4..=6;
/// The search among them ends when so many values of C in a row bring nothing.
const PATIENCE: usize = 2;

/// The values of C that are tried unless others are asked for.
fn usual() -> Vec<f64> {
    DECADES.map(|decade| 10f64.powi(decade)).collect()
}

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

/// Classes beyond which the five likeliest are counted, too.
const FIVE: usize = 5;

/// `labels` names the classes of the rows to train on and to test on, in this order.
pub(super) fn probe(
    bench: &Bench<'_>,
    labels: &Labels,
    (train, test): (&[u32], &[u32]),
) -> Result<Told, ProbeError> {
    let found = count(train);
    if found < 2 {
        return Err(ProbeError::OneClass {
            source_name: labels.name.clone(),
            found,
        });
    }
    let level = bench.settings.confidence;
    let score = |name: &str, param: Option<(&str, f64)>, quantity, right: usize| {
        let (right, n) = (right as u64, test.len() as u64);
        let (low, high) = wilson(right, n, student_quantile(level, f64::INFINITY));
        Score {
            probe: name.to_owned(),
            param: param.map(|(name, value)| (name.to_owned(), value)),
            quantity,
            value: right as f64 / n as f64,
            low,
            high,
            level,
            n,
            r2: None,
        }
    };
    // Of a classifier that puts the true class of each row in these places.
    let ranked = |name: &str, param, ranks: &[u32]| {
        let within = |most: u32| ranks.iter().filter(|&&rank| rank < most).count();
        let one = score(name, param, Quantity::Accuracy, within(1));
        let five = (found > FIVE).then(|| {
            let right = within(FIVE as u32);
            score(name, param, Quantity::TopFive, right)
        });
        std::iter::once(one).chain(five)
    };
    let neighbours = bench.neighbours()?;
    let mut scores = Vec::new();
    for (k, how, name) in bench.settings.neighbour_votes() {
        let told = neighbours.iter().map(|near| vote(&near[..k], train, how));
        let right = told.zip(test).filter(|(told, truth)| told == *truth);
        let param = Some(("k", k as f64));
        scores.push(score(name, param, Quantity::Accuracy, right.count()));
    }
    let mut notes = notes(train, test, labels);
    notes.extend(
        bench
            .settings
            .classes
            .as_ref()
            .and_then(|asked| absent(asked, labels)),
    );
    notes.extend(leak::note(bench, &neighbours));
    match bench.settings.solver {
        Solver::Lbfgs => {
            let (c, ranks) = linear(bench, train, test)?;
            scores.extend(ranked("logistic", Some(("C", c)), &ranks));
            notes.extend(at_the_end(c, &bench.settings.cs));
        }
        Solver::Adam { epochs } => {
            let ranks = by_minibatches(bench, (train, test), epochs)?;
            scores.extend(ranked("adam", Some(("epochs", epochs as f64)), &ranks));
        }
    }
    let often = by_frequency(train);
    let place = |class: &u32| often.iter().position(|known| known == class);
    let ranks = test
        .iter()
        .map(|class| place(class).map_or(u32::MAX, |rank| rank as u32));
    scores.extend(ranked("baseline", None, &ranks.collect::<Vec<u32>>()));
    Ok(Told { scores, notes })
}

/// Names classes that were asked for and that no row has.
fn absent(asked: &Names, labels: &Labels) -> Option<String> {
    let has = |name: &&String| labels.values.iter().any(|text| text.trim() == name.trim());
    let missing: Vec<&str> = asked
        .values
        .iter()
        .filter(|name| !has(name))
        .map(|name| name.as_str())
        .collect();
    let first = missing.first()?;
    Some(format!(
        "{} of the {} classes in {} are those of no row to train on, `{first}` first; they must be spelled as the labels are",
        num::count(missing.len()),
        num::count(asked.values.len()),
        asked.name
    ))
}

/// Says that the best C is the first or the last of those that are tried.
fn at_the_end(c: f64, cs: &[f64]) -> Option<String> {
    let tried = match cs {
        [] => usual(),
        cs => cs.to_vec(),
    };
    let low = tried.iter().copied().fold(f64::INFINITY, f64::min);
    let high = tried.iter().copied().fold(0.0, f64::max);
    (low < high && (c <= low || c >= high)).then(|| {
        format!(
            "logistic: the best C, {c:e}, is at the end of those tried ({low:e} to {high:e}); one beyond may be better"
        )
    })
}

fn notes(train: &[u32], test: &[u32], labels: &Labels) -> Vec<String> {
    let all = sizes(&[train, test].concat());
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
            num::count(untaught.len()),
            num::count(untaught.iter().sum::<u64>())
        ));
    }
    let both = train.iter().zip(&test);
    let untested = both
        .filter(|(train, test)| **train > 0 && **test == 0)
        .count();
    if untested > 0 {
        notes.push(format!(
            "{} of the classes to train on have no row to test on",
            num::count(untested)
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
            num::count(sentinel.rows),
            num::count(sizes.iter().sum::<u64>())
        )
    };
    let found = Sentinel::among(&labels.values, sizes).into_iter();
    found.map(told).collect()
}

/// The classes that occur, those of most rows first; of equal ones the first.
fn by_frequency(classes: &[u32]) -> Vec<u32> {
    let sizes = sizes(classes);
    let mut often: Vec<u32> = (0..sizes.len() as u32)
        .filter(|&class| sizes[class as usize] > 0)
        .collect();
    often.sort_by_key(|&class| std::cmp::Reverse(sizes[class as usize]));
    often
}

/// The C that cross-validation chooses, and where the classifier of that C has the true class of each row to test on.
fn linear(bench: &Bench<'_>, train: &[u32], test: &[u32]) -> Result<(f64, Vec<u32>), ProbeError> {
    let (settings, watch) = (bench.settings, bench.watch);
    let work = || -> Result<_, ProbeError> {
        let (rows, others) = bench.features();
        let (rows, others) = (with_ones(&rows), with_ones(&others));
        let fold = folds(train, settings.folds, settings.seed);
        let sample = TrainingRows {
            rows: rows.view(),
            classes: train,
        };
        let (c, weights) = fitted(&sample, (&fold, settings.folds), &settings.cs, watch)?;
        Ok((c, logistic::ranks(&weights, others.view(), test)))
    };
    bench.cancelled()?;
    on_host(bench.backend, work)
}

/// Where the classifier that Adam trains has the true class of each row to test on.
fn by_minibatches(
    bench: &Bench<'_>,
    (train, test): (&[u32], &[u32]),
    epochs: usize,
) -> Result<Vec<u32>, ProbeError> {
    let (settings, watch) = (bench.settings, bench.watch);
    let source = |rows| RowSource {
        rows,
        features: settings.features,
    };
    bench.cancelled()?;
    on_host(bench.backend, || {
        let how = (epochs, settings.seed);
        let trained = adam::fit(source(&bench.train), train, how, watch).ok_or(Cancelled)?;
        Ok(trained.ranks(source(&bench.test), test))
    })
}

/// The C among `cs` (the usual ones where there are none) under which held-out rows are least surprising, `fold` (of
/// `count`) saying with which each row is held out, and the weights of that C on all rows.
pub(super) fn fitted(
    sample: &TrainingRows<'_>,
    (fold, count): (&[u32], usize),
    cs: &[f64],
    watch: &dyn Watch,
) -> Result<(f64, Vec<f64>), ProbeError> {
    let classes = sizes(sample.classes).len();
    let parts: Vec<Fold> = (0..count as u32)
        .map(|k| Fold::new(sample.rows, sample.classes, |i| fold[i] != k))
        .collect();
    let (tried, patience) = match cs {
        [] => (usual(), PATIENCE),
        cs => (cs.to_vec(), cs.len()),
    };
    watch.phase("choosing C", (tried.len() * count) as u64);
    let c = choose(&parts, classes, (tried, patience), watch)?;
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
    sample: &TrainingRows<'_>,
    (group, count): (&[u32], usize),
    (c, weights): (f64, &[f64]),
    watch: &dyn Watch,
) -> Result<Vec<Vec<f64>>, Cancelled> {
    watch.phase("other rows to train on", count as u64);
    let without = |k: u32| {
        let part = Fold::new(sample.rows, sample.classes, |i| group[i] != k);
        let left = TrainingRows {
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
fn choose(
    parts: &[Fold],
    count: usize,
    (mut cs, patience): (Vec<f64>, usize),
    watch: &dyn Watch,
) -> Result<f64, Cancelled> {
    cs.sort_by(f64::total_cmp);
    let width = parts[0].rows.ncols();
    let mut weights = vec![vec![0.0; count * width]; parts.len()];
    let (mut best, mut since) = ((f64::INFINITY, 1.0), 0);
    for c in cs {
        let surprises: Vec<Option<f64>> = parts
            .par_iter()
            .zip(&mut weights)
            .map(|(part, weights)| {
                if part.truth.is_empty() || part.classes.is_empty() {
                    return Some(0.0);
                }
                let fitted = TrainingRows {
                    rows: part.rows.view(),
                    classes: &part.classes,
                };
                // Each C starts where the one before ended.
                let start = std::mem::take(weights);
                *weights = logistic::fit(&fitted, c, logistic::ROUGH, start, watch)?;
                watch.advance(1);
                let held = TrainingRows {
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
        if since >= patience {
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
