//! From the wish for an estimate to an audit, or to the reason why the exact pass is made.

use std::time::Instant;

use super::effort::estimate;
use super::known::{Estimate, Known, Outcome, exact_note};
use super::view::Sides;
use crate::audit::found::Found;
use crate::audit::measures::measure;
use crate::audit::model::{
    Audit, Definitions, Distributions, EstimateCard, Note, Provenance, SCHEMA, Severity,
};
use crate::audit::not_finite::set_aside;
use crate::audit::pairing::pairing;
use crate::audit::prepare::Prepared;
use crate::audit::settings::Effort;
use crate::audit::terms::uniform_terms;
use crate::audit::walk::Linear;
use crate::audit::{AuditError, Settings, forecast, notes};
use crate::backend::Backend;
use crate::num::in_percent;
use crate::pass::Watch;

/// Fewest rounds that a ring must have: fewer blocks are too few groups for an error.
const FEWEST_ROUNDS: usize = 2;
/// The exact pass may be expected to take this share of the budget.
const SURE: f64 = 0.9;

/// What the wish for an estimate led to.
pub(in crate::audit) enum Answer {
    /// An audit from a part of the pairs.
    Estimated(Box<Audit>),
    /// All pairs are to be seen, and why, where an estimate was wished for.
    Exact(Option<Note>),
}

impl Prepared {
    /// An audit from a part of the pairs, where the settings ask for one and it is less work than all pairs.
    pub(in crate::audit) fn estimate(
        &self,
        settings: &Settings,
        backend: &dyn Backend,
        watch: &dyn Watch,
    ) -> Result<Answer, AuditError> {
        let started = Instant::now();
        let exact = |text: &str| Ok(Answer::Exact(Some(exact_note(text))));
        if settings.effort == Effort::Exact {
            return Ok(Answer::Exact(None));
        }
        if let Effort::Seconds(budget) = settings.effort {
            let pairs = forecast::pairs(self.a.rows(), self.b.as_ref().map(|b| b.rows()));
            let seconds = pairs / forecast::calibrate(self.a.dim(), settings, backend)?;
            if fits(seconds, budget - started.elapsed().as_secs_f64()) {
                return exact(&format!(
                    "The budget of {budget} s allows all pairs, so all were seen: these numbers are exact."
                ));
            }
        }
        let Some(layouts) = Sides::layouts(self, settings.seed) else {
            return exact(
                "One view has so many more rows than the other that no estimate suits both, so all pairs were seen: \
                 these numbers are exact.",
            );
        };
        let excluded = self.excluded();
        let sides = Sides::new(self, settings, &layouts, &excluded);
        if sides.rounds() < FEWEST_ROUNDS {
            return exact(
                "These rows are too few for an estimate, so all pairs were seen: these numbers are exact.",
            );
        }
        let linear = self.linear(settings, &layouts, &excluded, backend, watch)?;
        let known = Known {
            data: self,
            settings,
            groups: &linear.groups,
            positives: linear.positives.as_ref(),
            cosines: &linear.cosines,
            excluded: &excluded,
            backend,
            watch,
            started,
        };
        match estimate(&known, &sides)? {
            Outcome::Exact(note) => Ok(Answer::Exact(Some(note))),
            Outcome::Estimate(made) => {
                let audit = self.written(settings, (&known, &layouts), &linear, *made);
                Ok(Answer::Estimated(Box::new(audit)))
            }
        }
    }

    fn written(
        &self,
        settings: &Settings,
        (known, layouts): (&Known<'_>, &(crate::pass::Layout, crate::pass::Layout)),
        linear: &Linear,
        made: Estimate,
    ) -> Audit {
        let Estimate {
            walked,
            estimated,
            card,
            notes: mut said,
            seconds,
        } = made;
        let found = Found {
            data: self,
            settings,
            layouts,
            groups: &linear.groups,
            walked: &walked,
            positives: linear.positives.as_ref(),
            cosines: &linear.cosines,
            excluded: known.excluded,
            estimated: Some(&estimated),
        };
        let mut measures = measure(&found, &uniform_terms(&found));
        said.extend(set_aside(&mut measures));
        said.push(about(&card));
        said.push(absent(settings));
        said.extend(notes::notes(&found, &measures));
        said.sort_by_key(|note| std::cmp::Reverse(note.severity));
        let distributions = if settings.histograms {
            let mut all = self.distributions(&walked, linear.positives.as_ref());
            all.cosines.clear();
            all
        } else {
            Distributions::default()
        };
        let backend = known.backend;
        Audit {
            schema: SCHEMA.to_owned(),
            subject: self.subject(),
            definitions: Definitions {
                pairs: "U-statistic over pairs i < j of the whole set, no self-pairs; estimated from a balanced part \
                        of them"
                    .to_owned(),
                errors: format!(
                    "{}; from sampling pairs and from sampling rows",
                    self.definitions(settings).errors
                ),
                duplicates: "not counted: not all pairs were seen".to_owned(),
                ..self.definitions(settings)
            },
            measures,
            notes: said,
            provenance: Provenance {
                tool: concat!("spherecheck ", env!("CARGO_PKG_VERSION")).to_owned(),
                backend: backend.name().to_owned(),
                kernel: backend.kernel().to_owned(),
                precision: None,
                threads: backend.threads() as u64,
                seed: settings.seed,
                pairs_visited: card.pairs_seen,
                pass_seconds: seconds,
                total_seconds: self.started.elapsed().as_secs_f64(),
                estimate: Some(card),
            },
            verification: None,
            curves: Vec::new(),
            distributions,
            // Rings go by the places of rows: with ids, those of another file have other groups.
            pairing: self.items.is_none().then(|| pairing(&found, &[])),
            slices: Vec::new(),
            against: None,
        }
    }
}

fn fits(seconds: f64, budget: f64) -> bool {
    seconds <= SURE * budget
}

fn about(card: &EstimateCard) -> Note {
    let share = in_percent(card.pairs_seen as f64 / card.pairs_all as f64);
    let rows = match card.full_rows {
        0 => String::new(),
        rows => format!(", and {rows} rows against all others"),
    };
    Note {
        severity: Severity::Info,
        text: format!(
            "Numbers of pairs are estimated ({}) from {share} of all pairs: {} round{} of blocks{rows}, drawn with \
             seed {}. Their errors count both what the pairs that were not seen may change (the Monte Carlo error) and \
             what other rows of the same kind would.",
            card.asked,
            card.rounds,
            if card.rounds == 1 { "" } else { "s" },
            card.seed
        ),
    }
}

fn absent(settings: &Settings) -> Note {
    let mut absent = vec!["counts of duplicates"];
    if !settings.negatives.is_empty() {
        absent.push("the loss at finite numbers of negatives");
    }
    if settings.histograms {
        absent.push("the histogram of cosines");
    }
    Note {
        severity: Severity::Info,
        text: format!(
            "An estimate leaves out {}: they need all pairs. Leave out --budget and --max-error to have them.",
            absent.join(", ")
        ),
    }
}

/// What an audit with these settings would do, in words.
pub(in crate::audit) fn verdict(
    settings: &Settings,
    (n, m): (usize, Option<usize>),
    seconds: f64,
) -> String {
    let _ = (n, m);
    match settings.effort {
        Effort::Exact => "all pairs will be seen".to_owned(),
        Effort::Seconds(budget) if fits(seconds, budget) => {
            format!("the budget of {budget} s allows all pairs: all will be seen")
        }
        Effort::Seconds(budget) => format!(
            "the budget of {budget} s allows about {:.2} % of the pairs: numbers of pairs will be estimated",
            100.0 * budget / seconds
        ),
        Effort::MaxError(most) => format!(
            "pairs will be seen until Monte Carlo errors are at most {most}; that takes no longer than all of them"
        ),
        Effort::Amount { rounds, .. } => format!("{rounds} rounds of blocks will be seen"),
    }
}
