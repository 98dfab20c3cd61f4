//! What pictures are called.

use std::collections::BTreeMap;

use crate::metric::MetricId;
use crate::report::number::count;
use crate::report::text::{char_columns, columns, cut, printable};
use crate::result::{Audit, Side, label};

/// `minilm · n = 1,000 · m = 384`.
pub(super) fn title(audit: &Audit) -> String {
    let subject = &audit.subject;
    let name = named(&subject.name, 40);
    let n = match &subject.b {
        Some(b) if b.rows != subject.a.rows => {
            format!("{} and {}", count(subject.a.rows), count(b.rows))
        }
        _ => count(subject.a.rows),
    };
    format!("{name} · n = {n} · m = {}", count(subject.a.dim))
}

/// A title that somebody gave.
pub(super) fn given(text: &str) -> String {
    named(text, 90)
}

/// A number by its label, with its side where that is not the first view.
pub(super) fn number(metric: MetricId, params: &BTreeMap<String, f64>, side: Side) -> String {
    let name = printable(&label(metric, params));
    match side {
        Side::A => name,
        side => format!("{name} {}", side.name()),
    }
}

/// A name that may hold anything, as printable text of at most `width` columns.
pub(super) fn named(name: &str, width: usize) -> String {
    shortened(&printable(name), width)
}

/// The text, with an ellipsis in its middle where it is wider than `width` columns.
pub(super) fn shortened(text: &str, width: usize) -> String {
    if columns(text) <= width {
        return text.to_owned();
    }
    let half = width.saturating_sub(1) / 2;
    let mut used = 0;
    let fits = |c: &char| {
        used += char_columns(*c);
        used <= half
    };
    let tail: Vec<char> = text.chars().rev().take_while(fits).collect();
    cut(text, half + 1) + &tail.iter().rev().collect::<String>()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_names_lose_their_middle() {
        assert_eq!(shortened("embeddings_of_a_model", 9), "embe…odel");
        assert_eq!(shortened("short", 9), "short");
        assert!(columns(&shortened("漢字漢字漢字漢字", 7)) <= 7);
    }
}
