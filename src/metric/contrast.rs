//! The contrastive loss's limit and its two terms:
//! L_inf = -E s / tau + E_i log mean_{j} e^(s_ij / tau), the limit of InfoNCE with M negatives, less log M.

use crate::estimate::{Grouped, delete_group};
use crate::num::pairwise_sum;
use crate::pass::{PairState, RowSums};

/// A statistic, and the same with each jackknife group of rows left out.
#[derive(Clone, Debug, PartialEq)]
pub struct GroupedStatistic {
    /// On all rows.
    pub value: f64,
    /// Without group g.
    pub leave: Vec<f64>,
    /// Rows in each group.
    pub sizes: Vec<usize>,
}

impl GroupedStatistic {
    /// Delete-a-group jackknife: error, and the value less its bias.
    pub fn jackknife(&self) -> Option<Grouped> {
        delete_group(self.value, &self.leave, &self.sizes)
    }

    /// a·self + b·other, group by group.
    #[must_use]
    pub fn combine(&self, a: f64, other: &Self, b: f64) -> Self {
        Self {
            value: a * self.value + b * other.value,
            leave: self
                .leave
                .iter()
                .zip(&other.leave)
                .map(|(x, y)| a * x + b * y)
                .collect(),
            sizes: self.sizes.clone(),
        }
    }
}

/// mean over anchors i of log mean over negatives j of e^(c s_ij), with c = 1/tau; range [-c, c].
///
/// `k` is the place of c in the sums. `anchor_groups[i]` is the group of anchor i; `negatives(None)` the number of
/// negatives of each anchor, `negatives(Some(g))` the same without group g. Anchors without negatives are left out.
///
/// Cost: rows x groups logarithms.
pub fn uniform_term(
    sums: &RowSums,
    k: usize,
    anchor_groups: &[u32],
    sizes: &[usize],
    negatives: impl Fn(Option<usize>) -> Vec<f64>,
) -> GroupedStatistic {
    let groups = sizes.len();
    let n = sums.rows();
    let mean_log = |totals: &[f64], counts: &[f64], without: Option<u32>| {
        let logs: Vec<f64> = totals
            .iter()
            .zip(sums.order())
            .map(|(total, &row)| (total, row as usize))
            .filter(|(_, i)| Some(anchor_groups[*i]) != without && counts[*i] > 0.0)
            .map(|(total, i)| (total / counts[i]).ln())
            .collect();
        pairwise_sum(&logs) / logs.len() as f64
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
    let value = mean_log(&after[groups], &negatives(None), None);
    let mut before = vec![0.0; n];
    let mut leave = Vec::with_capacity(groups);
    for g in 0..groups {
        after.pop();
        let rest: Vec<f64> = before
            .iter()
            .zip(&after[after.len() - 1])
            .map(|(a, b)| a + b)
            .collect();
        leave.push(mean_log(&rest, &negatives(Some(g)), Some(g as u32)));
        for (sum, v) in before.iter_mut().zip(sums.group(k, g)) {
            *sum += v;
        }
    }
    GroupedStatistic {
        value,
        leave,
        sizes: sizes.to_vec(),
    }
}

/// -E s / tau over positive pairs; without group g: over the pairs that do not touch it.
pub fn alignment_term(state: &PairState, tau: f64, sizes: &[usize]) -> Option<GroupedStatistic> {
    let mean = state.cosine.mean()?;
    let pairs = state.cosine.count();
    let total = mean * pairs as f64;
    let leave = (0..sizes.len())
        .map(|g| {
            let (touching, sum) = state.touching.get(g).copied().unwrap_or_default();
            -(total - sum) / (pairs - touching) as f64 / tau
        })
        .collect();
    Some(GroupedStatistic {
        value: -mean / tau,
        leave,
        sizes: sizes.to_vec(),
    })
}
