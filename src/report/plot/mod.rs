//! Pictures as PNG bytes: distributions, the (uniformity, alignment) plane, the circle.
//!
//! Drawn with an embedded font, so they look the same on every machine.

mod axes;
mod canvas;
mod circle;
pub(super) mod circles;
mod colours;
mod curve;
mod distributions;
mod forest;
mod ground;
mod models;
mod plane;
mod prefixes;
pub(super) mod scatter;
pub(super) mod sweep;

use super::ReportError;
use super::number::count;
use super::text::{char_columns, columns, printable};
use crate::result::{Audit, Comparison};

/// The pictures this audit allows, as (file name, bytes).
pub(super) fn pictures(audit: &Audit) -> Result<Vec<(&'static str, Vec<u8>)>, ReportError> {
    let drawn = [
        ("distributions.png", distributions::picture(audit)),
        ("plane.png", plane::picture(audit)),
        ("curve.png", curve::picture(audit)),
        ("circle.png", circle::picture(audit)),
        ("against.png", against(audit)),
    ];
    kept(drawn)
}

/// The pictures that a comparison allows, as (file name, bytes).
pub(super) fn comparison_pictures(
    comparison: &Comparison,
) -> Result<Vec<(&'static str, Vec<u8>)>, ReportError> {
    kept([
        ("models.png", models::picture(comparison)),
        ("forest.png", forest::picture(comparison)),
        ("prefixes.png", prefixes::picture(comparison)),
    ])
}

/// A picture's bytes; none where there is nothing to draw.
type Drawing = Result<Option<Vec<u8>>, canvas::Trouble>;

/// Those that there is something to draw in.
fn kept<const N: usize>(
    drawn: [(&'static str, Drawing); N],
) -> Result<Vec<(&'static str, Vec<u8>)>, ReportError> {
    drawn
        .into_iter()
        .filter_map(|(name, bytes)| match bytes {
            Ok(bytes) => Some(Ok((name, bytes?))),
            Err(source) => Some(Err(ReportError::Draw {
                picture: name,
                source,
            })),
        })
        .collect()
}

fn against(audit: &Audit) -> Result<Option<Vec<u8>>, canvas::Trouble> {
    let against = audit.against.as_ref();
    against.map(scatter::among).transpose()
}

/// `minilm · n = 1,000 · m = 384`.
fn title(audit: &Audit) -> String {
    let subject = &audit.subject;
    let name = shortened(&printable(&subject.name), 40);
    let n = match &subject.b {
        Some(b) if b.rows != subject.a.rows => {
            format!("{} and {}", count(subject.a.rows), count(b.rows))
        }
        _ => count(subject.a.rows),
    };
    format!("{name} · n = {n} · m = {}", count(subject.a.dim))
}

/// The text, with an ellipsis in its middle where it is wider than `width` columns.
fn shortened(text: &str, width: usize) -> String {
    if columns(text) <= width {
        return text.to_owned();
    }
    let half = width.saturating_sub(1) / 2;
    let take = |chars: &mut dyn Iterator<Item = char>| {
        let mut used = 0;
        let fits = |c: &char| {
            used += char_columns(*c);
            used <= half
        };
        chars.take_while(fits).collect::<Vec<char>>()
    };
    let head = take(&mut text.chars());
    let tail = take(&mut text.chars().rev());
    head.into_iter()
        .chain(['…'])
        .chain(tail.into_iter().rev())
        .collect()
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
