//! The contrastive loss's limit and its two terms:
//! L_inf = -E s / tau + E_i log mean_{j} e^(s_ij / tau), the limit of InfoNCE with M negatives, less log M.

use super::alignment::cosine_by_group;
use super::by_group::GroupedStatistic;
use crate::num::math::sum_of_logs;
use crate::pass::{PairState, RowSums};

/// mean over anchors i of log mean over negatives j of e^(c s_ij), with c = 1/tau; range [-c, c].
///
/// `k` is the place of c in the sums. `anchor_groups[i]` is the group of anchor i; `negatives(None)` the number of
/// negatives of each anchor, `negatives(Some(g))` the same without group g. Anchors without negatives are left out.
///
/// Cost: rows x groups divisions, and a logarithm for 16 of them.
pub fn uniform_term(
    sums: &RowSums,
    k: usize,
    anchor_groups: &[u32],
    sizes: &[usize],
    negatives: impl Fn(Option<usize>) -> Vec<f64>,
) -> GroupedStatistic {
    let groups = sizes.len();
    let n = sums.rows();
    let mut means = Vec::with_capacity(n);
    let mut mean_log = |totals: &[f64], without: Option<usize>| {
        let counts = negatives(without);
        let rows = totals.iter().zip(sums.order());
        means.clear();
        means.extend(
            rows.map(|(total, &row)| (total, row as usize))
                .filter(|(_, i)| Some(anchor_groups[*i] as usize) != without && counts[*i] > 0.0)
                .map(|(total, i)| total / counts[i]),
        );
        sum_of_logs(&means) / means.len() as f64
    };
    // Sums over all groups but g, from the groups before and the groups after it: subtracting from the total would
    // lose the digits of rows that one group dominates.
    let mut after = vec![vec![0.0; n]];
    for g in (0..groups).rev() {
        let next: Vec<f64> = after[after.len() - 1]
            .iter()
            .zip(sums.group(k, g))
            .map(|(a, b)| a + b)
            .collect();
        after.push(next);
    }
    let value = mean_log(&after[groups], None);
    let mut before = vec![0.0; n];
    let mut leave = Vec::with_capacity(groups);
    for g in 0..groups {
        after.pop();
        let rest = &mut after[groups - 1 - g];
        for ((rest, before), own) in rest.iter_mut().zip(&mut before).zip(sums.group(k, g)) {
            *rest += *before;
            *before += own;
        }
        leave.push(mean_log(rest, Some(g)));
    }
    GroupedStatistic {
        value,
        leave,
        sizes: sizes.to_vec(),
    }
}

/// The uniform term of half the rows among themselves, less its bias: the mean of both halves of the groups.
///
/// `negatives(g)` has the number of negatives of each anchor in group g. None for fewer than three groups in a half.
///
/// Cost: rows x groups x 10 additions, and as above.
pub fn uniform_term_of_half(
    sums: &RowSums,
    k: usize,
    anchor_groups: &[u32],
    sizes: &[usize],
    negatives: impl Fn(usize) -> Vec<f64>,
) -> Option<f64> {
    let counts: Vec<Vec<f64>> = (0..sizes.len()).map(negatives).collect();
    let term = |kept: &[usize], without: Option<usize>| {
        let kept = || kept.iter().copied().filter(|&g| Some(g) != without);
        let means: Vec<f64> = sums
            .order()
            .iter()
            .enumerate()
            .filter(|(_, row)| kept().any(|g| g == anchor_groups[**row as usize] as usize))
            .filter_map(|(at, &row)| {
                let total: f64 = kept().map(|g| sums.group(k, g)[at]).sum();
                let count: f64 = kept().map(|g| counts[g][row as usize]).sum();
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
