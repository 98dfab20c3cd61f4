//! uniformity{t} = log mean over pairs of e^(-t ||x - y||^2) = log mean of e^(2 t cos) - 2 t.

use std::f64::consts::SQRT_2;

use crate::estimate::{leave_one_out, pair_mean_variance};
use crate::num::pairwise_sum;

/// A statistic, and the same with each row left out.
#[derive(Clone, Debug, PartialEq)]
pub struct Statistic {
    /// On all rows.
    pub value: f64,
    /// Without row i, for each row that can be left out on its own; two lists when the two sides have rows of their
    /// own.
    pub leave: Vec<Vec<f64>>,
    /// Unbiased estimate of the variance, where what it takes was summed; noisy, and negative at times.
    pub unbiased: Option<f64>,
}

impl Statistic {
    /// Leave-one-out jackknife; the variances of independent sides add.
    pub fn jackknife(&self) -> Option<f64> {
        let parts: Option<Vec<f64>> = self
            .leave
            .iter()
            .map(|leave| leave_one_out(leave))
            .collect();
        parts
            .filter(|parts| !parts.is_empty())
            .map(|parts| parts.iter().map(|se| se * se).sum::<f64>().sqrt())
    }

    /// The unbiased error, or the jackknife where there is none.
    ///
    /// The jackknife counts the variance of the pairs themselves twice. Where rows differ little (near uniformity) that
    /// part is all there is: the jackknife is then too wide by sqrt 2, and half its variance is a floor for an
    /// unbiased estimate that chance made too small.
    pub fn se(&self) -> Option<f64> {
        let jackknife = self.jackknife()?;
        Some(match self.unbiased {
            Some(variance) => variance.max(jackknife * jackknife / 2.0).sqrt(),
            None => jackknife,
        })
    }

    /// Mean of two statistics. Where both leave out the same items the error is that of the mean, correlation
    /// included, made smaller as the two sides' own errors are smaller than their jackknives; otherwise it is the
    /// mean of the errors, which no correlation exceeds.
    pub fn mean(&self, other: &Self) -> (f64, Option<f64>) {
        let value = (self.value + other.value) / 2.0;
        let se = match (&self.leave[..], &other.leave[..]) {
            ([a], [b]) if a.len() == b.len() => {
                let mean: Vec<f64> = a.iter().zip(b).map(|(a, b)| (a + b) / 2.0).collect();
                leave_one_out(&mean).map(|se| se * self.share().hypot(other.share()) / SQRT_2)
            }
            _ => self.se().zip(other.se()).map(|(a, b)| (a + b) / 2.0),
        };
        (value, se)
    }

    /// The error over its jackknife, 0.7 to about 1.
    fn share(&self) -> f64 {
        match (self.se(), self.jackknife()) {
            (Some(se), Some(jackknife)) if jackknife > 0.0 => se / jackknife,
            _ => 1.0,
        }
    }
}

/// How many pairs there are, and how many are lost with a row.
#[derive(Clone, Debug, PartialEq)]
pub enum Counts {
    /// All unordered pairs of n rows; row sums hold each pair twice.
    Within(usize),
    /// All pairs (i, j), i != j, between two views of n items; an item is left out on both sides.
    Aligned(usize),
    /// Pairs between rows of a and rows of b, each row with this many partners; rows are left out side by side.
    Between {
        /// Partners of each row of a.
        a: Vec<u64>,
        /// Partners of each row of b.
        b: Vec<u64>,
    },
}

/// log of the mean of e^(c cos) over the pairs, less c. `rows[i]` and `columns[j]` are the sums of row i of a and
/// of row j of b (the same within one set of rows).
///
/// With c = 2t this is uniformity{t}, range [-4t, 0].
pub fn log_mean_exp(rows: &[f64], columns: &[f64], c: f64, counts: &Counts) -> Statistic {
    over_pairs(rows, columns, counts, |mean| mean.ln() - c)
}

/// [`log_mean_exp`] within one set of rows, with the unbiased error that the sums of e^(2c cos) allow.
///
/// The variance of a logarithm is the relative variance of what is under it (delta method).
pub fn log_mean_exp_within(rows: &[f64], squares: Option<&[f64]>, c: f64) -> Statistic {
    let n = rows.len() as f64;
    let pairs = n * (n - 1.0);
    let mean = pairwise_sum(rows) / pairs;
    let unbiased = squares.and_then(|squares| {
        let relative: Vec<f64> = rows.iter().map(|sum| sum / mean).collect();
        let spread = pairwise_sum(squares) / pairs / (mean * mean) - 1.0;
        pair_mean_variance(&relative, spread.max(0.0))
    });
    Statistic {
        unbiased,
        ..log_mean_exp(rows, rows, c, &Counts::Within(rows.len()))
    }
}

/// Variance of the log of the mean potential of one set of rows, without that of single pairs counted twice. `rows[i]`
/// is the sum of row i's potentials, `spread` the variance of single pairs relative to their anchors' means
/// ([`pair_variance`](super::pair_variance)).
///
/// None for fewer than four rows.
pub fn potential_variance(rows: &[f64], spread: f64) -> Option<f64> {
    let n = rows.len() as f64;
    let total = pairwise_sum(rows);
    let relative: Vec<f64> = rows.iter().map(|sum| sum / total * n).collect();
    let squares: Vec<f64> = relative.iter().map(|r| (r - 1.0).powi(2)).collect();
    // Rows and partners have the same effects; what single pairs do to the means of rows is not among them.
    let effects = (pairwise_sum(&squares) / n - spread / (n - 1.0)).max(0.0);
    let sums: Vec<f64> = relative.iter().map(|r| r * (n - 1.0)).collect();
    let unbiased = pair_mean_variance(&sums, spread + 2.0 * effects);
    let whole = log_mean_exp(rows, rows, 0.0, &Counts::Within(rows.len()));
    Statistic { unbiased, ..whole }.se().map(|se| se * se)
}

/// log of the mean of e^(c cos) over all unordered pairs of the rows of two views together, less c. `a[i]` is the sum
/// over all other rows of either view. Where row i of one view and row i of the other are one item, `own[i]` is their
/// own potential, and items are left out whole; otherwise rows are left out one by one.
pub fn pooled_log_mean_exp(a: &[f64], b: &[f64], own: Option<&[f64]>, c: f64) -> Statistic {
    let n = (a.len() + b.len()) as f64;
    let total = (pairwise_sum(a) + pairwise_sum(b)) / 2.0;
    let value = |sum: f64, rows: f64| (2.0 * sum / (rows * (rows - 1.0))).ln() - c;
    let leave = match own {
        Some(own) => {
            let items = a.iter().zip(b).zip(own);
            let without = items.map(|((a, b), own)| value(total - a - b + own, n - 2.0));
            vec![without.collect()]
        }
        None => [a, b]
            .map(|rows| rows.iter().map(|row| value(total - row, n - 1.0)).collect())
            .to_vec(),
    };
    Statistic {
        value: value(total, n),
        leave,
        unbiased: None,
    }
}

/// Mean cosine over the pairs; `rows` and `columns` are sums of cosines.
pub fn mean_cosine(rows: &[f64], columns: &[f64], counts: &Counts) -> Statistic {
    over_pairs(rows, columns, counts, |mean| mean)
}

/// [`mean_cosine`] within one set of rows, with the unbiased error that the variance of single cosines allows.
pub fn mean_cosine_within(rows: &[f64], spread: f64) -> Statistic {
    Statistic {
        unbiased: pair_mean_variance(rows, spread),
        ..mean_cosine(rows, rows, &Counts::Within(rows.len()))
    }
}

fn over_pairs(
    rows: &[f64],
    columns: &[f64],
    counts: &Counts,
    finish: impl Fn(f64) -> f64,
) -> Statistic {
    let total = pairwise_sum(rows);
    match counts {
        Counts::Within(n) | Counts::Aligned(n) => {
            let n = *n as f64;
            let left = (n - 1.0) * (n - 2.0);
            let leave = rows
                .iter()
                .zip(columns)
                .map(|(r, c)| finish((total - r - c) / left))
                .collect();
            Statistic {
                value: finish(total / (n * (n - 1.0))),
                leave: vec![leave],
                unbiased: None,
            }
        }
        Counts::Between { a, b } => {
            let pairs: u64 = a.iter().sum();
            let leave = |sums: &[f64], partners: &[u64]| -> Vec<f64> {
                sums.iter()
                    .zip(partners)
                    .map(|(s, k)| finish((total - s) / (pairs - k) as f64))
                    .collect()
            };
            Statistic {
                value: finish(total / pairs as f64),
                leave: vec![leave(rows, a), leave(columns, b)],
                unbiased: None,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_antipodal_rows_reach_the_bottom() {
        let sums = [(-4.0_f64).exp(); 2];
        let u = log_mean_exp(&sums, &sums, 4.0, &Counts::Within(2));
        assert!((u.value + 8.0).abs() < 1e-12);
        assert_eq!(u.se(), None, "two rows have no jackknife");
    }

    #[test]
    fn the_variance_of_single_pairs_stands_for_their_squares() {
        // Rows without effects: all that varies is single pairs, which the row sums of squares say as well.
        let n = 80;
        let e = |i: usize, j: usize| 1.0 + 0.3 * ((i.min(j) * 31 + i.max(j) * 17) as f64).sin();
        let others = |i: usize| (0..n).filter(move |&j| j != i);
        let sums = |power: i32| -> Vec<f64> {
            let of = |i: usize| others(i).map(|j| e(i, j).powi(power)).sum();
            (0..n).map(of).collect()
        };
        let exact = log_mean_exp_within(&sums(1), Some(&sums(2)), 0.0)
            .se()
            .unwrap();
        let found = potential_variance(&sums(1), 0.3 * 0.3 / 2.0)
            .unwrap()
            .sqrt();
        assert!(
            (found / exact - 1.0).abs() < 0.05,
            "{found} against {exact}"
        );
    }

    #[test]
    fn leaving_out_equals_computing_without() {
        let s = [
            [1.0, 0.3, -0.2, 0.7],
            [0.3, 1.0, 0.1, 0.5],
            [-0.2, 0.1, 1.0, 0.0],
            [0.7, 0.5, 0.0, 1.0],
        ];
        let sums = |rows: &[usize]| -> Vec<f64> {
            rows.iter()
                .map(|&i| {
                    rows.iter()
                        .filter(|&&j| j != i)
                        .map(|&j| (4.0 * f64::from(s[i][j] as f32)).exp())
                        .sum()
                })
                .collect()
        };
        let all = sums(&[0, 1, 2, 3]);
        let u = log_mean_exp(&all, &all, 4.0, &Counts::Within(4));
        for out in 0..4 {
            let rest: Vec<usize> = (0..4).filter(|&i| i != out).collect();
            let sums = sums(&rest);
            let without = log_mean_exp(&sums, &sums, 4.0, &Counts::Within(3));
            assert!((u.leave[0][out] - without.value).abs() < 1e-12);
        }
    }
}
