//! The logarithm of the mean potential, group by group: what Jensen's inequality puts above the uniform term.

use super::GroupedStatistic;
use crate::pass::RowSums;

/// log of the mean over anchors i, with equal weight, of their mean e^(c s_ij) over negatives j; arguments and cost as
/// of [`uniform_term`](super::uniform_term), which is its lower bound. With c = 2t it is uniformity{t} + 2t wherever
/// every anchor has as many negatives.
pub fn potential(
    sums: &RowSums,
    k: usize,
    anchor_groups: &[u32],
    sizes: &[usize],
    negatives: impl Fn(Option<usize>) -> Vec<f64>,
) -> GroupedStatistic {
    let groups = sizes.len();
    let anchors = |without: Option<usize>| {
        let counts = negatives(without);
        let kept = sums.order().iter().enumerate();
        kept.map(|(at, &row)| (at, row as usize))
            .filter(|&(_, i)| without != Some(anchor_groups[i] as usize))
            .map(|(at, i)| (at, counts[i]))
            .filter(|&(_, count)| count > 0.0)
            .collect::<Vec<_>>()
    };
    let log_mean = |without: Option<usize>| {
        let anchors = anchors(without);
        let of_group = |g: usize| {
            let values = sums.group(k, g);
            let means: Vec<f64> = anchors.iter().map(|&(at, n)| values[at] / n).collect();
            crate::num::pairwise_sum(&means)
        };
        let total: f64 = (0..groups)
            .filter(|&g| without != Some(g))
            .map(of_group)
            .sum();
        (total / anchors.len() as f64).ln()
    };
    GroupedStatistic {
        value: log_mean(None),
        leave: (0..groups).map(|g| log_mean(Some(g))).collect(),
        sizes: sizes.to_vec(),
    }
}
