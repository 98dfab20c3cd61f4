//! How fast the contrastive loss at M negatives comes to its limit: the distance against M, both on logarithmic scales.

use plotters::style::RGBColor;

use super::axes::{Axes, decades, number, roomy};
use super::canvas::{Area, Drawn, GREY, TICK, dashes, dot, line, px, write};
use crate::result::{LossCurve, LossPoint};

/// Slopes that are shown beside the points: what Theorem 1 promises, and the order of the expansion.
const SLOPES: [f64; 2] = [-0.5, -1.0];

/// Pixels above a panel, in the middle of which its heading stands.
pub(super) const HEAD: i32 = 90;
/// Points of a smooth line.
const STEPS: u32 = 300;

/// Where a point lies: the logarithm to base 10 of its number of negatives.
pub(super) fn place(point: &LossPoint) -> f64 {
    (point.negatives as f64).log10()
}

/// Places of a smooth line over this range.
pub(super) fn steps((low, high): (f64, f64)) -> impl DoubleEndedIterator<Item = f64> {
    (0..=STEPS).map(move |k| low + (high - low) * f64::from(k) / f64::from(STEPS))
}

/// The points that have a distance to show: log10 of M and of the distance.
fn shown(curve: &LossCurve) -> impl DoubleEndedIterator<Item = (f64, f64)> {
    let points = curve.points.iter().filter(|point| point.is_apart());
    points.map(|point| (place(point), point.deviation.abs().log10()))
}

/// Log10 of the distances, with room.
pub(super) fn span(curve: &LossCurve) -> Option<(f64, f64)> {
    let values: Vec<f64> = shown(curve).map(|(_, y)| y).collect();
    (!values.is_empty()).then(|| roomy(values, 0.12, 0.3))
}

/// The panel right of a curve's own.
pub(super) fn panel(
    area: &Area<'_>,
    axes: &Axes,
    curve: &LossCurve,
    ink: RGBColor,
    last: bool,
) -> Drawn {
    let (x, y) = (decades(axes.x), decades(axes.y));
    axes.grid(area, &x, &y)?;
    for slope in SLOPES {
        guide(area, axes, curve, slope)?;
    }
    let order = curve.second_order;
    let expansion = steps(axes.x).filter_map(|x| Some((x, order?.at(10f64.powf(x)).abs())));
    inside(area, axes, (GREY, 3), expansion)?;
    for bound in [
        |point: &LossPoint| Some(point.upper.max(-point.lower)),
        |point: &LossPoint| point.within,
    ] {
        let points = curve.points.iter();
        let at = points.filter_map(|point| Some((place(point), bound(point)?)));
        inside(area, axes, (ink, 2), at)?;
    }
    for (x, y) in shown(curve) {
        dot(area, axes.at(x, y), 10, ink)?;
    }
    let label = if last { "negatives M" } else { "" };
    axes.frame(area, (&x, label), (&y, "distance to the limit"))?;
    let Some(slope) = curve.slope else {
        return Ok(());
    };
    let text = format!("slope {}", number(slope.value, 2));
    let at = (axes.right, axes.top - px(HEAD / 2));
    write(area, &text, at, TICK.right().ink(ink))
}

/// A line of this slope through the last point, as far as it is in the frame.
fn guide(area: &Area<'_>, axes: &Axes, curve: &LossCurve, slope: f64) -> Drawn {
    let Some((x, y)) = shown(curve).next_back() else {
        return Ok(());
    };
    let left = axes.x.0.max(x + (axes.y.1 - y) / slope);
    let top = axes.at(left, y + slope * (left - x));
    dashes(area, &[top, axes.at(x, y)], GREY, 3)
}

/// A line through distances at places, where it is in the frame.
fn inside(
    area: &Area<'_>,
    axes: &Axes,
    (ink, width): (RGBColor, i32),
    distances: impl Iterator<Item = (f64, f64)>,
) -> Drawn {
    let points = distances.map(|(x, distance)| (x, distance.log10()));
    let inside: Vec<(i32, i32)> = points
        .filter(|&(x, y)| axes.has(x, y))
        .map(|(x, y)| axes.at(x, y))
        .collect();
    line(area, &inside, ink, width)
}
