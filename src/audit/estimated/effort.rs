//! How much to see: as much as a budget allows, or as an error demands.

use super::full_rows::{Whole, full_rows};
use super::known::{Estimate, Known, Outcome, exact_note};
use super::seen::Estimated;
use super::view::{Sides, View};
use crate::audit::AuditError;
use crate::audit::found::{Found, Walked};
use crate::audit::measures::measure;
use crate::audit::model::{EstimateCard, Note, Severity};
use crate::audit::settings::Effort;
use crate::audit::terms::uniform_terms;
use crate::backend::on_host;
use crate::estimate::Control;
use crate::kernel::COLUMNS;
use crate::metric::MetricId;
use crate::num::{Merge, Moments};
use crate::pass::{RingState, SecondMoments};

/// Pairs that the first look at an estimate takes where an error is demanded.
const FIRST_LOOK: f64 = 4e6;
/// Rows seen whole at first.
const FIRST_ROWS: usize = 128;
/// Bias of a logarithm from subsampled partners above which rows are seen whole.
const STEEP: f64 = 0.01;
/// Fewest rows seen whole: their spread must be known.
const FEWEST_ROWS: usize = 32;
/// Share of the budget that the mean squared cosine may take.
const SQUARES: f64 = 0.34;

/// An estimate in the making.
struct Making<'a> {
    known: &'a Known<'a>,
    sides: &'a Sides<'a>,
    walked: Vec<Walked>,
    estimated: Estimated,
    rounds: usize,
    squares: bool,
    full_rows: usize,
}

/// Sees as much as the settings ask for.
pub(in crate::audit) fn estimate(
    known: &Known<'_>,
    sides: &Sides<'_>,
) -> Result<Outcome, AuditError> {
    let mut making = Making {
        known,
        sides,
        walked: sides.nothing_walked(),
        estimated: on_host(known.backend, || sides.nothing_seen(known)),
        rounds: 0,
        squares: false,
        full_rows: 0,
    };
    let mut notes = Vec::new();
    let asked = match known.settings.effort {
        Effort::Seconds(budget) => {
            making.within(budget, &mut notes)?;
            format!("budget {budget} s")
        }
        Effort::MaxError(most) => {
            if !making.until(most)? {
                return Ok(Outcome::Exact(exact_note(&format!(
                    "An estimate with errors of at most {most} would see as many pairs as there are, so all were seen: \
                     these numbers are exact."
                ))));
            }
            format!("max-error {most}")
        }
        Effort::Amount {
            rounds,
            full_rows,
            squares,
        } => {
            making.walk(rounds)?;
            if squares {
                making.see_squares()?;
            }
            making.see_rows(full_rows)?;
            format!("{rounds} rounds and {full_rows} rows")
        }
        Effort::Exact => return Ok(Outcome::Exact(exact_note("These numbers are exact."))),
    };
    Ok(Outcome::Estimate(Box::new(making.finish(asked, notes)?)))
}

impl Making<'_> {
    /// Adds rounds up to `rounds`.
    fn walk(&mut self, rounds: usize) -> Result<(), AuditError> {
        let rounds = rounds.min(self.sides.rounds());
        if rounds <= self.rounds {
            return Ok(());
        }
        let more = self.sides.rings(
            (self.rounds + 1, rounds),
            self.known.backend,
            self.known.watch,
        )?;
        self.rounds = rounds;
        self.take_in(more);
        Ok(())
    }

    fn take_in(&mut self, rings: Vec<RingState>) {
        let sides = self.walked.iter_mut().zip(&mut self.estimated.sides);
        for ((walked, seen), (ring, view)) in sides.zip(rings.into_iter().zip(self.sides.views())) {
            walked.state.merge(ring.gram);
            seen.moments[0] += ring.moments[0];
            seen.moments[1] += ring.moments[1];
            let met = self.sides.met(view, self.rounds, self.known.excluded);
            (seen.rows, seen.columns) = met;
        }
    }

    /// Computes the mean squared cosine of all pairs of every side.
    fn see_squares(&mut self) -> Result<(), AuditError> {
        let known = self.known;
        known.watch.phase("squared cosines", 0);
        let kernel = self.sides.kernel(known.backend);
        let moments = |rows| {
            on_host(known.backend, || {
                SecondMoments::of(rows, kernel, known.watch)
            })
        };
        let a = moments(&known.data.a)?;
        let b = known.data.b.as_ref().map(moments).transpose()?;
        let squares = self.sides.mean_squares(&a, b.as_ref(), known);
        for (seen, square) in self.estimated.sides.iter_mut().zip(squares) {
            seen.mean_square = Some(square);
        }
        self.squares = true;
        Ok(())
    }

    /// Sees `count` rows of each side whole, in place of those seen before.
    fn see_rows(&mut self, count: usize) -> Result<(), AuditError> {
        if count == 0 {
            return Ok(());
        }
        let known = self.known;
        for (seen, view) in self.estimated.sides.iter_mut().zip(self.sides.views()) {
            let whole = Whole {
                side: view.side,
                a: view.a.0,
                b: view.b.map_or(view.a.0, |b| b.0),
                cosines: view.cosines(known.cosines),
                negatives: self.sides.negatives(view, known),
                excluded: known.excluded,
            };
            let (backend, watch) = (known.backend, known.watch);
            seen.full = full_rows(&whole, count, known.settings, backend, watch)?;
        }
        self.full_rows = count;
        Ok(())
    }

    /// As much as `budget` seconds allow.
    fn within(&mut self, budget: f64, notes: &mut Vec<Note>) -> Result<(), AuditError> {
        let known = self.known;
        let spent = || known.started.elapsed().as_secs_f64();
        let start = spent();
        self.walk(1)?;
        let mut round = spent() - start;
        let rounds = self.sides.rounds().min((budget / round) as usize).max(1);
        let steep = self.steepness() / rounds as f64 > STEEP;
        let start = spent();
        let errors = self.errors();
        // Rare near pairs, which random ones miss, show in the blocks.
        let steep = steep || errors.bias / rounds as f64 > STEEP;
        let measuring = spent() - start;
        let left = |now: f64| (budget - measuring - now).max(0.0);
        let rounds_for = |time: f64, round: f64| (time / round) as usize;

        let pairs = |view: &View<'_>| view.pairs_in_round();
        let in_round: f64 = self.sides.views().iter().map(pairs).sum();
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
            let rows = (left(spent()) / row) as usize;
            self.see_rows(rows.max(FEWEST_ROWS))?;
        }
        let over = spent() + measuring;
        if over > 1.1 * budget {
            notes.push(Note {
                severity: Severity::Warning,
                text: format!(
                    "The smallest estimate of these rows takes about {over:.1} s, more than the budget of {budget} s."
                ),
            });
        }
        Ok(())
    }

    /// Until no error is above `most`; false where that takes as many pairs as there are.
    fn until(&mut self, most: f64) -> Result<bool, AuditError> {
        let in_round: f64 = self.sides.views().iter().map(View::pairs_in_round).sum();
        let all: f64 = self.sides.views().iter().map(|view| view.pairs_all).sum();
        let mut rounds = (FIRST_LOOK / in_round).ceil().max(1.0) as usize;
        let mut rows = 0;
        loop {
            let cost = rounds as f64 * in_round + rows as f64 * self.sides.row_pairs();
            if rounds >= self.sides.rounds() || cost >= 0.8 * all {
                return Ok(false);
            }
            self.walk(rounds)?;
            if rows > self.full_rows {
                self.see_rows(rows)?;
            }
            let errors = self.errors();
            let worst = errors.means.max(if self.full_rows == 0 {
                errors.gentle
            } else {
                0.0
            });
            let done = worst <= most && errors.terms <= most;
            if done {
                return Ok(true);
            }
            if errors.means > most && !self.squares {
                // Pairs that the squares save, against what they cost.
                let needed = rounds as f64 * in_round * (errors.means / most).powi(2);
                let saved = needed * (1.0 - self.gain_of_squares().min(1.0));
                if self.gain_of_squares() < 1.0 && saved > self.sides.square_pairs() {
                    self.see_squares()?;
                    continue;
                }
            }
            let factor = |error: f64| 1.1 * (error / most).powi(2);
            let more = factor(errors.means).max(factor(errors.gentle)).min(64.0);
            if more > 1.0 {
                rounds = ((rounds as f64 * more).ceil() as usize).max(rounds + 1);
            }
            if errors.terms > most && errors.steep {
                rows = if self.full_rows == 0 {
                    FIRST_ROWS
                } else {
                    let more = factor(errors.terms).clamp(1.2, 64.0);
                    (self.full_rows as f64 * more).ceil() as usize
                };
            } else if more <= 1.0 {
                rounds = (rounds as f64 * 1.5).ceil() as usize;
            }
        }
    }

    /// About what subsampling the partners costs the logarithms after one round, at the temperature where it is worst:
    /// half the relative variance of a potential, over the partners of a row.
    fn steepness(&self) -> f64 {
        let mut worst = 0.0_f64;
        for pilot in self.estimated.sides.iter().map(|seen| &seen.pilot) {
            for tau in &self.known.settings.taus {
                let potentials = pilot.iter().map(|s| ((s - 1.0) / tau).exp());
                let moments: Moments = potentials.collect();
                let relative = moments.variance().zip(moments.mean());
                worst = worst.max(relative.map_or(0.0, |(v, mean)| v / (mean * mean)));
            }
        }
        worst / (4.0 * COLUMNS as f64)
    }

    /// Largest Monte Carlo errors as they are now.
    fn errors(&self) -> Errors {
        let errors = |found: &Found<'_>| {
            let mut errors = Errors::default();
            let terms = uniform_terms(found);
            for measure in measure(found, &terms) {
                let Some(error) = measure.monte_carlo else {
                    continue;
                };
                if measure.metric == MetricId::Uniformity {
                    errors.means = errors.means.max(error);
                }
            }
            for terms in &terms {
                for (_, term) in &terms.sides {
                    let Some(sampled) = term.pairs.and_then(|pairs| pairs.sampled) else {
                        continue;
                    };
                    errors.terms = errors.terms.max(sampled.monte_carlo);
                    errors.bias = errors.bias.max(sampled.bias.abs());
                    if sampled.bias.abs() > STEEP {
                        errors.steep = true;
                    } else {
                        errors.gentle = errors.gentle.max(sampled.monte_carlo);
                    }
                }
            }
            errors
        };
        self.with_found(errors)
    }

    /// Variance of uniformity with the squares in its control over that without, at worst.
    fn gain_of_squares(&self) -> f64 {
        let mut worst = 0.0_f64;
        for pilot in self.estimated.sides.iter().map(|seen| &seen.pilot) {
            for &t in &self.known.settings.ts {
                let f: Vec<f64> = pilot.iter().map(|s| (2.0 * t * s).exp()).collect();
                let of = |squares| Control::fit(&f, pilot, squares).residual;
                worst = worst.max(of(true) / of(false).max(f64::MIN_POSITIVE));
            }
        }
        worst
    }

    /// Measures what was seen so far.
    fn with_found<T>(&self, then: impl FnOnce(&Found<'_>) -> T) -> T {
        let known = self.known;
        let found = Found {
            data: known.data,
            settings: known.settings,
            layouts: self.sides.layouts,
            groups: known.groups,
            walked: &self.walked,
            positives: known.positives,
            cosines: known.cosines,
            excluded: known.excluded,
            estimated: Some(&self.estimated),
        };
        then(&found)
    }

    fn finish(self, asked: String, notes: Vec<Note>) -> Result<Estimate, AuditError> {
        let known = self.known;
        let pairs = self
            .walked
            .iter()
            .map(|walked| walked.state.pairs)
            .sum::<u64>();
        let full = self
            .estimated
            .sides
            .iter()
            .filter_map(|seen| seen.full.as_ref());
        let whole = full.map(|full| full.pairs);
        let card = EstimateCard {
            asked,
            pairs_seen: pairs + whole.sum::<u64>(),
            pairs_all: self.sides.views().iter().map(|v| v.pairs_all).sum::<f64>() as u64,
            rounds: self.rounds as u64,
            full_rows: self.full_rows as u64,
            squares: self.squares,
            seed: known.settings.seed,
        };
        Ok(Estimate {
            walked: self.walked,
            estimated: self.estimated,
            card,
            notes,
            seconds: known.started.elapsed().as_secs_f64(),
        })
    }
}

#[derive(Default)]
struct Errors {
    /// Of uniformity.
    means: f64,
    /// Of all uniform terms.
    terms: f64,
    /// Of those that blocks tell well.
    gentle: f64,
    /// Whether there are others.
    steep: bool,
    /// Largest bias from subsampled partners.
    bias: f64,
}
