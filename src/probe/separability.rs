//! How well a linear classifier tells two sets of rows apart.

use std::collections::BTreeSet;

use ndarray::{Array1, Array2, Axis, concatenate};

use super::classes::{fitted, fitted_without, with_ones};
use super::error::ProbeError;
use super::features::{Features, centre, read};
use super::logistic::TrainingRows;
use super::split::{Split, folds};
use crate::backend::{Backend, on_host};
use crate::data::UnitRows;
use crate::estimate::{Surroundings, evened, scatter};
use crate::pass::{Cancelled, Watch};

/// Most rows that are looked at, of both sets together: what the search for the penalty costs grows with them.
const MOST_ROWS: usize = 10_000;
/// Groups of rows that the training is repeated without, for its part in the error.
const GROUPS: usize = 20;
/// Folds of the cross-validation that chooses the penalty.
const FOLDS: usize = 3;
/// What the seeds of the folds and of the jackknife groups are moved by; the halves have the seed itself.
const OF_FOLDS: u64 = 0x51;
const OF_GROUPS: u64 = 0x52;

/// Rows of one set, and the item of each: rows of one item, on whichever side, are trained on together or tested on
/// together. Both sets share one numbering of items (an image and its caption are one).
#[derive(Clone, Copy)]
pub struct RowsOfItems<'a> {
    /// The rows.
    pub rows: &'a UnitRows,
    /// Item of each row.
    pub items: &'a [u32],
}

/// What a classifier of the side made of rows that it had not seen.
#[derive(Clone, Debug, PartialEq)]
pub struct Separability {
    /// P(score of a row of b > score of a row of a) + P(equal) / 2, in [0, 1]: 0.5 where nothing linear tells the two
    /// apart, 1 where a plane does.
    pub auc: f64,
    /// Standard error, from leaving out items that were tested on, and groups of those that were trained on: over other
    /// rows of either kind. None of fewer than three items to leave out.
    pub se: Option<f64>,
    /// Degrees of freedom of that error: one less than there are groups to leave out of the training.
    pub freedom: f64,
    /// The inverse penalty that cross-validation chose.
    pub c: f64,
    /// Rows of (a, b) that were trained on.
    pub train: (u64, u64),
    /// And tested on.
    pub test: (u64, u64),
    /// Items that were tested on, of the side that has fewer: the independent draws of a share without any spread.
    pub units: u64,
}

/// Trains a logistic regression on half of the items, drawn by `seed`, and tests it on the other half: AUC between the
/// rows of `a` and of `b`. Of more than 10,000 rows that many are drawn, item by item; [`Separability`] counts them.
///
/// One split and no cross-validated AUC: where nothing tells a from b, each fold's score holds the noise of the others
/// twice, and an interval that takes folds for independent is too short by sqrt(2).
///
/// # Errors
/// [`ProbeError::TooFewRows`] where a side has fewer than two rows in a half, and when the watcher asked to stop.
///
/// # Panics
/// Where there is not one item for each row, or the sides differ in width.
pub fn separability(
    a: RowsOfItems<'_>,
    b: RowsOfItems<'_>,
    seed: u64,
    backend: &dyn Backend,
    watch: &dyn Watch,
) -> Result<Separability, ProbeError> {
    assert_eq!(a.rows.rows(), a.items.len(), "an item for each row");
    assert_eq!(b.rows.rows(), b.items.len(), "an item for each row");
    assert_eq!(a.rows.dim(), b.rows.dim(), "columns of both sides");
    let halves = Halves::draw(a, b, seed)?;
    if watch.cancelled() {
        return Err(Cancelled.into());
    }
    let work = || -> Result<_, ProbeError> {
        let (mut train, mut test) = (halves.rows(a, b, false), halves.rows(a, b, true));
        centre(&mut train, &mut test);
        let (train, test) = (with_ones(&train), with_ones(&test));
        let sample = TrainingRows {
            rows: train.view(),
            classes: &halves.train.classes(),
        };
        let (c, weights) = fitted(
            &sample,
            (&halves.folds(FOLDS, seed.wrapping_add(OF_FOLDS)), FOLDS),
            &[],
            watch,
        )?;
        let groups = GROUPS.min(halves.train.units());
        let group = halves.folds(groups, seed.wrapping_add(OF_GROUPS));
        let others = fitted_without(&sample, (&group, groups), (c, &weights), watch)?;
        let told = |weights: &Vec<f64>| {
            let (of_a, of_b) = weights.split_at(test.ncols());
            let toward_b: Vec<f64> = of_b.iter().zip(of_a).map(|(b, a)| b - a).collect();
            let scores = test.dot(&Array1::from(toward_b)).to_vec();
            Tested::new(&scores, &halves.test).auc()
        };
        Ok((
            c,
            told(&weights),
            others.iter().map(told).collect::<Vec<Auc>>(),
        ))
    };
    let (c, told, others) = on_host(backend, work)?;
    let rows = |half: &Half| (half.a.len() as u64, half.b.len() as u64);
    Ok(Separability {
        auc: told.value,
        se: told.error(&others),
        freedom: others.len() as f64 - 1.0,
        c,
        train: rows(&halves.train),
        test: rows(&halves.test),
        units: halves.test.units() as u64,
    })
}

/// Rows of one half, each with the number of its item.
#[derive(Default)]
struct Half {
    a: Vec<u32>,
    b: Vec<u32>,
    items: Vec<u32>,
}

impl Half {
    /// 0 for a row of a, 1 for one of b.
    fn classes(&self) -> Vec<u32> {
        let mut classes = vec![0; self.a.len()];
        classes.resize(self.items.len(), 1);
        classes
    }

    /// Items of the side that has fewer.
    fn units(&self) -> usize {
        let (of_a, of_b) = self.items.split_at(self.a.len());
        let count = |items: &[u32]| items.iter().collect::<BTreeSet<_>>().len();
        count(of_a).min(count(of_b))
    }
}

struct Halves {
    train: Half,
    test: Half,
    /// Whether an item has rows of a, of b, or of both.
    sort: Vec<u32>,
}

impl Halves {
    fn draw(a: RowsOfItems<'_>, b: RowsOfItems<'_>, seed: u64) -> Result<Self, ProbeError> {
        let last = a.items.iter().chain(b.items).max();
        let count = last.map_or(0, |&item| item as usize + 1);
        let mut sort = vec![0; count];
        let mut rows = vec![0_usize; count];
        for (items, bit) in [(a.items, 1), (b.items, 2)] {
            for &item in items {
                sort[item as usize] |= bit;
                rows[item as usize] += 1;
            }
        }
        let name = a.rows.embeddings().name();
        let few = || ProbeError::TooFewRows {
            source_name: name.to_owned(),
            rows: a.items.len() + b.items.len(),
        };
        let used: Vec<u32> = (0..count as u32)
            .filter(|&item| sort[item as usize] > 0)
            .collect();
        let strata: Vec<u32> = used.iter().map(|&item| sort[item as usize]).collect();
        let all: usize = rows.iter().sum();
        let used = match all > MOST_ROWS {
            true => {
                let share = MOST_ROWS as f64 / all as f64;
                let drawn = Split::stratified(&strata, share, seed, name)?;
                drawn.train.iter().map(|&k| used[k as usize]).collect()
            }
            false => used,
        };
        let strata: Vec<u32> = used.iter().map(|&item| sort[item as usize]).collect();
        let split = Split::stratified(&strata, 0.5, seed, name)?;
        let mut half = vec![None; count];
        for (drawn, test) in [(&split.train, false), (&split.test, true)] {
            for &k in drawn {
                half[used[k as usize] as usize] = Some(test);
            }
        }
        let of = |test: bool| {
            let rows = |items: &[u32]| -> Vec<u32> {
                let rows = 0..items.len() as u32;
                rows.filter(|&row| half[items[row as usize] as usize] == Some(test))
                    .collect()
            };
            let (of_a, of_b) = (rows(a.items), rows(b.items));
            let items = of_a.iter().map(|&row| a.items[row as usize]);
            let items = items.chain(of_b.iter().map(|&row| b.items[row as usize]));
            Half {
                items: items.collect(),
                a: of_a,
                b: of_b,
            }
        };
        let (train, test) = (of(false), of(true));
        let sides = [&train.a, &train.b, &test.a, &test.b];
        if sides.iter().any(|rows| rows.len() < 2) {
            return Err(few());
        }
        Ok(Self { train, test, sort })
    }

    /// Rows of one half: those of a, then those of b.
    fn rows(&self, a: RowsOfItems<'_>, b: RowsOfItems<'_>, test: bool) -> Array2<f64> {
        let half = if test { &self.test } else { &self.train };
        let of_a = read(a.rows, &half.a, Features::Unit);
        let of_b = read(b.rows, &half.b, Features::Unit);
        concatenate(Axis(0), &[of_a.view(), of_b.view()]).expect("rows of one width")
    }

    /// The fold of `count` of each row to train on; that of its item.
    fn folds(&self, count: usize, seed: u64) -> Vec<u32> {
        let mut items = self.train.items.clone();
        items.sort_unstable();
        items.dedup();
        let strata: Vec<u32> = items.iter().map(|&i| self.sort[i as usize]).collect();
        let fold = folds(&strata, count, seed);
        let of = |item: &u32| items.binary_search(item).map_or(0, |k| fold[k]);
        self.train.items.iter().map(of).collect()
    }
}

/// A row that was tested on.
struct Scored {
    item: u32,
    /// Whether it is a row of b.
    of_b: bool,
    score: f64,
}

/// Scores of the rows that were tested on, item by item.
struct Tested {
    /// Scores of a, then of b, in one ascending order of items.
    rows: Vec<Scored>,
    scores: [Vec<f64>; 2],
}

impl Tested {
    fn new(scores: &[f64], half: &Half) -> Self {
        let sides = half.classes();
        let rows = half.items.iter().zip(&sides).zip(scores);
        let mut rows: Vec<Scored> = rows
            .map(|((&item, &side), &score)| Scored {
                item,
                of_b: side == 1,
                score,
            })
            .collect();
        let (of_a, of_b) = scores.split_at(half.a.len());
        let mut sorted = [of_a.to_vec(), of_b.to_vec()];
        sorted
            .iter_mut()
            .for_each(|side| side.sort_unstable_by(f64::total_cmp));
        rows.sort_by_key(|row| row.item);
        Self {
            rows,
            scores: sorted,
        }
    }

    /// The AUC, in all and without each item: the wins of all, less those that the item's rows take part in.
    fn auc(&self) -> Auc {
        let [a, b] = &self.scores;
        let (n, m) = (a.len() as f64, b.len() as f64);
        let wins = wins(a, b);
        let value = wins / (n * m);
        let (mut moves, mut touched) = (Vec::new(), Vec::new());
        for item in self.rows.chunk_by(|x, y| x.item == y.item) {
            let side = |of_b: bool| -> Vec<f64> {
                let rows = item.iter().filter(|row| row.of_b == of_b);
                let mut scores: Vec<f64> = rows.map(|row| row.score).collect();
                scores.sort_unstable_by(f64::total_cmp);
                scores
            };
            let (mine_a, mine_b) = (side(false), side(true));
            let left = (n - mine_a.len() as f64) * (m - mine_b.len() as f64);
            let lost = self::wins(&mine_a, b) + self::wins(a, &mine_b);
            let kept = wins - lost + self::wins(&mine_a, &mine_b);
            // A side that is one item leaves nothing to compare: its error is not known.
            moves.push(kept / left - value);
            touched.push(1.0 - left / (n * m));
        }
        let weights = evened(&touched).into_iter();
        Auc {
            value,
            moves: weights.zip(moves).map(|(w, m)| w * m).collect(),
        }
    }
}

/// An area under a curve, and by how much each item that was tested on moves it.
struct Auc {
    value: f64,
    moves: Vec<f64>,
}

impl Auc {
    /// Its error, `others` being those of classifiers that were trained without each group of rows.
    fn error(&self, others: &[Self]) -> Option<f64> {
        let items = self.moves.len() as f64;
        let variance = |moves: &mut dyn Iterator<Item = f64>| {
            moves.map(|v| v * v).sum::<f64>() * (1.0 - 1.0 / items)
        };
        // What an item that is tested on and a group that is trained on do to each other.
        let by_item = (0..self.moves.len()).map(|item| {
            // About their mean: of large numbers that differ little the squares would be lost.
            let moves = || others.iter().map(|other| other.moves[item]);
            let mean = moves().sum::<f64>() / others.len() as f64;
            scatter(moves().map(|moved| moved - mean), others.len()).sqrt()
        });
        let left: Vec<f64> = others.iter().map(|other| other.value).collect();
        let surroundings = Surroundings {
            left: &left,
            fewer: &vec![self.value; left.len()],
            scatter: variance(&mut by_item.into_iter()),
        };
        let tested = variance(&mut self.moves.iter().copied());
        let error = (tested + surroundings.variance()?).sqrt();
        error.is_finite().then_some(error)
    }
}

/// Pairs in which b is above a, and half of those where they are equal; both ascending.
fn wins(a: &[f64], b: &[f64]) -> f64 {
    let under = |score: &f64, others: &[f64]| {
        let below = others.partition_point(|v| v < score);
        let not_above = others.partition_point(|v| v <= score);
        f64::midpoint(below as f64, not_above as f64)
    };
    // From the shorter side: an item has a row or two.
    if a.len() < b.len() {
        let above = |score| b.len() as f64 - under(score, b);
        return a.iter().map(above).sum();
    }
    b.iter().map(|score| under(score, a)).sum()
}

#[cfg(test)]
mod tests;
