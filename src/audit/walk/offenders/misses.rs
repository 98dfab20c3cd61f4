//! Queries that do not find their positives.

use crate::audit::read::offenders::nearest::nearest;
use crate::audit::read::offenders::partners::RowPositives;
use crate::audit::states::States;
use crate::audit::states::offending::{LISTED, ListedPairs, NEAREST, Offending, RowPair};
use crate::backend::{Backend, BackendError, on_host};
use crate::data::UnitRows;
use crate::pass::{Cancelled, NearestJob, Watch, pair_cosines};
use crate::result::Side;

/// Queries of each view: rows of a are sought among those of b and the other way round; within one view among the others.
pub(super) fn misses(
    (a, b): (&UnitRows, Option<&UnitRows>),
    partners: &RowPositives<'_>,
    (states, so_far): (&States, &Offending),
    backend: &dyn Backend,
    watch: &dyn Watch,
) -> Result<Vec<(Side, ListedPairs)>, BackendError> {
    let side = if b.is_some() { Side::Cross } else { Side::A };
    let mut out = Vec::new();
    if let Some(lists) = nearest(&states.walked, &so_far.nearest, side) {
        let queries = Queries {
            queries: a,
            others: b,
            second: false,
        };
        out.push((Side::A, queries.misses(lists, partners, backend, watch)?));
    }
    if let Some(b) = b {
        watch.phase("nearest rows", b.rows() as u64);
        let job = NearestJob::Between(b, a, NEAREST);
        let lists = backend.nearest(job, watch)?.state;
        let queries = Queries {
            queries: b,
            others: Some(a),
            second: true,
        };
        let lists = (0..).zip(lists.lists());
        out.push((Side::B, queries.misses(lists, partners, backend, watch)?));
    }
    Ok(out)
}

/// Who seeks, and where.
struct Queries<'a> {
    queries: &'a UnitRows,
    /// None for the other rows of the same view.
    others: Option<&'a UnitRows>,
    /// Whether the queries are the rows of the second view.
    second: bool,
}

impl Queries<'_> {
    fn misses<'a>(
        &self,
        nearest: impl Iterator<Item = (u32, &'a [(u32, f32)])>,
        partners: &RowPositives<'_>,
        backend: &dyn Backend,
        watch: &dyn Watch,
    ) -> Result<ListedPairs, BackendError> {
        let missing = nearest.filter_map(|(query, list)| {
            let &(instead, cosine) = list.first()?;
            let hit = |(row, _): &(u32, f32)| partners.are(self.second, query, *row);
            let misses = partners.has_any(self.second, query) && !list.iter().any(hit);
            misses.then_some(RowPair {
                row: query,
                other: instead,
                value: f64::from(cosine),
            })
        });
        let mut missing: Vec<RowPair> = missing.collect();
        missing.sort_unstable_by(|x, y| y.value.total_cmp(&x.value).then(x.row.cmp(&y.row)));
        let all = missing.len() as u64;
        missing.truncate(LISTED);
        watch.phase("queries that miss", missing.len() as u64);
        let mut listed = Vec::with_capacity(missing.len());
        for miss in missing {
            let own = partners.of_row(self.second, miss.row);
            let position = on_host(backend, || self.position(miss.row, &own));
            listed.push(RowPair {
                value: position,
                ..miss
            });
            watch.advance(1);
            if watch.cancelled() {
                return Err(Cancelled.into());
            }
        }
        Ok(ListedPairs { all, listed })
    }

    /// 1, and one for each row that is nearer than the nearest of the query's `own`, and a half for each that is as near;
    /// by cosines in f64.
    fn position(&self, query: u32, own: &[u32]) -> f64 {
        let others = self.others.unwrap_or(self.queries);
        let cosines = |rows: &mut dyn Iterator<Item = u32>| {
            let pairs: Vec<(u32, u32)> = rows.map(|row| (query, row)).collect();
            pair_cosines((self.queries, others), &pairs)
        };
        let best = cosines(&mut own.iter().copied());
        let best = best.into_iter().fold(f64::NEG_INFINITY, f64::max);
        let all = 0..others.rows() as u32;
        let itself = |row: &u32| self.others.is_none() && *row == query;
        let all = cosines(&mut all.filter(|row| !itself(row)));
        let above = all.iter().filter(|cosine| **cosine > best).count();
        let level = all.iter().filter(|cosine| **cosine == best).count();
        1.0 + above as f64 + level.saturating_sub(1) as f64 / 2.0
    }
}
