//! Figures of several encoders, as Wang and Isola draw them: the circle, the sweep, the scatter.
//!
//! Pure functions of plain data; a build without the feature `plots` refuses.

use super::ReportError;
use super::figure::Figure;
#[cfg(feature = "plots")]
use super::plot::{self, figure};
use crate::result::Member;

pub use super::panels::{CIRCLE_BANDWIDTH, CirclePanel, CircleRow, DISTANCE_BINS, PLANE_CELLS};

/// The figure of encoders onto the circle: a row for each, with the distances of positive pairs and the densities of all
/// items and of each class.
///
/// Source: Wang and Isola (2020), figure 3.
///
/// # Errors
/// [`ReportError::NothingToDraw`]; [`ReportError::NotBuilt`] without the feature `plots`.
pub fn circles<'a>(rows: &'a [CircleRow], title: &str) -> Result<Figure<'a>, ReportError> {
    #[cfg(feature = "plots")]
    return there(
        figure(
            "circle",
            "Encoders onto the circle",
            plot::circles::picture(rows, title),
            || plot::circles::records(rows),
        ),
        "circle: no encoders onto the circle",
    );
    #[cfg(not(feature = "plots"))]
    not_built((rows, title))
}

/// The figure of a sweep over (1 - lambda) align + lambda uniform: exp(uniformity), alignment and accuracy against
/// lambda. Members without a lambda are left out; `gaps` are lambdas whose encoders have no numbers, where curves break.
///
/// Source: Wang and Isola (2020), figure 7.
///
/// # Errors
/// As [`circles`].
pub fn sweep<'a>(
    members: &'a [Member],
    gaps: &[f64],
    title: &str,
) -> Result<Figure<'a>, ReportError> {
    #[cfg(feature = "plots")]
    return there(
        figure(
            "sweep",
            "Alignment, uniformity and accuracy against their weights",
            plot::sweep::picture(members, gaps, title),
            || plot::scatter::records(members),
        ),
        "sweep: it needs at least two encoders with a lambda",
    );
    #[cfg(not(feature = "plots"))]
    not_built((members, gaps, title))
}

/// The figure of runs that go on from one encoder: exp(uniformity), alignment and accuracy against epochs, a panel for each
/// run.
///
/// Source: Wang and Isola (2020), figure 8.
///
/// # Errors
/// As [`circles`].
pub fn finetune<'a>(members: &'a [Member], title: &str) -> Result<Figure<'a>, ReportError> {
    #[cfg(feature = "plots")]
    return there(
        figure(
            "finetune",
            "Alignment, uniformity and accuracy from one encoder on",
            plot::finetune::picture(members, title),
            || plot::scatter::records(members),
        ),
        "finetune: no encoders that go on from another",
    );
    #[cfg(not(feature = "plots"))]
    not_built((members, title))
}

/// The scatter of encoders: uniformity across, alignment up, accuracy as colour.
///
/// Source: Wang and Isola (2020), figure 5.
///
/// # Errors
/// As [`circles`].
pub fn scatter<'a>(members: &'a [Member], title: &str) -> Result<Figure<'a>, ReportError> {
    #[cfg(feature = "plots")]
    return there(
        figure(
            "scatter",
            "Encoders by uniformity and alignment",
            plot::scatter::picture(members, title),
            || plot::scatter::records(members),
        ),
        "scatter: no encoders",
    );
    #[cfg(not(feature = "plots"))]
    not_built((members, title))
}

#[cfg(feature = "plots")]
fn there<'a>(figure: Option<Figure<'a>>, what: &'static str) -> Result<Figure<'a>, ReportError> {
    figure.ok_or(ReportError::NothingToDraw { what })
}

#[cfg(not(feature = "plots"))]
fn not_built<T>(_: T) -> Result<Figure<'static>, ReportError> {
    Err(ReportError::NotBuilt {
        what: "pictures",
        feature: "plots",
    })
}
