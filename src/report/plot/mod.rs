//! Pictures: distributions, the (uniformity, alignment) plane, the circle, the spectrum, sizes of copies.
//!
//! Drawn with an embedded font, so they look the same on every machine.

mod approach;
mod axes;
mod bins;
mod canvas;
mod circle;
#[cfg(feature = "train")]
pub(super) mod circles;
mod colours;
mod curve;
mod distributions;
#[cfg(feature = "train")]
pub(super) mod finetune;
mod forest;
mod ground;
mod models;
mod pdf;
mod picture;
mod plane;
mod prefixes;
pub(super) mod scatter;
mod sizes;
mod spectrum;
#[cfg(feature = "train")]
pub(super) mod sweep;
mod title;
mod trend;

use super::document::Records;
use super::figure::{Figure, FigureForm};
use crate::result::{Against, Audit, Comparison};
use picture::Picture;

pub(super) use colours::in_the_dark;

/// The figures that this audit allows.
pub(super) fn of_audit<'a>(audit: &'a Audit, title: Option<&str>) -> Vec<Figure<'a>> {
    let title = title.map_or_else(|| title::title(audit), title::given);
    kept([
        figure(
            "distributions",
            "Cosines of positives and of all pairs",
            distributions::picture(audit, &title),
            || distributions::records(audit),
        ),
        figure(
            "plane",
            "Alignment and uniformity",
            plane::picture(audit, &title),
            || plane::records(audit),
        ),
        figure(
            "curve",
            "The contrastive loss at M negatives",
            curve::picture(audit, &title),
            || curve::records(audit),
        ),
        figure(
            "circle",
            "Density around the circle",
            circle::picture(audit, &title),
            || circle::records(audit),
        ),
        figure(
            "spectrum",
            "Eigenvalues by rank",
            spectrum::picture(audit, &title),
            || spectrum::records(audit),
        ),
        audit.against.as_ref().and_then(among),
    ])
}

/// The figures that a comparison allows.
pub(super) fn of_comparison<'a>(
    comparison: &'a Comparison,
    title: Option<&str>,
) -> Vec<Figure<'a>> {
    let title = title.map(title::given);
    let title = title.as_deref();
    kept([
        figure(
            "models",
            "Alignment and uniformity of the models",
            models::picture(comparison, title),
            || models::records(comparison),
        ),
        figure(
            "forest",
            "Differences from the base",
            forest::picture(comparison, title),
            || forest::records(comparison),
        ),
        figure(
            "trend",
            "Numbers of the models in their order",
            trend::picture(comparison, title),
            || trend::records(comparison),
        ),
        figure(
            "prefixes",
            "First columns only",
            prefixes::picture(comparison, title),
            || prefixes::records(comparison),
        ),
        figure(
            "sizes",
            "What smaller forms keep",
            sizes::picture(comparison, title),
            || sizes::records(comparison),
        ),
    ])
}

/// A model among reference encoders.
fn among(against: &Against) -> Option<Figure<'_>> {
    figure(
        "against",
        "Among reference encoders",
        Some(scatter::among(against)),
        || scatter::records(against.members.iter().map(|(member, _)| member)),
    )
}

/// A figure of a picture and its numbers, if there is a picture.
pub(super) fn figure<'a>(
    name: &'static str,
    heading: &'static str,
    picture: Option<Picture<'a>>,
    data: impl FnOnce() -> Records,
) -> Option<Figure<'a>> {
    let picture = picture?;
    let draw = move |form| match form {
        FigureForm::Svg => picture.svg().map(String::into_bytes),
        FigureForm::Pdf => picture.pdf(),
        FigureForm::Png | FigureForm::Csv => picture.png(),
    };
    Some(Figure::new((name, heading), data(), draw))
}

fn kept<const N: usize>(figures: [Option<Figure<'_>>; N]) -> Vec<Figure<'_>> {
    figures.into_iter().flatten().collect()
}
