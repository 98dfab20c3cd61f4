//! mean log of the mean potential of each row, from a part of its pairs.
//!
//! From n partners in the blocks every row gives a logarithm that is too low by about Var/(2 n mean^2). The jackknife
//! over groups of partners takes that off; how well, two halves of the partners tell. Where the tail of the exponential
//! makes it a bad correction, a few rows seen whole, which have no such bias, have the smaller error and are taken.

use super::Seen;
use super::pair_means::harmonic;
use crate::audit::figure::Sampled;
use crate::audit::found::Found;
use crate::audit::measures::Term;
use crate::audit::model::Side;
use crate::metric::GroupedStatistic;
use crate::num::pairwise_sum;
use crate::pass::GramState;

/// Largest share of rows that may have no partner in one half of the groups.
const LONELY: f64 = 0.01;

/// The term as it was computed from the sums of `state`; where these are those of a part of the pairs, as an estimate
/// of that of all pairs.
pub(in crate::audit) fn estimated_term(
    found: &Found<'_>,
    (side, state): (Side, &GramState),
    (tau, k): (f64, usize),
    statistic: GroupedStatistic,
) -> Term {
    let Some(seen) = found.estimated.and_then(|estimated| estimated.side(side)) else {
        return Term {
            statistic,
            sampled: None,
        };
    };
    let counts = seen.rows.counts(|_| true);
    let limit = unbiased(&statistic, seen, &counts);
    let bias = statistic.value - limit;
    let all = harmonic(&found.all_negatives(side, None));
    let partners = harmonic(&counts);
    let pairs = pair_error(state, k, seen, &counts);
    let doubt = halves(state, k, seen, &counts, statistic.value)
        .map_or(bias.abs(), |other| (other - limit).abs());
    let blocks = pairs.hypot(doubt);

    let place = found.settings.taus.iter().position(|&other| other == tau);
    let whole = seen.full.as_ref().zip(place);
    let whole = whole.and_then(|(full, place)| full.mean(place));
    // What the statistic over all pairs is above or below what it tends to with ever more rows.
    let rest = bias * (partners / all).min(1.0);
    let (value, monte_carlo) = match whole {
        Some((mean, se)) if se < blocks => (mean, se),
        _ => (limit + rest, blocks),
    };
    Term {
        statistic: moved(statistic, value, value - rest),
        sampled: Some(Sampled {
            monte_carlo,
            pairs,
            bias,
        }),
    }
}

/// The value for rows with ever more partners. A row's partners lie in a few groups only, so leaving one of those out
/// takes more of them than the jackknife supposes; by how much it takes off too much, the numbers of partners tell.
fn unbiased(statistic: &GroupedStatistic, seen: &Seen, counts: &[f64]) -> f64 {
    let Some(jackknife) = statistic.jackknife() else {
        return statistic.value;
    };
    let inverse = |counts: &[f64]| 1.0 / harmonic(counts);
    let (groups, whole) = (statistic.sizes.len(), inverse(counts));
    let n: usize = statistic.sizes.iter().sum();
    let excess: f64 = (0..groups)
        .map(|g| {
            let share = statistic.sizes[g] as f64 / n as f64;
            (1.0 - share) * (inverse(&seen.rows.counts(|other| other != g)) / whole - 1.0)
        })
        .sum();
    if excess > 0.0 {
        statistic.value - (statistic.value - jackknife.corrected) / excess
    } else {
        statistic.value
    }
}

/// Standard error that single pairs bring into the mean of logarithms: the spread of a row's means over groups of its
/// partners, relative to its mean.
fn pair_error(state: &GramState, k: usize, seen: &Seen, counts: &[f64]) -> f64 {
    let sums = &state.rows;
    let groups = seen.rows.groups();
    let totals = sums.totals(k);
    let mut spread = vec![0.0; sums.rows()];
    let mut met = vec![0.0_f64; sums.rows()];
    for g in 0..groups {
        let counts_g = seen.rows.counts(|other| other == g);
        for (at, (&row, sum)) in sums.order().iter().zip(sums.group(k, g)).enumerate() {
            let row = row as usize;
            let count = counts_g[row];
            if count > 0.0 {
                let relative = (sum / count) / (totals[row] / counts[row]) - 1.0;
                spread[at] += count * relative * relative;
                met[at] += 1.0;
            }
        }
    }
    let variances: Vec<f64> = spread
        .iter()
        .zip(&met)
        .filter(|(_, met)| **met > 1.0)
        .map(|(spread, met)| spread / (met - 1.0))
        .collect();
    let variance = pairwise_sum(&variances) / variances.len() as f64;
    (variance / state.pairs as f64 * seen.unseen(state.pairs)).sqrt()
}

/// The value for rows with ever more partners, told from two halves of the groups.
fn halves(state: &GramState, k: usize, seen: &Seen, counts: &[f64], value: f64) -> Option<f64> {
    let sums = &state.rows;
    let half = |first: bool| {
        // Neighbours on the ring lie in groups that follow each other: of four, two go to either half.
        let keep = |g: usize| (g % 4 < 2) == first;
        let counts = seen.rows.counts(keep);
        let mut totals = vec![0.0; sums.rows()];
        for g in (0..seen.rows.groups()).filter(|&g| keep(g)) {
            for (total, v) in totals.iter_mut().zip(sums.group(k, g)) {
                *total += v;
            }
        }
        let logs: Vec<f64> = totals
            .iter()
            .zip(sums.order())
            .map(|(total, &row)| (total, counts[row as usize]))
            .filter(|(_, count)| *count > 0.0)
            .map(|(total, count)| (total / count).ln())
            .collect();
        let enough = logs.len() as f64 >= (1.0 - LONELY) * sums.rows() as f64;
        enough.then(|| {
            (
                pairwise_sum(&logs) / logs.len() as f64,
                1.0 / harmonic(&counts),
            )
        })
    };
    let ((one, few), (two, fewer)) = (half(true)?, half(false)?);
    let ratio = (few + fewer) / 2.0 * harmonic(counts) - 1.0;
    let other = value - ((one + two) / 2.0 - value) / ratio;
    (ratio > 0.0 && other.is_finite()).then_some(other)
}

/// The statistic with this value, and this one corrected for its bias; its errors stay.
fn moved(mut statistic: GroupedStatistic, value: f64, corrected: f64) -> GroupedStatistic {
    if let Some(jackknife) = statistic.jackknife() {
        let groups = statistic.sizes.len() as f64;
        let now = jackknife.corrected + groups * (value - statistic.value);
        let shift = (now - corrected) / (groups - 1.0);
        statistic.leave.iter_mut().for_each(|leave| *leave += shift);
    }
    statistic.value = value;
    statistic
}
