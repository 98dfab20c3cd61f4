//! What `--dry-run` tells.

use super::document::{Block, Document, Records, Tone};
use super::number::{count, counted, rate, seconds};
use super::render::Report;
use crate::result::Forecast;

impl Report for Forecast {
    fn document(&self, _: bool) -> Document {
        let mut document = Document {
            title: "Dry run: nothing was audited".to_owned(),
            lead: ("dry run: nothing was audited".to_owned(), Tone::Plain),
            ..Document::default()
        };
        document.push(Block::card(card(self)));
        document
    }

    /// One line for each entry of the card.
    fn records(&self) -> Records {
        let card = card(self);
        Records::of("forecast")
            .text("name", &card, |(name, _)| Some(*name))
            .text("text", &card, |(_, text)| Some(text.clone()))
    }
}

pub(super) fn card(f: &Forecast) -> [(&'static str, String); 10] {
    let rows = match f.rows_b {
        None => count(f.rows_a),
        Some(b) => format!("{} and {}", count(f.rows_a), count(b)),
    };
    let positives = match f.positive_pairs {
        0 => "none".to_owned(),
        pairs => counted(pairs, "pair"),
    };
    let estimate = match f.estimate_seconds.zip(f.estimate_bytes_memory) {
        Some((least, memory)) => {
            let (least, memory) = (seconds(least), bytes(memory));
            format!("from about {least} on, {memory} beside the files")
        }
        None => "not of these rows".to_owned(),
    };
    [
        ("rows", format!("{rows} in {} dimensions", count(f.dim))),
        ("pairs", count(f.pairs)),
        ("positives", positives),
        (
            "work",
            format!(
                "{:.3e} flops for cosines, {:.3e} exponentials",
                f.flops, f.exponentials
            ),
        ),
        ("files", format!("{}, mapped", bytes(f.bytes_read))),
        ("memory", format!("{} beside them", bytes(f.bytes_memory))),
        (
            "speed",
            format!(
                "{} pairs/s measured here ({} kernel, {})",
                rate(f.pairs_per_second),
                f.kernel,
                counted(f.threads, "thread")
            ),
        ),
        ("exact pass", format!("about {}", seconds(f.seconds))),
        ("estimate", estimate),
        ("plan", f.verdict.clone()),
    ]
}

/// `41.6 MB`.
pub fn bytes(bytes: u64) -> String {
    let bytes = bytes as f64;
    let (scale, unit) = match bytes {
        b if b >= 1e9 => (1e9, "GB"),
        b if b >= 1e6 => (1e6, "MB"),
        _ => (1e3, "kB"),
    };
    format!("{:.1} {unit}", bytes / scale)
}
