//! The report of a comparison: models side by side.

use super::{effects, numbers, parity, thresholds};
use crate::report::card::definitions;
use crate::report::document::{Block, Document, Records, Shown, Tone};
use crate::report::number::{count, counted, ends, percentage, plain, written};
use crate::report::render::Report;
use crate::result::{
    Comparison, Difference, Interval, Line, Similarity, Versus, params_text, summary,
};

impl Report for Comparison {
    fn document(&self, details: bool) -> Document {
        let others = self.models.len().saturating_sub(1);
        let base = self.models.first().map_or("", |base| base.name.as_str());
        let mut document = Document {
            title: subject(self),
            lead: (base.to_owned(), Tone::Plain),
            about: match others {
                0 => String::new(),
                _ => format!("against {}", counted(others, "other model")),
            },
            ..Document::default()
        };
        let verdicts = summary(self);
        for line in &verdicts {
            document.push_for(Shown::Page, Block::Text(line.clone()));
        }
        let entry = |model: &crate::result::Model| {
            let how = match model.paired {
                None => "base",
                Some(true) => "paired with the base",
                Some(false) => "not paired with the base",
            };
            let size = format!("{} × {}", count(model.rows), count(model.dim));
            let text = format!("{}: {size}, {how}", model.source);
            (model.name.clone(), text)
        };
        document.push(Block::card(self.models.iter().map(entry)));
        parity::push(&mut document, self, details);
        thresholds::push(&mut document, self);
        // Columns of ten copies have no room on a terminal.
        let many = parity::of_copies(self) && !details;
        let lines = self.lines.iter();
        let lines: Vec<&Line> = lines
            .filter(|line| !many && (details || !numbers::is_detail(line.metric)))
            .collect();
        if !many {
            document.push(Block::Table(numbers::table(self, &lines, details)));
        }
        if others > 0 && !many {
            document.push(Block::Text(legend(self)));
            let told = lines.iter().copied();
            let told: Vec<&Line> = told
                .filter(|line| details || numbers::is_told(&lines, line))
                .collect();
            if told.len() < lines.len() {
                let same = "sides left out have the verdicts of those shown (--details)";
                document.push_for(Shown::Terminal, Block::Text(same.to_owned()));
            }
            for (k, model) in self.models.iter().enumerate().skip(1) {
                if let Some(table) = effects::table(&told, k) {
                    let heading = format!("effects of {}", model.name);
                    document.push_for(Shown::Terminal, Block::Heading(heading));
                    document.push_for(Shown::Terminal, Block::Table(table));
                }
            }
            document.push(Block::Text(effects::legend(self)));
        }
        if let Some(words) = &self.definitions {
            let card = definitions(words, self.positives.as_ref());
            document.push_for(Shown::Page, Block::Heading("definitions".to_owned()));
            document.push_for(Shown::Page, Block::card(card));
        }
        let curves = numbers::main_curves(self);
        for model in &self.models {
            if let Some(table) = numbers::prefixes(&curves, &model.name) {
                let heading = format!("first columns of {}", model.name);
                document.push(Block::Heading(heading));
                document.push(Block::Table(table));
            }
        }
        if !self.similarities.is_empty() && !many {
            document.push_for(Shown::Page, Block::Heading("similarity".to_owned()));
            document.push(Block::card(self.similarities.iter().map(similarity)));
        }
        let own = own_findings(self);
        if !own.is_empty() {
            document.push_for(Shown::Page, Block::Heading("findings".to_owned()));
            document.push(Block::card(own));
        }
        let notes = self.notes.iter();
        document.push_notes(notes.map(|note| (note.severity, note.text.as_str())));
        let foot = format!("{} · seed {}", self.tool, self.seed);
        document.push(Block::Foot(foot));
        for line in verdicts {
            document.push_for(Shown::Terminal, Block::Heading(line));
        }
        document
    }

    /// One line for each number of each model, then those of the prefixes.
    fn records(&self) -> Records {
        let mut lines = Vec::new();
        for line in &self.lines {
            for (model, cell) in self.models.iter().zip(&line.cells) {
                let Some(cell) = cell else { continue };
                lines.push(RecordRow {
                    model: &model.name,
                    dim: model.dim,
                    metric: line.metric.name(),
                    params: params_text(&line.params, ";"),
                    side: line.side.name(),
                    numbers: [Some(cell.value), cell.se, cell.ideal.or(line.ideal)],
                    difference: cell.against.as_ref().map(|against| against.difference),
                    interval: cell.against.as_ref().and_then(|against| against.interval),
                    against: cell.against.as_ref(),
                });
            }
        }
        for parity in &self.parity {
            let candidate = &parity.between.1;
            let model = self.models.iter().find(|model| model.name == *candidate);
            for measure in &parity.measures {
                lines.push(RecordRow {
                    model: candidate,
                    dim: model.map_or(0, |model| model.dim),
                    metric: measure.metric.name(),
                    params: params_text(&measure.params, ";"),
                    side: measure.side.name(),
                    numbers: [Some(measure.value), measure.se, measure.ideal],
                    interval: measure.interval,
                    ..RecordRow::default()
                });
            }
        }
        for (model, metric, params, reading) in thresholds::entries(self) {
            let of = self.models.iter().find(|of| of.name == model);
            lines.push(RecordRow {
                model,
                dim: of.map_or(0, |of| of.dim),
                metric,
                params,
                numbers: [Some(reading.value), reading.se, None],
                interval: reading.interval,
                ..RecordRow::default()
            });
        }
        for curve in &self.prefixes {
            let points = curve.points.iter();
            for point in points.filter(|point| point.from_whole.is_some()) {
                lines.push(RecordRow {
                    model: &curve.model,
                    dim: point.dim,
                    metric: curve.metric.name(),
                    params: params_text(&curve.params, ";"),
                    side: curve.side.name(),
                    numbers: [Some(point.value), point.se, point.ideal],
                    difference: point.from_whole,
                    ..RecordRow::default()
                });
            }
        }
        let unit = |e: &RecordRow<'_>| {
            let against = e.against.filter(|against| against.power.is_some())?;
            Some(format!("{}s", against.unit.name()))
        };
        Records::of(&subject(self))
            .text("model", &lines, |e| Some(e.model.to_owned()))
            .text("dim", &lines, |e| Some(e.dim.to_string()))
            .text("metric", &lines, |e| Some(e.metric))
            .text("params", &lines, |e| Some(e.params.clone()))
            .text("side", &lines, |e| Some(e.side))
            .number("value", &lines, |e| e.numbers[0])
            .number("se", &lines, |e| e.numbers[1])
            .number("ideal", &lines, |e| e.numbers[2])
            .number("difference", &lines, |e| e.difference.map(|d| d.value))
            .number("difference_se", &lines, |e| e.difference?.se)
            .number("low", &lines, |e| Some(e.interval?.low))
            .number("high", &lines, |e| Some(e.interval?.high))
            .number("p", &lines, |e| e.against?.p)
            .text("verdict", &lines, |e| Some(e.against?.verdict.name()))
            .number("excess", &lines, |e| {
                Some(e.against?.excess.as_ref()?.difference.value)
            })
            .number("excess_p", &lines, |e| e.against?.excess.as_ref()?.p)
            .number("effect", &lines, |e| e.against?.effect)
            .number("seen_from", &lines, |e| e.against?.power?.share)
            .number("half_from", &lines, |e| {
                Some(e.against?.power?.needed? as f64)
            })
            .text("unit", &lines, unit)
    }

    #[cfg(feature = "plots")]
    fn figures(&self, title: Option<&str>) -> Vec<crate::report::figure::Figure<'_>> {
        crate::report::plot::of_comparison(self, title)
    }
}

/// What one model shows and not every other does, by its name.
fn own_findings(comparison: &Comparison) -> Vec<(String, String)> {
    let models = &comparison.models;
    let own = models.iter().filter_map(|model| {
        let shared = |id| models.iter().all(|other| other.findings.contains(id));
        let own = model.findings.iter().filter(|id| !shared(id));
        let own: Vec<&str> = own.map(|id| id.name()).collect();
        let text = format!("found here and not in every model: {}", own.join(", "));
        (!own.is_empty()).then(|| (model.name.clone(), text))
    });
    own.collect()
}

/// One number of one model, or of its first columns.
#[derive(Default)]
struct RecordRow<'a> {
    model: &'a str,
    dim: u64,
    metric: &'static str,
    params: String,
    side: &'static str,
    /// Value, error, ideal.
    numbers: [Option<f64>; 3],
    difference: Option<Difference>,
    /// Of the difference; of numbers of two models, of the number.
    interval: Option<Interval>,
    against: Option<&'a Versus>,
}

fn subject(comparison: &Comparison) -> String {
    let names = comparison.models.iter().map(|model| model.name.as_str());
    names.collect::<Vec<_>>().join(" and ")
}

/// What the columns mean.
fn legend(comparison: &Comparison) -> String {
    let level = percentage(comparison.confidence);
    let base = comparison.models.first();
    let base = base.map_or("", |base| base.name.as_str());
    let paired = comparison.models.iter().filter_map(|model| model.paired);
    let how = if paired.clone().all(|paired| paired) {
        "errors of differences are paired: the same items are left out of both models"
    } else {
        "errors of differences are those of independent samples where models are not paired"
    };
    format!(
        "differences are from {base}; {how}; verdicts hold together at {level} ({} tests, Holm)",
        comparison.tests
    )
}

fn similarity(s: &Similarity) -> (String, String) {
    let text = written(s.value, s.se);
    let interval = s.interval.map_or(String::new(), |i| {
        format!(" ({})", ends(i.low, i.high, &text))
    });
    let between = format!("{} of {} and {}", s.name, s.between.0, s.between.1);
    let chance = format!("; nothing in common gives {}", plain(s.chance, 4));
    (
        between,
        format!("{text}{interval}{chance}; {}", s.definition),
    )
}
