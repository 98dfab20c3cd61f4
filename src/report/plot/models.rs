//! Models in the plane of Wang and Isola, each with its error.

use std::path::Path;

use plotters::element::Circle;
use plotters::style::{Color, RGBColor};

use super::axes::Axes;
use super::canvas::{Anchor, Area, Drawn, LABEL, TITLE, Trouble, line, paint, px, write};
use super::plane::{corners, power};
use crate::audit::{Comparison, Line, Side};
use crate::metric::MetricId;
use crate::report::text::printable;

const WIDTH: i32 = 1500;
const HEIGHT: i32 = 1240;
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

/// A model's place, with standard errors.
struct Point {
    name: String,
    ink: RGBColor,
    x: (f64, f64),
    y: (f64, f64),
}

pub(super) fn picture(comparison: &Comparison, scratch: &Path) -> Result<Option<Vec<u8>>, Trouble> {
    let chosen = |metric, sides: [Side; 2]| {
        sides
            .into_iter()
            .find_map(|side| preferred(comparison, metric, side))
    };
    let (Some(alignment), Some(uniformity)) = (
        chosen(MetricId::Alignment, [Side::Cross, Side::A]),
        chosen(MetricId::Uniformity, [Side::Mean, Side::A]),
    ) else {
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
                name: super::shortened(&printable(&model.name), 60),
                ink: *ink,
                x: (x.value, x.se.unwrap_or(0.0)),
                y: (y.value, y.se.unwrap_or(0.0)),
            })
        })
        .collect();
    if points.is_empty() {
        return Ok(None);
    }
    let alpha = alignment.params.get("alpha").copied().unwrap_or(2.0);
    let t = uniformity.params.get("t").copied().unwrap_or(2.0);
    let far = 2f64.powf(alpha / 2.0);
    let lowest = points.iter().map(|p| p.x.0).fold(ideal, f64::min);
    let highest = points.iter().map(|p| p.y.0).fold(far, f64::max);
    let axes = Axes {
        left: px(190),
        right: px(WIDTH - 70),
        top: px(134 + ROW * points.len() as i32),
        bottom: px(HEIGHT - 150),
        x: (lowest + ideal * 0.07, -ideal * 0.07),
        y: (-0.11 * far, highest * 1.04),
    };
    let bytes = paint((WIDTH as u32, HEIGHT as u32), scratch, |area| {
        let title = format!("{} models: uniformity and alignment", points.len());
        write(area, &title, (px(WIDTH / 2), px(56)), Anchor::Centre, TITLE)?;
        let (x, y) = (axes.ticks_across(), axes.ticks_up());
        axes.grid(area, &x, &y)?;
        corners(area, &axes, ideal)?;
        for (k, point) in points.iter().enumerate() {
            draw(area, &axes, point)?;
            let at = (px(210), px(130 + ROW * k as i32));
            area.draw(&Circle::new(at, px(11), point.ink.filled()))?;
            write(
                area,
                &point.name,
                (at.0 + px(34), at.1),
                Anchor::Left,
                LABEL,
            )?;
        }
        let across = format!("uniformity  log E exp(−{t}‖x − y‖²)");
        let up = match power(alpha) {
            Some(power) => format!("alignment  E ‖x − y‖{power}"),
            None => format!("alignment  E ‖x − y‖^{alpha}"),
        };
        axes.frame(area, (&x, &across), (&y, &up))
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

/// A dot with 1.96 standard errors, which may be smaller than the dot.
fn draw(area: &Area<'_>, axes: &Axes, point: &Point) -> Drawn {
    let ((x, dx), (y, dy)) = (point.x, point.y);
    let ends = [
        (
            axes.at(x - 1.96 * dx, y),
            axes.at(x + 1.96 * dx, y),
            (0, px(11)),
        ),
        (
            axes.at(x, y - 1.96 * dy),
            axes.at(x, y + 1.96 * dy),
            (px(11), 0),
        ),
    ];
    area.draw(&Circle::new(axes.at(x, y), px(9), point.ink.filled()))?;
    for (from, to, (cap_x, cap_y)) in ends {
        line(area, &[from, to], point.ink, 3)?;
        for end in [from, to] {
            let cap = [
                (end.0 - cap_x, end.1 - cap_y),
                (end.0 + cap_x, end.1 + cap_y),
            ];
            line(area, &cap, point.ink, 3)?;
        }
    }
    Ok(())
}
