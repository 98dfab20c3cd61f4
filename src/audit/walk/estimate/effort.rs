//! How much to see: as much as a budget allows, or as an error demands.

use std::time::Instant;

use crate::audit::ask::Effort;
use crate::audit::error::AuditError;
use crate::audit::read::found::Found;
use crate::audit::read::measures::measure;
use crate::audit::read::terms::{Terms, uniform_terms};
use crate::audit::states::on_request::OnRequest;
use crate::audit::states::seen::{Estimated, Seen};
use crate::audit::states::walked::Walked;
use crate::audit::walk::estimate::cost::Cost;
use crate::audit::walk::estimate::full_rows::{Whole, full_rows};
use crate::audit::walk::estimate::known::{EstimateDraft, Known, exact_note};
use crate::audit::walk::estimate::view::Sides;
use crate::backend::on_host;
use crate::estimate::Control;
use crate::kernel::COLUMNS;
use crate::metric::MetricId;
use crate::num::Moments;
use crate::num::plain;
use crate::pass::{RingState, RowMoments};
use crate::result::{EstimateCard, Note};

/// Pairs that the first look at an estimate takes where an error is demanded.
const FIRST_LOOK: f64 = 4e6;
/// Rows seen whole at first.
const FIRST_ROWS: usize = 128;
/// Bias of a logarithm from subsampled partners above which rows are seen whole.
pub(crate) const STEEP: f64 = 0.01;

/// An estimate in the making.
pub(crate) struct Making<'a> {
    pub(crate) known: &'a Known<'a>,
    pub(crate) sides: &'a Sides<'a>,
    began: Instant,
    walked: Vec<Walked>,
    estimated: Estimated,
    pub(crate) rounds: usize,
    squares: bool,
    full_rows: usize,
}

/// Sees as much as the settings ask for; or says why all pairs take no longer.
pub(crate) fn estimate(
    known: &Known<'_>,
    sides: &Sides<'_>,
    cost: &Cost,
) -> Result<Result<EstimateDraft, Note>, AuditError> {
    let mut making = Making::new(known, sides);
    let mut notes = Vec::new();
    let asked = match known.data.settings.effort {
        Effort::Seconds(budget) => {
            making.within(budget, cost, &mut notes)?;
            format!("budget {} s", plain(budget))
        }
        Effort::MaxError(most) => {
            if !making.until(most)? {
                return Ok(Err(exact_note(&format!(
                    "An estimate with errors of at most {} would see as many pairs as there are, so all were seen: \
                     these numbers are exact.",
                    plain(most)
                ))));
            }
            format!("max-error {}", plain(most))
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
        Effort::Exact => return Ok(Err(exact_note("These numbers are exact."))),
    };
    Ok(Ok(making.finish(asked, notes)))
}

impl<'a> Making<'a> {
    /// Nothing seen yet but random pairs.
    pub(crate) fn new(known: &'a Known<'a>, sides: &'a Sides<'a>) -> Self {
        Self {
            known,
            sides,
            began: Instant::now(),
            walked: sides.nothing_walked(),
            estimated: on_host(known.backend, || sides.nothing_seen(known)),
            rounds: 0,
            squares: false,
            full_rows: 0,
        }
    }

    /// Adds rounds up to `rounds`.
    pub(crate) fn walk(&mut self, rounds: usize) -> Result<(), AuditError> {
        let rounds = rounds.min(self.sides.rounds());
        if rounds <= self.rounds {
            return Ok(());
        }
        let mut states = self.taken_out();
        self.sides.rings(
            (self.rounds + 1, rounds),
            &mut states,
            self.known.backend,
            self.known.watch,
        )?;
        self.rounds = rounds;
        self.put_back(states);
        Ok(())
    }

    /// What was seen of every side, to add to it: a copy would cost as much memory again.
    fn taken_out(&mut self) -> Vec<RingState> {
        let sides = self.walked.iter_mut().zip(&self.estimated.sides);
        let state = |(walked, seen): (&mut Walked, &Seen)| RingState {
            gram: std::mem::take(&mut walked.state),
            moments: seen.moments,
        };
        sides.map(state).collect()
    }

    fn put_back(&mut self, rings: Vec<RingState>) {
        let sides = self.walked.iter_mut().zip(&mut self.estimated.sides);
        for ((walked, seen), (ring, view)) in sides.zip(rings.into_iter().zip(self.sides.views())) {
            walked.state = ring.gram;
            seen.moments = ring.moments;
            let met = self
                .sides
                .met(view, self.rounds, &self.known.frame.excluded);
            (seen.rows, seen.columns) = met;
        }
    }

    /// Computes the mean squared cosine of all pairs of every side.
    pub(crate) fn see_squares(&mut self) -> Result<(), AuditError> {
        let known = self.known;
        known.watch.phase("squared cosines", 0);
        let moments = |rows| -> Result<RowMoments, AuditError> {
            Ok(known.backend.products(rows, known.watch)?.state)
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
    pub(crate) fn see_rows(&mut self, count: usize) -> Result<(), AuditError> {
        if count == 0 {
            return Ok(());
        }
        let known = self.known;
        for (seen, view) in self.estimated.sides.iter_mut().zip(self.sides.views()) {
            let whole = Whole {
                side: view.side,
                a: view.a.0,
                b: view.b.map_or(view.a.0, |b| b.0),
                cosines: known.cosines.of(view.side).0,
                negatives: self.sides.negatives(view, known),
                excluded: &known.frame.excluded,
            };
            let kernel = known.backend.processor();
            seen.full = on_host(known.backend, || {
                full_rows(&whole, count, &known.data.settings, kernel, known.watch)
            })?;
        }
        self.full_rows = count;
        Ok(())
    }

    /// Until no error is above `most`; false where that takes as many pairs as there are.
    fn until(&mut self, most: f64) -> Result<bool, AuditError> {
        let in_round = self.sides.pairs_in_round();
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
    pub(crate) fn steepness(&self) -> f64 {
        let mut worst = 0.0_f64;
        for pilot in self.estimated.sides.iter().map(|seen| &seen.pilot) {
            for tau in &self.known.data.settings.taus {
                let potentials = pilot.iter().map(|s| ((s - 1.0) / tau).exp());
                let moments: Moments = potentials.collect();
                let relative = moments.variance().zip(moments.mean());
                worst = worst.max(relative.map_or(0.0, |(v, mean)| v / (mean * mean)));
            }
        }
        worst / (4.0 * COLUMNS as f64)
    }

    /// Largest Monte Carlo errors as they are now.
    pub(crate) fn errors(&self) -> Errors {
        self.with_found(|found| {
            let terms = uniform_terms(found);
            let mut errors = Errors::of(&terms);
            let means = measure(found, &terms).into_iter();
            errors.means = means
                .filter(|measure| measure.metric == MetricId::Uniformity)
                .filter_map(|measure| measure.monte_carlo)
                .fold(0.0, f64::max);
            errors
        })
    }

    /// Largest bias of a uniform term from subsampled partners, as it is now.
    pub(crate) fn bias(&self) -> f64 {
        self.with_found(|found| Errors::of(&uniform_terms(found)).bias)
    }

    /// Variance of uniformity with the squares in its control over that without, at worst.
    pub(crate) fn gain_of_squares(&self) -> f64 {
        let mut worst = 0.0_f64;
        for pilot in self.estimated.sides.iter().map(|seen| &seen.pilot) {
            for &t in &self.known.data.settings.ts {
                let f: Vec<f64> = pilot.iter().map(|s| (2.0 * t * s).exp()).collect();
                let of = |squares| Control::fit(&f, pilot, squares).residual;
                worst = worst.max(of(true) / of(false).max(f64::MIN_POSITIVE));
            }
        }
        worst
    }

    /// Measures what was seen so far, on the threads of the host.
    pub(crate) fn with_found<T: Send>(&self, then: impl FnOnce(&Found<'_>) -> T + Send) -> T {
        let known = self.known;
        let frame = known.frame;
        let found = Found {
            data: &known.data.facts,
            settings: &known.data.settings,
            layouts: &frame.layouts,
            groups: &frame.groups,
            walked: &self.walked,
            positives: known.positives,
            cosines: known.cosines,
            excluded: &frame.excluded,
            estimated: Some(&self.estimated),
            judged: None,
            searched: None,
            queries: None,
            on_request: &OnRequest::default(),
        };
        on_host(known.backend, || then(&found))
    }

    fn finish(self, asked: String, notes: Vec<Note>) -> EstimateDraft {
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
            seed: known.data.settings.seed,
        };
        EstimateDraft {
            walked: self.walked,
            seen: self.estimated,
            card,
            notes,
            seconds: self.began.elapsed().as_secs_f64(),
        }
    }
}

#[derive(Default)]
pub(crate) struct Errors {
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

impl Errors {
    fn of(terms: &[Terms]) -> Self {
        let mut errors = Self::default();
        for (_, term) in terms.iter().flat_map(|terms| &terms.sides) {
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
        errors
    }
}
