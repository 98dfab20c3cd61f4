//! Figures of several encoders, as Wang and Isola draw them: the circle, the sweep, the scatter.
//!
//! Pure functions of plain data; a build without the feature `plots` refuses.

use super::ReportError;
#[cfg(feature = "plots")]
use super::plot::{self, named};
use crate::result::{Against, Member};

pub use super::panels::{CIRCLE_BANDWIDTH, CirclePanel, CircleRow, DISTANCE_BINS, PLANE_CELLS};

/// The figure of encoders onto the circle as PNG: a row for each, with the distances of positive pairs and the densities
/// of all items and of each class.
///
/// Source: Wang and Isola (2020), figure 3.
///
/// # Errors
/// [`ReportError::Draw`]; [`ReportError::NotBuilt`] without the feature `plots`.
pub fn circles(rows: &[CircleRow], title: &str) -> Result<Vec<u8>, ReportError> {
    #[cfg(feature = "plots")]
    return named("circle.png", plot::circles::picture(rows, title));
    #[cfg(not(feature = "plots"))]
    not_built((rows, title))
}

/// The figure of a sweep over (1 - lambda) align + lambda uniform as PNG: exp(uniformity), alignment and accuracy
/// against lambda. Members without a lambda are left out; `gaps` are lambdas whose encoders have no numbers, where
/// curves break.
///
/// Source: Wang and Isola (2020), figure 7.
///
/// # Errors
/// As [`circles`].
pub fn sweep(members: &[Member], gaps: &[f64], title: &str) -> Result<Vec<u8>, ReportError> {
    #[cfg(feature = "plots")]
    return named("sweep.png", plot::sweep::picture(members, gaps, title));
    #[cfg(not(feature = "plots"))]
    not_built((members, gaps, title))
}

/// The scatter of encoders as PNG: uniformity across, alignment up, accuracy as colour.
///
/// Source: Wang and Isola (2020), figure 5.
///
/// # Errors
/// As [`circles`].
pub fn scatter(members: &[Member], title: &str) -> Result<Vec<u8>, ReportError> {
    #[cfg(feature = "plots")]
    return named("scatter.png", plot::scatter::picture(members, title));
    #[cfg(not(feature = "plots"))]
    not_built((members, title))
}

/// The same with a model among them; where dimensions differ, across is the excess of uniformity over its ideal.
///
/// # Errors
/// As [`circles`].
pub fn among(against: &Against) -> Result<Vec<u8>, ReportError> {
    #[cfg(feature = "plots")]
    return named("against.png", plot::scatter::among(against));
    #[cfg(not(feature = "plots"))]
    not_built(against)
}

#[cfg(not(feature = "plots"))]
fn not_built<T>(_: T) -> Result<Vec<u8>, ReportError> {
    Err(ReportError::NotBuilt {
        what: "pictures",
        feature: "plots",
    })
}
