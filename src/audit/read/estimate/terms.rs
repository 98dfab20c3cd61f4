//! mean log of the mean potential of each row, from a part of its pairs.
//!
//! From n partners in the blocks every row gives a logarithm that is too low by about Var/(2 n mean^2). The jackknife
//! over groups of partners takes that off; how well, two halves of the partners tell. Where the tail of the exponential
//! makes it a bad correction, a few rows seen whole, which have no such bias, have the smaller error and are taken.

use crate::audit::read::estimate::pair_means::harmonic;
use crate::audit::read::found::Found;
use crate::estimate::jackknife_of_pairs;
use crate::metric::{GroupedStatistic, PartialLogs, partial_log_means};
use crate::pass::GramState;
use crate::result::{PairError, Sampled, Side};

/// Share of the variance over partners that is left to single pairs at least.
const LEAST: f64 = 0.2;

/// Share of the bias taken off that may be wrong, at least.
const DOUBT: f64 = 0.2;

/// A term as an estimate of that of all pairs.
pub(crate) struct EstimatedTerm {
    pub(crate) statistic: GroupedStatistic,
    /// The error of single pairs.
    pub(crate) pairs: PairError,
    /// The logarithm of the mean potential.
    pub(crate) potential: GroupedStatistic,
}

/// The term from what was seen of a side; none where that is all pairs.
pub(crate) fn estimated_term(
    found: &Found<'_>,
    (side, state): (Side, &GramState),
    (tau, k): (f64, usize),
    sizes: &[usize],
) -> Option<EstimatedTerm> {
    let seen = found.seen(side)?;
    let logs = partial_log_means(&state.rows, k, &seen.rows, sizes);
    let limit = unbiased(&logs);
    let bias = logs.statistic.value - limit;
    let all = harmonic(&found.negatives(side));
    let variance = pair_variance(&logs, state.columns.is_none());
    let pairs = (variance / state.pairs as f64).sqrt();
    // Where the tail is long the next order is not small, and two halves do not tell how large it is.
    let doubt = from_halves(&logs).map_or(bias.abs(), |other| {
        (2.0 * (other - limit).abs()).max(DOUBT * bias.abs())
    });
    let blocks = (pairs * seen.unseen(state.pairs).sqrt()).hypot(doubt);

    let place = found.settings.taus.iter().position(|&other| other == tau);
    let whole = seen.full.as_ref().zip(place);
    let whole = whole.and_then(|(full, place)| full.mean(place));
    // What the statistic over all pairs is above or below what it tends to with ever more rows.
    let rest = bias * (1.0 / (logs.inverse * all)).min(1.0);
    let (value, monte_carlo, counted) = match whole {
        Some((mean, se)) if se < blocks => (mean, se, 1.0),
        _ => {
            // Taking the bias off has an error of its own, about as large as what the jackknife counts too much.
            let often = jackknife_of_pairs(sizes.len());
            let slack = (1.0 - bias.abs() / pairs).clamp(0.0, 1.0);
            (limit + rest, blocks, (1.0 + (often - 1.0) * slack) / often)
        }
    };
    Some(EstimatedTerm {
        statistic: moved(logs.statistic, value, value - rest),
        pairs: PairError::of_sample(
            pairs * counted.sqrt(),
            (variance / seen.pairs_all).sqrt(),
            sizes.len(),
            Sampled {
                monte_carlo,
                pairs: pairs * counted.sqrt(),
                bias,
            },
        ),
        potential: logs.potential,
    })
}

/// Variance of single pairs. Within one set of rows what all rows have in common with a partner cancels, as every partner
/// is met equally often; it varies about as the means of rows do.
fn pair_variance(logs: &PartialLogs, within: bool) -> f64 {
    let all = logs.pair_variance;
    let partners = logs.row_variance - all * logs.inverse;
    if within {
        (all - partners.max(0.0)).max(LEAST * all)
    } else {
        all
    }
}

/// The value for rows with ever more partners. A row's partners lie in a few groups only, so leaving one of those out
/// takes more of them than the jackknife supposes; by how much it takes off too much, the numbers of partners tell.
fn unbiased(logs: &PartialLogs) -> f64 {
    let statistic = &logs.statistic;
    let Some(jackknife) = statistic.jackknife() else {
        return statistic.value;
    };
    let n: usize = statistic.sizes.iter().sum();
    let excess: f64 = statistic
        .sizes
        .iter()
        .zip(&logs.inverse_without)
        .map(|(&size, inverse)| (1.0 - size as f64 / n as f64) * (inverse / logs.inverse - 1.0))
        .sum();
    if excess > 0.0 {
        statistic.value - (statistic.value - jackknife.corrected) / excess
    } else {
        statistic.value
    }
}

/// The same, told from two halves of the partners.
fn from_halves(logs: &PartialLogs) -> Option<f64> {
    let [(one, few), (two, fewer)] = logs.halves?;
    let ratio = (few + fewer) / 2.0 / logs.inverse - 1.0;
    let value = logs.statistic.value;
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
