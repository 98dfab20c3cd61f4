//! The walks of an audit, one after the other.

use std::time::Instant;

use crate::audit::ask::{Checked, Effort, SearchBy};
use crate::audit::error::AuditError;
use crate::audit::prepare::Prepared;
use crate::audit::read::found::{Found, Frame};
use crate::audit::read::measures::judged;
use crate::audit::read::read;
use crate::audit::states::States;
use crate::audit::states::follow::follow;
use crate::audit::states::found::{CompatStates, Ran};
use crate::audit::states::offending::Offending;
use crate::audit::states::rounding::Trials;
use crate::audit::states::searched::Searched;
use crate::audit::states::step::Step;
use crate::audit::walk::estimate::answer::Answer;
use crate::audit::walk::estimate::budget::LATE;
use crate::audit::walk::linear::Linear;
use crate::audit::walk::searched::Sought;
use crate::backend::{Backend, Walker, on_host};
use crate::kernel::{Exponents, Precision};
use crate::num::plain;
use crate::pass::Watch;
use crate::result::{Audit, Note, Severity, Spent};

/// The name of the backend that counts all that can be asked.
const CPU: &str = "cpu";

impl Prepared {
    /// Walks all pairs with `backend`, or as many as the settings ask for, and measures.
    ///
    /// # Errors
    /// Those of [`Prepared::walk`].
    pub fn run(&self, backend: &dyn Backend, watch: &dyn Watch) -> Result<Audit, AuditError> {
        let states = self.walk(backend, watch)?;
        Ok(on_host(backend, || read(&states)))
    }

    /// Walks all pairs with `backend`, or as many as the settings ask for, and whatever else an audit needs.
    ///
    /// # Errors
    /// [`AuditError::Backend`], [`AuditError::Budget`], [`AuditError::Cancelled`].
    pub fn walk(&self, backend: &dyn Backend, watch: &dyn Watch) -> Result<States, AuditError> {
        let instead = match self.estimate(backend, watch)? {
            Answer::Estimated(states) => return Ok(*states),
            Answer::Exact(note) => note,
        };
        let frame = Frame::new(&self.facts, self.facts.layouts(self.settings.seed));
        let exponents = Exponents::plan(&self.settings.coefficients());
        let trials = self.trials((&frame, &exponents), backend, watch)?;
        let linear = self.linear(&frame, backend, watch)?;
        let sought = self.seek(&frame, self.draw().as_ref(), backend, watch)?;
        let mut states = self.states((linear, sought), trials, backend);
        states.said.extend(instead);
        self.follow(&mut states, &frame, backend, watch)?;
        Ok(states)
    }

    /// States before the all-pairs walk.
    pub(crate) fn states(
        &self,
        (linear, sought): (Linear, Sought),
        trials: Trials,
        backend: &dyn Backend,
    ) -> States {
        States {
            facts: self.facts.clone(),
            settings: self.settings.clone(),
            walked: Vec::new(),
            estimate: None,
            positives: linear.positives,
            cosines: linear.cosines,
            looks: self.looks(),
            trials,
            checked_rows: self.settings.verify.or(backend.checked_rows()),
            done: Vec::new(),
            verification: None,
            anchored: None,
            compat: CompatStates::default(),
            repeats: Vec::new(),
            offending: Offending::default(),
            no_time_for_repeats: false,
            ran: Ran {
                backend: backend.name().to_owned(),
                kernel: backend.kernel().to_owned(),
                threads: backend.threads() as u64,
                ..Ran::default()
            },
            said: beside_budget(&self.settings).into_iter().collect(),
            searched: sought.searched,
            queries: sought.queries,
            on_request: linear.on_request,
            judged: linear.judged,
        }
    }

    /// Walks whatever the states call for, until they call for nothing.
    pub(crate) fn follow(
        &self,
        states: &mut States,
        frame: &Frame,
        backend: &dyn Backend,
        watch: &dyn Watch,
    ) -> Result<(), AuditError> {
        let mut walker = None;
        while let Some(step) = follow(states) {
            match step {
                Step::AllPairs => {
                    let exponents = Exponents::plan(&self.settings.coefficients());
                    let how = (&exponents, states.trials.precision());
                    let pass = Instant::now();
                    let whole = |of: &&Searched| of.products.is_none() && states.queries.is_none();
                    let searched = states.searched.as_ref().filter(whole);
                    let asked = searched.map(|searched| &searched.asked);
                    (states.walked, walker) =
                        self.all_pairs(frame, how, (asked, None), backend, watch)?;
                    states.ran.pass_seconds = pass.elapsed().as_secs_f64();
                    if states.trials.open() {
                        let found = Found::new(states, frame);
                        let measures = on_host(backend, || judged(&found));
                        if !states.trials.accepts(&measures) {
                            continue;
                        }
                    }
                }
                Step::Queries => {
                    if let Some(queries) = &mut states.queries {
                        self.search(queries, frame, backend, watch)?;
                    }
                }
                Step::Ties => self.settle_ties(states, backend, watch)?,
                Step::Verification => {
                    states.verification = self.verify(states, frame, backend, watch)?;
                }
                Step::Anchors => {
                    states.anchored = self.anchored(&Found::new(states, frame), backend, watch)?;
                }
                Step::OtherCode => states.compat = self.compat(frame, backend, watch)?,
                Step::WithoutRepeats if self.late(states) => states.no_time_for_repeats = true,
                Step::WithoutRepeats => {
                    let precision = states.trials.precision();
                    let how = (precision, None);
                    let without = |side, rows: &[u32]| {
                        let walked = self.without((side, rows), how, backend, watch);
                        walked.map(Some)
                    };
                    states.repeats = self.repeats(&states.walked, without, backend)?;
                }
                Step::Offenders => states.offending = self.offending(states, backend, watch)?,
            }
            states.done.push(step);
        }
        states.said.extend(self.counted_by(states, backend));
        // Who walked may be another than was asked: what a device has no walk for, or fails in, the processor walks.
        (states.ran.backend, states.ran.kernel) = match walker {
            Some(Walker { name, kernel }) => (name, kernel),
            None => {
                let kernel = backend.kernel_at(states.trials.precision())?;
                (backend.name().to_owned(), kernel.to_owned())
            }
        };
        let spent = backend.timeline().into_iter();
        let spent = spent.map(|(device, stage, seconds)| Spent {
            device,
            stage: stage.to_owned(),
            seconds,
        });
        states.ran.timeline = spent.collect();
        states.ran.notes = backend.notes();
        states.ran.total_seconds = self.started.elapsed().as_secs_f64();
        Ok(())
    }

    /// Who counted what is asked of single pairs, where there is a device.
    fn counted_by(&self, states: &States, backend: &dyn Backend) -> Option<Note> {
        let offenders = self.settings.offenders && states.trials.precision() == Precision::F32;
        if backend.name() == CPU || !(self.settings.search || offenders) {
            return None;
        }
        let walked = match (&states.queries, self.settings.search_by) {
            (Some(_), _) => "the queries",
            (None, SearchBy::Cosine) => "all pairs",
            (None, SearchBy::Dot) => "all pairs for inner products",
        };
        let text = match backend.makes_cosines() {
            true => format!(
                "The processor counted positions, neighbours and fine cosines of {walked}; the device made the cosines, in f32."
            ),
            false => format!(
                "The processor walked {walked}: no device made the cosines that positions, neighbours and fine counts need."
            ),
        };
        Some(Note::new(Severity::Info, text))
    }

    /// Whether a budget does not allow another walk over all pairs.
    fn late(&self, states: &States) -> bool {
        let Effort::Seconds(budget) = self.settings.effort else {
            return false;
        };
        self.started.elapsed().as_secs_f64() + states.ran.pass_seconds > LATE * budget
    }
}

/// What was measured from all rows, whatever a budget says.
fn beside_budget(settings: &Checked) -> Option<Note> {
    let asked = [
        (settings.wants_spectrum(), "the spectrum"),
        (settings.classes, "classes"),
        (settings.modality, "modality"),
    ];
    let names: Vec<&str> = (asked.iter().filter(|(asked, _)| *asked))
        .map(|(_, name)| *name)
        .collect();
    let Effort::Seconds(budget) = settings.effort else {
        return None;
    };
    (!names.is_empty()).then(|| {
        Note::new(
            Severity::Info,
            format!(
                "The budget of {} s does not count {}: measured from all rows, in time of its own.",
                plain(budget),
                names.join(" and ")
            ),
        )
    })
}
