//! Positive pairs, by their differences: ||x - y||^2 from 2 - 2 cos would lose all digits where it matters.

use rayon::prelude::*;

use super::{Cancelled, Watch};
use crate::data::{Groups, Pairs, Positives, UnitRows};
use crate::num::{Merge, Moments};

/// Bins of the histogram of distances over [0, 2].
pub const DISTANCE_BINS: usize = 100;

/// Pairs handled by one task.
const CHUNK: usize = 4096;

/// Rows of one side of a task within a class.
const SQUARE: usize = 64;

/// What the positive pairs have shown.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PairState {
    /// Moments of ||x - y||^alpha, in the order of the exponents.
    pub alignment: Vec<Moments>,
    /// Moments of the cosine, 1 - ||x - y||^2 / 2.
    pub cosine: Moments,
    /// Moments of the distance ||x - y||.
    pub distance: Moments,
    /// Pairs by distance, in equal bins over [0, 2].
    pub histogram: Vec<u64>,
    /// For each jackknife group: pairs that touch it, and the sum of their cosines.
    pub touching: Vec<(u64, f64)>,
    /// For each alpha and each jackknife group: the sum of ||x - y||^alpha over the pairs that touch the group.
    pub touching_alignment: Vec<Vec<f64>>,
    /// For label positives: for each statistic (every alpha, then the cosine) and each row, the sum over the pairs
    /// that hold the row. Empty for listed pairs.
    pub by_row: Vec<Vec<f64>>,
}

impl Merge for PairState {
    fn merge(&mut self, other: Self) {
        fn each<T: Default + Clone>(a: &mut Vec<T>, b: Vec<T>, add: impl Fn(&mut T, T)) {
            if a.len() < b.len() {
                a.resize(b.len(), T::default());
            }
            a.iter_mut().zip(b).for_each(|(a, b)| add(a, b));
        }
        each(&mut self.alignment, other.alignment, |a, b| a.merge(b));
        self.cosine.merge(other.cosine);
        self.distance.merge(other.distance);
        each(&mut self.histogram, other.histogram, |a, b| *a += b);
        each(&mut self.touching, other.touching, |a, b| {
            a.0 += b.0;
            a.1 += b.1;
        });
        each(
            &mut self.touching_alignment,
            other.touching_alignment,
            |a, b| {
                each(a, b, |a, b| *a += b);
            },
        );
        each(&mut self.by_row, other.by_row, |a, b| {
            each(a, b, |a, b| *a += b);
        });
    }
}

/// Group of each row of a and of b.
pub(super) type RowGroups<'a> = (&'a [u32], &'a [u32]);

/// Walks the positive pairs on the current rayon pool; the state does not depend on the number of threads.
///
/// # Errors
/// [`Cancelled`] when the watcher asked to stop.
pub fn pairs(
    (a, b): (&UnitRows, &UnitRows),
    positives: &Positives,
    alphas: &[f64],
    (groups_a, groups_b): RowGroups<'_>,
    watch: &dyn Watch,
) -> Result<PairState, Cancelled> {
    let groups = groups_a
        .iter()
        .chain(groups_b)
        .max()
        .map_or(0, |&g| g as usize + 1);
    let blank = || Visit {
        state: PairState {
            alignment: vec![Moments::default(); alphas.len()],
            histogram: vec![0; DISTANCE_BINS],
            touching: vec![(0, 0.0); groups],
            touching_alignment: vec![vec![0.0; groups]; alphas.len()],
            ..PairState::default()
        },
        alphas,
        groups: (groups_a, groups_b),
    };
    match positives {
        Positives::Pairs(list) => listed((a, b), list, blank, watch),
        Positives::Groups(classes) => labelled(a, classes, alphas.len(), blank, watch),
    }
}

struct Visit<'a> {
    state: PairState,
    alphas: &'a [f64],
    groups: RowGroups<'a>,
}

impl Visit<'_> {
    /// Takes in a pair at squared distance `square`; `each` sees every statistic of it.
    fn pair(&mut self, (i, j): (u32, u32), square: f64, mut each: impl FnMut(usize, f64)) {
        let state = &mut self.state;
        let distance = square.sqrt();
        let (g, h) = (
            self.groups.0[i as usize] as usize,
            self.groups.1[j as usize] as usize,
        );
        for (k, (moments, &alpha)) in state.alignment.iter_mut().zip(self.alphas).enumerate() {
            let value = if alpha == 2.0 {
                square
            } else if alpha == 1.0 {
                distance
            } else {
                distance.powf(alpha)
            };
            moments.add(value);
            let touching = &mut state.touching_alignment[k];
            touching[g] += value;
            if h != g {
                touching[h] += value;
            }
            each(k, value);
        }
        let cosine = 1.0 - square / 2.0;
        state.cosine.add(cosine);
        each(self.alphas.len(), cosine);
        state.distance.add(distance);
        let bin = (distance / 2.0 * DISTANCE_BINS as f64) as usize;
        state.histogram[bin.min(DISTANCE_BINS - 1)] += 1;
        for group in [Some(g), (h != g).then_some(h)].into_iter().flatten() {
            state.touching[group].0 += 1;
            state.touching[group].1 += cosine;
        }
    }
}

fn listed<'a>(
    (a, b): (&UnitRows, &UnitRows),
    list: &Pairs,
    blank: impl Fn() -> Visit<'a> + Sync,
    watch: &dyn Watch,
) -> Result<PairState, Cancelled> {
    let dim = a.dim();
    let parts: Vec<PairState> = list
        .list()
        .par_chunks(CHUNK)
        .map_init(
            || (vec![0.0; dim], vec![0.0; dim]),
            |(x, y), chunk| {
                let mut visit = blank();
                for &(i, j) in chunk {
                    if watch.cancelled() {
                        break;
                    }
                    a.row_f64(i as usize, x);
                    b.row_f64(j as usize, y);
                    visit.pair((i, j), squared_distance(x, y), |_, _| {});
                }
                visit.state
            },
        )
        .collect();
    finish(parts, watch)
}

fn labelled<'a>(
    rows: &UnitRows,
    classes: &Groups,
    alphas: usize,
    blank: impl Fn() -> Visit<'a> + Sync,
    watch: &dyn Watch,
) -> Result<PairState, Cancelled> {
    let dim = rows.dim();
    // Squares of the upper triangle of each class.
    let tasks: Vec<(&[u32], &[u32], bool)> = classes
        .members()
        .iter()
        .flat_map(|members| {
            let parts: Vec<&[u32]> = members.chunks(SQUARE).collect();
            let count = parts.len();
            (0..count)
                .flat_map(move |p| (p..count).map(move |q| (p, q)))
                .map(move |(p, q)| (parts[p], parts[q], p == q))
                .collect::<Vec<_>>()
        })
        .collect();
    let mut whole = blank().state;
    whole.by_row = vec![vec![0.0; rows.rows()]; alphas + 1];
    super::ordered::run(
        tasks.len(),
        &mut whole,
        watch,
        || (vec![0.0; SQUARE * dim], vec![0.0; SQUARE * dim]),
        |(x, y), id| {
            let (left, right, same) = tasks[id];
            stage(rows, left, x);
            stage(rows, right, y);
            let mut visit = blank();
            let (mut by_left, mut by_right) = (
                vec![0.0; (alphas + 1) * SQUARE],
                vec![0.0; (alphas + 1) * SQUARE],
            );
            for (p, &i) in left.iter().enumerate() {
                for (q, &j) in right.iter().enumerate().skip(if same { p + 1 } else { 0 }) {
                    let square =
                        squared_distance(&x[p * dim..(p + 1) * dim], &y[q * dim..(q + 1) * dim]);
                    visit.pair((i, j), square, |k, value| {
                        by_left[k * SQUARE + p] += value;
                        by_right[k * SQUARE + q] += value;
                    });
                }
            }
            (id, visit.state, by_left, by_right)
        },
        |whole, (id, state, by_left, by_right)| {
            let (left, right, _) = tasks[id];
            for (sums, members) in [(by_left, left), (by_right, right)] {
                for (out, sums) in whole.by_row.iter_mut().zip(sums.chunks_exact(SQUARE)) {
                    for (&row, v) in members.iter().zip(sums) {
                        out[row as usize] += v;
                    }
                }
            }
            whole.merge(state);
            0
        },
    )?;
    Ok(whole)
}

fn stage(rows: &UnitRows, members: &[u32], out: &mut [f64]) {
    for (&row, out) in members.iter().zip(out.chunks_exact_mut(rows.dim())) {
        rows.row_f64(row as usize, out);
    }
}

fn finish(parts: Vec<PairState>, watch: &dyn Watch) -> Result<PairState, Cancelled> {
    if watch.cancelled() {
        return Err(Cancelled);
    }
    let mut whole = PairState::default();
    parts.into_iter().for_each(|part| whole.merge(part));
    Ok(whole)
}

/// sum_k (x_k - y_k)^2 in eight lanes.
pub(super) fn squared_distance(x: &[f64], y: &[f64]) -> f64 {
    let ((xs, x_rest), (ys, y_rest)) = (x.as_chunks::<8>(), y.as_chunks::<8>());
    let mut lanes = [0.0; 8];
    for (x, y) in xs.iter().zip(ys) {
        for k in 0..8 {
            let difference = x[k] - y[k];
            lanes[k] += difference * difference;
        }
    }
    let rest: f64 = x_rest
        .iter()
        .zip(y_rest)
        .map(|(x, y)| (x - y) * (x - y))
        .sum();
    lanes.iter().sum::<f64>() + rest
}
