//! The audit in one line, and what it rests on.

use super::super::audited::{Audit, Severity};
use super::super::finding::{Finding, Look, Weight};
use super::{FINDINGS, findings};

/// Warnings that are told in full.
const TOLD: usize = 3;

/// What a reader gets to see first.
#[derive(Clone, Debug, PartialEq)]
pub struct Judgement {
    /// How serious the worst finding is.
    pub worst: Weight,
    /// One line in words.
    pub line: String,
    /// The warnings that matter most, up to three; none where nothing is wrong.
    pub told: Vec<Finding>,
    /// The names of the other findings.
    pub others: Vec<&'static str>,
    /// The names of what was looked for and is not there.
    pub clear: Vec<&'static str>,
    /// What was not looked at, each with the option that brings it.
    pub unseen: Vec<&'static str>,
    /// Warnings of the audit that tell more than the findings told in full.
    pub beside: usize,
}

/// Judges an audit by its findings.
///
/// Without a warning the line says that nothing wrong was found, in what was looked at; warnings that are notes it counts.
pub fn judgement(audit: &Audit) -> Judgement {
    let mut all = findings(audit);
    let names: Vec<_> = all.iter().map(|finding| finding.name).collect();
    all.retain(|finding| {
        let within = finding.name.spec().within;
        !within.iter().any(|other| names.contains(other))
    });
    let (mut clear, mut unseen) = (Vec::new(), Vec::new());
    for spec in FINDINGS {
        match (spec.look)(audit) {
            Look::Clear => clear.push(spec.id.name()),
            Look::Unseen(what) if !unseen.contains(&what) => unseen.push(what),
            Look::Unseen(_) | Look::Found(..) => {}
        }
    }
    let warnings = all.iter().filter(|f| f.severity == Weight::Warning);
    let said: Vec<&str> = warnings.map(|f| f.name.spec().says).collect();
    let told: Vec<Finding> = all.iter().take(said.len().min(TOLD)).cloned().collect();
    let beside = audit.notes.iter().filter(|note| {
        note.severity == Severity::Warning
            && !told.iter().any(|finding| note.about == Some(finding.name))
    });
    let beside = beside.count();
    let mut line = match &said[..] {
        [] => well(audit, &names_of(&all, Weight::Good)),
        [one] => format!("1 warning: {one}."),
        some => format!("{} warnings: {}.", some.len(), some.join("; ")),
    };
    line += &match (beside, said.is_empty()) {
        (0, _) => String::new(),
        (1, true) => " A warning stands below the table.".to_owned(),
        (1, false) => " One more stands below the table.".to_owned(),
        (more, true) => format!(" {more} warnings stand below the table."),
        (more, false) => format!(" {more} more stand below the table."),
    };
    let others = all.iter().skip(told.len());
    Judgement {
        worst: all.first().map_or(Weight::Good, |f| f.severity),
        line,
        others: others.map(|f| f.name.name()).collect(),
        told,
        clear,
        unseen,
        beside,
    }
}

fn names_of(all: &[Finding], weight: Weight) -> Vec<&'static str> {
    let of = all.iter().filter(|finding| finding.severity == weight);
    of.map(|finding| finding.name.spec().says).collect()
}

/// Where nothing is wrong.
fn well(audit: &Audit, good: &[&str]) -> String {
    if audit.measures.is_empty() {
        return "Nothing was measured.".to_owned();
    }
    match good {
        [] => "No problem was found.".to_owned(),
        good => format!("No problem was found: {}.", good.join("; ")),
    }
}
