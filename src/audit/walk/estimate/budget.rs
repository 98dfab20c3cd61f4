//! As much as a time allows; or, before the walk, the refusal to start what it does not allow.

use crate::audit::ask::{Compat, Settings};
use crate::audit::error::AuditError;
use crate::audit::prepare::Prepared;
use crate::audit::walk::anchors::COSINES;
use crate::audit::walk::estimate::calibrate;
use crate::audit::walk::estimate::cost::{Cost, FEWEST_ROWS, late, over_budget};
use crate::audit::walk::estimate::effort::{Making, STEEP};
use crate::backend::Backend;
use crate::num::plain;
use crate::result::{Note, Severity};

/// Share of the budget that the exact pass may be expected to take.
const SURE: f64 = 0.9;
/// How much longer than it says a budget may take, as a share of it: clocks and forecasts are no better.
pub(crate) const LATE: f64 = 1.25;
/// Share of the budget that the mean squared cosine may take.
const SQUARES: f64 = 0.34;
/// Multiply-adds of all pairs, with an allowance for each pair's exponentials, that take less time than a forecast.
const TRIFLE: f64 = 2e8;
/// What exponentials of a pair cost, in multiply-adds.
const EXPONENTIALS: f64 = 64.0;

/// What a budget allows.
pub(crate) enum Allowed {
    /// All pairs.
    All,
    /// An estimate, of which the least costs this.
    Part(Cost),
}

/// Whether the exact pass may be expected to fit.
pub(crate) fn fits(seconds: f64, budget: f64) -> bool {
    seconds <= SURE * budget
}

impl Prepared {
    /// What `budget` seconds allow, of which some have gone by since the rows were opened.
    ///
    /// # Errors
    /// [`AuditError::Budget`] where it is less than the least takes.
    pub(crate) fn allowed(
        &self,
        budget: f64,
        backend: &dyn Backend,
    ) -> Result<Allowed, AuditError> {
        let settings = &self.settings;
        let spent = || self.started.elapsed().as_secs_f64();
        let (n, m) = (self.a.rows(), self.b.as_ref().map(|b| b.rows()));
        let pairs = calibrate::pairs(n, m);
        let labels = self.label_pairs();
        if (pairs + labels as f64) * (self.a.dim() as f64 + EXPONENTIALS) <= TRIFLE {
            return Ok(Allowed::All);
        }
        let cost = Cost::of(self, backend)?;
        let left = budget - spent();
        // The pass is tried only where it may be in reach of what the blocks have shown.
        let enough = |speed: f64| pairs / speed > 4.0 * left;
        let shape = (n + m.unwrap_or(0), self.a.dim());
        let speed = calibrate::calibrate(shape, settings, backend, enough)?;
        let beside = beside(
            settings,
            self.a.rows(),
            self.b.as_ref().map_or(0, |b| b.rows()),
        );
        let exact = cost.exact((pairs + beside) / speed);
        if fits(exact, budget - spent()) {
            return Ok(Allowed::All);
        }
        let least = cost.least().map(|least| spent() + least);
        match least {
            Some(least) if least <= budget => Ok(Allowed::Part(cost)),
            // Nothing but all pairs can be seen, and that is no more than late.
            None if spent() + exact <= budget => Ok(Allowed::All),
            _ => Err(over_budget(budget, spent(), &cost, exact, labels).into()),
        }
    }
}

/// Pairs that an exact audit sees beside all of them: within batches, and of the anchors of loss curves.
fn beside(settings: &Settings, n: usize, m: usize) -> f64 {
    let batch = |compat: &Compat| match compat {
        Compat::Batch(size) => (n + m) as f64 * *size as f64 / 2.0 + m as f64 * *size as f64,
        Compat::Ssnl
        | Compat::Simcse
        | Compat::StablePretraining
        | Compat::Reptrix
        | Compat::Ssrlib => 0.0,
    };
    let curves = if settings.negatives.is_empty() {
        0.0
    } else {
        COSINES as f64
    };
    settings.compat.iter().map(batch).sum::<f64>() + curves
}

impl Making<'_> {
    /// As much as `budget` seconds allow.
    pub(crate) fn within(
        &mut self,
        budget: f64,
        cost: &Cost,
        notes: &mut Vec<Note>,
    ) -> Result<(), AuditError> {
        let known = self.known;
        let spent = || known.started.elapsed().as_secs_f64();
        // Reading and means may have taken longer than was forecast: the last moment to refuse.
        let steep_blocks = self.steepness();
        let rest = cost.walk(steep_blocks > STEEP);
        if spent() + rest > LATE * budget {
            return Err(late(budget, spent(), rest).into());
        }
        let start = spent();
        self.walk(1)?;
        let mut round = spent() - start;
        let rounds = self.sides.rounds().min((budget / round) as usize).max(1);
        let start = spent();
        // Rare near pairs, which random ones miss, show in the blocks.
        let steep = steep_blocks.max(self.bias()) / rounds as f64 > STEEP;
        // What was seen is looked at once more at the end, and measured.
        let reserve = cost.measuring.max(2.0 * (spent() - start));
        let left = |now: f64| (budget - reserve - now).max(0.0);
        let rounds_for = |time: f64, round: f64| (time / round) as usize;

        let in_round = self.sides.pairs_in_round();
        // X'X costs as much as d/2 pairs for each row.
        let squares = self.sides.square_pairs() / in_round * round;
        let gain = self.gain_of_squares();
        let time = left(spent());
        if squares < SQUARES * time && gain * time < time - squares {
            self.see_squares()?;
        }
        let share = if steep { 0.5 } else { 1.0 };
        // In two parts: the first tells better than the first round how long one takes.
        let until = spent() + share * left(spent());
        for part in [0.5, 1.0] {
            let (start, before) = (spent(), self.rounds);
            self.walk(before + rounds_for(part * (until - start).max(0.0), round))?;
            if self.rounds > before {
                round = (spent() - start) / (self.rounds - before) as f64;
            }
        }
        if steep {
            let row = round / in_round * self.sides.row_pairs();
            let more = ((left(spent()) - cost.rows).max(0.0) / row) as usize;
            if spent() + cost.rows + reserve <= LATE * budget {
                self.see_rows(FEWEST_ROWS + more)?;
            } else {
                notes.push(Note::new(Severity::Warning, format!(
                        "The budget of {} s left no time to see whole rows: at small tau the uniform terms have a large \
                         Monte Carlo error.",
                        plain(budget)
                    )));
            }
        }
        Ok(())
    }
}
