//! Multinomial logistic regression by minibatches, as Wang & Isola evaluate encoders: Adam, a fixed number of walks over the
//! rows, no penalty.
//!
//! Minimises `mean_i -log softmax(W x_i + b)[y_i]` from W = 0, b = 0: batches of 128 rows in seeded random order, a step of
//! 1e-3 that is a fifth of it from 60 % of the epochs on and a fifth of that from 80 % on, betas (0.5, 0.999), eps 1e-8
//! (the paper's appendix B.1 and its code). The same bits on any number of threads: no sum is cut along rows by their number.
//!
//! Memory: three f32 for each weight, and the rows of a batch; rows are read where they lie.

use ndarray::linalg::general_mat_mul;
use ndarray::{Array2, ArrayView1, ArrayView2, ArrayViewMut1, ArrayViewMut2, Axis, s};
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_pcg::Pcg64;
use rayon::prelude::*;

use super::features::Features;
use super::logistic::rank;
use crate::data::UnitRows;
use crate::pass::Watch;

/// Rows of a batch.
const BATCH: usize = 128;
/// The step of Adam, and what is left of it where epochs are past these shares of all.
const STEP: f64 = 1e-3;
const LATE: [f64; 2] = [0.6, 0.8];
const LESS: f64 = 0.2;
const BETAS: (f64, f64) = (0.5, 0.999);
const EPS: f32 = 1e-8;
/// Rows whose scores are made together, and columns whose weights are moved together.
const ROWS: usize = 32;
const COLUMNS: usize = 128;

/// Rows as they are read: a batch at a time.
#[derive(Clone, Copy)]
pub(super) struct RowSource<'a> {
    pub(super) rows: &'a UnitRows,
    pub(super) features: Features,
}

impl RowSource<'_> {
    /// These rows, one after the other.
    fn read(&self, chosen: &[u32], out: &mut Array2<f32>) {
        let lines: Vec<_> = out.axis_iter_mut(Axis(0)).zip(chosen).collect();
        lines.into_par_iter().for_each(|(mut line, &row)| {
            let line = line.as_slice_mut().expect("rows of an array of our own");
            let row = row as usize;
            match self.features {
                Features::Unit => self.rows.row_f32(row, line),
                Features::Raw => {
                    let embeddings = self.rows.embeddings();
                    embeddings.row_f32(self.rows.file_row(row), line);
                }
            }
        });
    }
}

/// A value of each weight, a row for each column of the data, and of each intercept.
#[derive(Clone)]
struct Values {
    weights: Array2<f32>,
    intercepts: Vec<f32>,
}

impl Values {
    fn zeros(dim: usize, classes: usize) -> Self {
        Self {
            weights: Array2::zeros((dim, classes)),
            intercepts: vec![0.0; classes],
        }
    }

    /// Scores of the classes for some rows.
    fn scores(&self, rows: ArrayView2<'_, f32>, mut out: ArrayViewMut2<'_, f32>) {
        for mut line in out.axis_iter_mut(Axis(0)) {
            let both = line.iter_mut().zip(&self.intercepts);
            both.for_each(|(score, intercept)| *score = *intercept);
        }
        general_mat_mul(1.0, &rows, &self.weights, 1.0, &mut out);
    }
}

/// A linear classifier.
pub(super) struct Trained(Values);

/// Trains on rows of `source` of these classes. None when the watcher asked to stop.
///
/// Cost: epochs x rows x columns x classes x 2 multiply-adds in f32.
pub(super) fn fit(
    source: RowSource<'_>,
    classes: &[u32],
    (epochs, seed): (usize, u64),
    watch: &dyn Watch,
) -> Option<Trained> {
    let count = classes.iter().max().map_or(0, |&class| class as usize + 1);
    let mut state = State::new(source.rows.dim(), count);
    let mut order: Vec<u32> = (0..classes.len() as u32).collect();
    let mut rng = Pcg64::seed_from_u64(seed);
    let mut rows = Array2::zeros((BATCH, source.rows.dim()));
    let mut scores = Array2::zeros((BATCH, count));
    watch.phase("linear probe by Adam", epochs as u64);
    for epoch in 0..epochs {
        order.shuffle(&mut rng);
        let past = |share: &&f64| epoch as f64 >= **share * epochs as f64;
        let step = STEP * LESS.powi(LATE.iter().filter(past).count() as i32);
        for batch in order.chunks(BATCH) {
            if watch.cancelled() {
                return None;
            }
            source.read(batch, &mut rows);
            let rows = rows.slice(s![..batch.len(), ..]);
            let scores = scores.slice_mut(s![..batch.len(), ..]);
            let truth: Vec<u32> = batch.iter().map(|&row| classes[row as usize]).collect();
            state.walk(rows, scores, &truth, step);
        }
        watch.advance(1);
    }
    Some(Trained(state.now))
}

impl Trained {
    /// The [rank] of the true class of each row.
    pub(super) fn ranks(&self, source: RowSource<'_>, truth: &[u32]) -> Vec<u32> {
        let all: Vec<u32> = (0..truth.len() as u32).collect();
        let mut rows = Array2::zeros((BATCH, source.rows.dim()));
        let mut scores = Array2::zeros((BATCH, self.0.intercepts.len()));
        let mut ranks = Vec::with_capacity(truth.len());
        for batch in all.chunks(BATCH) {
            source.read(batch, &mut rows);
            let mut scores = scores.slice_mut(s![..batch.len(), ..]);
            let of = (rows.slice(s![..batch.len(), ..]), scores.view_mut());
            in_rows(of, |_, rows, scores| self.0.scores(rows, scores));
            let both = scores.outer_iter().zip(batch);
            let rank = |(line, &row): (ArrayView1<'_, f32>, &u32)| rank(line, truth[row as usize]);
            ranks.extend(both.map(rank));
        }
        ranks
    }
}

/// What Adam knows.
struct State {
    now: Values,
    /// Means of gradients, and of their squares.
    means: Values,
    squares: Values,
    /// BETAS to the power of the steps made.
    powers: (f64, f64),
}

impl State {
    fn new(dim: usize, classes: usize) -> Self {
        let zeros = Values::zeros(dim, classes);
        Self {
            means: zeros.clone(),
            squares: zeros.clone(),
            now: zeros,
            powers: (1.0, 1.0),
        }
    }

    /// One step along the gradient of a batch; `scores` is room for its scores.
    fn walk(
        &mut self,
        rows: ArrayView2<'_, f32>,
        mut scores: ArrayViewMut2<'_, f32>,
        truth: &[u32],
        step: f64,
    ) {
        let share = 1.0 / truth.len() as f32;
        in_rows((rows, scores.view_mut()), |from, rows, mut scores| {
            self.now.scores(rows, scores.view_mut());
            let lines = scores.axis_iter_mut(Axis(0)).zip(&truth[from..]);
            for (mut line, &class) in lines {
                softmax(line.view_mut());
                line[class as usize] -= 1.0;
                line *= share;
            }
        });
        let slopes = scores.sum_axis(Axis(0));
        self.powers.0 *= BETAS.0;
        self.powers.1 *= BETAS.1;
        let rule = Rule {
            rate: (step / (1.0 - self.powers.0)) as f32,
            scale: (1.0 / (1.0 - self.powers.1)) as f32,
        };
        rule.step(
            slopes.as_slice().expect("a sum of our own"),
            &mut self.now.intercepts,
            &mut self.means.intercepts,
            &mut self.squares.intercepts,
        );
        let parts: Vec<_> = (self.now.weights.axis_chunks_iter_mut(Axis(0), COLUMNS))
            .zip(self.means.weights.axis_chunks_iter_mut(Axis(0), COLUMNS))
            .zip(self.squares.weights.axis_chunks_iter_mut(Axis(0), COLUMNS))
            .zip(rows.axis_chunks_iter(Axis(1), COLUMNS))
            .collect();
        let scores = scores.view();
        parts
            .into_par_iter()
            .for_each(|(((mut now, mut means), mut squares), rows)| {
                let mut slopes = Array2::zeros(now.dim());
                general_mat_mul(1.0, &rows.t(), &scores, 0.0, &mut slopes);
                let whole = "whole rows of weights";
                rule.step(
                    slopes.as_slice().expect(whole),
                    now.as_slice_mut().expect(whole),
                    means.as_slice_mut().expect(whole),
                    squares.as_slice_mut().expect(whole),
                );
            });
    }
}

/// Calls `each` with some rows at a time, the number of the first of them, and their scores, side by side.
fn in_rows(
    (rows, mut scores): (ArrayView2<'_, f32>, ArrayViewMut2<'_, f32>),
    each: impl Fn(usize, ArrayView2<'_, f32>, ArrayViewMut2<'_, f32>) + Sync,
) {
    let parts = rows.axis_chunks_iter(Axis(0), ROWS);
    let parts: Vec<_> = parts
        .zip(scores.axis_chunks_iter_mut(Axis(0), ROWS))
        .enumerate()
        .collect();
    parts
        .into_par_iter()
        .for_each(|(k, (rows, scores))| each(k * ROWS, rows, scores));
}

/// Scores to shares of their exponentials.
fn softmax(mut scores: ArrayViewMut1<'_, f32>) {
    let top = scores.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    scores.mapv_inplace(|score| (score - top).exp());
    let whole = scores.sum();
    scores /= whole;
}

/// One step of Adam.
#[derive(Clone, Copy)]
struct Rule {
    /// The step, over what the mean of gradients lacks.
    rate: f32,
    /// What the mean of squares lacks.
    scale: f32,
}

impl Rule {
    fn step(self, slopes: &[f32], now: &mut [f32], means: &mut [f32], squares: &mut [f32]) {
        let (keep, forget) = (BETAS.0 as f32, BETAS.1 as f32);
        let moments = means.iter_mut().zip(squares);
        for ((slope, now), (mean, square)) in slopes.iter().zip(now).zip(moments) {
            *mean = keep * *mean + (1.0 - keep) * slope;
            *square = forget * *square + (1.0 - forget) * slope * slope;
            *now -= self.rate * *mean / ((*square * self.scale).sqrt() + EPS);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Embeddings;
    use crate::pass::NoWatch;

    fn unit(rows: &Array2<f32>) -> UnitRows {
        UnitRows::normalise(Embeddings::from_array("x", rows.view()).expect("rows")).expect("rows")
    }

    /// Three classes that overlap.
    fn rows() -> (UnitRows, Vec<u32>) {
        let classes: Vec<u32> = (0..90).map(|i| i % 3).collect();
        let rows = Array2::from_shape_fn((90, 4), |(i, k)| {
            let noise = ((i * (k + 2)) as f32 * 1.7).sin();
            // Large numbers: small weights, which few steps reach.
            8.0 * (noise + f32::from(u8::from(classes[i] == k as u32)))
        });
        (unit(&rows), classes)
    }

    fn source(rows: &UnitRows) -> RowSource<'_> {
        RowSource {
            rows,
            features: Features::Raw,
        }
    }

    /// From 0 every class has the same share, and the first step of Adam is as long in every weight, whatever its slope.
    #[test]
    fn the_first_step_is_that_of_the_formula() {
        let two = unit(&Array2::from_shape_fn((2, 2), |(i, k)| match (i, k) {
            (0, 0) => 3.0,
            (1, 1) => -5.0,
            _ => 0.0,
        }));
        let trained = fit(source(&two), &[0, 1], (1, 0), &NoWatch)
            .expect("a step")
            .0;
        let step = STEP as f32;
        let expected = [[step, -step], [step, -step]];
        for (found, expected) in trained.weights.iter().zip(expected.as_flattened()) {
            assert!((found - expected).abs() < 1e-6, "{:?}", trained.weights);
        }
        assert!(
            trained.intercepts.iter().all(|v| v.abs() < 1e-6),
            "as many rows of each"
        );
    }

    /// Of a problem that has one minimum both solvers find it.
    #[test]
    fn many_steps_end_where_the_other_solver_does() {
        let (rows, classes) = rows();
        let trained = fit(source(&rows), &classes, (2_000, 0), &NoWatch).expect("trained");
        let ones = Array2::from_shape_fn((90, 5), |(i, k)| match k {
            4 => 1.0,
            _ => {
                let mut row = vec![0.0; 4];
                rows.embeddings().row_f64(i, &mut row);
                row[k]
            }
        });
        let sample = super::super::logistic::TrainingRows {
            rows: ones.view(),
            classes: &classes,
        };
        let fine = super::super::logistic::FINE;
        let exact = super::super::logistic::fit(&sample, 1e9, fine, vec![0.0; 15], &NoWatch);
        let Values {
            weights,
            intercepts,
        } = &trained.0;
        let ours: Vec<f64> = (0..15)
            .map(|k| match (k / 5, k % 5) {
                (class, 4) => f64::from(intercepts[class]),
                (class, column) => f64::from(weights[[column, class]]),
            })
            .collect();
        let loss = |weights: &[f64]| sample.surprise(weights) / 90.0;
        let (ours, least) = (loss(&ours), loss(&exact.expect("a minimum")));
        assert!(
            least > 0.3 && ours - least < 2e-4 && ours > least - 1e-6,
            "{ours} and {least}"
        );
        let ranks = trained.ranks(source(&rows), &classes);
        assert!(ranks.iter().filter(|rank| **rank == 0).count() > 50);
    }
}
