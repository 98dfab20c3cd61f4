//! The report of reference encoders.

use super::against::accuracy;
use super::document::{Block, Cell, Column, Document, Records, Shown, Table, Tone};
use super::number::{plain, seconds, significant};
use super::render::Report;
use crate::result::{Beside, Paper, Quantity, Zoo};

const NOTE: &str = "linear: accuracy of a linear probe of the output, trained on the labelled items that the encoder learned from, on the test items; Wilson's 95 % interval over test items, Student's over seeds";

impl Report for Zoo {
    /// Where several encoders differ in their seeds alone, their means with Student's t intervals follow.
    fn document(&self, _: bool) -> Document {
        let failed = match self.failed.len() {
            0 => String::new(),
            count => format!(", {count} failed"),
        };
        let mut document = Document {
            title: format!("Reference encoders of {}{failed}", self.data),
            lead: (self.members.len().to_string(), Tone::Plain),
            about: format!("reference encoders of {}{failed}", self.data),
            ..Document::default()
        };
        document.push(Block::Table(encoders(self)));
        let means = over_seeds(self);
        if !means.rows.is_empty() {
            document.push(Block::Table(means));
        }
        if let Some(paper) = &self.paper {
            beside_paper(&mut document, paper);
        }
        if !self.failed.is_empty() {
            let failed = self.failed.iter();
            let entries = failed.map(|f| ("failed", format!("{}: {}", f.name, f.reason)));
            document.push(Block::card(entries));
            document.push(Block::Text(NOTE.to_owned()));
        } else {
            document.push(Block::Foot(NOTE.to_owned()));
        }
        document
    }

    fn records(&self) -> Records {
        let lines = &self.members;
        Records::of(&self.data)
            .text("encoder", lines, |m| Some(m.name.clone()))
            .text("trained_for", lines, |m| Some(m.objective.clone()))
            .count("seed", lines, |m| m.seed)
            .count("dim", lines, |m| m.dim)
            .number("uniformity", lines, |m| Some(m.uniformity))
            .number("alignment", lines, |m| Some(m.alignment))
            .number("linear", lines, |m| m.accuracy.map(|a| a.value))
            .number("low", lines, |m| m.accuracy.map(|a| a.low))
            .number("high", lines, |m| m.accuracy.map(|a| a.high))
            .number("seconds", lines, |m| Some(m.seconds))
    }
}

fn encoders(zoo: &Zoo) -> Table {
    let numbers = ["m", "uniformity", "alignment", "linear", "interval", "time"];
    let words = [Column::key("encoder", false), Column::left("trained for")];
    let columns = words.into_iter().chain(numbers.map(Column::right));
    let mut table = Table::new(columns);
    // What an encoder was trained for is told by its name too.
    table.narrower = vec![vec![1], vec![1, 7], vec![1, 6, 7]];
    for m in &zoo.members {
        let [value, interval] = accuracy(m.accuracy);
        table.push([
            m.name.as_str().into(),
            m.objective.as_str().into(),
            m.dim.to_string().into(),
            plain(m.uniformity, 3).into(),
            plain(m.alignment, 3).into(),
            value,
            interval,
            seconds(m.seconds).into(),
        ]);
    }
    for failed in &zoo.failed {
        let mut cells = vec![Cell::Absent; 8];
        cells[0] = failed.name.as_str().into();
        cells[1] = failed.objective.as_str().into();
        table.push(cells);
    }
    table
}

/// What encoders of several seeds share.
fn over_seeds(zoo: &Zoo) -> Table {
    let numbers = [
        "seeds",
        "linear",
        "95 % interval",
        "uniformity",
        "alignment",
    ];
    let columns = [Column::left("trained for")].into_iter();
    let mut table = Table::new(columns.chain(numbers.map(Column::right)));
    for mean in zoo.over_seeds() {
        table.push([
            mean.objective.into(),
            mean.seeds.to_string().into(),
            format!("{:.2} %", 100.0 * mean.accuracy).into(),
            format!("± {:.2}", 100.0 * mean.reach).into(),
            plain(mean.uniformity, 3).into(),
            plain(mean.alignment, 3).into(),
        ]);
    }
    table
}

/// Numbers beside the paper's, and what differs.
fn beside_paper(document: &mut Document, paper: &Paper) {
    let source = format!("Wang and Isola (2020), {}", paper.source);
    document.push_for(Shown::Page, Block::Heading(source.clone()));
    let numbers = ["here", "95 % interval", "paper"].map(Column::right);
    let words = [Column::key("encoder", true), Column::left("reading")];
    let mut table = Table::new(words.into_iter().chain(numbers));
    for number in &paper.numbers {
        let ends = number.interval.map(|[low, high]| {
            let unit = matches!(
                number.quantity,
                Some(Quantity::Accuracy | Quantity::TopFive)
            );
            let write = |v: f64| match unit {
                true => format!("{:.1}", 100.0 * v),
                false => significant(v, high - low),
            };
            format!("{} to {}", write(low), write(high))
        });
        table.push([
            number.encoder.as_str().into(),
            number.reading.as_str().into(),
            told(number, number.value).into(),
            ends.map_or(Cell::Empty, Cell::from),
            Cell::or_absent(number.paper.map(|v| told(number, v))),
        ]);
    }
    if !paper.numbers.is_empty() {
        document.push(Block::Table(table));
    }
    document.push_for(Shown::Terminal, Block::Text(format!("paper: {source}")));
    document.push(Block::Remarks("differs", paper.differs.clone()));
}

/// A share in percent, an error or a metric as it is.
fn told(number: &Beside, value: f64) -> String {
    match number.quantity {
        Some(Quantity::Accuracy | Quantity::TopFive) => format!("{:.1} %", 100.0 * value),
        Some(Quantity::Mse) => format!("{value:.4}"),
        None => plain(value, 3),
    }
}
