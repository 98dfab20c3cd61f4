//! uniformity{t} from the pairs in the blocks, with the exact moments of all pairs to lessen its error.

use crate::audit::read::found::Found;
use crate::audit::states::seen::Seen;
use crate::audit::states::walked::Walked;
use crate::estimate::{Control, row_effects};
use crate::num::{Moments, pairwise_sum};
use crate::result::Stated;

/// log mean e^(c s) - c of one side.
#[derive(Clone, Copy)]
pub(crate) struct SeenMean {
    value: f64,
    /// Standard error against the mean over all pairs.
    monte_carlo: f64,
    /// Standard error of the mean over all pairs.
    rows: f64,
}

impl SeenMean {
    pub(crate) fn stated(&self, rows: u64, level: f64) -> Stated {
        let se = self.monte_carlo.hypot(self.rows);
        Stated::over_pairs(self.value, Some(se), rows, level).estimated(self.monte_carlo)
    }

    /// Mean of two views; no correlation of theirs makes its errors larger than the mean of their errors.
    pub(crate) fn mean(&self, other: &Self) -> Self {
        let mean = |a: f64, b: f64| (a + b) / 2.0;
        Self {
            value: mean(self.value, other.value),
            monte_carlo: mean(self.monte_carlo, other.monte_carlo),
            rows: mean(self.rows, other.rows),
        }
    }
}

/// That of the pairs in the blocks.
pub(crate) fn seen_mean(found: &Found<'_>, walked: &Walked, seen: &Seen, c: f64) -> SeenMean {
    let state = &walked.state;
    let place = |c: f64| state.at(c);
    let sums = state.rows.in_order(place(c));
    let counts = seen.rows.counts_in_order(|_| true);
    let met = pairwise_sum(&counts);
    let plain = pairwise_sum(&sums) / met;
    let squares = pairwise_sum(&state.rows.in_order(place(2.0 * c)));
    let variance = (squares / met - plain * plain).max(0.0);

    let potentials: Vec<f64> = seen.pilot.iter().map(|s| (c * s).exp()).collect();
    let control = Control::fit(&potentials, &seen.pilot, seen.mean_square.is_some());
    let pairs = state.pairs as f64;
    let [first, second] = seen.moments.map(|sum| sum / pairs);
    let square = seen.mean_square.unwrap_or(second);
    let shift =
        control.slopes[0] * (first - seen.mean_cosine) + control.slopes[1] * (second - square);
    // What rare near pairs add to the variance a few pilot pairs do not see; nothing explains it.
    let residual = control.residual + (variance - control.variance).max(0.0);
    let (mean, residual) = if plain > shift && residual < variance {
        (plain - shift, residual)
    } else {
        (plain, variance)
    };

    let row_means = means(&sums, &counts);
    let partners = harmonic(&counts);
    let effects = |means: &[f64], partners: f64| row_effects(means, partners, variance);
    let rows = match (&seen.columns, &state.columns) {
        (Some(met), Some(columns)) => {
            let (sums, counts) = (columns.in_order(place(c)), met.counts_in_order(|_| true));
            let column_means = means(&sums, &counts);
            let (row, column) = (
                effects(&row_means, partners),
                effects(&column_means, harmonic(&counts)),
            );
            if found.data.aligned {
                // The effect of an item is that of its row and of its column; two times the larger is more.
                (row.sqrt() + column.sqrt()).powi(2) / row_means.len() as f64
            } else {
                row / row_means.len() as f64 + column / column_means.len() as f64
            }
        }
        _ => 4.0 * effects(&row_means, partners) / row_means.len() as f64,
    };
    let rows = (rows + variance / seen.pairs_all).sqrt() / mean;
    let unseen = seen.unseen(state.pairs);
    let value = mean.ln() - c;
    SeenMean {
        value,
        monte_carlo: (residual / pairs * unseen).sqrt() / mean,
        rows,
    }
}

fn means(sums: &[f64], counts: &[f64]) -> Vec<f64> {
    let rows = sums.iter().zip(counts).filter(|(_, count)| **count > 0.0);
    rows.map(|(sum, count)| sum / count).collect()
}

/// Harmonic mean of the positive ones.
pub(crate) fn harmonic(counts: &[f64]) -> f64 {
    let inverse: Moments = counts
        .iter()
        .filter(|count| **count > 0.0)
        .map(|count| 1.0 / count)
        .collect();
    1.0 / inverse.mean().unwrap_or(f64::NAN)
}
