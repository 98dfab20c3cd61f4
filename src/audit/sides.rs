//! Which pairs an audit walks: within each view and between them, of which rows, and in which groups.

use super::found::Walked;
use super::prepare::Prepared;
use super::{AuditError, Settings};
use crate::backend::{Backend, on_host};
use crate::data::Positives;
use crate::kernel::Exponents;
use crate::num::Merge;
use crate::pass::{Excluded, GROUPS, GramJob, GramState, Layout, Plan, Watch, gram_between_items};
use crate::result::Side;

/// Rows whose cosine is above 1 - 1e-6 count as duplicates.
pub(super) const DUPLICATE: f64 = 1.0 - 1e-6;

impl Prepared {
    /// One layout for each view; aligned views share one, so that an item is left out on both sides at once.
    /// Others have as many groups as the smaller one can fill: group g of one is left out with group g of the other.
    pub(super) fn layouts(&self, seed: u64) -> (Layout, Layout) {
        let order = || match &self.items {
            Some(items) => items.order.clone(),
            None => (0..self.a.rows() as u32).collect(),
        };
        if let Some(grouping) = &self.grouping {
            let second = self.b.as_ref().filter(|_| !self.aligned).map(|b| {
                let order = (0..b.rows() as u32).collect();
                (order, grouping.of(true))
            });
            return Layout::of_items((order(), grouping.of(false)), second, seed);
        }
        let Some(b) = self.b.as_ref().filter(|_| !self.aligned) else {
            let a = Layout::of_order(order(), GROUPS, seed);
            return (a.clone(), a);
        };
        let groups = GROUPS.min(self.a.rows()).min(b.rows());
        let deal = |rows: usize, seed| Layout::with_groups(rows, groups, seed);
        (
            deal(self.a.rows(), seed),
            deal(b.rows(), seed.wrapping_add(1)),
        )
    }

    /// Positive pairs between two views: they are no negatives of each other.
    pub(super) fn excluded(&self) -> Vec<(u32, u32)> {
        match (&self.positives, &self.b) {
            (Some(Positives::Pairs(pairs)), Some(_)) => {
                let mut list = pairs.list().to_vec();
                list.sort_unstable();
                list.dedup();
                list
            }
            _ => Vec::new(),
        }
    }

    pub(super) fn walk(
        &self,
        settings: &Settings,
        layouts: &(Layout, Layout),
        exponents: &Exponents,
        excluded: &[(u32, u32)],
        backend: &dyn Backend,
        watch: &dyn Watch,
    ) -> Result<Vec<Walked>, AuditError> {
        self.sides(
            settings,
            layouts,
            exponents,
            excluded,
            watch,
            |side, job| {
                Ok(Walked {
                    side,
                    state: between_items(job, self.items_of(side), backend, watch)?,
                })
            },
        )
    }

    /// Items of the rows on either end of a side's pairs, where rows come in items.
    pub(super) fn items_of(&self, side: Side) -> Option<(&[u32], &[u32])> {
        let grouping = self.grouping.as_ref()?;
        let (first, second) = match side {
            Side::B => (true, true),
            Side::Cross => (false, true),
            Side::A | Side::Mean => (false, false),
        };
        Some((grouping.of(first), grouping.of(second)))
    }

    /// Walks each side with `walk`: within each view, then between them.
    pub(super) fn sides<T>(
        &self,
        settings: &Settings,
        layouts: &(Layout, Layout),
        exponents: &Exponents,
        excluded: &[(u32, u32)],
        watch: &dyn Watch,
        mut walk: impl FnMut(Side, GramJob<'_>) -> Result<T, AuditError>,
    ) -> Result<Vec<T>, AuditError> {
        let n = self.a.rows() as u64;
        let within = |n: u64| n * (n - 1) / 2;
        let m = self.b.as_ref().map(|b| b.rows() as u64);
        watch.phase(
            "all pairs",
            within(n) + m.map_or(0, |m| within(m) + n * m - excluded.len() as u64),
        );
        let grouped: Vec<bool> = exponents
            .coefficients()
            .map(|c| {
                let of_pairs = self.grouping.is_some() && settings.ts.iter().any(|t| 2.0 * t == c);
                of_pairs || settings.taus.iter().any(|tau| 1.0 / tau == c)
            })
            .collect();
        let a = (&self.a, &layouts.0);
        let mut sides = vec![(Side::A, a, None)];
        if let Some(b) = &self.b {
            let b = (b, &layouts.1);
            sides.push((Side::B, b, None));
            sides.push((Side::Cross, a, Some(b)));
        }
        let mut walked = Vec::with_capacity(sides.len());
        for (side, a, b) in sides {
            let plan = b.map_or_else(|| Plan::symmetric(a.1), |b| Plan::rectangular(a.1, b.1));
            let job = GramJob {
                a,
                b,
                excluded: Excluded::Pairs(excluded),
                exponents,
                grouped: &grouped,
                histogram: settings.histograms,
                duplicates: b.is_none().then_some(DUPLICATE),
                plan: &plan,
            };
            walked.push(walk(side, job)?);
        }
        Ok(walked)
    }
}

/// Walks all pairs of `job` but those of rows of one item. Items lie in one jackknife group each: the pairs of different
/// groups are walked by `backend`, whatever it is, the others by the processor.
pub(super) fn between_items(
    job: GramJob<'_>,
    items: Option<(&[u32], &[u32])>,
    backend: &dyn Backend,
    watch: &dyn Watch,
) -> Result<GramState, AuditError> {
    let Some(items) = items else {
        return Ok(backend.gram(job, watch)?);
    };
    let columns = job.b.map_or(job.a.1, |(_, layout)| layout);
    let across = job.plan.clone().across_groups(job.a.1, columns);
    let within = job.plan.clone().within_groups(job.a.1, columns);
    let of = |plan| GramJob { plan, ..job };
    let mut state = backend.gram(of(&across), watch)?;
    let kernel = backend.processor();
    state.merge(on_host(backend, || {
        gram_between_items(of(&within), items, kernel, watch)
    })?);
    Ok(state)
}
