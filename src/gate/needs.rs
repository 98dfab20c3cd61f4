//! What a policy needs of whoever measures the candidate.

use super::policy::Policy;
use super::rule::Rule;
use crate::metric::Kind;

impl Policy {
    /// Whether a rule asks for a baseline.
    pub fn needs_baseline(&self) -> bool {
        self.rules.iter().any(Rule::needs_baseline)
    }

    /// Whether a rule is about the neighbours that the candidate shares with the baseline.
    pub fn needs_neighbours(&self) -> bool {
        let overlap = |rule: &Rule| rule.metric.spec().kind == Kind::Overlap;
        self.rules.iter().any(overlap)
    }

    /// Whether a rule is about a number that is counted only where an audit is asked to.
    pub fn needs_search(&self) -> bool {
        self.rules.iter().any(|rule| rule.metric.of_search())
    }

    /// Whether a rule is about a number of the candidate and its reference.
    pub fn needs_reference(&self) -> bool {
        let of_reference = |rule: &Rule| rule.metric.spec().kind.of_reference();
        self.rules.iter().any(of_reference)
    }
}
