//! The loss at a finite number of negatives, for one anchor, without drawing any: by its log-Laplace transform.
//!
//! An anchor with positive weight P = e^(s/tau) meets M negatives with weights Y_m, independent draws of its row, of
//! mean mu. With X = (P + sum Y_m) / (P + M mu), whose mean is 1, Frullani's integral gives
//!
//! ```text
//! E log X = int_0^inf (e^-u - E e^(-u X)) du / u,    E e^(-u X) = e^(-w P/mu) psi(w)^M,  u = (M + P/mu) w,
//! ```
//!
//! where psi(w) = E e^(-w Y/mu) is a mean over the anchor's row. In x = log u the integrand is analytic, and decays
//! like u to the left and like an exponential to the right, so the trapezoidal rule converges geometrically: at steps
//! of (log 2)/2 its error is below 1e-12. One row of log psi serves every M and every positive.

use std::f64::consts::{LN_2, SQRT_2};

/// Step of the grid in log w; two steps double w.
const STEP: f64 = LN_2 / 2.0;
/// Left end of the integral over u: the rest is below it.
const LEFT: f64 = 1e-11;
/// Exponents beyond which a term is nothing beside the sum.
const RIGHT: f64 = 36.0;
/// P/(M mu) beyond which the negatives no longer move the loss: second order is exact to rounding there.
const POSITIVE_ALONE: f64 = 1e7;

/// log psi of one anchor's row on a grid.
#[derive(Clone, Debug, PartialEq)]
pub struct LogLaplace {
    first: f64,
    logs: Vec<f64>,
    /// Variance of Y/mu.
    spread: f64,
    /// How many values the row has.
    count: f64,
}

impl LogLaplace {
    /// `atoms` are pairs (count, y): the row's values y = Y/mu >= 0 with how often they occur, whole numbers; they are
    /// scaled to mean 1 here. The grid serves every M from `fewest` to `most`, and P/mu up to `largest_positive`.
    ///
    /// Cost: atoms x nodes multiply-adds; there are about three nodes for each unit of log.
    pub fn new(
        atoms: impl IntoIterator<Item = (f64, f64)>,
        (fewest, most): (u64, u64),
        largest_positive: f64,
    ) -> Self {
        let (counts, mut values): (Vec<f64>, Vec<f64>) = atoms.into_iter().unzip();
        let all: f64 = counts.iter().sum();
        let dot = |x: &[f64], y: &[f64]| x.iter().zip(y).map(|(x, y)| x * y).sum::<f64>();
        let mean = dot(&counts, &values) / all;
        values.iter_mut().for_each(|y| *y /= mean);
        let squares = counts.iter().zip(&values);
        let spread = squares.map(|(k, y)| k * (y - 1.0) * (y - 1.0)).sum::<f64>() / all;

        let least = values.iter().copied().fold(1.0, f64::min).max(1e-300);
        let reach = largest_positive.min(POSITIVE_ALONE * most as f64);
        let first = (LEFT / (most as f64 + reach)).ln();
        let last = (RIGHT / (fewest as f64 * least)).ln();
        let nodes = ((last - first) / STEP).ceil().max(0.0) as usize + 2;

        // e^(-wy) - 1 at doubled w is e (e + 2): exponentials are needed at the first two nodes only.
        let start = |w: f64| -> Vec<f64> { values.iter().map(|y| (-w * y).exp_m1()).collect() };
        let mut phases = [start(first.exp()), start(first.exp() * SQRT_2)];
        // Sums of whole numbers are exact and rounding keeps order, so with every e^(-wy) - 1 at least -1 their sum is at
        // least -`all`, and psi never below 0. Shares of 1, which may add up to more than 1, would not do.
        let logs = (0..nodes)
            .map(|k| (sum_then_double(&counts, &mut phases[k % 2]) / all).ln_1p())
            .collect();
        Self {
            first,
            logs,
            spread,
            count: all,
        }
    }

    /// E log X for M negatives and `positive` = P/mu: how far the loss is from -log(P / (P + M mu)). Never above 0.
    pub fn deviation(&self, negatives: u64, positive: f64) -> f64 {
        let m = negatives as f64;
        if positive > POSITIVE_ALONE * m {
            return -0.5 * m * self.spread / ((m + positive) * (m + positive));
        }
        self.integral(m, positive, |_, log| log)
    }

    /// [`LogLaplace::deviation`] where the positive is one of the row's values and is not drawn: mu is then the mean of the
    /// others, to which the deviation refers; `positive` is still P over the mean of all values, below their number.
    ///
    /// Of psi the positive's own term is taken off; with a share r of the row's sum it costs digits in proportion to
    /// 1/(1 - r).
    pub fn deviation_without_positive(&self, negatives: u64, positive: f64) -> f64 {
        let (m, n) = (negatives as f64, self.count);
        let mean = (n - positive) / (n - 1.0);
        let whole = m * mean + positive;
        if positive > POSITIVE_ALONE * m {
            let square = (n * (self.spread + 1.0) - positive * positive) / (n - 1.0);
            return -0.5 * m * (square - mean * mean).max(0.0) / (whole * whole);
        }
        let without = |w: f64, log: f64| {
            // Rounding may leave less than nothing where all exponentials have died away.
            let rest = (n * log.exp_m1() - (-w * positive).exp_m1()) / (n - 1.0);
            rest.max(-1.0).ln_1p()
        };
        self.integral(m, positive, without) + ((m + positive) / whole).ln()
    }

    /// E log ((P + sum Y) / (P + M mu)) for draws whose log psi is `log(w, that of all values)`.
    fn integral(&self, m: f64, positive: f64, log: impl Fn(f64, f64) -> f64) -> f64 {
        let total: f64 = self
            .logs
            .iter()
            .enumerate()
            .map(|(k, &all)| {
                let w = (self.first + k as f64 * STEP).exp();
                (-(m + positive) * w).exp() - (m * log(w, all) - positive * w).exp()
            })
            .sum();
        STEP * total
    }
}

/// sum_i w_i e_i, and every e_i replaced by e_i (e_i + 2).
fn sum_then_double(weights: &[f64], values: &mut [f64]) -> f64 {
    let ((ws, w_rest), (es, e_rest)) = (weights.as_chunks::<8>(), values.as_chunks_mut::<8>());
    let mut lanes = [0.0; 8];
    for (w, e) in ws.iter().zip(es) {
        for k in 0..8 {
            lanes[k] += w[k] * e[k];
            e[k] *= e[k] + 2.0;
        }
    }
    let mut rest = 0.0;
    for (w, e) in w_rest.iter().zip(e_rest) {
        rest += w * *e;
        *e *= *e + 2.0;
    }
    lanes.iter().sum::<f64>() + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    /// All sequences of M draws from the row.
    fn enumerated(row: &[f64], m: u32, positive: f64) -> f64 {
        let n = row.len();
        let mean = row.iter().sum::<f64>() / n as f64;
        let sequences = n.pow(m);
        let total: f64 = (0..sequences)
            .map(|mut code| {
                let mut sum = positive;
                for _ in 0..m {
                    sum += row[code % n] / mean;
                    code /= n;
                }
                (sum / (f64::from(m) + positive)).ln()
            })
            .sum();
        total / sequences as f64
    }

    #[test]
    fn every_sequence_of_draws_agrees() {
        for (tau, positive) in [
            (0.5, 3.0),
            (0.5, 1e-4),
            (0.07, 1e3),
            (0.07, 1e-6),
            (0.02, 1e12),
        ] {
            let row: Vec<f64> = [0.9, 0.1, -0.4, 0.35, 0.12]
                .iter()
                .map(|s: &f64| (s / tau).exp())
                .collect();
            let atoms = row.iter().map(|&y| (1.0, y));
            let laplace = LogLaplace::new(atoms, (1, 6), positive);
            for m in 1..=6 {
                let (found, expected) = (
                    laplace.deviation(m.into(), positive),
                    enumerated(&row, m, positive),
                );
                assert!(
                    (found - expected).abs() < 1e-10,
                    "tau {tau}, P/mu {positive}, M {m}: {found} and {expected}"
                );
            }
        }
    }

    #[test]
    fn a_positive_of_the_row_that_is_not_drawn_agrees_too() {
        for tau in [0.5, 0.07, 0.05] {
            let cosines: [f64; 5] = [0.9, 0.1, -0.4, 0.35, 0.12];
            let row = cosines.map(|s| (s / tau).exp());
            let mean = row.iter().sum::<f64>() / 5.0;
            let atoms = row.iter().map(|&y| (1.0, y));
            let laplace = LogLaplace::new(atoms, (1, 6), row[0] / mean);
            for own in [0, 3, 4] {
                let rest: Vec<f64> = (0..5).filter(|&k| k != own).map(|k| row[k]).collect();
                let others = rest.iter().sum::<f64>() / 4.0;
                for m in 1..=6 {
                    let found = laplace.deviation_without_positive(m.into(), row[own] / mean);
                    let expected = enumerated(&rest, m, row[own] / others);
                    assert!(
                        (found - expected).abs() < 1e-9,
                        "tau {tau}, own {own}, M {m}: {found} and {expected}"
                    );
                }
            }
        }
    }

    #[test]
    fn equal_negatives_deviate_by_nothing() {
        let laplace = LogLaplace::new([(7.0, 0.3)], (1, 65_536), 20.0);
        for m in [1, 16, 65_536] {
            assert!(laplace.deviation(m, 20.0).abs() < 1e-10);
        }
    }

    #[test]
    fn many_negatives_follow_the_second_order() {
        let row = [0.3, 0.9, 1.1, 1.7];
        let laplace = LogLaplace::new(row.map(|y| (1.0, y)), (1, 10_000_000), 2.0);
        for m in [100_000u64, 10_000_000] {
            let second = -0.5 * laplace.spread / m as f64;
            let found = laplace.deviation(m, 0.0);
            assert!((found - second).abs() < 1e-3 * second.abs() + 2e-11, "{m}");
        }
    }
}
