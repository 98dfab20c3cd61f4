//! The logarithm of the mean potential, group by group: what Jensen's inequality puts above the uniform term.

use super::GroupedStatistic;
use crate::num::pairwise_sum;
use crate::pass::RowSums;

/// log of the mean e^(c s_ij) over all pairs of an anchor i and its negative j, each with equal weight: with c = 2t it is
/// uniformity{t} + 2t. Arguments and cost as of [`uniform_term`](super::uniform_term), which is its lower bound where
/// anchors have equally many negatives.
pub fn potential(
    sums: &RowSums,
    k: usize,
    anchor_groups: &[u32],
    sizes: &[usize],
    negatives: impl Fn(Option<usize>) -> Vec<f64>,
) -> GroupedStatistic {
    let groups = sizes.len();
    // Place of each anchor in the sums, and its number of pairs.
    let anchors = |without: Option<usize>| {
        let counts = negatives(without);
        let kept = sums.order().iter().enumerate();
        kept.map(|(at, &row)| (at, row as usize))
            .filter(|&(_, i)| without != Some(anchor_groups[i] as usize))
            .filter(|&(_, i)| counts[i] > 0.0)
            .map(|(at, i)| (at, counts[i]))
            .collect::<Vec<_>>()
    };
    let log_mean = |without: Option<usize>| {
        let anchors = anchors(without);
        let of_group = |g: usize| {
            let values = sums.group(k, g);
            let sums: Vec<f64> = anchors.iter().map(|&(at, _)| values[at]).collect();
            pairwise_sum(&sums)
        };
        let total: f64 = (0..groups)
            .filter(|&g| without != Some(g))
            .map(of_group)
            .sum();
        let pairs: Vec<f64> = anchors.iter().map(|anchor| anchor.1).collect();
        (total / pairwise_sum(&pairs)).ln()
    };
    GroupedStatistic {
        value: log_mean(None),
        leave: (0..groups).map(|g| log_mean(Some(g))).collect(),
        sizes: sizes.to_vec(),
    }
}
