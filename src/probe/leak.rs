//! Rows to test on that repeat a row to train on: of those a probe remembers, and reads nothing.

use super::bench::Bench;
use crate::num::count;

/// Rows with a cosine above 1 less this are the same.
const SAME: f64 = 1e-6;
/// How far a cosine in f32 may be off.
const ROUNDING: f64 = 4e-6;
/// Rows that are named.
const NAMED: usize = 3;

/// What to say of copies; `neighbours` are the nearest rows to train on of each row to test on.
pub(super) fn note(bench: &Bench<'_>, neighbours: &[Vec<(u32, f32)>]) -> Option<String> {
    let (trained, tested) = (&bench.train, &bench.test);
    let (mut x, mut y) = (vec![0.0; tested.dim()], vec![0.0; tested.dim()]);
    let mut copies = Vec::new();
    for (test, near) in neighbours.iter().enumerate() {
        let mut candidates = near
            .iter()
            .take_while(|(_, cosine)| f64::from(*cosine) > 1.0 - SAME - ROUNDING)
            .map(|&(train, _)| train as usize);
        let copied = candidates.find(|&train| {
            tested.row_f64(test, &mut x);
            trained.row_f64(train, &mut y);
            // ||x - y||^2 = 2 - 2 cos, without the loss of digits.
            let square: f64 = x.iter().zip(&y).map(|(x, y)| (x - y).powi(2)).sum();
            square < 2.0 * SAME
        });
        copies.extend(copied.map(|train| (test, train)));
    }
    if copies.is_empty() {
        return None;
    }
    let of = |&(test, train): &(usize, usize)| {
        let (test, train) = (tested.file_row(test), trained.file_row(train));
        format!("row {test} is row {train}")
    };
    let mut named: Vec<String> = copies.iter().take(NAMED).map(of).collect();
    if copies.len() > NAMED {
        named.push("...".to_owned());
    }
    Some(format!(
        "{} of {} rows to test on are copies of a row to train on ({}): there the probes remember and read nothing. Remove \
         copies, or keep all rows of one item on one side with --train-split FILE",
        count(copies.len()),
        count(tested.rows()),
        named.join(", ")
    ))
}
