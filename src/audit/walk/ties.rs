//! Positives that f32 cannot tell from the rows beside them, placed by f64.
//!
//! A walk counts rows within the error of an f32 product (1.2e-5 at 384 columns) as tied. Where a positive stands among
//! the first, that would be a half hit where there is a whole one, so that kernels and peers differ. Rows near the top are
//! few: they are looked for again, and compared in f64.

use std::collections::BTreeMap;

use crate::audit::error::AuditError;
use crate::audit::prepare::Prepared;
use crate::audit::read::found::Frame;
use crate::audit::states::States;
use crate::audit::states::searched::{Asked, KEPT, Searched};
use crate::backend::{Backend, on_host};
use crate::data::UnitRows;
use crate::kernel::tie_error;
use crate::pass::{Above, InGroup, NearestJob, SearchState, Watch, pair_cosines};
use crate::result::Side;

/// Cosines that f64 cannot tell apart.
const EXACT: f64 = 1e-12;

/// The rows that are above a positive or tied with it.
type Stands = Vec<(u32, Above)>;

/// A positive in doubt: its query, itself, its cosine, and where it stands in the list.
struct Doubt {
    query: u32,
    positive: u32,
    cosine: f64,
    place: usize,
}

impl Prepared {
    /// Tells tied rows apart, where a positive and all that are above it or tied with it are among the 20 nearest of its
    /// query. All others stay as they were counted: far down, or among many alike, the order of a tie is no matter.
    ///
    /// Cost: rows in doubt x rows of the other set x d multiply-adds, and a few f64 cosines.
    ///
    /// # Errors
    /// [`AuditError::Backend`], [`AuditError::Cancelled`].
    pub(crate) fn settle_ties(
        &self,
        states: &mut States,
        backend: &dyn Backend,
        watch: &dyn Watch,
    ) -> Result<(), AuditError> {
        let side = self.facts.pair_side();
        let frame = Frame::of(states);
        let Some(Searched {
            asked, products, ..
        }) = &mut states.searched
        else {
            return Ok(());
        };
        let counts = match products {
            Some(products) => {
                let mut counted = products.counted.iter_mut();
                let found = counted.find(|(of, _)| *of == side);
                found.map(|(_, counts)| counts)
            }
            None => {
                let mut walked = states.walked.iter_mut();
                let found = walked.find(|walked| walked.side == side);
                found.map(|walked| &mut walked.state.search)
            }
        };
        let Some(counts) = counts else {
            return Ok(());
        };
        watch.phase("ties", 0);
        let (of_a, of_b) = match side {
            Side::Cross => (&frame.groups.0, &frame.groups.1),
            _ => (&frame.groups.0, &frame.groups.0),
        };
        let served = self.served();
        let (a, b) = (&served.a, served.b.as_ref().unwrap_or(&served.a));
        self.settle((a, (b, of_b)), (asked, counts), true, backend, watch)?;
        self.settle((b, (a, of_a)), (asked, counts), false, backend, watch)
    }

    /// Of the queries of `from`, whose positives in `to` (and their jackknife groups) are the second of their pairs (`down`),
    /// or the first.
    pub(crate) fn settle(
        &self,
        (from, (to, groups)): (&UnitRows, (&UnitRows, &[u32])),
        (asked, counts): (&Asked, &mut SearchState),
        down: bool,
        backend: &dyn Backend,
        watch: &dyn Watch,
    ) -> Result<(), AuditError> {
        let doubts = doubts(asked, counts, down, self.b.is_some());
        let excluded = |query: u32, row: u32| {
            let pair = if down { (query, row) } else { (row, query) };
            self.b.is_some() && asked.positives.binary_search(&pair).is_ok()
        };
        let found = self.settled((from, to), &doubts, excluded, backend, watch)?;
        let (places, by_group) = match down {
            true => (&mut counts.from_rows, &mut counts.from_rows_by_group),
            false => (&mut counts.from_columns, &mut counts.from_columns_by_group),
        };
        let count = by_group.len() / places.len().max(1);
        for (doubt, stands) in doubts.iter().zip(found) {
            let Some(stands) = stands else {
                continue;
            };
            let in_groups = &mut by_group[doubt.place * count..(doubt.place + 1) * count];
            in_groups.fill(InGroup::default());
            places[doubt.place] = Above::default();
            for (row, one) in stands {
                places[doubt.place] += one;
                in_groups[groups[row as usize] as usize] += InGroup::of(one);
            }
        }
        Ok(())
    }

    /// Of each doubt the rows that are above it or tied with it; none where the nearest do not tell.
    fn settled(
        &self,
        (from, to): (&UnitRows, &UnitRows),
        doubts: &[Doubt],
        excluded: impl Fn(u32, u32) -> bool,
        backend: &dyn Backend,
        watch: &dyn Watch,
    ) -> Result<Vec<Option<Stands>>, AuditError> {
        if doubts.is_empty() {
            return Ok(Vec::new());
        }
        let queries: BTreeMap<u32, usize> = {
            let mut rows: Vec<u32> = doubts.iter().map(|doubt| doubt.query).collect();
            rows.sort_unstable();
            rows.dedup();
            rows.into_iter().zip(0..).collect()
        };
        let rows: Vec<u32> = queries.keys().copied().collect();
        let lists = match self.b {
            None => backend.nearest(NearestJob::Within(from, &rows, KEPT), watch)?,
            Some(_) => {
                // One row is no set of rows.
                let twice = if rows.len() == 1 { 2 } else { 1 };
                let some = from.gather(&rows.repeat(twice))?;
                backend.nearest(NearestJob::Between(&some, to, KEPT), watch)?
            }
        };
        let lists = lists.state.into_lists();
        // What either f32 product may be off by; of rows in the ball, times the length of the query.
        let most = 2.0 * tie_error(from.dim());
        let above = Above { above: 1, tied: 0 };
        let tied = Above { above: 0, tied: 1 };
        let mut out: Vec<Option<Stands>> = vec![None; doubts.len()];
        let (mut close, mut of) = (Vec::new(), Vec::new());
        for (k, doubt) in doubts.iter().enumerate() {
            let list = &lists[queries[&doubt.query]];
            let error = most * from.length(doubt.query as usize);
            let off = |cosine: f32| f64::from(cosine) - doubt.cosine;
            // Where the last that is kept may be tied too, others may be that were not kept.
            let full = list.len() == KEPT;
            if full && list.last().is_some_and(|last| off(last.1) >= -error) {
                continue;
            }
            let mut stands = Vec::new();
            let others = list
                .iter()
                .filter(|(row, _)| *row != doubt.positive && !excluded(doubt.query, *row));
            for &(row, cosine) in others {
                if off(cosine) > error {
                    stands.push((row, above));
                } else if off(cosine) >= -error {
                    close.push((doubt.query, row));
                    of.push(k);
                }
            }
            out[k] = Some(stands);
        }
        let cosines = on_host(backend, || pair_cosines((from, to), &close));
        for ((k, cosine), (_, row)) in of.into_iter().zip(cosines).zip(close) {
            let off = cosine - doubts[k].cosine;
            let exact = EXACT * from.length(doubts[k].query as usize);
            if off >= -exact {
                let stands = out[k].get_or_insert_default();
                stands.push((row, if off > exact { above } else { tied }));
            }
        }
        Ok(out)
    }
}

/// Positives with ties that the nearest rows of their queries can settle: of rows of the first operand (`down`), or of the
/// second.
fn doubts(asked: &Asked, counts: &SearchState, down: bool, two: bool) -> Vec<Doubt> {
    let places = if down {
        &counts.from_rows
    } else {
        &counts.from_columns
    };
    let ends = |(i, j): (u32, u32)| if down { (i, j) } else { (j, i) };
    let mut positives: BTreeMap<u32, u32> = BTreeMap::new();
    if two {
        // Other positives of a query were not counted, and take their places among the nearest.
        for &pair in &asked.positives {
            *positives.entry(ends(pair).0).or_default() += 1;
        }
    }
    let listed = asked.positives.iter().zip(&asked.cosines).zip(places);
    listed
        .enumerate()
        .filter_map(|(place, ((&pair, &cosine), counted))| {
            let (query, positive) = ends(pair);
            let own = positives.get(&query).copied().unwrap_or(1);
            let known = u64::from(counted.above) + u64::from(counted.tied) + u64::from(own);
            (counted.tied > 0 && known <= KEPT as u64).then_some(Doubt {
                query,
                positive,
                cosine,
                place,
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_ties_among_the_nearest_are_in_doubt() {
        let asked = Asked {
            positives: vec![(0, 5), (0, 6), (1, 5), (2, 7)],
            cosines: vec![0.9, 0.8, 0.7, 0.6],
            ..Asked::default()
        };
        let at = |above, tied| Above { above, tied };
        let counts = SearchState {
            from_rows: vec![at(0, 0), at(15, 3), at(15, 5), at(3, 99)],
            from_columns: vec![at(0, 1), at(0, 0), at(17, 2), at(0, 0)],
            ..SearchState::default()
        };
        let places = |down, two| -> Vec<(u32, u32, usize)> {
            let found = doubts(&asked, &counts, down, two);
            found
                .iter()
                .map(|d| (d.query, d.positive, d.place))
                .collect()
        };
        // Row 0 has two positives: 15 + 3 + 2 rows are in a list of 20; 15 + 5 + 1 are not.
        assert_eq!(places(true, true), [(0, 6, 1)]);
        assert_eq!(places(false, true), [(5, 0, 0)]);
        // Within one set other positives are counted already.
        assert_eq!(places(true, false), [(0, 6, 1)]);
        assert_eq!(places(false, false), [(5, 0, 0), (5, 1, 2)]);
    }
}
