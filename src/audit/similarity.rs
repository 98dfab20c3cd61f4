//! How alike two models see the same items.

use crate::audit::error::AuditError;
use crate::audit::neighbours::{nearest_items, sampled};
use crate::audit::prepare::Prepared;
use crate::backend::{Backend, on_host};
use crate::metric::{GroupedStatistic, linear_cka};
use crate::num;
use crate::num::pairwise_sum;
use crate::pass::{RowMoments, Watch, pair_cosines, without_each_group};
use crate::result::{Similarity, Stated, overlaps};

/// Items whose neighbourhoods are looked at; more are sampled.
const MOST_ITEMS: usize = 2000;

/// What two models share in a comparison.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Shared {
    /// Seed of the groups that are left out, and of the items that are sampled.
    pub seed: u64,
    /// Level of the intervals.
    pub confidence: f64,
    /// Neighbours of each item.
    pub neighbours: usize,
}

/// Debiased linear CKA and the overlap of neighbourhoods of two models of the same items (of their first views); for
/// models of one width also the mean cosine of a row with its own in the other model, which rotations do not leave alone.
///
/// Cost: items x (p^2 + q^2 + p q) multiply-adds, twice, and min(items, 2000) x items x (p + q).
///
/// # Errors
/// [`AuditError::Cancelled`].
pub fn similarities(
    (one, other): (&Prepared, &Prepared),
    names: (String, String),
    shared: Shared,
    backend: &dyn Backend,
    watch: &dyn Watch,
) -> Result<Vec<Similarity>, AuditError> {
    let items: Vec<(u32, u32)> = one
        .facts
        .by_item()
        .into_iter()
        .zip(other.facts.by_item())
        .collect();
    let cka = cka((one, other), &items, shared, backend, watch)?;
    let overlap = neighbourhoods((one, other), &items, shared, backend, watch)?;
    let view = if one.b.is_some() || other.b.is_some() {
        ", first views"
    } else {
        ""
    };
    let n = items.len();
    let k = shared.neighbours.min(n.saturating_sub(1));
    let looked = n.min(MOST_ITEMS);
    let of = if looked < n {
        format!("{} sampled of {} items", num::count(looked), num::count(n))
    } else {
        format!("all {} items", num::count(n))
    };
    let entry = |name: &str, stated: Stated, chance, definition| {
        let interval = stated.interval();
        Similarity {
            name: name.to_owned(),
            between: names.clone(),
            value: stated.value,
            se: stated.se,
            interval,
            chance,
            definition,
        }
    };
    let mut out = Vec::new();
    if cka.value.is_finite() {
        let definition =
            format!("debiased linear CKA of unit rows{view}; delete-a-group jackknife");
        out.push(entry("cka", cka, 0.0, definition));
    }
    if overlap.value.is_finite() {
        let definition = format!(
            "share of the {k} nearest rows by cosine that both models agree on, {of}{view}"
        );
        let chance = k as f64 / (n as f64 - 1.0);
        out.push(entry("knn_overlap", overlap, chance, definition));
    }
    if one.a.dim() == other.a.dim() {
        let (cosine, chance) = row_cosine((one, other), &items, shared, backend, watch)?;
        let definition = format!("mean cosine of row i of one with row i of the other{view}");
        out.push(entry("row_cosine", cosine, chance, definition));
    }
    Ok(out)
}

/// Items of each group that is left out: those of the first model's audit.
fn groups(one: &Prepared, items: &[(u32, u32)], seed: u64) -> Vec<Vec<(u32, u32)>> {
    let layout = one.facts.layouts(seed).0;
    let group_of = layout.group_of_rows();
    let mut groups = vec![Vec::new(); layout.group_sizes().len()];
    for &item in items {
        groups[group_of[item.0 as usize] as usize].push(item);
    }
    groups
}

/// The mean cosine of each row with its own, and of rows with those of other items.
fn row_cosine(
    (one, other): (&Prepared, &Prepared),
    items: &[(u32, u32)],
    shared: Shared,
    backend: &dyn Backend,
    watch: &dyn Watch,
) -> Result<(Stated, f64), AuditError> {
    watch.phase("similarity: rows with their own", 0);
    let n = items.len() as f64;
    let sum = |rows| on_host(backend, || RowMoments::sums(rows, watch));
    let (x, y) = (sum(&one.a)?, sum(&other.a)?);
    let mut cosines = vec![0.0; one.a.rows()];
    let own = on_host(backend, || pair_cosines((&one.a, &other.a), items));
    items
        .iter()
        .zip(&own)
        .for_each(|(item, &cosine)| cosines[item.0 as usize] = cosine);
    let total = pairwise_sum(&own);
    let all: f64 = x.x.iter().zip(&y.x).map(|(x, y)| x * y).sum();
    let chance = (all - total) / (n * (n - 1.0));
    let groups = groups(one, items, shared.seed);
    let leave = groups.iter().map(|group| {
        let lost: f64 = group.iter().map(|item| cosines[item.0 as usize]).sum();
        (total - lost) / (n - group.len() as f64)
    });
    let statistic = GroupedStatistic {
        value: total / n,
        leave: leave.collect(),
        sizes: groups.iter().map(Vec::len).collect(),
    };
    Ok((Stated::grouped(&statistic, shared.confidence), chance))
}

fn cka(
    (one, other): (&Prepared, &Prepared),
    items: &[(u32, u32)],
    shared: Shared,
    backend: &dyn Backend,
    watch: &dyn Watch,
) -> Result<Stated, AuditError> {
    watch.phase("similarity: CKA", 0);
    let groups = groups(one, items, shared.seed);
    let (value, leave) = on_host(backend, || {
        without_each_group((&one.a, &other.a), &groups, watch, linear_cka)
    })?;
    let statistic = GroupedStatistic {
        value,
        leave,
        sizes: groups.iter().map(Vec::len).collect(),
    };
    Ok(Stated::grouped(&statistic, shared.confidence))
}

fn neighbourhoods(
    (one, other): (&Prepared, &Prepared),
    items: &[(u32, u32)],
    shared: Shared,
    backend: &dyn Backend,
    watch: &dyn Watch,
) -> Result<Stated, AuditError> {
    let chosen = sampled(items.len(), MOST_ITEMS, shared.seed);
    let k = shared.neighbours.min(items.len().saturating_sub(1)).max(1);
    watch.phase("similarity: neighbourhoods", 2 * chosen.len() as u64);
    // Neighbours as items, so that both lists speak of the same things.
    let (rows, others): (Vec<u32>, Vec<u32>) = items.iter().copied().unzip();
    let a = nearest_items(one, &rows, &chosen, k, backend, watch)?;
    let b = nearest_items(other, &others, &chosen, k, backend, watch)?;
    Ok(overlaps((&a, &b), k, shared.confidence))
}
