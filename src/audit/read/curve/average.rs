//! From what each anchor saw to the loss, its error, and what stands beside it.
//!
//! With p = P/(M mu), z = s/tau - log mu and v = Var(Y)/mu^2 of a pair, the loss is
//!
//! ```text
//! log M - E z + E log(1 + p) + E E log X
//! ```
//!
//! Where there are too many pairs to visit every anchor's row, only the last term is sampled, and of it only what
//! -log(1 + v/(M (1+p)^2)) / 2 leaves (E log X of a log-normal X of that variance): p and v are known for every pair,
//! from the all-pairs pass. Where even the pairs are too many to list, the known part is averaged over a larger sample,
//! less the multiple of z - E z that it follows. Every multiple is fixed before the draw, so the mean has no bias.

use crate::audit::read::found::Found;
use crate::audit::states::anchored::Chosen;
use crate::metric::MetricId;
use crate::num::math::softplus;
use crate::num::{Moments, pairwise_sum};
use crate::result::{LossCurve, LossPoint, Measure, SecondOrder, Side};
use crate::theory::loss_bounds;

/// What the pass knows of every anchor at one temperature.
pub(crate) struct Terms {
    pub(crate) tau: f64,
    /// log mu, row by row.
    pub(crate) log_means: Vec<f64>,
    /// Var(Y)/mu^2, row by row; none where e^(2/tau) leaves f64.
    spreads: Option<Vec<f64>>,
    /// -E z over all pairs.
    limit: f64,
}

/// At every temperature.
pub(crate) fn all_terms(found: &Found<'_>, chosen: &Chosen) -> Vec<Terms> {
    let taus = found.settings.taus.iter();
    taus.filter_map(|&tau| Terms::new(found, chosen, tau))
        .collect()
}

impl Terms {
    pub(crate) fn new(found: &Found<'_>, chosen: &Chosen, tau: f64) -> Option<Self> {
        let walked = found.walked.iter().find(|w| w.side == chosen.side)?;
        let sums = |c: f64| {
            let k = walked.state.position(c)?;
            Some(walked.state.rows.totals(k))
        };
        let counts = found.negatives(chosen.side, None);
        let log_means: Vec<f64> = sums(1.0 / tau)?
            .iter()
            .zip(&counts)
            .map(|(sum, count)| (sum / count).ln())
            .collect();
        let spreads = sums(2.0 / tau).map(|squares| {
            let rows = squares.iter().zip(&counts).zip(&log_means);
            rows.map(|((sum, count), log)| ((sum / count).ln() - 2.0 * log).exp_m1().max(0.0))
                .collect()
        });
        let cosine = if chosen.all {
            let cosines: Vec<f64> = chosen.pairs.iter().map(|pair| pair.1).collect();
            pairwise_sum(&cosines) / cosines.len() as f64
        } else {
            found.positives?.cosine.mean()?
        };
        let logs: Vec<f64> = chosen
            .degrees
            .iter()
            .zip(&log_means)
            .filter(|(degree, _)| **degree > 0)
            .map(|(&degree, log)| degree as f64 * log)
            .collect();
        Some(Self {
            tau,
            log_means,
            spreads,
            limit: pairwise_sum(&logs) / chosen.total as f64 - cosine / tau,
        })
    }

    fn z(&self, anchor: u32, cosine: f64) -> f64 {
        cosine / self.tau - self.log_means[anchor as usize]
    }

    fn spread(&self, anchor: u32) -> f64 {
        self.spreads.as_ref().map_or(0.0, |v| v[anchor as usize])
    }

    /// What is known of a pair without its anchor's row: log(1 + p), and the log-normal guess of the rest.
    fn known(&self, anchor: u32, z: f64, m: f64) -> (f64, f64) {
        let log = log_one_plus(z, m);
        let v = self.spread(anchor) / m * (-2.0 * log).exp();
        (log, -0.5 * v.ln_1p())
    }
}

/// One temperature's curve; `deviations` holds E log X for each visited anchor, each of its pairs, each M.
pub(crate) fn average(
    terms: &Terms,
    chosen: &Chosen,
    negatives: &[u64],
    deviations: &[&[Vec<f64>]],
    measures: &[Measure],
) -> LossCurve {
    let zs: Vec<f64> = chosen
        .pairs
        .iter()
        .map(|&(anchor, s)| terms.z(anchor, s))
        .collect();
    let second_order = second_order(terms, chosen, &zs);
    let points = negatives
        .iter()
        .enumerate()
        .map(|(k, &count)| {
            let (deviation, se) = deviation(terms, chosen, &zs, (k, count as f64), deviations);
            point(terms, count, (deviation, se), second_order)
        })
        .collect();
    LossCurve {
        tau: terms.tau,
        side: chosen.side,
        limit: terms.limit,
        limit_se: limit_se(measures, terms.tau, chosen.side),
        anchors: chosen.some_anchors,
        pairs: chosen.pairs.len() as u64,
        visited: chosen.visited.iter().map(|pairs| pairs.len() as u64).sum(),
        exact: chosen.exact,
        second_order,
        near_limit_from: near_limit_from(second_order, terms.limit),
        points,
    }
}

/// L(M) - log M - limit, and its Monte Carlo error.
fn deviation(
    terms: &Terms,
    chosen: &Chosen,
    zs: &[f64],
    (k, m): (usize, f64),
    deviations: &[&[Vec<f64>]],
) -> (f64, f64) {
    if chosen.exact {
        // The pairs of the visited anchors, one after the other, are the pairs of the list.
        let rest = deviations.iter().flat_map(|pairs| pairs.iter());
        let all: Vec<f64> = rest
            .zip(zs)
            .map(|(rest, &z)| log_one_plus(z, m) + rest[k])
            .collect();
        return (pairwise_sum(&all) / all.len() as f64, 0.0);
    }
    // log(1 + e^z/M) is followed along its tangent at the mean of z.
    let slope = 1.0 / (1.0 + (terms.limit + m.ln()).exp());
    let known: Vec<f64> = chosen
        .pairs
        .iter()
        .zip(zs)
        .map(|(&(anchor, _), &z)| {
            let (one, two) = terms.known(anchor, z, m);
            let tilt = if chosen.all {
                0.0
            } else {
                slope * (z + terms.limit)
            };
            one + two - tilt
        })
        .collect();
    let known_mean = pairwise_sum(&known) / known.len() as f64;
    let known_se = if chosen.all {
        0.0
    } else {
        error(&known.into_iter().collect())
    };
    let rest: Moments = chosen
        .anchors
        .iter()
        .zip(&chosen.visited)
        .zip(deviations)
        .map(|((&anchor, cosines), deviations)| {
            let (_, guess) = terms.known(anchor, terms.z(anchor, cosines[0]), m);
            deviations[0][k] - guess
        })
        .collect();
    let deviation = known_mean + rest.mean().unwrap_or(0.0);
    (deviation, known_se.hypot(error(&rest)))
}

/// log(1 + p) of p = e^z/M, which leaves f64 where e^z does not: at 1/tau beyond 355.
fn log_one_plus(z: f64, m: f64) -> f64 {
    softplus(z - m.ln())
}

fn error(sample: &Moments) -> f64 {
    sample.standard_error().unwrap_or(f64::INFINITY)
}

fn point(
    terms: &Terms,
    count: u64,
    (deviation, se): (f64, f64),
    second_order: Option<SecondOrder>,
) -> LossPoint {
    let m = count as f64;
    let loss = m.ln() + terms.limit + deviation;
    let (lower, upper) = loss_bounds(terms.tau, m);
    let cap = m.ln_1p();
    LossPoint {
        negatives: count,
        loss,
        se,
        deviation,
        second_order: second_order.map(|order| order.at(m)),
        lower,
        upper,
        vacuous: upper - lower >= 2.0 / terms.tau,
        information: cap - loss,
        cap,
        saturated: loss < 0.1,
    }
}

fn second_order(terms: &Terms, chosen: &Chosen, zs: &[f64]) -> Option<SecondOrder> {
    let spreads = terms.spreads.as_ref()?;
    let positives: Vec<f64> = zs.iter().map(|z| z.exp()).collect();
    let spread: Vec<f64> = chosen
        .degrees
        .iter()
        .zip(spreads)
        .filter(|(degree, _)| **degree > 0)
        .map(|(&degree, v)| degree as f64 * v)
        .collect();
    let order = SecondOrder {
        positives: pairwise_sum(&positives) / positives.len() as f64,
        spread: pairwise_sum(&spread) / chosen.total as f64,
    };
    (order.positives.is_finite() && order.spread.is_finite()).then_some(order)
}

/// The M at which the second order is 1 % of the limit. Where its two parts nearly cancel, higher orders decide, and
/// it is not known.
fn near_limit_from(order: Option<SecondOrder>, limit: f64) -> Option<f64> {
    let order = order?;
    let (sum, size) = (order.at(1.0).abs(), order.positives + order.spread / 2.0);
    let from = sum / (0.01 * limit.abs());
    (sum > 0.1 * size && from.is_finite()).then_some(from.max(1.0))
}

fn limit_se(measures: &[Measure], tau: f64, side: Side) -> Option<f64> {
    measures
        .iter()
        .find(|m| {
            m.metric == MetricId::ContrastiveLimit
                && m.side == side
                && m.params.get("tau") == Some(&tau)
        })
        .and_then(|m| m.se)
}
