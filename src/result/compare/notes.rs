//! What a reader must know beside the numbers of a comparison.

use super::super::audited::{Audit, Note, Severity};
use super::super::chosen::QueriesCard;
use super::super::comparison::{Change, Line, Model, Similarity};
use crate::metric::{Family, MetricId};
use crate::num::count;

/// CKA from which on two models have the same geometry.
const SAME_GEOMETRY: f64 = 0.9;

/// Fewest items that the debiased CKA is defined for.
const CKA_ITEMS: u64 = 4;

/// How the rows of a model go with those of the base.
pub(super) struct Relation<'a> {
    found: Vec<&'a Similarity>,
    /// Whether CKA and neighbourhoods both are what models have that share nothing: then rows are not of the same items.
    pub(super) strangers: bool,
}

impl<'a> Relation<'a> {
    pub(super) fn of(found: impl Iterator<Item = &'a Similarity>) -> Self {
        let mut relation = Self {
            found: found.collect(),
            strangers: false,
        };
        let lost = |name| relation.get(name).is_some_and(Similarity::at_chance);
        relation.strangers = lost("cka") && lost("knn_overlap");
        relation
    }

    fn get(&self, name: &str) -> Option<&'a Similarity> {
        self.found.iter().find(|s| s.name == name).copied()
    }
}

/// One model beside the base.
struct BesideBase<'a> {
    base: (&'a Audit, &'a Model),
    other: (&'a Audit, &'a Model),
    relation: &'a Relation<'a>,
    lines: &'a [Line],
    /// Its place among the models.
    place: usize,
}

/// Notes, warnings first.
pub(super) fn notes(
    audits: &[Audit],
    models: &[Model],
    relations: &[Relation<'_>],
    lines: &[Line],
) -> Vec<Note> {
    let mut notes = Vec::new();
    let all = audits.iter().zip(models).zip(relations).enumerate();
    for (place, (other, relation)) in all.skip(1) {
        let beside = BesideBase {
            base: (&audits[0], &models[0]),
            other,
            relation,
            lines,
            place,
        };
        let found = [
            (Severity::Warning, beside.strangers()),
            (Severity::Warning, beside.other_basis()),
            (Severity::Warning, beside.unpaired()),
            (Severity::Info, beside.estimated()),
            (Severity::Warning, beside.other_queries()),
            (Severity::Warning, beside.widths()),
            (Severity::Info, beside.no_cka()),
        ];
        let found = found.into_iter();
        notes.extend(found.filter_map(|(severity, text)| {
            let text = text?;
            Some(Note::new(severity, text))
        }));
    }
    notes.extend(of_audits(audits, models));
    Note::gravest_first(&mut notes);
    notes
}

impl BesideBase<'_> {
    /// `new and base`.
    fn names(&self) -> String {
        format!("{} and {}", self.other.1.name, self.base.1.name)
    }

    fn strangers(&self) -> Option<String> {
        if !self.relation.strangers {
            return None;
        }
        let (cka, overlap) = (self.relation.get("cka")?, self.relation.get("knn_overlap")?);
        let found = format!(
            "CKA {:.4}, {:.2} % of the nearest neighbours shared where chance shares {:.2} %",
            cka.value,
            100.0 * overlap.value,
            100.0 * overlap.chance
        );
        let cells =
            |line: &&Line| matches!(line.metric, MetricId::Uniformity | MetricId::MeanCosine);
        let verdicts = |of: &dyn Fn(&&Line) -> bool, word: Change| {
            let lines = self.lines.iter().filter(of);
            let cells = lines.filter_map(|line| line.cells[self.place].as_ref()?.against.as_ref());
            cells.filter(|against| against.verdict == word).count()
        };
        let alike = self.lines.iter().filter(cells).count() == verdicts(&cells, Change::Same);
        let ids = self
            .base
            .0
            .pairing
            .as_ref()
            .and_then(|pairing| pairing.ids.as_ref());
        let advice = match ids {
            Some(_) => "Check that the ids are those of these rows.",
            None => "Give --ids once for each model to join rows by their ids.",
        };
        if alike {
            return Some(format!(
                "Row i of {} has nothing to do with row i of {} ({found}), though both sets of rows are spread alike: \
                 has the order of the rows been lost? Errors are taken as independent. {advice}",
                self.other.1.name, self.base.1.name
            ));
        }
        let better = verdicts(&|_| true, Change::Better);
        let better = match better {
            0 => String::new(),
            times => format!(
                " It is called better {times} time{}, which says nothing here: random vectors are spread more evenly \
                 than those of any trained model.",
                if times == 1 { "" } else { "s" }
            ),
        };
        Some(format!(
            "{} have nothing in common ({found}): one of them may be noise, or its rows may be in another order. Errors \
             are taken as independent.{better}",
            self.names()
        ))
    }

    fn other_basis(&self) -> Option<String> {
        let (cka, own) = (self.relation.get("cka")?, self.relation.get("row_cosine")?);
        let far = own.value < (1.0 + own.chance) / 2.0;
        (cka.value >= SAME_GEOMETRY && far).then(|| {
            format!(
                "{} have the same geometry (CKA {:.3}) in different bases: row i of one has a mean cosine of {:.3} with \
                 row i of the other, so old and new vectors cannot share an index. Encode all items again with the new \
                 model, or rotate its vectors back.",
                self.names(),
                cka.value,
                own.value
            )
        })
    }

    fn unpaired(&self) -> Option<String> {
        if self.other.1.paired != Some(false) || self.relation.strangers {
            return None;
        }
        let audits = [self.base.0, self.other.0];
        let lacks = |a: &&Audit| a.pairing.is_none();
        let estimate = |a: &Audit| a.provenance.estimate.is_some();
        let why = if audits.into_iter().filter(lacks).any(estimate) {
            "estimates of rows with ids have no groups of rows left out".to_owned()
        } else if audits.iter().any(lacks) {
            "one of the audits was saved without what a paired test needs".to_owned()
        } else {
            format!(
                "they have {} and {} rows",
                count(self.other.1.rows),
                count(self.base.1.rows)
            )
        };
        Some(format!(
            "{} are not paired, because {why}: errors are taken as independent, which finds only much larger \
             differences.",
            self.names()
        ))
    }

    fn estimated(&self) -> Option<String> {
        let audits = [self.base.0, self.other.0];
        let estimated = audits.iter().any(|a| a.provenance.estimate.is_some());
        (estimated && self.other.1.paired == Some(true)).then(|| {
            format!(
                "{}: uniformity and contrastive terms are estimates, whose errors are taken as independent; paired ones, \
                 which find smaller differences, need all pairs (no --budget, no --max-error).",
                self.names()
            )
        })
    }

    /// Samples that are not the same, where differences would be paired.
    fn other_queries(&self) -> Option<String> {
        let audits = [self.base.0, self.other.0];
        let [x, y] = audits.map(|audit| audit.provenance.queries.as_ref());
        let digest = |card: Option<&QueriesCard>| card.map(|card| card.digest.clone());
        let searched = audits.iter().all(|audit| {
            let mut all = audit.measures.iter();
            all.any(|measure| measure.metric.family() == Family::Queries)
        });
        let alike = digest(x) == digest(y);
        if alike || !searched || self.other.1.paired != Some(true) {
            return None;
        }
        let described = |card: Option<&QueriesCard>| {
            card.map_or("all rows".to_owned(), |card| {
                format!("{}, seed {}", card.counts(), card.seed)
            })
        };
        Some(format!(
            "{} have different queries ({}; {}): errors of retrieval and thresholds are taken as independent, which finds \
             only much larger differences. Audit both with the same --queries N and --seed.",
            self.names(),
            described(y),
            described(x)
        ))
    }

    fn widths(&self) -> Option<String> {
        let (x, y) = (self.base.1, self.other.1);
        (x.dim != y.dim).then(|| {
            format!(
                "{} has {} dimensions and {} has {}: what an ideal encoder reaches differs. Uniformity and contrastive \
                 terms are called better or worse only if both the number and its excess over the own ideal are; \
                 effects are those of the excess.",
                y.name,
                count(y.dim),
                x.name,
                count(x.dim)
            )
        })
    }

    fn no_cka(&self) -> Option<String> {
        if self.relation.found.is_empty() || self.relation.get("cka").is_some() {
            return None;
        }
        let why = match self.other.1.rows {
            few if few < CKA_ITEMS => format!("it needs four items or more, and there are {few}"),
            _ => "all rows of one of them are alike".to_owned(),
        };
        Some(format!("CKA of {} is absent: {why}.", self.names()))
    }
}

/// The warnings that audits have, each with the models it is about.
fn of_audits(audits: &[Audit], models: &[Model]) -> Vec<Note> {
    let mut found: Vec<(&str, Vec<&str>)> = Vec::new();
    for (audit, model) in audits.iter().zip(models) {
        let warnings = audit
            .notes
            .iter()
            .filter(|n| n.severity == Severity::Warning);
        for note in warnings {
            match found.iter_mut().find(|(text, _)| *text == note.text) {
                Some((_, names)) => names.push(&model.name),
                None => found.push((&note.text, vec![&model.name])),
            }
        }
    }
    let notes = found.into_iter().map(|(text, names)| {
        Note::new(
            Severity::Warning,
            format!("{}: {text}", names.join(" and ")),
        )
    });
    notes.collect()
}
