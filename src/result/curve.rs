//! The contrastive loss at a finite number of negatives, and its way to the limit.

use serde::{Deserialize, Serialize};

use super::measure::Side;

/// L(M) for one temperature:
/// E over positive pairs (x, y), and M negatives z drawn i.i.d., of
/// -log( e^(x.y/tau) / (e^(x.y/tau) + sum_m e^(x.z_m/tau)) ).
///
/// The anchor is x. With one view each pair counts twice, either row being the anchor once; with two views x is the row of
/// the first, y and the negatives are rows of the second. Negatives are those of contrastive_uniform_term on that side.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LossCurve {
    /// Temperature.
    pub tau: f64,
    /// Which pairs: `a` with one view, `cross` with two.
    pub side: Side,
    /// lim L(M) - log M over the same pairs, exactly: contrastive_limit with its anchors weighted by their pairs.
    pub limit: f64,
    /// Rows that are anchors, where contrastive_limit (whose anchors are all rows, once each) is not the limit; none where
    /// it is, as every row is the anchor of equally many pairs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub anchors: Option<u64>,
    /// Sampling error of the data, that of contrastive_limit: what other rows of the same kind would change.
    pub limit_se: Option<f64>,
    /// Positive pairs (with one view: twice their number) that the Monte Carlo mean rests on.
    pub pairs: u64,
    /// Pairs whose anchor's whole row was visited.
    pub visited: u64,
    /// Whether these are all pairs, so that there is no Monte Carlo error.
    pub exact: bool,
    /// Second-order expansion in 1/M; none where e^(2/tau) leaves f64.
    pub second_order: Option<SecondOrder>,
    /// From how many negatives on the loss less log M is within 1 % of its limit, by the second order.
    pub near_limit_from: Option<f64>,
    /// One for each number of negatives, ascending.
    pub points: Vec<LossPoint>,
}

/// L(M) - log M - limit is about (positives - spread / 2) / M for large M.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct SecondOrder {
    /// E P/mu: the positive's weight over the anchor's mean negative weight.
    pub positives: f64,
    /// E Var(Y)/mu^2: how unequal an anchor's negatives are.
    pub spread: f64,
}

impl SecondOrder {
    /// The expansion at M negatives.
    pub fn at(&self, negatives: f64) -> f64 {
        (self.positives - self.spread / 2.0) / negatives
    }
}

/// One M.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct LossPoint {
    /// M.
    pub negatives: u64,
    /// L(M).
    pub loss: f64,
    /// Monte Carlo error of the loss; 0 where all pairs were visited.
    pub se: f64,
    /// L(M) - log M - limit.
    pub deviation: f64,
    /// What the second order says of the deviation.
    pub second_order: Option<f64>,
    /// Lower bound of the deviation for any data.
    pub lower: f64,
    /// Upper bound of the deviation for any data.
    pub upper: f64,
    /// Whether the bounds say no more than that every cosine lies in [-1, 1]: they are at least 2/tau apart.
    pub vacuous: bool,
    /// log(M+1) - L(M): a lower bound of the mutual information of the two members of a pair, in nats.
    pub information: f64,
    /// log(M+1), which the bound cannot pass.
    pub cap: f64,
    /// Within 0.1 nat of the cap: the bound says "at least this", whatever the truth.
    pub saturated: bool,
}
