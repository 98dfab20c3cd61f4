//! Models in the plane of Wang and Isola, each with its error.

use plotters::style::RGBColor;

use super::axes::extent;
use super::canvas::{Picture, Swatch, legend, legend_height, px};
use super::colours::{INKS, diverging};
use super::ground::{Ground, Ideal, Position, Ranged, official};
use crate::metric::MetricId;
use crate::report::document::Records;
use crate::report::number::plain;
use crate::report::text::printable;
use crate::result::{Comparison, Line, Side};

/// Pixels that the legend may be wide.
const LEGEND: i32 = 1440;

/// A model and where it lies.
struct Point {
    name: String,
    /// What it was given as its accuracy.
    accuracy: Option<f64>,
    dim: u64,
    ideal: Option<f64>,
    ink: RGBColor,
    place: Position,
}

pub(super) fn picture<'a>(comparison: &'a Comparison, title: Option<&str>) -> Option<Picture<'a>> {
    let (alignment, uniformity) = lines(comparison)?;
    let points = points(comparison);
    let params = [&alignment.params, &uniformity.params];
    let places: Vec<Position> = points.iter().map(|p| p.place).collect();
    let ideals = points.iter().filter_map(|point| {
        Some(Ideal {
            dim: point.dim,
            uniformity: point.ideal?,
        })
    });
    let entries: Vec<(Swatch, String)> = points.iter().map(Point::entry).collect();
    let above = legend_height(&entries, LEGEND);
    let ground = Ground::under(&places, params, ideals.collect(), above)?;
    let own = format!("{} models: uniformity and alignment", points.len());
    let title = title.map_or(own, str::to_owned);
    Some(ground.picture(title, move |area, axes| {
        legend(area, (px(750), px(130)), LEGEND, &entries)?;
        for (k, point) in points.iter().enumerate() {
            let name = point.name.as_str();
            point.place.draw(area, axes, point.ink, (k, name))?;
        }
        Ok(())
    }))
}

impl Point {
    /// What the legend says of it.
    fn entry(&self) -> (Swatch, String) {
        let mut text = super::title::shortened(&self.name, 60);
        if let Some(accuracy) = self.accuracy {
            text += &format!(" ({})", plain(accuracy, 4));
        }
        (Swatch::Dot(self.ink), text)
    }
}

/// The models and where they lie.
pub(super) fn records(comparison: &Comparison) -> Records {
    let points = points(comparison);
    Records::of("the models")
        .text("model", &points, |p| Some(p.name.clone()))
        .count("dim", &points, |p| p.dim)
        .number("accuracy", &points, |p| p.accuracy)
        .number("uniformity", &points, |p| Some(p.place.x.value))
        .number("uniformity_low", &points, |p| Some(p.place.x.ends[0]))
        .number("uniformity_high", &points, |p| Some(p.place.x.ends[1]))
        .number("uniformity_ideal", &points, |p| p.ideal)
        .number("alignment", &points, |p| Some(p.place.y.value))
        .number("alignment_low", &points, |p| Some(p.place.y.ends[0]))
        .number("alignment_high", &points, |p| Some(p.place.y.ends[1]))
}

/// Alignment and uniformity.
fn lines(comparison: &Comparison) -> Option<(&Line, &Line)> {
    let chosen = |metric: MetricId| {
        let mut sides = metric.spec().sides.iter();
        sides.find_map(|side| preferred(comparison, metric, *side))
    };
    Some((chosen(MetricId::Alignment)?, chosen(MetricId::Uniformity)?))
}

fn points(comparison: &Comparison) -> Vec<Point> {
    let Some((alignment, uniformity)) = lines(comparison) else {
        return Vec::new();
    };
    let cells = uniformity.cells.iter().zip(&alignment.cells);
    let models = comparison.models.iter().zip(cells);
    let (low, high) = extent(comparison.models.iter().filter_map(|m| m.accuracy));
    models
        .zip(INKS.iter().cycle())
        .filter_map(|((model, (x, y)), ink)| {
            let (x, y) = (x.as_ref()?, y.as_ref()?);
            let share = model.accuracy.filter(|_| low < high);
            let share = share.map(|accuracy| (accuracy - low) / (high - low));
            Some(Point {
                name: printable(&model.name),
                accuracy: model.accuracy,
                dim: model.dim,
                ideal: x.ideal.or(uniformity.ideal),
                ink: share.map_or(*ink, diverging),
                place: Position {
                    x: Ranged::with_error(x.value, x.se),
                    y: Ranged::with_error(y.value, y.se),
                },
            })
        })
        .collect()
}

/// The number with parameter 2, the official choice, or else the first.
fn preferred(comparison: &Comparison, metric: MetricId, side: Side) -> Option<&Line> {
    let of = |line: &&Line| line.metric == metric && line.side == side;
    let all = || comparison.lines.iter().filter(of);
    all()
        .find(|line| official(&line.params))
        .or_else(|| all().next())
}
