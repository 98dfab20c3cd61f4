//! What the least estimate costs here, told before any pair is walked: a small part of the rows goes through the same
//! steps, and the whole takes as much longer as it has more rows.

use std::time::Instant;

use crate::audit::ask::{Checked, Settings};
use crate::audit::error::AuditError;
use crate::audit::facts::{Facts, ViewFacts};
use crate::audit::prepare::Prepared;
use crate::audit::read::found::Frame;
use crate::audit::walk::estimate::cost::{Cost, FEWEST_ROWS};
use crate::audit::walk::estimate::effort::Making;
use crate::audit::walk::estimate::known::Known;
use crate::audit::walk::estimate::searching::Searching;
use crate::audit::walk::estimate::view::Sides;
use crate::backend::{Backend, on_host};
use crate::data::{DataError, Groups, Labels, Pairs, Positives, UnitRows};
use crate::pass::{NoWatch, RowMoments, Units, pairs};

/// The part has one of this many rows,
const SHARE: usize = 64;
/// but this many at least
const LEAST: usize = 4096;
/// and at most.
const MOST: usize = 32_768;
/// The other part has this share of its rows: what does not grow with the rows shows in the difference.
const SMALLER: usize = 4;
/// How much longer a row takes where the sums of all rows leave the caches.
const BEYOND_CACHES: f64 = 1.3;
/// Rows of one label whose pairs are timed.
const LABELLED: usize = 512;
impl Cost {
    /// Of `data`, from a part of its rows.
    pub(crate) fn of(data: &Prepared, backend: &dyn Backend) -> Result<Self, AuditError> {
        let part = |rows| data.part(rows);
        Self::from_parts(data.a.rows(), data.label_pairs(), part, backend)
    }

    /// Of data with `rows` rows in the first view, of which `part` gives about as many as it is asked for.
    pub(crate) fn from_parts(
        rows: usize,
        label_pairs: u64,
        part: impl Fn(usize) -> Result<Prepared, DataError>,
        backend: &dyn Backend,
    ) -> Result<Self, AuditError> {
        let large = (rows / SHARE).clamp(LEAST, MOST).min(rows);
        let small = (large / SMALLER).max(2);
        let data = part(large)?;
        let less = part(small)?;
        let few = Self::timed(&less, backend)?;
        let many = Self::timed(&data, backend)?;
        let more = (rows - large) as f64 / (large - small).max(1) as f64;
        let whole = |few: f64, many: f64| many + BEYOND_CACHES * more * (many - few).max(0.0);
        let labels = match label_pairs {
            0 => 0.0,
            count => count as f64 * labelled_pair(&data.a, &data.settings, backend)?,
        };
        let positives = label_pairs > 0 || data.facts.positives.is_some();
        let searching = match positives && data.settings.search {
            true => Searching::of((&less, &data), rows, whole, backend)?,
            false => Searching::default(),
        };
        Ok(Self {
            searching,
            reading: whole(few.reading, many.reading),
            linear: whole(few.linear, many.linear),
            labels,
            round: few.round.zip(many.round).map(|(f, m)| whole(f, m)),
            measuring: whole(few.measuring, many.measuring),
            rows: whole(few.rows, many.rows),
        })
    }

    fn timed(data: &Prepared, backend: &dyn Backend) -> Result<Self, AuditError> {
        let mut clock = Instant::now();
        let mut lap = || {
            std::mem::replace(&mut clock, Instant::now())
                .elapsed()
                .as_secs_f64()
        };
        let mut cost = Self::default();
        for rows in [Some(&data.a), data.b.as_ref()].into_iter().flatten() {
            on_host(backend, || RowMoments::sums(rows, &NoWatch))?;
        }
        cost.reading = lap();
        let seed = data.settings.seed;
        let rings = data.facts.rings(seed);
        let suits = rings.is_some();
        let frame = Frame::new(
            &data.facts,
            rings.unwrap_or_else(|| data.facts.layouts(seed)),
        );
        let linear = data.linear(&frame, backend, &NoWatch)?;
        cost.linear = lap();
        if !suits {
            return Ok(cost);
        }
        let sides = Sides::new(data, &frame);
        if sides.rounds() == 0 {
            return Ok(cost);
        }
        let known = Known {
            data,
            frame: &frame,
            positives: linear.positives.as_ref(),
            cosines: &linear.cosines,
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
    pub(crate) fn label_pairs(&self) -> u64 {
        match &self.facts.positives {
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
        let b = b.map(|b| {
            spread(
                b,
                if self.facts.aligned {
                    rows
                } else {
                    part(b.rows())
                },
            )
        });
        let listed = match &self.facts.positives {
            Some(Positives::Pairs(pairs)) => Some(part(pairs.list().len())),
            _ => None,
        };
        let a = spread(&self.a, rows)?;
        let shape = (self.facts.aligned, listed);
        Ok(Self::made_up(a, b.transpose()?, shape, &self.settings))
    }

    /// These rows with `listed` pairs of some of them, to try how long an audit takes.
    pub(crate) fn made_up(
        a: UnitRows,
        b: Option<UnitRows>,
        (aligned, listed): (bool, Option<usize>),
        settings: &Checked,
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
        let facts = Facts {
            name: String::new(),
            a: ViewFacts::of(&a, 0),
            b: b.as_ref().map(|b| ViewFacts::of(b, 0)),
            aligned,
            positives: positives.map(Positives::Pairs),
            grouping: None,
            ungrouped: None,
            items: None,
            positives_source: String::new(),
            positives_dropped: 0,
            joined: None,
            sampled: None,
            split: None,
        };
        Self {
            a,
            b,
            facts,
            settings: settings.budgeted(),
            started: Instant::now(),
            every_cosine: false,
        }
    }
}
