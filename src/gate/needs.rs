//! What a policy's rules take beside the numbers of every audit.

use super::policy::Policy;
use super::rule::{Bound, Rule};
use crate::metric::{Kind, MetricId};

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

    /// Whether a rule is about a number `of` a kind, such as those that are measured only where they are asked for.
    pub fn needs(&self, of: impl Fn(MetricId) -> bool) -> bool {
        self.rules.iter().any(|rule| of(rule.metric))
    }

    /// Random deals that let every rule on a p-value fail, at its limit over the number of such rules: none is below
    /// 1 / (1 + deals). 0 without such rules.
    pub fn deals(&self) -> usize {
        let limits = self.rules.iter().filter_map(|rule| match rule.bound {
            Bound::AtLeast(limit) => {
                let tests = matches!(rule.metric.spec().kind, Kind::PValue(_));
                (tests && limit > 0.0).then_some(limit)
            }
            _ => None,
        });
        let (count, least) = limits.fold((0.0, f64::INFINITY), |(count, least), limit| {
            (count + 1.0, limit.min(least))
        });
        (count / least).ceil() as usize
    }

    /// Whether a rule is about a number of the candidate and its reference.
    pub fn needs_reference(&self) -> bool {
        let of_reference = |rule: &Rule| rule.metric.spec().kind.of_reference();
        self.rules.iter().any(of_reference)
    }
}
