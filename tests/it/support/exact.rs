//! The definitions in f64, by loops over pairs that share nothing with the library's pass.

use std::collections::HashSet;

use rayon::prelude::*;

use super::Rows;

/// Each row divided by its norm, in f64.
pub fn unit(rows: &Rows) -> Vec<Vec<f64>> {
    let unit = |row: &Vec<f32>| {
        let row: Vec<f64> = row.iter().copied().map(f64::from).collect();
        let norm = dot(&row, &row).sqrt();
        row.iter().map(|v| v / norm).collect()
    };
    rows.iter().map(unit).collect()
}

fn dot(x: &[f64], y: &[f64]) -> f64 {
    x.iter().zip(y).map(|(x, y)| x * y).sum()
}

/// What one anchor sees: how many rows it is compared with, the sum of their cosines, and for each coefficient
/// the logarithm of the sum of e^(c s).
struct Anchor {
    count: u64,
    cosines: f64,
    logs: Vec<f64>,
}

/// All pairs (row of a, row of b) that count.
pub struct Exact {
    coefficients: Vec<f64>,
    anchors: Vec<Anchor>,
}

impl Exact {
    /// All ordered pairs of different rows.
    pub fn within(rows: &Rows, coefficients: &[f64]) -> Self {
        let rows = unit(rows);
        Self::new(&rows, &rows, |i, j| i != j, coefficients)
    }

    /// Row i of a against every row j != i of b.
    pub fn aligned(a: &Rows, b: &Rows, coefficients: &[f64]) -> Self {
        Self::new(&unit(a), &unit(b), |i, j| i != j, coefficients)
    }

    /// Every row of a against every row of b that is not listed with it.
    pub fn between(a: &Rows, b: &Rows, pairs: &[(usize, usize)], coefficients: &[f64]) -> Self {
        let pairs: HashSet<_> = pairs.iter().copied().collect();
        Self::new(
            &unit(a),
            &unit(b),
            |i, j| !pairs.contains(&(i, j)),
            coefficients,
        )
    }

    fn new(
        a: &[Vec<f64>],
        b: &[Vec<f64>],
        counts: impl Fn(usize, usize) -> bool + Sync,
        coefficients: &[f64],
    ) -> Self {
        let anchor = |i: usize| {
            let cosines: Vec<f64> = (0..b.len())
                .filter(|&j| counts(i, j))
                .map(|j| dot(&a[i], &b[j]))
                .collect();
            let log = |&c: &f64| log_sum_exp(cosines.iter().map(|s| c * s));
            Anchor {
                count: cosines.len() as u64,
                cosines: cosines.iter().sum(),
                logs: coefficients.iter().map(log).collect(),
            }
        };
        Self {
            coefficients: coefficients.to_vec(),
            anchors: (0..a.len()).into_par_iter().map(anchor).collect(),
        }
    }

    fn place(&self, c: f64) -> usize {
        self.coefficients
            .iter()
            .position(|&other| other == c)
            .expect("a coefficient that was asked for")
    }

    fn pairs(&self) -> f64 {
        self.anchors.iter().map(|anchor| anchor.count as f64).sum()
    }

    /// log mean e^(-t ||x - y||^2).
    pub fn uniformity(&self, t: f64) -> f64 {
        let k = self.place(2.0 * t);
        log_sum_exp(self.anchors.iter().map(|anchor| anchor.logs[k])) - self.pairs().ln() - 2.0 * t
    }

    /// mean_i log mean_j e^(s_ij / tau), over the anchors that have any negatives.
    pub fn uniform_term(&self, tau: f64) -> f64 {
        let k = self.place(1.0 / tau);
        let logs: Vec<f64> = self
            .anchors
            .iter()
            .filter(|anchor| anchor.count > 0)
            .map(|anchor| anchor.logs[k] - (anchor.count as f64).ln())
            .collect();
        logs.iter().sum::<f64>() / logs.len() as f64
    }

    pub fn mean_cosine(&self) -> f64 {
        self.anchors
            .iter()
            .map(|anchor| anchor.cosines)
            .sum::<f64>()
            / self.pairs()
    }
}

fn log_sum_exp(terms: impl Iterator<Item = f64> + Clone) -> f64 {
    let top = terms.clone().fold(f64::NEG_INFINITY, f64::max);
    if top == f64::NEG_INFINITY {
        return top;
    }
    top + terms.map(|term| (term - top).exp()).sum::<f64>().ln()
}

/// Distances of positive pairs.
pub fn distances(a: &Rows, b: &Rows, pairs: &[(usize, usize)]) -> Vec<f64> {
    let (a, b) = (unit(a), unit(b));
    let square = |x: &[f64], y: &[f64]| x.iter().zip(y).map(|(x, y)| (x - y).powi(2)).sum::<f64>();
    pairs
        .iter()
        .map(|&(i, j)| square(&a[i], &b[j]).sqrt())
        .collect()
}

/// Mean of `of(distance)` and its sample error.
pub fn mean(distances: &[f64], of: impl Fn(f64) -> f64) -> (f64, f64) {
    let values: Vec<f64> = distances.iter().copied().map(of).collect();
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let squares: f64 = values.iter().map(|v| (v - mean).powi(2)).sum();
    (mean, (squares / (n - 1.0) / n).sqrt())
}

/// sqrt((n-1)/n sum (theta_i - mean)^2) of the values with each row left out.
pub fn jackknife(leave: &[f64]) -> f64 {
    let n = leave.len() as f64;
    let mean = leave.iter().sum::<f64>() / n;
    let squares: f64 = leave.iter().map(|v| (v - mean).powi(2)).sum();
    ((n - 1.0) / n * squares).sqrt()
}

/// The rows whose number is kept.
pub fn only(rows: &Rows, keep: impl Fn(usize) -> bool) -> Rows {
    (0..rows.len())
        .filter(|&i| keep(i))
        .map(|i| rows[i].clone())
        .collect()
}
