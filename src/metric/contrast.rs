//! The contrastive loss's limit and its two terms:
//! L_inf = -E s / tau + E_i log mean_{j} e^(s_ij / tau), the limit of InfoNCE with M negatives, less log M.

use rayon::prelude::*;

use super::alignment::cosine_by_group;
use super::by_group::GroupedStatistic;
use crate::num::math::sum_of_logs;
use crate::num::pairwise_sum;
use crate::pass::{PairState, RowSums};

/// Anchors that are looked at together: what they meet of each group stays in the second-level cache.
const ANCHORS: usize = 512;

/// mean over anchors i of log mean over negatives j of e^(c s_ij), with c = 1/tau; range [-c, c].
///
/// `k` is the place of c in the sums. `anchor_groups[i]` is the group of anchor i; `negatives[g][i]` the number of its negatives in
/// group g. Anchors without negatives are left out.
///
/// Cost: rows x groups divisions, and a logarithm for 16 of them, on the threads of the current pool.
pub fn uniform_term(
    sums: &RowSums,
    k: usize,
    anchor_groups: &[u32],
    sizes: &[usize],
    negatives: &[Vec<f64>],
) -> GroupedStatistic {
    let starts: Vec<usize> = (0..sums.rows()).step_by(ANCHORS).collect();
    let part = |start: usize| logs_of_anchors(sums, (k, start), anchor_groups, negatives);
    let parts: Vec<Vec<(f64, usize)>> = starts.into_par_iter().map(part).collect();
    let mean = |without: usize| {
        let logs: Vec<f64> = parts.iter().map(|part| part[without].0).collect();
        let count: usize = parts.iter().map(|part| part[without].1).sum();
        pairwise_sum(&logs) / count as f64
    };
    GroupedStatistic {
        value: mean(sizes.len()),
        leave: (0..sizes.len()).map(mean).collect(),
        sizes: sizes.to_vec(),
    }
}

/// Of the anchors at up to [`ANCHORS`] positions from `start` on: the sum of the logs of their means, and how many they are. Without
/// each group and its anchors, and last with all groups.
fn logs_of_anchors(
    sums: &RowSums,
    (k, start): (usize, usize),
    anchor_groups: &[u32],
    negatives: &[Vec<f64>],
) -> Vec<(f64, usize)> {
    let groups = negatives.len();
    let range = start..sums.rows().min(start + ANCHORS);
    let (len, order) = (range.len(), &sums.order()[range.clone()]);
    let met = |g: usize| &sums.group(k, g)[range.clone()];
    let count = |&row: &u32| negatives.iter().map(|of| of[row as usize]).sum();
    let all: Vec<f64> = order.iter().map(count).collect();
    let mut means = Vec::with_capacity(len);
    let mut logs = |totals: &[f64], without: Option<usize>| {
        means.clear();
        for ((total, all), &row) in totals.iter().zip(&all).zip(order) {
            let row = row as usize;
            let left = without.map_or(0.0, |g| negatives[g][row]);
            if all - left > 0.0 && without != Some(anchor_groups[row] as usize) {
                means.push(total / (all - left));
            }
        }
        (sum_of_logs(&means), means.len())
    };
    // Sums over all groups but g, from the groups before and the groups after it: subtracting from the total would
    // lose the digits of rows that one group dominates.
    let mut after = vec![0.0; (groups + 1) * len];
    for g in (0..groups).rev() {
        let (sums, later) = after.split_at_mut((g + 1) * len);
        let later = later.iter().zip(met(g));
        let sums = sums[g * len..].iter_mut().zip(later);
        sums.for_each(|(sum, (later, own))| *sum = later + own);
    }
    let whole = logs(&after[..len], None);
    let mut before = vec![0.0; len];
    let mut out = Vec::with_capacity(groups + 1);
    for g in 0..groups {
        let rest = &mut after[(g + 1) * len..][..len];
        for ((rest, before), own) in rest.iter_mut().zip(&mut before).zip(met(g)) {
            *rest += *before;
            *before += own;
        }
        out.push(logs(rest, Some(g)));
    }
    out.push(whole);
    out
}

/// The uniform term of half the rows among themselves, less its bias: the mean of both halves of the groups.
///
/// None for fewer than three groups in a half.
///
/// Cost: rows x groups x 10 additions, and as above.
pub fn uniform_term_of_half(
    sums: &RowSums,
    k: usize,
    anchor_groups: &[u32],
    sizes: &[usize],
    negatives: &[Vec<f64>],
) -> Option<f64> {
    let term = |kept: &[usize], without: Option<usize>| {
        let kept = || kept.iter().copied().filter(|&g| Some(g) != without);
        let means: Vec<f64> = sums
            .order()
            .iter()
            .enumerate()
            .filter(|(_, row)| kept().any(|g| g == anchor_groups[**row as usize] as usize))
            .filter_map(|(at, &row)| {
                let total: f64 = kept().map(|g| sums.group(k, g)[at]).sum();
                let count: f64 = kept().map(|g| negatives[g][row as usize]).sum();
                (count > 0.0).then(|| total / count)
            })
            .collect();
        sum_of_logs(&means) / means.len() as f64
    };
    let corrected = |parity: usize| {
        let kept: Vec<usize> = (0..sizes.len()).filter(|g| g % 2 == parity).collect();
        let statistic = GroupedStatistic {
            value: term(&kept, None),
            leave: kept.iter().map(|&g| term(&kept, Some(g))).collect(),
            sizes: kept.iter().map(|&g| sizes[g]).collect(),
        };
        statistic.jackknife().map(|jackknife| jackknife.corrected)
    };
    Some((corrected(0)? + corrected(1)?) / 2.0)
}

/// -E s / tau over positive pairs; without group g: over the pairs that do not touch it.
pub fn alignment_term(state: &PairState, tau: f64, sizes: &[usize]) -> Option<GroupedStatistic> {
    let cosine = cosine_by_group(state, sizes)?;
    Some(cosine.combine(-1.0 / tau, &cosine, 0.0))
}
