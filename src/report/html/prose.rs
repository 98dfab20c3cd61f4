//! Sentences, headings, notes and cards of a page.

use crate::report::markup::escaped;
use crate::report::number::counted;
use crate::report::text::cut;
use crate::result::Severity;

/// Columns that a cell may have, and a sentence.
pub(super) const CELL: usize = 160;
const SENTENCE: usize = 2_000;
/// Entries of a card that is shown unfolded.
const SHORT: usize = 6;

/// What stands between backticks is code.
pub(super) fn sentence(text: &str) -> String {
    let text = escaped(&cut(text, SENTENCE));
    let parts: Vec<&str> = text.split('`').collect();
    if parts.len().is_multiple_of(2) {
        return text;
    }
    let part = |(k, part): (usize, &&str)| match k % 2 {
        0 => (*part).to_owned(),
        _ => format!("<code>{part}</code>"),
    };
    parts.iter().enumerate().map(part).collect()
}

pub(super) fn quiet(text: &str) -> String {
    if text.is_empty() {
        return String::new();
    }
    format!("<p class=\"quiet\">{}</p>\n", sentence(text))
}

pub(super) fn heading(text: &str) -> String {
    format!("<h2>{}</h2>\n", sentence(text))
}

pub(super) fn list_of_notes(notes: &[(Severity, String)]) -> String {
    let items = notes.iter().map(|(severity, text)| {
        let (class, word, tone) = match severity {
            Severity::Warning => ("warning", "Warning", "warning-word"),
            Severity::Info => ("note", "Note", "note-word"),
        };
        let text = sentence(text);
        format!("<li class=\"{class}\"><b class=\"{tone}\">{word}:</b> {text}</li>\n")
    });
    format!("<ul class=\"notes\">\n{}</ul>\n", items.collect::<String>())
}

/// A long card is folded; under a heading of its own its length is all that is left to say.
pub(super) fn card(entries: &[(String, String)], headed: bool) -> String {
    let items = entries.iter().map(|(name, text)| {
        let name = escaped(&cut(name, CELL));
        format!("<dt>{name}</dt><dd>{}</dd>\n", sentence(text))
    });
    let list = format!("<dl>\n{}</dl>\n", items.collect::<String>());
    match entries.len() <= SHORT {
        true => list,
        false => {
            let summary = match headed {
                true => counted(entries.len(), "line"),
                false => "What was measured, and by which definitions".to_owned(),
            };
            format!("<details>\n<summary>{summary}</summary>\n{list}</details>\n")
        }
    }
}
