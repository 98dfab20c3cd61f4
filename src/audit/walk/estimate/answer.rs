//! From the wish for an estimate to its states, or to the reason why the exact pass is made.

use crate::audit::ask::{Effort, Settings};
use crate::audit::error::AuditError;
use crate::audit::over_budget::duration;
use crate::audit::prepare::Prepared;
use crate::audit::read::found::Frame;
use crate::audit::states::States;
use crate::audit::states::queries::Queries;
use crate::audit::states::rounding::Trials;
use crate::audit::walk::estimate::budget::{Allowed, fits};
use crate::audit::walk::estimate::cost::Cost;
use crate::audit::walk::estimate::effort::estimate;
use crate::audit::walk::estimate::known::{Known, exact_note};
use crate::audit::walk::estimate::view::Sides;
use crate::backend::Backend;
use crate::num::plain;
use crate::pass::Watch;
use crate::result::{Note, Severity};

/// Fewest rounds that a ring must have: fewer blocks are too few groups for an error.
const FEWEST_ROUNDS: usize = 2;

/// What the wish for an estimate led to.
pub(crate) enum Answer {
    /// States from a part of the pairs.
    Estimated(Box<States>),
    /// All pairs are to be seen, and why, where an estimate was wished for.
    Exact(Option<Note>),
}

impl Prepared {
    /// The states of a part of the pairs, where the settings ask for one and it is less work than all pairs.
    pub(crate) fn estimate(
        &self,
        backend: &dyn Backend,
        watch: &dyn Watch,
    ) -> Result<Answer, AuditError> {
        let exact = |text: &str| Ok(Answer::Exact(Some(exact_note(text))));
        let settings = &self.settings;
        let cost = match settings.effort {
            Effort::Exact => return Ok(Answer::Exact(None)),
            Effort::Seconds(budget) => match self.allowed(budget, backend)? {
                Allowed::Part(cost) => cost,
                Allowed::All => {
                    return exact(&format!(
                        "The budget of {} s allows all pairs, so all were seen: these numbers are exact.",
                        plain(budget)
                    ));
                }
            },
            Effort::MaxError(_) | Effort::Amount { .. } => Cost::default(),
        };
        let Some(rings) = self.facts.rings(settings.seed) else {
            return exact(
                "One view has so many more rows than the other that no estimate suits both, so all pairs were seen: \
                 these numbers are exact.",
            );
        };
        let frame = Frame::new(&self.facts, rings);
        let sides = Sides::new(self, &frame);
        if sides.rounds() < FEWEST_ROUNDS {
            return exact(
                "These rows are too few for an estimate, so all pairs were seen: these numbers are exact.",
            );
        }
        let linear = self.linear(&frame, backend, watch)?;
        let started = self.started + linear.aside;
        let draw = self.draw_of_estimate(cost.searching, cost.walk(true), started);
        let mut sought = self.seek(&frame, Some(&draw), backend, watch)?;
        let search = |queries: &mut Option<Queries>| match queries {
            Some(queries) => self.search(queries, &frame, backend, watch),
            None => Ok(()),
        };
        // Pairs take what queries leave of a budget; elsewhere they may turn out to be all.
        let first = matches!(settings.effort, Effort::Seconds(_));
        if first {
            search(&mut sought.queries)?;
        }
        let known = Known {
            data: self,
            frame: &frame,
            positives: linear.positives.as_ref(),
            cosines: &linear.cosines,
            backend,
            watch,
            started,
        };
        let made = match estimate(&known, &sides, &cost)? {
            Err(note) => return Ok(Answer::Exact(Some(note))),
            Ok(made) => made,
        };
        if !first {
            search(&mut sought.queries)?;
        }
        let mut states = self.states((linear, sought), Trials::default(), backend);
        states.walked = made.walked;
        states.estimate = Some(crate::audit::states::found::Estimate {
            seen: made.seen,
            card: made.card,
        });
        states.said.extend(made.notes);
        states.said.extend(idle(backend));
        // Rings and whole rows are walked by the processor, whatever device there is.
        states.ran.backend = "cpu".to_owned();
        states.ran.kernel = backend.processor().name().to_owned();
        states.ran.pass_seconds = made.seconds;
        states.ran.total_seconds = self.started.elapsed().as_secs_f64();
        Ok(Answer::Estimated(Box::new(states)))
    }
}

/// Devices other than the processor walk all pairs or none.
fn idle(backend: &dyn Backend) -> Option<Note> {
    (backend.kernel() != backend.processor().name()).then(|| {
        Note::new(
            Severity::Info,
            format!(
                "Estimates are made on the processor; {} was not used.",
                backend.name()
            ),
        )
    })
}

/// What an audit with these settings would do, in words; `exact` seconds is what all pairs take once `rows` rows are
/// read.
pub(crate) fn verdict(settings: &Settings, (cost, rows): (&Cost, usize), exact: f64) -> String {
    match (settings.effort, cost.least()) {
        (Effort::Exact, Some(least)) if 2.0 * least < exact => format!(
            "all pairs will be seen; --budget {} or more estimates them",
            duration(cost.budget(least))
        ),
        (Effort::Exact, _) => "all pairs will be seen".to_owned(),
        (Effort::Seconds(budget), _) if fits(cost.reading + exact, budget) => format!(
            "the budget of {} s allows all pairs: all will be seen",
            plain(budget)
        ),
        (Effort::Seconds(budget), Some(least)) if cost.reading + least <= budget => format!(
            "the budget of {} s allows about {:.2} % of the pairs: numbers of pairs will be estimated",
            plain(budget),
            100.0 * cost.share(budget, rows)
        ),
        (Effort::Seconds(budget), least) => format!(
            "the budget of {} s will be refused: give --budget {} or more",
            plain(budget),
            duration(cost.budget(least.map_or(exact, |least| least.min(exact))))
        ),
        (Effort::MaxError(most), _) => format!(
            "pairs will be seen until Monte Carlo errors are at most {}; that takes no longer than all of them",
            plain(most)
        ),
        (Effort::Amount { rounds, .. }, _) => format!("{rounds} rounds of blocks will be seen"),
    }
}
