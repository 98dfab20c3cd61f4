//! The encoder in the plane of Wang and Isola: uniformity across, alignment up, lower left is better.

use super::axes::Axes;
use super::canvas::{Area, Drawn, GREY, LABEL, Picture, TICK, dot, fill, line, px, write};
use super::colours::colour;
use super::ground::{Ground, Ideal, Position, Ranged, official};
use crate::metric::MetricId;
use crate::report::document::Records;
use crate::report::number::percentage;
use crate::result::{Audit, Measure, NumberSource, Side};

/// Pixels between the lines of numbers.
const ROW: i32 = 54;

/// A side and where it lies.
struct Point {
    side: Side,
    place: Position,
}

pub(super) fn picture<'a>(audit: &'a Audit, title: &str) -> Option<Picture<'a>> {
    let alignment = preferred(audit, MetricId::Alignment)?;
    let uniformity = preferred(audit, MetricId::Uniformity)?;
    let points = points(audit);
    let places: Vec<Position> = points.iter().map(|p| p.place).collect();
    let ideal = Ideal {
        dim: audit.subject.a.dim,
        uniformity: uniformity.ideal?,
    };
    let params = [&alignment.params, &uniformity.params];
    let ground = Ground::under(&places, params, vec![ideal], ROW * places.len() as i32)?;
    let ideal = ground.ideals[0].uniformity;
    let level = uniformity.interval.or(alignment.interval);
    let level = level.map(|interval| interval.level);
    Some(ground.picture(title.to_owned(), move |area, axes| {
        better(area, axes, &points, ideal)?;
        for (k, Point { side, place }) in points.iter().enumerate() {
            place.draw(area, axes, colour(*side), (k, side.name()))?;
        }
        labels(area, axes, (&points[..], level), audit.subject.b.is_some())
    }))
}

/// The points with their intervals.
pub(super) fn records(audit: &Audit) -> Records {
    let points = points(audit);
    Records::of(&audit.subject.name)
        .text("side", &points, |p| Some(p.side.name()))
        .number("uniformity", &points, |p| Some(p.place.x.value))
        .number("uniformity_low", &points, |p| Some(p.place.x.ends[0]))
        .number("uniformity_high", &points, |p| Some(p.place.x.ends[1]))
        .number("alignment", &points, |p| Some(p.place.y.value))
        .number("alignment_low", &points, |p| Some(p.place.y.ends[0]))
        .number("alignment_high", &points, |p| Some(p.place.y.ends[1]))
}

fn points(audit: &Audit) -> Vec<Point> {
    let chosen = (
        preferred(audit, MetricId::Alignment),
        preferred(audit, MetricId::Uniformity),
    );
    let (Some(alignment), Some(uniformity)) = chosen else {
        return Vec::new();
    };
    let point = |side| {
        let numbers = NumberSource::from(audit);
        let x = numbers.on(uniformity, side)?;
        let y = numbers.on(alignment, side).unwrap_or(alignment);
        (x.value.is_finite() && y.value.is_finite()).then(|| Point {
            side,
            place: Position {
                x: known(x),
                y: known(y),
            },
        })
    };
    [Side::A, Side::B].into_iter().filter_map(point).collect()
}

/// With the interval that the table has.
fn known(measure: &Measure) -> Ranged {
    let finite = |ends: &[f64; 2]| ends.iter().all(|end| end.is_finite());
    let ends = measure.interval.map(|i| [i.low, i.high]).filter(finite);
    ends.map_or_else(
        || Ranged::with_error(measure.value, measure.se),
        |ends| Ranged {
            value: measure.value,
            ends,
        },
    )
}

/// The measure with parameter 2, the official choice, or else the first.
fn preferred(audit: &Audit, metric: MetricId) -> Option<&Measure> {
    let all = || audit.measures.iter().filter(move |m| m.metric == metric);
    all().find(|m| official(&m.params)).or_else(|| all().next())
}

/// An arrow to the lower left, in whichever free place is farthest from the points.
fn better(area: &Area<'_>, axes: &Axes, points: &[Point], ideal: f64) -> Drawn {
    let width = f64::from(axes.right - axes.left);
    let height = f64::from(axes.bottom - axes.top);
    let spots = [(0.55, 0.72), (0.25, 0.72), (0.82, 0.72), (0.55, 0.42)];
    let spots = spots.map(|(x, y)| {
        (
            axes.left + (x * width) as i32,
            axes.bottom - (y * height) as i32,
        )
    });
    let mut taken: Vec<_> = points.iter().map(|p| p.place.at(axes)).collect();
    taken.push(axes.at(ideal, 0.0));
    let room = |(x, y): (i32, i32)| {
        let far = |&(a, b): &(i32, i32)| f64::from(a - x).hypot(f64::from(b - y));
        taken.iter().map(far).fold(f64::INFINITY, f64::min)
    };
    let freest = spots
        .into_iter()
        .max_by(|a, b| room(*a).total_cmp(&room(*b)));
    let Some((x, y)) = freest else {
        return Ok(());
    };
    let (tip, tail) = ((x - px(60), y + px(60)), (x + px(40), y - px(40)));
    line(area, &[tail, (tip.0 + px(14), tip.1 - px(14))], GREY, 6)?;
    let head = [
        tip,
        (tip.0 + px(36), tip.1 - px(10)),
        (tip.0 + px(10), tip.1 - px(36)),
    ];
    fill(area, head, GREY, 1.0)?;
    let beside = (x + px(20), y + px(24));
    write(area, "better", beside, LABEL.left().ink(GREY))
}

/// The numbers of each point, above the frame.
fn labels(
    area: &Area<'_>,
    axes: &Axes,
    (points, level): (&[Point], Option<f64>),
    two_views: bool,
) -> Drawn {
    for (i, point) in points.iter().enumerate() {
        let name = match two_views {
            true => format!("{}   ", point.side.name()),
            false => String::new(),
        };
        let level = level.map_or(String::new(), |level| {
            format!("   {} intervals", percentage(level))
        });
        let Position { x, y } = &point.place;
        let line = format!(
            "{name}uniformity {},   alignment {}{level}",
            x.text(),
            y.text()
        );
        let style = TICK.fitting(&line, axes.right - axes.left);
        let y = px(130 + ROW * i as i32);
        let left = (axes.left + axes.right - style.width(&line)) / 2;
        dot(area, (left - px(28), y), 9, colour(point.side))?;
        write(area, &line, (left, y), style.left())?;
    }
    Ok(())
}
