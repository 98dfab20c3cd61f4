//! The audit that states make.

use crate::audit::ask::Effort;
use crate::audit::read::curve::{curve_measures, curves, no_curve};
use crate::audit::read::estimate::card;
use crate::audit::read::found::{Found, Frame};
use crate::audit::read::judged_pairs;
use crate::audit::read::measures::measure;
use crate::audit::read::not_finite::set_aside;
use crate::audit::read::notes::{self, said::Said};
use crate::audit::read::offenders::offenders;
use crate::audit::read::pairing::pairing;
use crate::audit::read::repeats;
use crate::audit::read::search;
use crate::audit::read::search::number::Number;
use crate::audit::read::terms::{uniform_terms, unsteady};
use crate::audit::read::{classes, compat, modality, spectrum};
use crate::audit::states::States;
use crate::num::plain;
use crate::result::{Audit, Distributions, Note, Provenance, SCHEMA, Severity};

/// The audit that these states make: no row is read again, and the same states make the same audit anywhere.
pub fn read(states: &States) -> Audit {
    let frame = Frame::of(states);
    let found = Found::new(states, &frame);
    let (facts, settings) = (&states.facts, &states.settings);
    let terms = uniform_terms(&found);
    let mut measures = measure(&found, &terms);
    let mut no_numbers: Vec<Note> = set_aside(&mut measures).into_iter().collect();
    let curves = curves(&found, states.anchored.as_ref(), &measures);
    curve_measures(&curves, &mut measures);
    no_numbers.extend(no_curve(&found, states.anchored.as_ref(), &curves));
    let estimate = states.estimate.as_ref();
    if estimate.is_none() {
        measures.extend(compat::measures(&found, &states.compat));
    }
    let (judged, of_judged) = judged_pairs::numbers(&found);
    let mut searched: Vec<Number> = judged.into_iter().collect();
    let (asked, of_search) = search::numbers(&found);
    searched.extend(asked);
    let mut of_more = Said::default();
    for of in [spectrum::numbers, classes::numbers, modality::numbers] {
        searched.extend(of(&found, &mut of_more));
    }
    measures.extend(searched.iter().map(|number| number.measure.clone()));
    no_numbers.extend(set_aside(&mut measures));
    let own = notes::notes(&found, &states.looks, &measures);
    let items = match settings.join_pairs {
        true => notes::items::notes(facts),
        false => Vec::new(),
    };
    let mut notes = Vec::new();
    match estimate {
        None => {
            notes.extend(own);
            notes.extend(no_numbers);
            notes.extend(unsteady(&terms));
            notes.extend(items);
            notes.extend(of_search);
            notes.extend(no_time(states));
            notes.extend(repeats::notes(states, &measures));
            notes.extend(states.said.iter().cloned());
        }
        Some(estimate) => {
            notes.extend(states.said.iter().cloned());
            notes.extend(no_numbers);
            notes.extend(items);
            notes.push(card::about(&estimate.card));
            notes.push(card::absent(settings));
            notes.extend(of_search);
            notes.extend(own);
        }
    }
    notes.extend(of_more.0);
    notes.extend(of_judged);
    notes.extend(
        states
            .ran
            .notes
            .iter()
            .map(|text| Note::new(Severity::Warning, text.clone())),
    );
    notes.extend(states.trials.note());
    states.trials.widen(&mut measures);
    Note::gravest_first(&mut notes);
    let mut distributions = match settings.histograms {
        true => facts.distributions(&states.walked, found.positives, &states.looks),
        false => Distributions::default(),
    };
    let definitions = facts.definitions(settings);
    // Rings go by the places of rows: with ids, those of another file have other groups.
    let paired = estimate.is_none() || facts.items.is_none();
    if estimate.is_some() {
        distributions.cosines.clear();
    }
    Audit {
        schema: SCHEMA.to_owned(),
        subject: facts.subject(),
        definitions: match estimate {
            None => definitions,
            Some(_) => card::definitions(definitions),
        },
        notes,
        provenance: provenance(states, &measures),
        verification: states.verification.clone(),
        curves,
        pairing: paired.then(|| match estimate {
            None => pairing(&found, &terms, searched),
            Some(_) => pairing(&found, &[], searched),
        }),
        measures,
        slices: Vec::new(),
        against: None,
        drift: None,
        offenders: offenders(states, &found),
        spectra: spectrum::curves(&found),
        modality: modality::card(&found),
        distributions,
    }
}

fn provenance(states: &States, measures: &[crate::result::Measure]) -> Provenance {
    let (ran, estimate) = (&states.ran, states.estimate.as_ref());
    let pairs = states.walked.iter().map(|walked| walked.state.pairs);
    Provenance {
        tool: concat!("spherecheck ", env!("CARGO_PKG_VERSION")).to_owned(),
        backend: ran.backend.clone(),
        kernel: ran.kernel.clone(),
        precision: estimate.is_none().then(|| states.trials.card(measures)),
        threads: ran.threads,
        seed: states.settings.seed,
        pairs_visited: estimate.map_or_else(|| pairs.sum(), |estimate| estimate.card.pairs_seen),
        pass_seconds: ran.pass_seconds,
        total_seconds: ran.total_seconds,
        timeline: ran.timeline.clone(),
        process_seconds: None,
        estimate: estimate.map(|estimate| estimate.card.clone()),
        queries: states.queries.as_ref().map(|queries| queries.card.clone()),
    }
}

/// Says that the pass was not walked again without repeated rows.
fn no_time(states: &States) -> Option<Note> {
    let Effort::Seconds(budget) = states.settings.effort else {
        return None;
    };
    states.no_time_for_repeats.then(|| Note::new(Severity::Info, format!(
            "The budget of {} s left no time to see what the numbers are without repeated rows.",
            plain(budget)
        )))
}
