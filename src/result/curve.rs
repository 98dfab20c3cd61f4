//! The contrastive loss at a finite number of negatives, and its way to the limit.

use serde::{Deserialize, Serialize};

use super::measure::Side;

/// L(M) for one temperature:
/// E over positive pairs (x, y), and M negatives z drawn i.i.d., of
/// -log( e^(x.y/tau) / (e^(x.y/tau) + sum_m e^(x.z_m/tau)) ).
///
/// The anchor is x. With one view each pair counts twice, either row being the anchor once; with two views x is the row of
/// the first, y and the negatives are rows of the second. Neither x nor its positive is ever a negative of x.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LossCurve {
    /// Temperature.
    pub tau: f64,
    /// Which pairs: `a` with one view, `cross` with two.
    pub side: Side,
    /// What the negatives are drawn from, each draw independent of the others and with replacement: `all rows but the anchor
    /// and its positive` (one view), `the rows of the second view but the anchor's positives`, or `the rows of other items`
    /// where rows come in items.
    #[serde(default)]
    pub drawn_from: String,
    /// lim L(M) - log M over the same pairs and negatives: contrastive_limit with its anchors weighted by their pairs, and,
    /// with one view whose rows do not come in items, without the pair's own positive among what the anchor sees.
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
    /// How fast the distance to the limit falls; none for fewer than two points that have one.
    #[serde(default)]
    pub slope: Option<Slope>,
    /// One for each number of negatives, ascending.
    pub points: Vec<LossPoint>,
}

impl LossCurve {
    /// Whether the pair's own positive is left out of a limit that contrastive_limit takes with it.
    pub fn without_own_positive(&self) -> bool {
        self.drawn_from == ALL_BUT_OWN
    }
}

/// What negatives of one view are drawn from.
pub const ALL_BUT_OWN: &str = "all rows but the anchor and its positive";

/// Slope of log |L(M) - log M - limit| on log M by least squares, over the points of the last two decades of M that are
/// [apart](LossPoint::is_apart) from the limit: -1 where the second order decides, -1/2 is what Theorem 1 promises.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Slope {
    /// The slope.
    pub value: f64,
    /// The fewest negatives of these points.
    pub from: u64,
    /// The most.
    pub to: u64,
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
    /// What the deviation cannot exceed on either side by the proof of Theorem 1, of order M^(-1/2); none in results of
    /// versions that did not give it.
    #[serde(default)]
    pub within: Option<f64>,
    /// Whether the bounds say no more than that every cosine lies in [-1, 1]: they are at least 2/tau apart.
    pub vacuous: bool,
    /// log(M+1) - L(M): a lower bound of the mutual information of the two members of a pair, in nats.
    pub information: f64,
    /// log(M+1), which the bound cannot pass.
    pub cap: f64,
    /// Within 0.1 nat of the cap: the bound says "at least this", whatever the truth.
    pub saturated: bool,
}

impl LossPoint {
    /// Whether its distance to the limit is one: beyond three Monte Carlo errors, and beyond rounding.
    pub fn is_apart(&self) -> bool {
        self.deviation.abs() > (3.0 * self.se).max(1e-10)
    }
}
