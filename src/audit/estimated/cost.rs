//! What the least estimate costs here, told before any pair is walked: a small part of the rows goes through the same
//! steps, and the whole takes as much longer as it has more rows.

use std::time::Instant;

use super::effort::Making;
use super::known::Known;
use super::view::Sides;
use crate::audit::prepare::Prepared;
use crate::audit::{AuditError, Settings};
use crate::backend::{Backend, on_host};
use crate::data::{DataError, Groups, Labels, Pairs, Positives, UnitRows};
use crate::kernel::COLUMNS;
use crate::pass::{MeanState, NoWatch, Units, pairs};

/// Fewest rows seen whole: their spread must be known.
pub(super) const FEWEST_ROWS: usize = 32;
/// Rows of the part at least and at most; elsewhere this share of them.
const PART: (usize, usize, usize) = (4096, 32_768, 64);
/// The other part has this share of its rows: what does not grow with the rows shows in the difference.
const SMALLER: usize = 4;
/// How much longer a row takes where the sums of all rows leave the caches.
const BEYOND_CACHES: f64 = 1.3;
/// Rows of one label whose pairs are timed.
const LABELLED: usize = 512;
/// What a budget should be above the forecast, so that it will be accepted.
const ROOM: f64 = 1.2;

/// Seconds of each step of an estimate.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(in crate::audit) struct Cost {
    /// Reading all rows once.
    pub(in crate::audit) reading: f64,
    /// Means of rows, and listed positive pairs.
    linear: f64,
    /// Positive pairs of labels.
    labels: f64,
    /// A round of blocks; none where no blocks suit the rows.
    round: Option<f64>,
    /// Looking at what was seen, twice, and measuring.
    pub(super) measuring: f64,
    /// The fewest whole rows.
    pub(super) rows: f64,
}

impl Cost {
    /// Of `data`, from a part of its rows.
    pub(super) fn of(
        data: &Prepared,
        settings: &Settings,
        backend: &dyn Backend,
    ) -> Result<Self, AuditError> {
        let part = |rows| data.part(rows);
        Self::from_parts(data.a.rows(), data.label_pairs(), part, settings, backend)
    }

    /// Of data with `rows` rows in the first view, of which `part` gives about as many as it is asked for.
    pub(in crate::audit) fn from_parts(
        rows: usize,
        label_pairs: u64,
        part: impl Fn(usize) -> Result<Prepared, DataError>,
        settings: &Settings,
        backend: &dyn Backend,
    ) -> Result<Self, AuditError> {
        let (least, most, share) = PART;
        let large = (rows / share).clamp(least, most).min(rows);
        let small = (large / SMALLER).max(2);
        let data = part(large)?;
        let few = Self::timed(&part(small)?, settings, backend)?;
        let many = Self::timed(&data, settings, backend)?;
        let more = (rows - large) as f64 / (large - small).max(1) as f64;
        let whole = |few: f64, many: f64| many + BEYOND_CACHES * more * (many - few).max(0.0);
        let labels = match label_pairs {
            0 => 0.0,
            count => count as f64 * labelled_pair(&data.a, settings, backend)?,
        };
        Ok(Self {
            reading: whole(few.reading, many.reading),
            linear: whole(few.linear, many.linear),
            labels,
            round: few.round.zip(many.round).map(|(f, m)| whole(f, m)),
            measuring: whole(few.measuring, many.measuring),
            rows: whole(few.rows, many.rows),
        })
    }

    fn timed(
        data: &Prepared,
        settings: &Settings,
        backend: &dyn Backend,
    ) -> Result<Self, AuditError> {
        let mut clock = Instant::now();
        let mut lap = || {
            std::mem::replace(&mut clock, Instant::now())
                .elapsed()
                .as_secs_f64()
        };
        let mut cost = Self::default();
        for rows in [Some(&data.a), data.b.as_ref()].into_iter().flatten() {
            on_host(backend, || MeanState::of(rows, &NoWatch))?;
        }
        cost.reading = lap();
        let rings = Sides::layouts(data, settings.seed);
        let suits = rings.is_some();
        let layouts = rings.unwrap_or_else(|| data.layouts(settings.seed));
        let excluded = data.excluded();
        let linear = data.linear(settings, &layouts, &excluded, backend, &NoWatch)?;
        cost.linear = lap();
        if !suits {
            return Ok(cost);
        }
        let sides = Sides::new(data, settings, &layouts, &excluded);
        if sides.rounds() == 0 {
            return Ok(cost);
        }
        let known = Known {
            data,
            settings,
            groups: &linear.groups,
            positives: linear.positives.as_ref(),
            cosines: &linear.cosines,
            excluded: &excluded,
            backend,
            watch: &NoWatch,
            started: Instant::now(),
        };
        let mut making = Making::new(&known, &sides);
        making.walk(1)?;
        cost.round = Some(lap());
        making.bias();
        making.errors();
        cost.measuring = lap();
        making.see_rows(FEWEST_ROWS)?;
        cost.rows = lap();
        Ok(cost)
    }

    /// What takes as long whether pairs are walked all or in part.
    fn fixed(&self) -> f64 {
        self.linear + self.labels
    }

    /// Of an exact audit whose pass takes this long, once the rows are read.
    pub(in crate::audit) fn exact(&self, pass: f64) -> f64 {
        self.fixed() + pass
    }

    /// From the first block on, with the fewest whole rows where those are needed.
    pub(super) fn walk(&self, whole_rows: bool) -> f64 {
        let rows = if whole_rows { self.rows } else { 0.0 };
        self.round.unwrap_or_default() + self.measuring + rows
    }

    /// Of the least estimate, once the rows are read; none where no blocks suit them.
    pub(in crate::audit) fn least(&self) -> Option<f64> {
        self.round.map(|_| self.fixed() + self.walk(true))
    }

    /// The budget that something should have which takes `seconds` once the rows are read.
    pub(in crate::audit) fn budget(&self, seconds: f64) -> f64 {
        ROOM * (self.reading + seconds)
    }

    /// Share of all pairs that a budget sees.
    pub(in crate::audit) fn share(&self, budget: f64, rows: usize) -> f64 {
        let left = budget - self.reading - self.fixed() - self.measuring;
        let rounds = (left / self.round.unwrap_or(f64::INFINITY)).max(1.0);
        (rounds * 2.0 * COLUMNS as f64 / rows as f64).min(1.0)
    }
}

/// Seconds for each positive pair of labels.
fn labelled_pair(
    rows: &UnitRows,
    settings: &Settings,
    backend: &dyn Backend,
) -> Result<f64, AuditError> {
    let count = LABELLED.min(rows.rows());
    let some = rows.gather(&(0..count as u32).collect::<Vec<_>>())?;
    let labels = Labels {
        name: String::new(),
        classes: vec![0; count],
        values: Default::default(),
    };
    let groups = Groups::new(&labels, "", count)?;
    let positives = Positives::Groups(groups);
    let none = vec![0; count];
    let each: Vec<u32> = (0..count as u32).collect();
    let units = Units {
        a: &each,
        b: &each,
        count,
    };
    let start = Instant::now();
    on_host(backend, || {
        let rows = (&some, &some);
        let groups = (&none[..], &none[..]);
        pairs(rows, &positives, &settings.alphas, groups, units, &NoWatch)
    })?;
    let pairs = (count * (count - 1) / 2).max(1);
    Ok(start.elapsed().as_secs_f64() / pairs as f64)
}

impl Prepared {
    /// Positive pairs that labels make; all of them are computed, in estimates too.
    pub(super) fn label_pairs(&self) -> u64 {
        match &self.positives {
            Some(Positives::Groups(groups)) => groups.pairs(),
            _ => 0,
        }
    }

    /// About `rows` rows of the first view from all over it, as large a share of the second, and as many listed pairs for
    /// each row; positives of labels not.
    fn part(&self, rows: usize) -> Result<Self, DataError> {
        let spread = |rows: &UnitRows, count: usize| {
            let place = |k: usize| (k * rows.rows() / count) as u32;
            rows.gather(&(0..count).map(place).collect::<Vec<_>>())
        };
        let share = rows as f64 / self.a.rows() as f64;
        let part = |count: usize| ((count as f64 * share) as usize).max(2);
        let b = self.b.as_ref();
        let b = b.map(|b| spread(b, if self.aligned { rows } else { part(b.rows()) }));
        let listed = match &self.positives {
            Some(Positives::Pairs(pairs)) => Some(part(pairs.list().len())),
            _ => None,
        };
        let a = spread(&self.a, rows)?;
        Ok(Self::made_up(a, b.transpose()?, (self.aligned, listed)))
    }

    /// These rows with `listed` pairs of some of them, to try how long an audit takes.
    pub(in crate::audit) fn made_up(
        a: UnitRows,
        b: Option<UnitRows>,
        (aligned, listed): (bool, Option<usize>),
    ) -> Self {
        let (n, m) = (a.rows(), b.as_ref().map_or(a.rows(), UnitRows::rows));
        let positives = match listed {
            Some(_) if aligned => Some(Pairs::aligned(n)),
            Some(count) => {
                let one = |k: usize| Some((k % n) as u32);
                let other = |k: usize| Some((k.wrapping_mul(0x9e37_79b1) % m) as u32);
                let rows: (Vec<_>, Vec<_>) = (0..count).map(|k| (one(k), other(k))).unzip();
                Pairs::aligned(count).renumbered(&rows.0, &rows.1)
            }
            None => None,
        };
        Self {
            name: String::new(),
            a,
            b,
            aligned,
            positives: positives.map(Positives::Pairs),
            grouping: None,
            ungrouped: None,
            items: None,
            positives_source: String::new(),
            positives_dropped: 0,
            dropped: (0, 0),
            started: Instant::now(),
        }
    }
}

/// A budget is less than the least takes.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("budget: {takes}, found {}; give --budget {} or more{instead}", duration(*budget), duration(*least))]
pub struct OverBudget {
    budget: f64,
    /// Seconds of the least, and a little more.
    least: f64,
    takes: String,
    instead: &'static str,
}

impl OverBudget {
    /// Before the means: `spent` seconds have gone by, and the exact audit takes `exact` more.
    pub(super) fn new(budget: f64, spent: f64, cost: &Cost, exact: f64, labels: u64) -> Self {
        let listed = if labels > 0 {
            format!(
                ", {labels} positive pairs of labels {}",
                duration(cost.labels)
            )
        } else {
            String::new()
        };
        let part = cost.least().filter(|least| *least < exact);
        let takes = match part.zip(cost.round) {
            Some((least, round)) => format!(
                "the least estimate of these rows takes about {} here (reading {}, row means and listed pairs {}{listed}, \
                 one round of blocks {}, whole rows {}, measuring {}), and all pairs {}",
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
        Self {
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
    pub(super) fn late(budget: f64, spent: f64, rest: f64) -> Self {
        Self {
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
}

/// Two significant digits, rounded up, in a unit that `--budget` takes.
pub(super) fn duration(seconds: f64) -> String {
    let (value, unit) = match seconds {
        s if s < 1.0 => (s * 1e3, "ms"),
        s if s < 7200.0 => (s, "s"),
        s => (s / 3600.0, "h"),
    };
    if value <= 0.0 {
        return "0s".to_owned();
    }
    let decimals = 1 - value.log10().floor() as i32;
    let up = (value * 10_f64.powi(decimals) - 1e-9).ceil() / 10_f64.powi(decimals);
    format!("{up:.*}{unit}", decimals.max(0) as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_such_that_a_budget_takes_them() {
        for (seconds, text) in [
            (0.0, "0s"),
            (0.000_123, "0.13ms"),
            (0.25, "250ms"),
            (1.0, "1.0s"),
            (13.01, "14s"),
            (420.0, "420s"),
            (421.0, "430s"),
            (9000.0, "2.5h"),
            (1e9, "280000h"),
        ] {
            assert_eq!(duration(seconds), text);
        }
    }
}
