//! Models in the plane of Wang and Isola, each with its error.

use plotters::style::RGBColor;

use super::canvas::{LABEL, Trouble, dot, px, write};
use super::colours::INKS;
use super::ground::{Ground, Place, official};
use crate::metric::MetricId;
use crate::report::measures::main_sides;
use crate::report::text::printable;
use crate::result::{Comparison, Line, Side};

/// Pixels between the lines of the legend.
const ROW: i32 = 50;

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
    let cells = uniformity.cells.iter().zip(&alignment.cells);
    let models = comparison.models.iter().zip(cells);
    let points: Vec<Point> = models
        .zip(INKS.iter().cycle())
        .filter_map(|((model, (x, y)), ink)| {
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
    let params = [&alignment.params, &uniformity.params];
    let places = points.iter().map(|p| p.place);
    let Some(ground) = Ground::under(places, params, uniformity.ideal, ROW) else {
        return Ok(None);
    };
    let title = format!("{} models: uniformity and alignment", points.len());
    let drawn = ground.picture(&title, |area, axes| {
        for (k, Point { name, ink, place }) in points.iter().enumerate() {
            place.draw(area, axes, *ink, 11)?;
            let (x, y) = (px(210), px(130 + ROW * k as i32));
            dot(area, (x, y), 11, *ink)?;
            write(area, name, (x + px(34), y), LABEL.left())?;
        }
        Ok(())
    });
    drawn.map(Some)
}

/// The number with parameter 2, the official choice, or else the first.
fn preferred(comparison: &Comparison, metric: MetricId, side: Side) -> Option<&Line> {
    let of = |line: &&Line| line.metric == metric && line.side == side;
    let all = || comparison.lines.iter().filter(of);
    all()
        .find(|line| official(&line.params))
        .or_else(|| all().next())
}
