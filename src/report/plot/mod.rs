//! Pictures as PNG bytes: distributions, the (uniformity, alignment) plane, the circle, sizes of copies.
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
mod sizes;
mod spectrum;
pub(super) mod sweep;
mod title;

use super::{Files, ReportError};
use crate::result::{Audit, Comparison};

/// The pictures this audit allows, as (file name, bytes).
pub(super) fn pictures(audit: &Audit) -> Result<Files, ReportError> {
    let against = audit.against.as_ref().map(scatter::among).transpose();
    kept([
        ("distributions.png", distributions::picture(audit)),
        ("plane.png", plane::picture(audit)),
        ("curve.png", curve::picture(audit)),
        ("circle.png", circle::picture(audit)),
        ("spectrum.png", spectrum::picture(audit)),
        ("against.png", against),
    ])
}

/// The pictures that a comparison allows, as (file name, bytes).
pub(super) fn comparison_pictures(comparison: &Comparison) -> Result<Files, ReportError> {
    kept([
        ("models.png", models::picture(comparison)),
        ("forest.png", forest::picture(comparison)),
        ("prefixes.png", prefixes::picture(comparison)),
        ("sizes.png", sizes::picture(comparison)),
    ])
}

/// A picture's bytes; none where there is nothing to draw.
type Drawing = Result<Option<Vec<u8>>, canvas::Trouble>;

/// Those that there is something to draw in.
fn kept<const N: usize>(drawn: [(&'static str, Drawing); N]) -> Result<Files, ReportError> {
    let drawn = drawn
        .into_iter()
        .map(|(name, bytes)| named(name, bytes.map(|bytes| Some((name, bytes?)))));
    drawn.filter_map(Result::transpose).collect()
}

/// What was drawn, or which picture could not be.
pub(super) fn named<T>(
    picture: &'static str,
    drawn: Result<T, canvas::Trouble>,
) -> Result<T, ReportError> {
    drawn.map_err(|source| ReportError::Draw { picture, source })
}
