//! What queries cost, and how many of them a budget allows.

use std::time::Instant;

use crate::audit::ask::{Effort, QueryChoice, USUAL};
use crate::audit::error::AuditError;
use crate::audit::prepare::Prepared;
use crate::audit::read::found::Frame;
use crate::audit::states::searched::Asked;
use crate::audit::walk::queries::Draw;
use crate::backend::Backend;
use crate::num::plain;
use crate::pass::NoWatch;

/// Fewest queries of each view: a recall has an error of at most 0.05 then.
const FEWEST: usize = 100;
/// Queries that are timed beside the fewest.
const TIMED: usize = 3 * FEWEST;
/// Share of what a budget leaves that queries take; pairs have the rest.
const SHARE: f64 = 1.0 / 3.0;

/// Seconds of a walk of queries.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Searching {
    /// However many queries there are.
    beside: f64,
    /// Of one query of each view.
    query: f64,
    /// Queries that there must be.
    pub(crate) fewest: usize,
}

impl Searching {
    /// Of so many rows as `whole` makes of the times of a small and of a larger part of them.
    pub(crate) fn of(
        parts: (&Prepared, &Prepared),
        rows: usize,
        whole: impl Fn(f64, f64) -> f64,
        backend: &dyn Backend,
    ) -> Result<Self, AuditError> {
        let timed = |queries| -> Result<f64, AuditError> {
            let (few, many) = (parts.0.searched_in(queries, backend)?, parts.1);
            Ok(whole(few, many.searched_in(queries, backend)?))
        };
        let (few, many) = (timed(FEWEST)?, timed(TIMED)?);
        let query = (many - few).max(0.0) / (TIMED - FEWEST) as f64;
        let fewest = match parts.1.settings.queries {
            QueryChoice::Auto => FEWEST,
            QueryChoice::All => rows,
            QueryChoice::Sample(count) => count,
        };
        Ok(Self {
            beside: (few - FEWEST as f64 * query).max(0.0),
            query,
            fewest: fewest.min(rows),
        })
    }

    /// Of the fewest queries.
    pub(crate) fn least(self) -> f64 {
        self.beside + self.fewest as f64 * self.query
    }

    /// Whether anything is sought.
    pub(crate) fn is_sought(self) -> bool {
        self.fewest > 0
    }

    /// What queries take of `left` seconds.
    pub(crate) fn share(self, left: f64) -> f64 {
        match self.is_sought() {
            true => self.least().max(SHARE * left),
            false => 0.0,
        }
    }

    /// As many queries as `left` seconds allow beside pairs: 1, 2 or 5 times a power of ten, so that audits of models of one
    /// size mostly ask the same.
    fn within(self, left: f64) -> usize {
        let count = ((SHARE * left - self.beside) / self.query.max(1e-12)).max(0.0) as usize;
        round(count).max(self.fewest)
    }
}

/// The largest of 1, 2, 5, 10, 20, 50, ... that is no larger than `count`; 0 for 0.
fn round(count: usize) -> usize {
    let power = 10_usize.pow(count.checked_ilog10().unwrap_or(0));
    let fits = [5, 2, 1].map(|step| step * power);
    fits.into_iter().find(|step| *step <= count).unwrap_or(0)
}

impl Prepared {
    /// The queries of an estimate whose pairs take at least `pairs` seconds, and that `started` then.
    pub(crate) fn draw_of_estimate(
        &self,
        searching: Searching,
        pairs: f64,
        started: Instant,
    ) -> Draw {
        let usual = match self.settings.effort {
            Effort::Seconds(budget) => {
                let left = budget - started.elapsed().as_secs_f64() - pairs;
                let count = searching.within(left);
                (count, format!("budget {} s", plain(budget)))
            }
            Effort::Exact | Effort::MaxError(_) | Effort::Amount { .. } => {
                (USUAL, "auto".to_owned())
            }
        };
        Draw::of_estimate(self.settings.queries, usual)
    }

    /// Seconds that `count` queries of each view take here, with made-up positives.
    fn searched_in(&self, count: usize, backend: &dyn Backend) -> Result<f64, AuditError> {
        let rows = self.a.rows() as u32;
        let positives: Vec<(u32, u32)> = match &self.b {
            Some(b) => (0..rows.min(b.rows() as u32)).map(|k| (k, k)).collect(),
            None => (0..rows / 2).map(|k| (2 * k, 2 * k + 1)).collect(),
        };
        let asked = Asked {
            cosines: vec![0.0; positives.len()],
            positives,
            ..Asked::default()
        };
        let frame = Frame::new(&self.facts, self.facts.layouts(self.settings.seed));
        let draw = Draw::of_estimate(QueryChoice::Sample(count), (count, String::new()));
        let start = Instant::now();
        if let Some(mut queries) = self.drawn(&asked, &frame, &draw) {
            self.search(&mut queries, &frame, backend, &NoWatch)?;
        }
        Ok(start.elapsed().as_secs_f64())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queries_are_round_numbers_that_fit_their_share_of_the_time() {
        for (count, expected) in [(0, 0), (1, 1), (4, 2), (99, 50), (100, 100), (9999, 5000)] {
            assert_eq!(round(count), expected);
        }
        let searching = Searching {
            beside: 1.0,
            query: 0.01,
            fewest: FEWEST,
        };
        assert!((searching.least() - 2.0).abs() < 1e-12);
        // A third of 30 s, less 1 s: 900 queries.
        assert_eq!(searching.within(30.0), 500);
        assert_eq!(searching.within(0.0), FEWEST);
        assert_eq!((searching.share(30.0), searching.share(1.0)), (10.0, 2.0));
        assert_eq!(Searching::default().share(30.0), 0.0);
    }
}
