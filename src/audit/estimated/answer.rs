//! From the wish for an estimate to an audit, or to the reason why the exact pass is made.

use super::budget::{Allowed, fits};
use super::cost::{Cost, duration};
use super::effort::{estimate, plain};
use super::known::{Estimate, Known, Outcome, exact_note};
use super::view::Sides;
use crate::audit::found::Found;
use crate::audit::measures::measure;
use crate::audit::not_finite::set_aside;
use crate::audit::pairing::pairing;
use crate::audit::prepare::Prepared;
use crate::audit::settings::Effort;
use crate::audit::terms::uniform_terms;
use crate::audit::walk::Linear;
use crate::audit::{AuditError, Settings, grouping, notes};
use crate::backend::{Backend, on_host};
use crate::num::in_percent;
use crate::pass::Watch;
use crate::result::{
    Audit, Definitions, Distributions, EstimateCard, Note, Provenance, SCHEMA, Severity,
};

/// Fewest rounds that a ring must have: fewer blocks are too few groups for an error.
const FEWEST_ROUNDS: usize = 2;

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
        let exact = |text: &str| Ok(Answer::Exact(Some(exact_note(text))));
        let cost = match settings.effort {
            Effort::Exact => return Ok(Answer::Exact(None)),
            Effort::Seconds(budget) => match self.allowed(budget, settings, backend)? {
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
            started: self.started,
        };
        match estimate(&known, &sides, &cost)? {
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
        let backend = known.backend;
        let (measures, more, no_numbers) = on_host(backend, || {
            let mut measures = measure(&found, &uniform_terms(&found));
            let no_numbers = set_aside(&mut measures);
            let notes = notes::notes(&found, &measures);
            (measures, notes, no_numbers)
        });
        said.extend(no_numbers);
        if settings.join_pairs {
            said.extend(grouping::notes(self));
        }
        said.push(about(&card));
        said.push(absent(settings));
        said.extend(idle(backend));
        said.extend(more);
        said.sort_by_key(|note| std::cmp::Reverse(note.severity));
        let distributions = if settings.histograms {
            let mut all = self.distributions(&walked, linear.positives.as_ref());
            all.cosines.clear();
            all
        } else {
            Distributions::default()
        };
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
                // Rings and whole rows are walked by the processor, whatever device there is.
                backend: "cpu".to_owned(),
                kernel: backend.processor().name().to_owned(),
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
    if !settings.compat.is_empty() {
        absent.push("the numbers of --compat");
    }
    if settings.histograms {
        absent.push("the histogram of cosines");
    }
    absent.push("what a paired comparison needs");
    Note {
        severity: Severity::Info,
        text: format!(
            "An estimate leaves out {}: they come with all pairs only. Leave out --budget and --max-error to have them.",
            absent.join(", ")
        ),
    }
}

/// Devices other than the processor walk all pairs or none.
fn idle(backend: &dyn Backend) -> Option<Note> {
    (backend.kernel() != backend.processor().name()).then(|| Note {
        severity: Severity::Info,
        text: format!(
            "Estimates are made on the processor; {} was not used.",
            backend.name()
        ),
    })
}

/// What an audit with these settings would do, in words; `exact` seconds is what all pairs take once `rows` rows are
/// read.
pub(in crate::audit) fn verdict(
    settings: &Settings,
    (cost, rows): (&Cost, usize),
    exact: f64,
) -> String {
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
