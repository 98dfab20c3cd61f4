//! Models in the plane of Wang and Isola, each with its error.

use plotters::element::Circle;
use plotters::style::{Color, RGBColor};

use super::canvas::{Anchor, LABEL, Trouble, px, write};
use super::ground::{Ground, Place};
use crate::metric::MetricId;
use crate::report::measures::main_sides;
use crate::report::text::printable;
use crate::result::{Comparison, Line, Side};

/// Pixels between the lines of the legend.
const ROW: i32 = 50;

/// Colours that stay apart, also for colour-blind readers; after eight they begin again.
pub(super) const INKS: [RGBColor; 8] = [
    RGBColor(0, 99, 166),
    RGBColor(222, 124, 0),
    RGBColor(0, 140, 108),
    RGBColor(164, 80, 140),
    RGBColor(196, 52, 44),
    RGBColor(90, 90, 200),
    RGBColor(120, 110, 0),
    RGBColor(90, 100, 110),
];

/// A model and where it lies.
struct Point {
    name: String,
    ink: RGBColor,
    place: Place,
}

pub(super) fn picture(comparison: &Comparison) -> Result<Option<Vec<u8>>, Trouble> {
    let chosen = |metric| {
        let mut sides = main_sides(metric).into_iter();
        sides.find_map(|side| preferred(comparison, metric, side))
    };
    let (Some(alignment), Some(uniformity)) =
        (chosen(MetricId::Alignment), chosen(MetricId::Uniformity))
    else {
        return Ok(None);
    };
    let Some(ideal) = uniformity.ideal.filter(|ideal| *ideal < 0.0) else {
        return Ok(None);
    };
    let models = comparison
        .models
        .iter()
        .zip(&uniformity.cells)
        .zip(&alignment.cells);
    let points: Vec<Point> = models
        .zip(INKS.iter().cycle())
        .filter_map(|(((model, x), y), ink)| {
            let (x, y) = (x.as_ref()?, y.as_ref()?);
            Some(Point {
                name: super::title::shortened(&printable(&model.name), 60),
                ink: *ink,
                place: Place {
                    x: (x.value, x.se.unwrap_or(0.0)),
                    y: (y.value, y.se.unwrap_or(0.0)),
                },
            })
        })
        .collect();
    if points.is_empty() {
        return Ok(None);
    }
    let alpha = alignment.params.get("alpha").copied().unwrap_or(2.0);
    let t = uniformity.params.get("t").copied().unwrap_or(2.0);
    let ground = Ground::under(points.iter().map(|p| p.place), (alpha, t), ideal, ROW);
    let title = format!("{} models: uniformity and alignment", points.len());
    let bytes = ground.picture(&title, |area, axes| {
        for (k, Point { name, ink, place }) in points.iter().enumerate() {
            place.draw(area, axes, *ink, 11)?;
            let (x, y) = (px(210), px(130 + ROW * k as i32));
            area.draw(&Circle::new((x, y), px(11), ink.filled()))?;
            write(area, name, (x + px(34), y), Anchor::Left, LABEL)?;
        }
        Ok(())
    })?;
    Ok(Some(bytes))
}

/// The number with parameter 2, the official choice, or else the first.
fn preferred(comparison: &Comparison, metric: MetricId, side: Side) -> Option<&Line> {
    let all = || {
        comparison
            .lines
            .iter()
            .filter(move |l| l.metric == metric && l.side == side)
    };
    all()
        .find(|line| line.params.values().all(|v| (v - 2.0).abs() < 1e-12))
        .or_else(|| all().next())
}
