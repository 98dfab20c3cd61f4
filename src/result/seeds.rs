//! What encoders of several seeds have in common.

use std::collections::BTreeMap;

use super::zoo::{Member, Zoo};
use crate::num::Moments;
use crate::theory::student_quantile;

/// Means over encoders that differ in their seeds alone.
#[derive(Clone, Debug, PartialEq)]
pub struct SeedMean {
    /// What they were trained for.
    pub objective: String,
    /// How many they are.
    pub seeds: u64,
    /// Mean accuracy.
    pub accuracy: f64,
    /// Half the width of its 95 % interval over seeds, Student's t: training on these items again, on these test items.
    pub reach: f64,
    /// Mean `uniformity{t=2}`.
    pub uniformity: f64,
    /// Mean `alignment{alpha=2}`.
    pub alignment: f64,
}

impl Zoo {
    /// What encoders that differ in their seeds alone have in common, most accurate first; nothing where each objective
    /// has one seed.
    pub fn over_seeds(&self) -> Vec<SeedMean> {
        let mut groups: BTreeMap<(&str, u64), Vec<&Member>> = BTreeMap::new();
        // Marks along one run are no draws of their own.
        for member in self.members.iter().filter(|m| m.along.is_none()) {
            let key = (member.objective.as_str(), member.dim);
            groups.entry(key).or_default().push(member);
        }
        let mut means: Vec<SeedMean> = groups
            .into_iter()
            .filter(|(_, members)| members.len() > 1)
            .filter_map(|((objective, _), members)| {
                let of = |value: fn(&Member) -> f64| -> Moments {
                    members.iter().map(|member| value(member)).collect()
                };
                let shares = of(|member| member.accuracy.map_or(f64::NAN, |a| a.value));
                let reach = student_quantile(0.95, members.len() as f64 - 1.0);
                Some(SeedMean {
                    objective: objective.to_owned(),
                    seeds: members.len() as u64,
                    accuracy: shares.mean()?,
                    reach: reach * shares.standard_error()?,
                    uniformity: of(|member| member.uniformity).mean()?,
                    alignment: of(|member| member.alignment).mean()?,
                })
            })
            .collect();
        means.sort_by(|a, b| b.accuracy.total_cmp(&a.accuracy));
        means
    }
}
