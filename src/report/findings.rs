//! What an audit says first: a judgement in one line, the findings that matter most, and what was not looked at.

use super::document::{Block, Document, Shown};
use super::number::{count, ends, plain, written};
use crate::result::{Audit, Evidence, Finding, FindingId, Judgement, judgement};

/// Decimals of numbers without an error.
const DECIMALS: usize = 4;

/// The top of the report. Returns the findings that it tells in full.
pub(super) fn push(document: &mut Document, audit: &Audit) -> Vec<FindingId> {
    let Judgement {
        line,
        told,
        others,
        clear,
        unseen,
        ..
    } = judgement(audit);
    document.push_for(Shown::Terminal, Block::Heading(line.clone()));
    document.push_for(Shown::Page, Block::Text(line));
    let two = audit.subject.b.is_some();
    if !told.is_empty() {
        let entries = told.iter();
        document.push(Block::card(
            entries.map(|finding| (finding.name.name(), text(finding, two))),
        ));
    }
    let mut looked = Vec::new();
    if told.is_empty() && !clear.is_empty() {
        looked.push(format!("looked for: {}", clear.join(", ")));
    }
    let (more, absent) = on_request(&unseen);
    if !absent.is_empty() {
        looked.push(format!("not looked at: {}", absent.join(", ")));
    }
    if !looked.is_empty() {
        document.push(Block::Text(looked.join("; ")));
    }
    if !more.is_empty() {
        let text = format!("more: {} (`spherecheck explain`)", more.join(", "));
        document.push(Block::Text(text));
    }
    if !others.is_empty() {
        let names = others.join(", ");
        let text = format!("also: {names} (`spherecheck explain {}`)", others[0]);
        document.push(Block::Text(text));
    }
    told.iter().map(|finding| finding.name).collect()
}

/// Options that would look at what was not, each once; and what no option brings.
fn on_request<'a>(unseen: &[&'a str]) -> (Vec<&'a str>, Vec<&'a str>) {
    let (mut options, mut absent) = (Vec::new(), Vec::new());
    for what in unseen {
        let brings = what
            .split_once(" (")
            .and_then(|(_, how)| how.strip_suffix(')'))
            .filter(|how| how.starts_with("--"));
        match brings {
            Some(option) if !options.contains(&option) => options.push(option),
            Some(_) => {}
            None => absent.push(*what),
        }
    }
    (options, absent)
}

/// The numbers, what they mean, why, and what to do.
fn text(finding: &Finding, two: bool) -> String {
    let numbers = finding.numbers.iter().map(|number| evidence(number, two));
    let numbers: Vec<String> = numbers.collect();
    format!(
        "{}. {} Usual cause: {}. Try: {}.",
        numbers.join(", "),
        finding.meaning,
        finding.cause,
        finding.remedy
    )
}

/// `mean_cosine (mean) 0.652 (0.643 to 0.661), ideal 0`.
fn evidence(number: &Evidence, two: bool) -> String {
    let side = match two {
        true => format!(" ({})", number.side.name()),
        false => String::new(),
    };
    let text = written(number.value, number.se);
    let value = match number.se {
        None if number.value >= 0.0 && number.value.fract() == 0.0 => count(number.value as u64),
        None => plain(number.value, DECIMALS),
        Some(_) => text.value.clone(),
    };
    let interval = match number.interval {
        Some(i) => format!(" ({})", ends(i.low, i.high, &text)),
        None => String::new(),
    };
    // That of a count is none of them.
    let ideal = match number.ideal.filter(|_| number.se.is_some()) {
        Some(ideal) if ideal.fract() == 0.0 => format!(", ideal {}", plain(ideal, 0)),
        Some(ideal) => format!(", ideal {}", plain(ideal, 3)),
        None => String::new(),
    };
    format!("{}{side} {value}{interval}{ideal}", number.what)
}
