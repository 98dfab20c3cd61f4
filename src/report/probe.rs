//! The report of a probe.

use super::document::{Block, Cell, Column, Document, Records, Shown, Table, Tone};
use super::number::{count, counted, percentage, plain, seconds, significant};
use super::render::Report;
use crate::result::{ProbeReport, Quantity, Score, Severity};

impl Report for ProbeReport {
    fn document(&self, _: bool) -> Document {
        let (rows, dimensions) = (counted(self.rows, "row"), counted(self.dim, "dimension"));
        let size = format!("{rows} in {dimensions}");
        let mut document = Document {
            title: format!("{}: probes", self.name),
            lead: (self.name.clone(), Tone::Plain),
            about: size.clone(),
            ..Document::default()
        };
        document.push_for(Shown::Page, Block::Text(size));
        document.push(Block::card(card(self)));
        document.push(Block::Table(scores(self)));
        let notes = self.notes.iter();
        document.push_notes(notes.map(|note| (Severity::Info, note.as_str())));
        document.push(Block::Foot(format!(
            "{} · cpu {} · {} · seed {} · {}",
            self.tool,
            self.kernel,
            counted(self.threads, "thread"),
            self.seed,
            seconds(self.seconds)
        )));
        document
    }

    /// One line for each probe.
    fn records(&self) -> Records {
        let lines = &self.scores;
        let param = |score: &Score| {
            let (name, value) = score.param.as_ref()?;
            Some(format!("{name}={value}"))
        };
        Records::of(&self.name)
            .text("subject", lines, |_| Some(self.name.clone()))
            .text("probe", lines, |s| Some(s.probe.clone()))
            .text("params", lines, param)
            .text("quantity", lines, |s| Some(s.quantity.name()))
            .number("value", lines, |s| Some(s.value))
            .count("n", lines, |s| s.n)
            .number("low", lines, |s| Some(s.low))
            .number("high", lines, |s| Some(s.high))
            .number("r2", lines, |s| s.r2)
    }

    fn not_finite(&self) -> Option<(String, &'static str, f64)> {
        let bad = self.scores.iter().find(|s| !s.value.is_finite())?;
        Some((bad.label(), "test", bad.value))
    }
}

/// What was probed and how.
fn card(report: &ProbeReport) -> Vec<(&'static str, String)> {
    let (target, split) = (&report.target, &report.split);
    let target = match target.classes {
        Some(classes) => {
            let classes = counted(classes, "class");
            ("labels", format!("{}: {classes}", target.source))
        }
        None => {
            let more = target.columns.filter(|&columns| columns > 1);
            let more = more.map(|columns| format!(" and others, {columns} columns"));
            let text = format!("{}{}", target.source, more.unwrap_or_default());
            ("targets", text)
        }
    };
    let (train, test) = (counted(split.train, "row"), count(split.test));
    let split = format!("{train} to train on, {test} to test on: {}", split.source);
    let linear = format!("reads {}", report.features);
    let mut card = vec![target, ("split", split), ("linear", linear)];
    if report.other_classes > 0 {
        let rows = counted(report.other_classes, "row");
        card.push(("left out", format!("{rows} of other classes")));
    }
    if report.dropped_zero_rows > 0 {
        let rows = counted(report.dropped_zero_rows, "row");
        card.push(("dropped", format!("{rows} of norm 0")));
    }
    card.push(("intervals", report.intervals.clone()));
    card
}

fn scores(report: &ProbeReport) -> Table {
    let level = report.scores.first().map_or(0.95, |score| score.level);
    let real = report.target.classes.is_none();
    let mut table = Table::new([
        Column::left("probe"),
        Column::right(if real { "mse" } else { "accuracy" }),
        Column::right(format!("{} interval", percentage(level))),
    ]);
    if real {
        table.columns.push(Column::right("r²"));
    }
    for score in &report.scores {
        let written = |v: f64, percent: &dyn Fn(f64) -> String| match score.quantity {
            Quantity::Accuracy | Quantity::TopFive => percent(100.0 * v),
            Quantity::Mse => significant(v, score.high - score.low),
        };
        let short = |v| written(v, &|percent| format!("{percent:.1}"));
        let mut cells = vec![
            Cell::Label(score.label()),
            written(score.value, &|percent| format!("{percent:.2} %")).into(),
            format!("{} to {}", short(score.low), short(score.high)).into(),
        ];
        if real {
            cells.push(score.r2.map_or(Cell::Empty, |r2| plain(r2, 3).into()));
        }
        table.push(cells);
    }
    table
}
