//! One row of the table of metrics.

use super::id::MetricId;
use super::kind::{Blind, Kind, Place};
use super::side::Side;
use super::traits::Traits;

/// Which way a metric gets better.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Smaller is better.
    Lower,
    /// Larger is better.
    Higher,
    /// A description, neither good nor bad by itself.
    Neutral,
}

/// One row of the table. What a row that ends in `..RECALL` does not say is as of that one.
#[derive(Clone, Copy, Debug)]
pub struct MetricSpec {
    /// Identity.
    pub id: MetricId,
    /// The parameters it takes, e.g. `t`, or `tau,M`; none for plain numbers.
    pub param: Option<&'static str>,
    /// What its error says.
    pub kind: Kind,
    /// Which worthless embeddings it takes for good ones.
    pub blind: Blind,
    /// Where reports show it.
    pub place: Place,
    /// The sides that it can have, in the order in which they speak for a model.
    pub sides: &'static [Side],
    /// What it is counted from, and what sets it apart.
    pub traits: Traits,
    /// One sentence: what it measures.
    pub summary: &'static str,
    /// The formula in plain text.
    pub formula: &'static str,
    /// The values it can take.
    pub range: &'static str,
    /// Its value for a perfect encoder, in words and formula.
    pub ideal: &'static str,
    /// Its value for an encoder that maps everything to one point.
    pub collapsed: &'static str,
    /// How to read it: what a high or low value tells, and what to do.
    pub reading: &'static str,
    /// How its standard error is computed.
    pub error: &'static str,
    /// Which way is better.
    pub better: Direction,
    /// Where it comes from.
    pub reference: &'static str,
}

impl MetricSpec {
    /// `uniformity{t}`; the bare name where there is no parameter.
    pub fn label(&self) -> String {
        match self.param {
            Some(param) => format!("{}{{{param}}}", self.id.name()),
            None => self.id.name().to_owned(),
        }
    }
}
