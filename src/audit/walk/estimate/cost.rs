//! What the steps of an estimate cost, and what a budget allows of them.

use crate::audit::over_budget::{OverBudget, duration};
use crate::audit::walk::estimate::searching::Searching;
use crate::kernel::COLUMNS;
use crate::num;

/// Fewest rows seen whole: their spread must be known.
pub(crate) const FEWEST_ROWS: usize = 32;
/// What a budget should be above the forecast, so that it will be accepted.
const ROOM: f64 = 1.2;

/// Seconds of each step of an estimate.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Cost {
    /// Reading all rows once.
    pub(crate) reading: f64,
    /// Means of rows, and listed positive pairs.
    pub(crate) linear: f64,
    /// Positive pairs of labels.
    pub(crate) labels: f64,
    /// A round of blocks; none where no blocks suit the rows.
    pub(crate) round: Option<f64>,
    /// Looking at what was seen, twice, and measuring.
    pub(crate) measuring: f64,
    /// The fewest whole rows.
    pub(crate) rows: f64,
    /// Queries against all rows, where an estimate searches.
    pub(crate) searching: Searching,
}

impl Cost {
    /// What takes as long whether pairs are walked all or in part.
    fn fixed(&self) -> f64 {
        self.linear + self.labels
    }

    /// Of an exact audit whose pass takes this long, once the rows are read.
    pub(crate) fn exact(&self, pass: f64) -> f64 {
        self.fixed() + pass
    }

    /// From the first block on, with the fewest whole rows where those are needed.
    pub(crate) fn walk(&self, whole_rows: bool) -> f64 {
        let rows = if whole_rows { self.rows } else { 0.0 };
        self.round.unwrap_or_default() + self.measuring + rows
    }

    /// Of the least estimate, once the rows are read; none where no blocks suit them.
    pub(crate) fn least(&self) -> Option<f64> {
        let searching = self.searching.least();
        self.round
            .map(|_| self.fixed() + searching + self.walk(true))
    }

    /// The budget that something should have which takes `seconds` once the rows are read.
    pub(crate) fn budget(&self, seconds: f64) -> f64 {
        ROOM * (self.reading + seconds)
    }

    /// Share of all pairs that a budget sees.
    pub(crate) fn share(&self, budget: f64, rows: usize) -> f64 {
        let left = budget - self.reading - self.fixed() - self.measuring;
        let left = left - self.searching.share(left);
        let rounds = (left / self.round.unwrap_or(f64::INFINITY)).max(1.0);
        (rounds * 2.0 * COLUMNS as f64 / rows as f64).min(1.0)
    }
}

/// Before the means: `spent` seconds have gone by, and the exact audit takes `exact` more.
pub(crate) fn over_budget(
    budget: f64,
    spent: f64,
    cost: &Cost,
    exact: f64,
    labels: u64,
) -> OverBudget {
    let listed = if labels > 0 {
        format!(
            ", {labels} positive pairs of labels {}",
            duration(cost.labels)
        )
    } else {
        String::new()
    };
    let searching = match cost.searching.fewest {
        0 => String::new(),
        queries => format!(
            "{} queries {}, ",
            num::count(queries),
            duration(cost.searching.least())
        ),
    };
    let part = cost.least().filter(|least| *least < exact);
    let takes = match part.zip(cost.round) {
        Some((least, round)) => format!(
            "the least estimate of these rows takes about {} here (reading {}, row means and listed pairs {}{listed}, \
             {searching}one round of blocks {}, whole rows {}, measuring {}), and all pairs {}",
            duration(spent + least),
            duration(spent),
            duration(cost.linear),
            duration(round),
            duration(cost.rows),
            duration(cost.measuring),
            duration(spent + exact),
        ),
        None => format!(
            "all pairs take about {} here (reading {}, row means and listed pairs {}{listed}), and an estimate takes \
             no less",
            duration(spent + exact),
            duration(spent),
            duration(cost.linear),
        ),
    };
    OverBudget {
        budget,
        least: ROOM * (spent + part.unwrap_or(exact)),
        takes,
        instead: if cost.labels > budget / 2.0 {
            ", or list a random sample of the positive pairs with --pairs"
        } else {
            ", or fewer rows"
        },
    }
}

/// Before the first block: `spent` seconds have gone by, more than was forecast, and `rest` are needed.
pub(crate) fn late(budget: f64, spent: f64, rest: f64) -> OverBudget {
    OverBudget {
        budget,
        least: ROOM * (spent + rest),
        takes: format!(
            "reading the rows, their means and the positive pairs took {}, and the least estimate takes about {} more",
            duration(spent),
            duration(rest)
        ),
        instead: ", or fewer rows",
    }
}
