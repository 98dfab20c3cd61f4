//! The report of an audit: what was audited, what the numbers mean, the numbers, what to mind.

use super::card::{brief, card, provenance, timeline, verification};
use super::document::{Block, Document, Records, Shown, Tone, Values};
use super::error::ReportError;
use super::number::counted;
use super::render::{Report, json};
use super::{against, curves, drift, findings, measures, modality, offenders, slices};
use crate::result::{Audit, Finding, Measure, params_text};

impl Report for Audit {
    fn document(&self, details: bool) -> Document {
        let name = &self.subject.name;
        let mut document = Document {
            title: format!("Audit of {name}"),
            lead: (name.clone(), Tone::Plain),
            about: size(self),
            ..Document::default()
        };
        let told = findings::push(&mut document, self);
        document.push(match self.measures.is_empty() {
            true => Block::Foot("no measures".to_owned()),
            false => Block::Table(measures::table(self, details)),
        });
        document.push_for(Shown::Terminal, Block::card(brief(self, details)));
        document.push_for(Shown::Page, Block::card(card(self)));
        curves::push(&mut document, &self.curves);
        modality::push(&mut document, self);
        if let Some(found) = &self.drift {
            document.push(Block::card(drift::card(found)));
        }
        slices::push(&mut document, self, details);
        if let Some(offenders) = &self.offenders {
            offenders::push(&mut document, offenders, details);
        }
        if let Some(placed) = &self.against {
            against::push(&mut document, placed);
        }
        let notes = self.notes.iter();
        let notes =
            notes.filter(|note| details || !note.about.is_some_and(|id| told.contains(&id)));
        document.push_notes(notes.map(|note| (note.severity, note.text.as_str())));
        let spent = timeline(&self.provenance);
        if details && !spent.is_empty() {
            document.push(Block::card(spent));
        }
        let made = provenance(&self.provenance);
        match &self.verification {
            Some(found) => {
                document.push(Block::card([("verified", verification(found))]));
                document.push(Block::Text(made));
            }
            None => document.push(Block::Foot(made)),
        }
        document
    }

    /// One line for each measure; those of slices, where there are any, follow, named in a last column.
    fn records(&self) -> Records {
        let whole = self.measures.iter().map(|measure| (None, measure));
        let parts = self.slices.iter().flat_map(|slice| {
            let named = |measure| (Some(slice.name.clone()), measure);
            slice.measures.iter().map(named)
        });
        let (slices, lines): (Vec<Option<String>>, Vec<&Measure>) = whole.chain(parts).unzip();
        let name = &self.subject.name;
        let mut records = Records::of(name)
            .text("subject", &lines, |_| Some(name.clone()))
            .text("side", &lines, |m| Some(m.side.name()))
            .text("metric", &lines, |m| Some(m.metric.name()))
            .text("params", &lines, |m| Some(params_text(&m.params, ";")))
            .number("value", &lines, |m| Some(m.value))
            .number("se", &lines, |m| m.se)
            .count("n", &lines, |m| m.n)
            .number("ideal", &lines, |m| m.ideal)
            .number("collapsed", &lines, |m| m.collapsed)
            .number("corrected", &lines, |m| m.corrected)
            .number("low", &lines, |m| m.interval.map(|i| i.low))
            .number("high", &lines, |m| m.interval.map(|i| i.high))
            .text("support", &lines, |m| Some(m.support.name()))
            .number("monte_carlo", &lines, |m| m.monte_carlo);
        // What rows were rounded to, and the error of that in each number it touches; where it was asked for only.
        let card = self.provenance.precision.as_ref();
        if let Some(card) = card.filter(|card| card.asked != "f32") {
            let errors = lines.iter().zip(&slices).map(|(m, slice)| {
                let error = card.error(m).filter(|_| slice.is_none());
                error.map(|error| error.error)
            });
            let errors = Values::Number(errors.collect());
            records = records.text("precision", &lines, |_| Some(card.used.clone()));
            records.columns.push(("rounding", errors));
        }
        if !self.slices.is_empty() {
            records.columns.push(("slice", Values::Text(slices)));
        }
        records
    }

    /// The audit with what was found in it.
    fn json(&self) -> Result<Vec<u8>, ReportError> {
        /// [`Audit`] does not hold its findings: they follow from it, and a reader of old audits finds what is known today.
        #[derive(serde::Serialize)]
        struct WithFindings<'a> {
            findings: Vec<Finding>,
            #[serde(flatten)]
            audit: &'a Audit,
        }
        let findings = crate::result::findings(self);
        let whole = WithFindings {
            findings,
            audit: self,
        };
        json(self, &whole)
    }

    fn not_finite(&self) -> Option<(String, &'static str, f64)> {
        let bad = self.measures.iter().find(|m| !m.value.is_finite())?;
        Some((bad.label(), bad.side.name(), bad.value))
    }

    #[cfg(feature = "plots")]
    fn figures(&self, title: Option<&str>) -> Vec<super::figure::Figure<'_>> {
        super::plot::of_audit(self, title)
    }
}

fn size(audit: &Audit) -> String {
    let (a, b) = (&audit.subject.a, &audit.subject.b);
    let dimensions = counted(b.as_ref().map_or(a.dim, |b| b.dim), "dimension");
    let rows = counted(a.rows, "row");
    match b {
        None => format!("{rows} in {dimensions}"),
        Some(b) if b.rows == a.rows => format!("two views of {rows} in {dimensions}"),
        Some(b) => format!("{rows} against {} in {dimensions}", counted(b.rows, "row")),
    }
}
