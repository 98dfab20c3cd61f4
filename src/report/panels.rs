//! What the figure of encoders onto the circle shows.

use crate::result::Accuracy;

/// Bins of the distances of positive pairs over [0, 2].
pub const DISTANCE_BINS: usize = 10;
/// Bandwidth of the densities of the circle figure, in the plane and (nearly) in radians along the circle.
pub const CIRCLE_BANDWIDTH: f64 = 0.12;
/// Cells along each side of a density in the plane.
pub const PLANE_CELLS: usize = 80;

/// One encoder onto the circle: a row of the figure.
#[derive(Clone, Debug, PartialEq)]
pub struct CircleRow {
    /// Heading of the row.
    pub name: String,
    /// What a linear probe tells from the embeddings.
    pub accuracy: Option<Accuracy>,
    /// Distances of positive pairs: counts in equal bins over [0, 2].
    pub distances: [u64; DISTANCE_BINS],
    /// Mean distance of positive pairs.
    pub mean_distance: f64,
    /// All test items, then some of the classes.
    pub panels: Vec<CirclePanel>,
}

/// Where some of the embeddings lie on the circle.
#[derive(Clone, Debug, PartialEq)]
pub struct CirclePanel {
    /// `all`, `class 3`.
    pub name: String,
    /// How many embeddings.
    pub n: u64,
    /// Density in the plane, cells of the square [-1.2, 1.2]^2, rows from the top.
    pub plane: Vec<f64>,
    /// Density of the angle, per radian, at equally spaced angles from -pi on.
    pub angles: Vec<f64>,
}
