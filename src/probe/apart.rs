//! Whether a linear classifier tells the rows of one set from those of another.

use ndarray::{Array2, Axis, concatenate, s};

use super::asked::ProbeSettings;
use super::classes::{fitted, with_ones};
use super::error::ProbeError;
use super::features::{Features, centre, read};
use super::split::Split;
use crate::backend::{Backend, on_host};
use crate::data::UnitRows;
use crate::pass::Watch;

/// What the classifier makes of the rows that it was not trained on.
#[derive(Clone, Debug, PartialEq)]
pub struct Apart {
    /// The inverse penalty that cross-validation among the rows to train on chose.
    pub c: f64,
    /// A score for each row to test on, of the first set and of the second: log odds of the second.
    pub scores: [Vec<f64>; 2],
}

/// Trains logistic regression to tell the first set from the second on the rows to train on, and scores the others.
///
/// Rows are divided by their L2 norm, as the audit sees them; both sets have one width. C is chosen as a probe of labels
/// chooses it, in five folds of rows. Same rows, split and seed: same numbers, on any number of threads.
///
/// Cost: some hundred walks over the rows to train on, 4 d operations for each row and walk; memory: 8 bytes x rows x d,
/// twice.
///
/// # Errors
/// [`ProbeError::Cancelled`] when the watcher asked to stop.
pub fn tell_apart(
    [first, second]: [(&UnitRows, &Split); 2],
    seed: u64,
    backend: &dyn Backend,
    watch: &dyn Watch,
) -> Result<Apart, ProbeError> {
    on_host(backend, || {
        let both = |of: fn(&Split) -> &[u32]| -> Array2<f64> {
            let side = |(rows, split): (&UnitRows, &Split)| read(rows, of(split), Features::Unit);
            let (a, b) = (side(first), side(second));
            concatenate(Axis(0), &[a.view(), b.view()]).expect("sets of one width")
        };
        let (mut train, mut test) = (both(|split| &split.train), both(|split| &split.test));
        centre(&mut train, &mut test);
        let classes: Vec<u32> = [(first.1, 0), (second.1, 1)]
            .iter()
            .flat_map(|(split, class)| vec![*class; split.train.len()])
            .collect();
        let (train, test) = (with_ones(&train), with_ones(&test));
        let folds = ProbeSettings::default().folds;
        let (c, weights) = fitted(&train, &classes, (folds, seed), watch)?;
        let weights = Array2::from_shape_vec((2, test.ncols()), weights).expect("two classes");
        let odds = &weights.row(1) - &weights.row(0);
        let scores = test.dot(&odds);
        let from = first.1.test.len();
        let scores = [scores.slice(s![..from]), scores.slice(s![from..])];
        Ok(Apart {
            c,
            scores: scores.map(|scores| scores.to_vec()),
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backend::cpu;
    use crate::data::Embeddings;
    use crate::pass::NoWatch;

    fn rows(shift: f32) -> UnitRows {
        let value = |(i, k): (usize, usize)| {
            ((i * (k + 3)) as f32 * 1.7).sin() + if k == 1 { shift } else { 0.0 }
        };
        let values = Array2::from_shape_fn((60, 5), value);
        UnitRows::normalise(Embeddings::from_array("rows", values.view()).unwrap()).unwrap()
    }

    #[test]
    fn a_shift_is_scored_and_any_number_of_threads_gives_the_same_bits() {
        let split = Split {
            train: (0..30).collect(),
            test: (30..60).collect(),
        };
        let (a, b) = (rows(0.0), rows(3.0));
        let of = |threads| {
            let backend = cpu(Some(threads), None).unwrap();
            tell_apart([(&a, &split), (&b, &split)], 0, &*backend, &NoWatch).unwrap()
        };
        let found = of(1);
        assert_eq!(found, of(3));
        let mean = |scores: &[f64]| scores.iter().sum::<f64>() / scores.len() as f64;
        let [first, second] = &found.scores;
        assert!(mean(first) < -1.0 && mean(second) > 1.0, "{found:?}");
    }
}
