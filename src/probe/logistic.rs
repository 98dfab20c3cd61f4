//! Multinomial logistic regression with an L2 penalty, by L-BFGS.
//!
//! Minimises `mean_i -log softmax(W x_i + b)[y_i] + |W|^2 / (2 C n)`, the intercepts b free: the objective and the C of
//! scikit-learn's `LogisticRegression`.

use std::cell::RefCell;

use argmin::core::{CostFunction, Error, Executor, Gradient};
use argmin::solver::linesearch::MoreThuenteLineSearch;
use argmin::solver::quasinewton::LBFGS;
use ndarray::{Array2, ArrayView1, ArrayView2, ArrayViewMut2, Axis, s};
use rayon::prelude::*;

use crate::num::pairwise_sum;
use crate::pass::Watch;

/// Pairs of steps and gradients that L-BFGS remembers.
const MEMORY: usize = 10;
/// Fall of the loss in one step at which a search ends.
const FALL: f64 = 1e-10;
/// Parts that rows are cut into, whatever the number of threads: sums are the same bits.
const PARTS: usize = 16;
/// Rows whose scores are held at a time.
const BLOCK: usize = 256;

/// When a search ends.
#[derive(Clone, Copy)]
pub(super) struct StopRule {
    /// Norm of the gradient (of a mean loss).
    gradient: f64,
    /// Steps at most.
    steps: u64,
}

/// Enough to rank penalties: scikit-learn's own limits.
pub(super) const ROUGH: StopRule = StopRule {
    gradient: 1e-4,
    steps: 100,
};
/// Enough for predictions that no further step changes.
pub(super) const FINE: StopRule = StopRule {
    gradient: 1e-5,
    steps: 400,
};

/// Rows to train on with a last column of ones, and their classes 0..classes.
pub(super) struct TrainingRows<'a> {
    pub(super) rows: ArrayView2<'a, f64>,
    pub(super) classes: &'a [u32],
}

/// The weights (class after class, the intercept last) at the minimum, from `start` on; the best found where the line
/// search can go no further. None when the watcher asked to stop.
pub(super) fn fit(
    sample: &TrainingRows<'_>,
    c: f64,
    effort: StopRule,
    start: Vec<f64>,
    watch: &dyn Watch,
) -> Option<Vec<f64>> {
    let loss = Loss {
        sample,
        penalty: 1.0 / (c * sample.classes.len() as f64),
        seen: RefCell::new(Tried::default()),
        watch,
    };
    // The result itself is not needed: the loss remembers the best it was asked for.
    let _ = search(&loss, effort, start);
    let best = loss.seen.into_inner().best;
    best.filter(|_| !watch.cancelled()).map(|(_, at)| at)
}

fn search(loss: &Loss<'_, '_>, effort: StopRule, start: Vec<f64>) -> Result<(), Error> {
    let line = MoreThuenteLineSearch::new().with_c(1e-4, 0.9)?;
    let solver = LBFGS::new(line, MEMORY)
        .with_tolerance_grad(effort.gradient)?
        .with_tolerance_cost(FALL)?;
    Executor::new(loss, solver)
        .configure(|state| state.param(start).max_iters(effort.steps))
        .run()?;
    Ok(())
}

/// The [rank] of the true class of each row.
pub(super) fn ranks(weights: &[f64], rows: ArrayView2<'_, f64>, truth: &[u32]) -> Vec<u32> {
    let weights = matrix(weights, rows.ncols());
    let blocks: Vec<Vec<u32>> = (0..rows.nrows().div_ceil(BLOCK))
        .into_par_iter()
        .map(|k| {
            let block = rows.slice(s![k * BLOCK..rows.nrows().min((k + 1) * BLOCK), ..]);
            let scores = block.dot(&weights.t());
            let lines = scores.outer_iter().zip(&truth[k * BLOCK..]);
            lines.map(|(line, &class)| rank(line, class)).collect()
        })
        .collect();
    blocks.concat()
}

/// How many classes are told before the class `truth`: those with a higher score, and of equal ones those before it. A
/// class that was not trained on comes after all.
pub(super) fn rank<F: PartialOrd + Copy>(scores: ArrayView1<'_, F>, truth: u32) -> u32 {
    let Some(&own) = scores.get(truth as usize) else {
        return u32::MAX;
    };
    let before =
        |(class, score): (usize, &F)| *score > own || (*score == own && class < truth as usize);
    scores.iter().enumerate().filter(|at| before(*at)).count() as u32
}

fn matrix(weights: &[f64], width: usize) -> ArrayView2<'_, f64> {
    ArrayView2::from_shape((weights.len() / width, width), weights).expect("whole rows of weights")
}

struct Loss<'a, 's> {
    sample: &'a TrainingRows<'s>,
    penalty: f64,
    seen: RefCell<Tried>,
    watch: &'a dyn Watch,
}

/// What the loss was asked last, and the lowest it found.
#[derive(Default)]
struct Tried {
    last: Option<(Vec<f64>, f64, Vec<f64>)>,
    best: Option<(f64, Vec<f64>)>,
}

impl Loss<'_, '_> {
    /// Value and gradient; both come from one walk over the rows, and the search asks for them one after the other.
    fn both(&self, weights: &[f64]) -> Result<(f64, Vec<f64>), Error> {
        if let Some((at, value, gradient)) = &self.seen.borrow().last
            && at == weights
        {
            return Ok((*value, gradient.clone()));
        }
        if self.watch.cancelled() {
            return Err(Error::msg("interrupted"));
        }
        let (value, gradient) = self.sample.walk(weights, self.penalty);
        let mut seen = self.seen.borrow_mut();
        seen.last = Some((weights.to_vec(), value, gradient.clone()));
        if seen.best.as_ref().is_none_or(|(best, _)| value < *best) {
            seen.best = Some((value, weights.to_vec()));
        }
        Ok((value, gradient))
    }
}

impl TrainingRows<'_> {
    /// Sum over the rows of -log softmax of the true class.
    pub(super) fn surprise(&self, weights: &[f64]) -> f64 {
        self.walk(weights, 0.0).0 * self.classes.len() as f64
    }

    /// The loss and its gradient.
    fn walk(&self, weights: &[f64], penalty: f64) -> (f64, Vec<f64>) {
        let rows = self.rows;
        let (n, width) = rows.dim();
        let matrix = matrix(weights, width);
        let step = n.div_ceil(PARTS);
        let parts: Vec<(f64, Array2<f64>)> = (0..n.div_ceil(step))
            .into_par_iter()
            .map(|part| self.part(matrix, part * step..n.min((part + 1) * step)))
            .collect();
        let losses: Vec<f64> = parts.iter().map(|(loss, _)| *loss).collect();
        let mut gradient = Array2::zeros(matrix.dim());
        for (_, part) in parts {
            gradient += &part;
        }
        gradient /= n as f64;
        let slopes = matrix.slice(s![.., ..width - 1]);
        let mut penalised = gradient.slice_mut(s![.., ..width - 1]);
        penalised.scaled_add(penalty, &slopes);
        let squares: f64 = slopes.iter().map(|w| w * w).sum();
        let value = pairwise_sum(&losses) / n as f64 + 0.5 * penalty * squares;
        (value, gradient.into_raw_vec_and_offset().0)
    }

    /// Sum of losses and of gradients over some rows.
    fn part(
        &self,
        weights: ArrayView2<'_, f64>,
        range: std::ops::Range<usize>,
    ) -> (f64, Array2<f64>) {
        let mut gradient = Array2::zeros(weights.dim());
        let mut loss = 0.0;
        for from in range.clone().step_by(BLOCK) {
            let to = range.end.min(from + BLOCK);
            let rows = self.rows.slice(s![from..to, ..]);
            let mut scores = rows.dot(&weights.t());
            loss += surprise(scores.view_mut(), &self.classes[from..to]);
            ndarray::linalg::general_mat_mul(1.0, &scores.t(), &rows, 1.0, &mut gradient);
        }
        (loss, gradient)
    }
}

/// Sum of -log softmax of the true class; turns scores into softmax less 1 at the true class, their gradient.
fn surprise(mut scores: ArrayViewMut2<'_, f64>, classes: &[u32]) -> f64 {
    let mut sum = 0.0;
    for (mut line, &class) in scores.axis_iter_mut(Axis(0)).zip(classes) {
        let top = line.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let truth = line[class as usize] - top;
        line.mapv_inplace(|score| (score - top).exp());
        let whole = line.sum();
        line /= whole;
        line[class as usize] -= 1.0;
        sum += whole.ln() - truth;
    }
    sum
}

impl CostFunction for &Loss<'_, '_> {
    type Param = Vec<f64>;
    type Output = f64;

    fn cost(&self, weights: &Self::Param) -> Result<f64, Error> {
        self.both(weights).map(|(value, _)| value)
    }
}

impl Gradient for &Loss<'_, '_> {
    type Param = Vec<f64>;
    type Gradient = Vec<f64>;

    fn gradient(&self, weights: &Self::Param) -> Result<Vec<f64>, Error> {
        self.both(weights).map(|(_, gradient)| gradient)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pass::NoWatch;

    /// Three classes that overlap.
    fn rows() -> (Array2<f64>, Vec<u32>) {
        let classes: Vec<u32> = (0..90).map(|i| i % 3).collect();
        let rows = Array2::from_shape_fn((90, 5), |(i, k)| match k {
            4 => 1.0,
            _ => ((i * (k + 2)) as f64 * 1.7).sin() + f64::from(classes[i] == k as u32),
        });
        (rows, classes)
    }

    #[test]
    fn the_gradient_is_the_slope_of_the_loss() {
        let (rows, classes) = rows();
        let sample = TrainingRows {
            rows: rows.view(),
            classes: &classes,
        };
        let at: Vec<f64> = (0..15).map(|k| (f64::from(k) * 0.9).cos()).collect();
        let (_, gradient) = sample.walk(&at, 0.01);
        for k in 0..15 {
            let mut near = (at.clone(), at.clone());
            near.0[k] -= 1e-5;
            near.1[k] += 1e-5;
            let slope = (sample.walk(&near.1, 0.01).0 - sample.walk(&near.0, 0.01).0) / 2e-5;
            assert!(
                (slope - gradient[k]).abs() < 1e-9,
                "{k}: {slope} and {}",
                gradient[k]
            );
        }
    }

    #[test]
    fn the_search_ends_where_the_slope_is_zero() {
        let (rows, classes) = rows();
        let sample = TrainingRows {
            rows: rows.view(),
            classes: &classes,
        };
        let weights = fit(&sample, 1.0, FINE, vec![0.0; 15], &NoWatch).unwrap();
        let (_, gradient) = sample.walk(&weights, 1.0 / 90.0);
        assert!(gradient.iter().all(|g| g.abs() < 1e-5), "{gradient:?}");
        let ranks = ranks(&weights, rows.view(), &classes);
        let right = ranks.iter().filter(|&&rank| rank == 0).count();
        assert!(right > 50, "{right} of 90");
    }

    #[test]
    fn a_rank_counts_who_is_told_before() {
        let scores = [0.5, 2.0, 0.5, -1.0];
        let scores = ndarray::arr1(&scores);
        let ranks = [0, 1, 2, 3, 4].map(|truth| rank(scores.view(), truth));
        assert_eq!(ranks, [1, 0, 2, 3, u32::MAX]);
    }
}
