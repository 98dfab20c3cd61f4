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
//! from the all-pairs pass (less the own positive where the pass has it among the anchor's other rows). Where even the pairs are too many to list, the known part is averaged over a larger sample,
//! less the multiple of z - E z that it follows. Every multiple is fixed before the draw, so the mean has no bias.

use crate::audit::read::found::Found;
use crate::audit::states::anchored::Chosen;
use crate::metric::MetricId;
use crate::num::math::softplus;
use crate::num::{Moments, pairwise_sum};
use crate::result::{ALL_BUT_OWN, LossCurve, LossPoint, Measure, SecondOrder, Side, Slope};
use crate::theory::{loss_bounds, root_bound};

/// How many times what an anchor sees of all its negatives may come from its positive, where that is taken off: sums are
/// those of float64 within 2e-6, so log mu stays within 2e-3.
const HEAVIEST: f64 = 1e3;

/// What the pass knows of every anchor at one temperature.
pub(crate) struct AnchorTerms {
    pub(crate) tau: f64,
    /// log of the mean of Y over the rows that the pass saw, row by row: log mu but for an own positive among them.
    pub(crate) log_means: Vec<f64>,
    /// Var(Y)/mu^2 of the same, row by row; none where e^(2/tau) leaves f64.
    spreads: Option<Vec<f64>>,
    /// How many rows they are, where a pair's own positive is one of them.
    own: Option<Vec<f64>>,
    /// -E z over all pairs.
    limit: f64,
    /// The Monte Carlo error of that, which only own positives of a sample of pairs bring into it.
    limit_mc: f64,
}

/// At every temperature.
pub(crate) fn all_terms(found: &Found<'_>, chosen: &Chosen) -> Vec<AnchorTerms> {
    let taus = found.settings.taus.iter();
    taus.filter_map(|&tau| AnchorTerms::new(found, chosen, tau))
        .collect()
}

impl AnchorTerms {
    pub(crate) fn new(found: &Found<'_>, chosen: &Chosen, tau: f64) -> Option<Self> {
        let walked = found.walked.iter().find(|w| w.side == chosen.side)?;
        let sums = |c: f64| {
            let k = walked.state.position(c)?;
            Some(walked.state.rows.totals(k))
        };
        let counts = found.negatives(chosen.side);
        let own = chosen.own.then(|| counts.clone());
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
        let mut terms = Self {
            tau,
            log_means,
            spreads,
            own,
            limit: pairwise_sum(&logs) / chosen.total as f64 - cosine / tau,
            limit_mc: 0.0,
        };
        if chosen.own {
            let visited = chosen.anchors.iter().zip(&chosen.visited);
            let visited = visited.flat_map(|(&anchor, of)| of.iter().map(move |&s| (anchor, s)));
            let mut all = chosen.pairs.iter().copied().chain(visited);
            if !all.all(|(anchor, s)| terms.is_told(anchor, s)) {
                return None;
            }
            let pairs = chosen.pairs.iter();
            let logs: Vec<f64> = pairs.map(|&(i, s)| terms.others(i, s).0.ln()).collect();
            terms.limit += pairwise_sum(&logs) / logs.len() as f64;
            if !chosen.all {
                terms.limit_mc = error(&logs.into_iter().collect());
            }
        }
        Some(terms)
    }

    /// Whether the rows beside an own positive can be told from the sum over all.
    fn is_told(&self, anchor: u32, cosine: f64) -> bool {
        let (mean, positive) = self.others(anchor, cosine);
        let rest = mean * (self.own.as_ref().map_or(1.0, |n| n[anchor as usize]) - 1.0);
        positive <= HEAVIEST * rest
    }

    /// The mean of Y over the anchor's negatives, over that of the rows the pass saw, and what it is off by: the own
    /// positive's Y over the same, 0 where the pass left it out.
    fn others(&self, anchor: u32, cosine: f64) -> (f64, f64) {
        let Some(counts) = &self.own else {
            return (1.0, 0.0);
        };
        let n = counts[anchor as usize];
        let positive = (cosine / self.tau - self.log_means[anchor as usize]).exp();
        ((n - positive) / (n - 1.0), positive)
    }

    /// s/tau - log mu of a pair.
    fn z(&self, anchor: u32, cosine: f64) -> f64 {
        let (mean, _) = self.others(anchor, cosine);
        cosine / self.tau - self.log_means[anchor as usize] - mean.ln()
    }

    /// Var(Y)/mu^2 of a pair; 0 where it is not known.
    fn spread(&self, anchor: u32, cosine: f64) -> f64 {
        let Some(spreads) = &self.spreads else {
            return 0.0;
        };
        let spread = spreads[anchor as usize];
        let Some(counts) = &self.own else {
            return spread;
        };
        let (n, (mean, positive)) = (counts[anchor as usize], self.others(anchor, cosine));
        let square = (n * (spread + 1.0) - positive * positive) / (n - 1.0);
        (square / (mean * mean) - 1.0).max(0.0)
    }

    /// What is known of a pair without its anchor's row: log(1 + p), and the log-normal guess of the rest.
    fn known(&self, (anchor, cosine): (u32, f64), z: f64, m: f64) -> (f64, f64) {
        let log = log_one_plus(z, m);
        let v = self.spread(anchor, cosine) / m * (-2.0 * log).exp();
        (log, -0.5 * v.ln_1p())
    }
}

/// What negatives are drawn from, in words.
pub(crate) fn drawn_from(found: &Found<'_>, chosen: &Chosen) -> &'static str {
    match (chosen.side, found.data.grouping.is_some()) {
        (Side::Cross, true) => "the rows of the second view of other items",
        (Side::Cross, false) => "the rows of the second view but the anchor's positives",
        (_, true) => "the rows of other items",
        (_, false) => ALL_BUT_OWN,
    }
}

/// One temperature's curve; `deviations` holds E log X for each visited anchor, each of its pairs, each M.
pub(crate) fn average(
    terms: &AnchorTerms,
    (chosen, drawn_from): (&Chosen, &str),
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
    let points: Vec<LossPoint> = negatives
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
        drawn_from: drawn_from.to_owned(),
        limit: terms.limit,
        limit_se: limit_se(measures, terms.tau, chosen.side),
        anchors: chosen.some_anchors,
        pairs: chosen.pairs.len() as u64,
        visited: chosen.visited.iter().map(|pairs| pairs.len() as u64).sum(),
        exact: chosen.exact,
        second_order,
        near_limit_from: near_limit_from(second_order, terms.limit),
        slope: slope(&points),
        points,
    }
}

/// L(M) - log M - limit, and its Monte Carlo error.
fn deviation(
    terms: &AnchorTerms,
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
        .map(|(&pair, &z)| {
            let (one, two) = terms.known(pair, z, m);
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
            let pair = (anchor, cosines[0]);
            let (_, guess) = terms.known(pair, terms.z(anchor, cosines[0]), m);
            deviations[0][k] - guess
        })
        .collect();
    let deviation = known_mean + rest.mean().unwrap_or(0.0);
    (
        deviation,
        known_se.hypot(error(&rest)).hypot(terms.limit_mc),
    )
}

/// log(1 + p) of p = e^z/M, which leaves f64 where e^z does not: at 1/tau beyond 355.
fn log_one_plus(z: f64, m: f64) -> f64 {
    softplus(z - m.ln())
}

fn error(sample: &Moments) -> f64 {
    sample.standard_error().unwrap_or(f64::INFINITY)
}

fn point(
    terms: &AnchorTerms,
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
        within: Some(root_bound(terms.tau, m)),
        vacuous: upper - lower >= 2.0 / terms.tau,
        information: cap - loss,
        cap,
        saturated: loss < 0.1,
    }
}

fn second_order(terms: &AnchorTerms, chosen: &Chosen, zs: &[f64]) -> Option<SecondOrder> {
    let spreads = terms.spreads.as_ref()?;
    let positives: Vec<f64> = zs.iter().map(|z| z.exp()).collect();
    let mean = |values: &[f64], count: f64| pairwise_sum(values) / count;
    let spread = match chosen.own {
        // A pair's own: over the pairs that there are, which may be a sample.
        true => {
            let pairs = chosen.pairs.iter();
            let of: Vec<f64> = pairs.map(|&(i, s)| terms.spread(i, s)).collect();
            mean(&of, of.len() as f64)
        }
        false => {
            let rows = chosen.degrees.iter().zip(spreads);
            let rows = rows.filter(|(degree, _)| **degree > 0);
            let of: Vec<f64> = rows.map(|(&degree, v)| degree as f64 * v).collect();
            mean(&of, chosen.total as f64)
        }
    };
    let order = SecondOrder {
        positives: mean(&positives, positives.len() as f64),
        spread,
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

/// Over the last two decades of M.
fn slope(points: &[LossPoint]) -> Option<Slope> {
    let last = points.last()?.negatives;
    let far = points.iter().filter(|p| p.negatives >= last / 100);
    let far: Vec<&LossPoint> = far.filter(|p| p.is_apart()).collect();
    let (first, last) = (far.first()?, far.last()?);
    let logs = |p: &&LossPoint| ((p.negatives as f64).ln(), p.deviation.abs().ln());
    let logs: Vec<(f64, f64)> = far.iter().map(logs).collect();
    let n = logs.len() as f64;
    let (x, y) = logs
        .iter()
        .fold((0.0, 0.0), |(x, y), at| (x + at.0 / n, y + at.1 / n));
    let across: f64 = logs.iter().map(|at| (at.0 - x).powi(2)).sum();
    let both: f64 = logs.iter().map(|at| (at.0 - x) * (at.1 - y)).sum();
    (across > 0.0).then(|| Slope {
        value: both / across,
        from: first.negatives,
        to: last.negatives,
    })
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
