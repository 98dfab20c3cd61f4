//! Positive pairs, by their differences: ||x - y||^2 from 2 - 2 cos would lose all digits where it matters.

use super::state::{DISTANCE_BINS, PairState};
use super::{Cancelled, Watch};
use crate::data::{Groups, Pairs, Positives, UnitRows};
use crate::num::{Merge, Moments};

/// Pairs handled by one task.
const CHUNK: usize = 4096;

/// Rows of one side of a task within a class.
const SQUARE: usize = 64;

/// Rows that go together: an item each, or every row on its own.
#[derive(Clone, Copy, Debug)]
pub struct Units<'a> {
    /// Unit of each row of the first operand.
    pub a: &'a [u32],
    /// Unit of each row of the second operand.
    pub b: &'a [u32],
    /// Number of units.
    pub count: usize,
}

/// Group of each row of a and of b.
pub(super) type PairGroups<'a> = (&'a [u32], &'a [u32]);

/// Walks the positive pairs on the current rayon pool; the state does not depend on the number of threads.
///
/// Memory: 8 bytes x units x (exponents + 2), and 12 bytes for each listed pair.
///
/// # Errors
/// [`Cancelled`] when the watcher asked to stop.
pub fn pairs(
    (a, b): (&UnitRows, &UnitRows),
    positives: &Positives,
    alphas: &[f64],
    (groups_a, groups_b): PairGroups<'_>,
    units: Units<'_>,
    watch: &dyn Watch,
) -> Result<PairState, Cancelled> {
    let groups = groups_a
        .iter()
        .chain(groups_b)
        .max()
        .map_or(0, |&g| g as usize + 1);
    let walk = PositivePairs {
        rows: (a, b),
        alphas,
        groups: (groups_a, groups_b),
        group_count: groups,
        units,
        watch,
    };
    match positives {
        Positives::Pairs(list) => walk.listed(list),
        Positives::Groups(classes) => walk.labelled(classes),
    }
}

#[derive(Clone, Copy)]
struct PositivePairs<'a> {
    rows: (&'a UnitRows, &'a UnitRows),
    alphas: &'a [f64],
    groups: PairGroups<'a>,
    group_count: usize,
    units: Units<'a>,
    watch: &'a dyn Watch,
}

/// What a task found, and what is yet to be added to the units.
struct Visit {
    state: PairState,
    /// The statistics of the pair just visited, times its weight, and the weight.
    last: Vec<f64>,
    /// Units, and as many numbers for each as `last` has.
    units: Vec<u32>,
    sums: Vec<f64>,
}

impl Visit {
    /// Adds the pair just visited to `unit`.
    fn credit(&mut self, unit: u32) {
        self.units.push(unit);
        self.sums.extend_from_slice(&self.last);
    }
}

impl<'a> PositivePairs<'a> {
    fn statistics(&self) -> usize {
        self.alphas.len() + 1
    }

    fn blank(&self) -> PairState {
        let statistics = self.statistics();
        PairState {
            alignment: vec![Moments::default(); self.alphas.len()],
            histogram: vec![0; DISTANCE_BINS],
            touching: vec![(0, 0.0); self.group_count],
            touching_alignment: vec![vec![0.0; self.group_count]; self.alphas.len()],
            squares: vec![Moments::default(); statistics],
            apart: vec![Moments::default(); statistics],
            ..PairState::default()
        }
    }

    fn visit(&self) -> Visit {
        Visit {
            state: self.blank(),
            last: Vec::new(),
            units: Vec::new(),
            sums: Vec::new(),
        }
    }

    /// Takes in a pair at squared distance `square` that is listed `times` times.
    fn pair(&self, visit: &mut Visit, (i, j): (u32, u32), times: u32, square: f64) {
        let Visit { state, last, .. } = visit;
        last.clear();
        let times = u64::from(times);
        let weight = times as f64;
        let distance = square.sqrt();
        let (g, h) = (
            self.groups.0[i as usize] as usize,
            self.groups.1[j as usize] as usize,
        );
        let (u, v) = (self.units.a[i as usize], self.units.b[j as usize]);
        let mut statistic = |k: usize, value: f64, moments: &mut Moments| {
            moments.add_times(value, times);
            state.squares[k].add_times(value, times * times);
            if u != v {
                state.apart[k].add_times(value, times * times);
            }
            last.push(weight * value);
        };
        for (k, &alpha) in self.alphas.iter().enumerate() {
            let value = if alpha == 2.0 {
                square
            } else if alpha == 1.0 {
                distance
            } else {
                distance.powf(alpha)
            };
            statistic(k, value, &mut state.alignment[k]);
            let touching = &mut state.touching_alignment[k];
            touching[g] += weight * value;
            if h != g {
                touching[h] += weight * value;
            }
        }
        let cosine = 1.0 - square / 2.0;
        statistic(self.alphas.len(), cosine, &mut state.cosine);
        last.push(weight);
        state.distance.add_times(distance, times);
        let bin = (distance / 2.0 * DISTANCE_BINS as f64) as usize;
        state.histogram[bin.min(DISTANCE_BINS - 1)] += times;
        state.distinct += 1;
        for group in [Some(g), (h != g).then_some(h)].into_iter().flatten() {
            state.touching[group].0 += times;
            state.touching[group].1 += weight * cosine;
        }
    }

    /// Tasks in parallel; what they found is added in their order, so that sums do not depend on threads.
    fn tasks<S>(
        &self,
        count: usize,
        scratch: impl Fn() -> S + Sync,
        task: impl Fn(&mut S, usize) -> Visit + Sync,
    ) -> Result<PairState, Cancelled> {
        let statistics = self.statistics();
        let mut whole = PairState {
            by_unit: vec![vec![0.0; self.units.count]; statistics],
            unit_pairs: vec![0.0; self.units.count],
            ..self.blank()
        };
        super::ordered::run(
            count,
            &mut whole,
            self.watch,
            scratch,
            task,
            |whole, visit| {
                let each = visit
                    .units
                    .iter()
                    .zip(visit.sums.chunks_exact(statistics + 1));
                for (&unit, sums) in each {
                    let unit = unit as usize;
                    whole.unit_pairs[unit] += sums[statistics];
                    for (by_unit, sum) in whole.by_unit.iter_mut().zip(sums) {
                        by_unit[unit] += sum;
                    }
                }
                whole.merge(visit.state);
                0
            },
        )?;
        Ok(whole)
    }

    fn listed(&self, list: &Pairs) -> Result<PairState, Cancelled> {
        let (a, b) = self.rows;
        let dim = a.dim();
        let distinct = list.distinct(std::ptr::eq(a, b));
        let chunks: Vec<_> = distinct.chunks(CHUNK).collect();
        self.tasks(
            chunks.len(),
            || (vec![0.0; dim], vec![0.0; dim]),
            |(x, y), id| {
                let mut visit = self.visit();
                for &((i, j), times) in chunks[id] {
                    a.row_f64(i as usize, x);
                    b.row_f64(j as usize, y);
                    self.pair(&mut visit, (i, j), times, squared_distance(x, y));
                    let (u, v) = (self.units.a[i as usize], self.units.b[j as usize]);
                    visit.credit(u);
                    if v != u {
                        visit.credit(v);
                    }
                }
                visit
            },
        )
    }

    fn labelled(&self, classes: &Groups) -> Result<PairState, Cancelled> {
        let rows = self.rows.0;
        let (dim, width) = (rows.dim(), self.statistics() + 1);
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
        self.tasks(
            tasks.len(),
            || (vec![0.0; SQUARE * dim], vec![0.0; SQUARE * dim]),
            |(x, y), id| {
                let (left, right, same) = tasks[id];
                stage(rows, left, x);
                stage(rows, right, y);
                let mut visit = self.visit();
                // Many pairs of few rows: summed here, so that what is added in order is little.
                let unit = |row: &u32| self.units.a[*row as usize];
                let both = left.iter().chain(right);
                visit.units = both.map(unit).collect();
                visit.sums = vec![0.0; (left.len() + right.len()) * width];
                for (p, &i) in left.iter().enumerate() {
                    for (q, &j) in right.iter().enumerate().skip(if same { p + 1 } else { 0 }) {
                        let x = &x[p * dim..(p + 1) * dim];
                        let square = squared_distance(x, &y[q * dim..(q + 1) * dim]);
                        self.pair(&mut visit, (i, j), 1, square);
                        let ends = [Some(p), (unit(&i) != unit(&j)).then_some(left.len() + q)];
                        for end in ends.into_iter().flatten() {
                            let sums = &mut visit.sums[end * width..(end + 1) * width];
                            sums.iter_mut().zip(&visit.last).for_each(|(s, v)| *s += v);
                        }
                    }
                }
                visit
            },
        )
    }
}

fn stage(rows: &UnitRows, members: &[u32], out: &mut [f64]) {
    for (&row, out) in members.iter().zip(out.chunks_exact_mut(rows.dim())) {
        rows.row_f64(row as usize, out);
    }
}

/// sum_k (x_k - y_k)^2 in eight lanes.
pub(super) fn squared_distance(x: &[f64], y: &[f64]) -> f64 {
    in_lanes(x, y, |x, y| (x - y) * (x - y))
}

/// sum_k of(x_k, y_k) in eight lanes.
pub(super) fn in_lanes<T: Copy>(x: &[T], y: &[T], of: impl Fn(T, T) -> f64) -> f64 {
    let ((xs, x_rest), (ys, y_rest)) = (x.as_chunks::<8>(), y.as_chunks::<8>());
    let mut lanes = [0.0; 8];
    for (x, y) in xs.iter().zip(ys) {
        for k in 0..8 {
            lanes[k] += of(x[k], y[k]);
        }
    }
    let rest: f64 = x_rest.iter().zip(y_rest).map(|(x, y)| of(*x, *y)).sum();
    lanes.iter().sum::<f64>() + rest
}
