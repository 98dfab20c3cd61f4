//! What `shard plan` tells.

use super::document::{Block, Document, Records, Tone};
use super::forecast::{bytes, card};
use super::number::{count, counted, percent, seconds};
use super::render::Report;
use crate::result::{Severity, ShardPlan};

impl Report for ShardPlan {
    fn document(&self, _: bool) -> Document {
        let mut document = Document {
            title: "Plan of shards: nothing was audited".to_owned(),
            lead: (
                "plan of shards: nothing was audited".to_owned(),
                Tone::Plain,
            ),
            ..Document::default()
        };
        document.push(Block::card(planned(self)));
        document.push_notes(self.notes.iter().map(|note| (Severity::Info, &note[..])));
        document
    }

    /// One line for each entry of the card.
    fn records(&self) -> Records {
        let card = planned(self);
        Records::of("plan")
            .text("name", &card, |(name, _)| Some(name.clone()))
            .text("text", &card, |(_, text)| Some(text.clone()))
    }
}

/// The forecast without what a plan does not do, then what is divided.
fn planned(plan: &ShardPlan) -> Vec<(String, String)> {
    let of_audit = card(&plan.forecast).into_iter();
    let of_audit = of_audit.filter(|(name, _)| !["estimate", "plan"].contains(name));
    let workers = plan.workers.iter().map(|of| {
        let text = format!(
            "about {}; the largest shard has {} of the pairs, reads {} of the rows, and leaves about {}",
            seconds(of.seconds),
            percent(of.largest_share),
            percent(of.largest_rows),
            bytes(of.state_bytes)
        );
        (counted(of.workers, "worker"), text)
    });
    of_audit
        .map(|(name, text)| (name.to_owned(), text))
        .chain([(
            "all states".to_owned(),
            format!("about {} when they are joined", bytes(plan.state_bytes)),
        )])
        .chain(workers)
        .chain([(
            "shards".to_owned(),
            plan.shards.map_or("as each run says".to_owned(), count),
        )])
        .collect()
}
