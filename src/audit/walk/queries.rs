//! Queries that are drawn to search in place of all rows with a positive, and their walk.
//!
//! Each is compared with every row, so that its positions are what a walk over all pairs would count; only which queries
//! there are is left to chance. A rectangle of the sweep does it: the queries, by their jackknife groups, against all rows.

use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64;
use sha2::{Digest, Sha256};

use crate::audit::ask::{MOST_WORK, QueryChoice, Stream, USUAL};
use crate::audit::error::AuditError;
use crate::audit::facts::digest;
use crate::audit::prepare::Prepared;
use crate::audit::read::found::Frame;
use crate::audit::states::queries::{DrawnQueries, Queries};
use crate::audit::states::searched::Asked;
use crate::backend::Backend;
use crate::data::UnitRows;
use crate::kernel::Exponents;
use crate::num;
use crate::pass::{GramJob, Layout, Plan, Search, SearchState, Watch};
use crate::result::{QueriesCard, Side};

/// How many queries of each view are drawn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Draw {
    pub(crate) count: usize,
    /// What was asked for, in words.
    pub(crate) asked: String,
    /// Whether pairs are estimated, too: then all queries are walked as a sample is.
    pub(crate) estimate: bool,
}

impl Draw {
    /// Of an estimate: as many as were asked for, or `usual`.
    pub(crate) fn of_estimate(choice: QueryChoice, usual: (usize, String)) -> Self {
        let (count, asked) = match choice {
            QueryChoice::Auto => usual,
            QueryChoice::All => (usize::MAX, "all queries".to_owned()),
            QueryChoice::Sample(count) => (count, format!("{} queries", num::count(count))),
        };
        Self {
            count,
            asked,
            estimate: true,
        }
    }
}

impl Prepared {
    /// The queries that an audit of all pairs draws; none where all rows with a positive are to search.
    pub(crate) fn draw(&self) -> Option<Draw> {
        let n = self.a.rows() as f64;
        let m = self.b.as_ref().map_or(n, |b| b.rows() as f64);
        let (count, asked) = match self.settings.queries {
            QueryChoice::All => return None,
            QueryChoice::Sample(count) => (count, format!("{} queries", num::count(count))),
            QueryChoice::Auto if n * m * self.a.dim() as f64 > MOST_WORK => {
                (USUAL, "auto".to_owned())
            }
            QueryChoice::Auto => return None,
        };
        Some(Draw {
            count,
            asked,
            estimate: false,
        })
    }

    /// `draw` queries of each view among the rows with a positive, evenly over the jackknife groups, every row with the
    /// same chance: the same items for the same positives, seed and groups. None where all search anyhow, and where fewer
    /// than two rows of a view have a positive.
    pub(crate) fn drawn(&self, asked: &Asked, frame: &Frame, draw: &Draw) -> Option<Queries> {
        let seed = self.settings.seed;
        let natural: Vec<u32> = (0..self.b.as_ref().map_or(0, UnitRows::rows) as u32).collect();
        let by_item = self.facts.by_item();
        let mut searching = vec![SearchedFrom {
            side: Side::A,
            ways: self.b.as_ref().map_or(&[false, true][..], |_| &[false]),
            order: &by_item,
            groups: &frame.groups.0,
            stream: Stream::FirstQueries,
        }];
        if self.b.is_some() {
            // Of aligned views both members of a pair are queries.
            let (order, stream) = match self.facts.aligned {
                true => (&by_item, Stream::FirstQueries),
                false => (&natural, Stream::SecondQueries),
            };
            searching.push(SearchedFrom {
                side: Side::B,
                ways: &[true],
                order,
                groups: &frame.groups.1,
                stream,
            });
        }
        let with_positives: Vec<Vec<u32>> = searching
            .iter()
            .map(|searcher| searcher.candidates(asked))
            .collect();
        let fewest = with_positives.iter().map(Vec::len).min()?;
        let most = with_positives.iter().map(Vec::len).max()?;
        if fewest < 2 || (!draw.estimate && draw.count >= most) {
            return None;
        }
        let mut hash = Sha256::new();
        let mut drawn = Vec::new();
        for (searcher, candidates) in searching.iter().zip(&with_positives) {
            let chosen = searcher.draw(candidates, draw.count, seed);
            hash.update((chosen.len() as u64).to_le_bytes());
            for (rank, row) in (0_u32..).zip(searcher.order) {
                if chosen.binary_search(row).is_ok() {
                    hash.update(rank.to_le_bytes());
                }
            }
            drawn.push(DrawnQueries {
                side: searcher.side,
                asked: searcher.asked(asked, &chosen),
                rows: chosen,
                counted: SearchState::default(),
            });
        }
        let count = |of: &[u32]| of.len() as u64;
        Some(Queries {
            card: QueriesCard {
                asked: draw.asked.clone(),
                sampled: count(&drawn[0].rows),
                of: count(&with_positives[0]),
                sampled_b: drawn.get(1).map(|drawn| count(&drawn.rows)),
                of_b: with_positives.get(1).map(|rows| count(rows)),
                seed,
                digest: digest(hash),
            },
            drawn,
        })
    }

    /// Walks every query against all rows; rows as the search sees them.
    ///
    /// Cost: queries x rows x d multiply-adds of each view, and one reading of all rows for each.
    ///
    /// # Errors
    /// [`AuditError::Data`] of a file that cannot be read again, [`AuditError::Cancelled`].
    pub(crate) fn search(
        &self,
        queries: &mut Queries,
        frame: &Frame,
        backend: &dyn Backend,
        watch: &dyn Watch,
    ) -> Result<(), AuditError> {
        let served = self.served();
        for drawn in &mut queries.drawn {
            drawn.counted = served.counted(drawn, frame, backend, watch)?;
            let (from, to) = served.ends(drawn.side);
            let to = (to, served.groups(drawn.side, frame).1);
            let DrawnQueries { asked, counted, .. } = drawn;
            served.settle((from, to), (asked, counted), true, backend, watch)?;
        }
        Ok(())
    }

    /// Rows that search, and rows that are searched.
    fn ends(&self, side: Side) -> (&UnitRows, &UnitRows) {
        let b = self.b.as_ref().unwrap_or(&self.a);
        match side {
            Side::B => (b, &self.a),
            _ => (&self.a, b),
        }
    }

    /// Jackknife groups of both.
    fn groups<'f>(&self, side: Side, frame: &'f Frame) -> (&'f [u32], &'f [u32]) {
        let (a, b) = (&frame.groups.0, &frame.groups.1);
        match (side, &self.b) {
            (Side::B, _) => (b, a),
            (_, Some(_)) => (a, b),
            (_, None) => (a, a),
        }
    }

    fn counted(
        &self,
        drawn: &DrawnQueries,
        frame: &Frame,
        backend: &dyn Backend,
        watch: &dyn Watch,
    ) -> Result<SearchState, AuditError> {
        let (from, to) = self.ends(drawn.side);
        let (of_from, of_to) = self.groups(drawn.side, frame);
        let count = frame.layouts.0.group_sizes().len();
        let some = from.gather(&drawn.rows)?;
        let of_some = |of: &[u32]| -> Vec<u32> {
            let rows = drawn.rows.iter();
            rows.map(|&row| of[row as usize]).collect()
        };
        let layouts = (
            Layout::of_groups(&of_some(of_from), count),
            Layout::of_groups(of_to, count),
        );
        // Queries are ascending, and so are their places in pairs.
        let mut place = vec![u32::MAX; from.rows()];
        for (at, &row) in (0..).zip(&drawn.rows) {
            place[row as usize] = at;
        }
        let placed = |&(query, row): &(u32, u32)| (place[query as usize], row);
        let positives: Vec<(u32, u32)> = drawn.asked.positives.iter().map(placed).collect();
        // Across views positives are no negatives of each other, and known one by one; within one a row is not compared
        // with itself.
        let itself: Vec<(u32, u32)> = (0..).zip(drawn.rows.iter().copied()).collect();
        let excluded = match self.b {
            Some(_) => &positives,
            None => &itself,
        };
        let items = self.facts.items_of(self.facts.pair_side());
        let items = items.map(|(a, b)| match drawn.side {
            Side::B => (of_some(b), a),
            _ => (of_some(a), b),
        });
        let exponents = Exponents::plan(&[]);
        let plan = Plan::rectangular(&layouts.0, &layouts.1);
        watch.phase("queries", (some.rows() * to.rows() - excluded.len()) as u64);
        let (a, b) = ((&some, &layouts.0), (to, &layouts.1));
        let job = GramJob {
            excluded,
            items: items.as_ref().map(|(a, b)| (&a[..], *b)),
            search: Search {
                positives: &positives,
                cosines: &drawn.asked.cosines,
                nearest: 0,
                // Thresholds are those of the first view's queries.
                cosine_counts: (drawn.side == Side::A).then_some(0),
            },
            ..GramJob::sums(a, Some(b), &exponents, &[], &plan)
        };
        Ok(backend.gram(job, watch)?.state.search)
    }
}

/// A query and its positive, with the cosine and the gain of the two.
struct AskedPair {
    pair: (u32, u32),
    cosine: f64,
    gain: f64,
}

/// Rows of one view that search.
struct SearchedFrom<'a> {
    side: Side,
    /// From which ends of the positives: the first (false), the second (true).
    ways: &'static [bool],
    /// All rows of the view, in an order that is that of the items.
    order: &'a [u32],
    /// Jackknife group of each row.
    groups: &'a [u32],
    stream: Stream,
}

impl SearchedFrom<'_> {
    /// (query, positive) of each positive, from every end that searches, with its cosine and its gain.
    fn listed<'s>(&'s self, asked: &'s Asked) -> impl Iterator<Item = AskedPair> + 's {
        self.ways.iter().flat_map(move |&second| {
            let all = asked.positives.iter().zip(&asked.cosines);
            let ends = move |&(i, j): &(u32, u32)| if second { (j, i) } else { (i, j) };
            all.zip(asked.gains())
                .map(move |((pair, &cosine), gain)| AskedPair {
                    pair: ends(pair),
                    cosine,
                    gain,
                })
        })
    }

    /// Rows with a positive, in the order of the items.
    fn candidates(&self, asked: &Asked) -> Vec<u32> {
        let mut with = vec![false; self.order.len()];
        for listed in self.listed(asked) {
            with[listed.pair.0 as usize] = true;
        }
        let rows = self.order.iter().copied();
        rows.filter(|&row| with[row as usize]).collect()
    }

    /// `count` of the candidates, ascending: from a random start every so many of them, in random order within each group.
    /// Every candidate has the chance count / candidates, and groups have as many queries as their shares are, up to one.
    fn draw(&self, candidates: &[u32], count: usize, seed: u64) -> Vec<u32> {
        let mut rows = candidates.to_vec();
        if count < rows.len() {
            let mut rng = Pcg64::seed_from_u64(self.stream.of(seed));
            rows.shuffle(&mut rng);
            rows.sort_by_key(|&row| self.groups[row as usize]);
            let (start, step) = (rng.random::<f64>(), rows.len() as f64 / count as f64);
            let last = rows.len() - 1;
            let place = |k: usize| (((k as f64 + start) * step) as usize).min(last);
            rows = (0..count).map(|k| rows[place(k)]).collect();
        }
        rows.sort_unstable();
        rows
    }

    /// What these rows ask.
    fn asked(&self, all: &Asked, rows: &[u32]) -> Asked {
        let mine = self.listed(all);
        let mut mine: Vec<AskedPair> = mine
            .filter(|listed| rows.binary_search(&listed.pair.0).is_ok())
            .collect();
        mine.sort_by_key(|listed| listed.pair);
        Asked {
            positives: mine.iter().map(|listed| listed.pair).collect(),
            cosines: mine.iter().map(|listed| listed.cosine).collect(),
            too_many: None,
            gains: if all.gains.is_empty() {
                Vec::new()
            } else {
                mine.iter().map(|listed| listed.gain).collect()
            },
            // Few pairs: all are told apart.
            lowest_bin: 0,
        }
    }
}

#[cfg(test)]
mod tests;
