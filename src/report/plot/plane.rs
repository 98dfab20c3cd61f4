//! The encoder in the plane of Wang and Isola: uniformity across, alignment up, lower left is better.

use super::axes::{Axes, number};
use super::canvas::{Area, Drawn, GREY, LABEL, TICK, Trouble, dot, fill, line, px, write};
use super::colours::colour;
use super::ground::{Ground, Place, official};
use crate::metric::MetricId;
use crate::result::{Audit, Measure, Side};

/// Pixels between the lines of numbers.
const ROW: i32 = 54;

/// A side and where it lies.
struct Point {
    side: Side,
    place: Place,
}

pub(super) fn picture(audit: &Audit) -> Result<Option<Vec<u8>>, Trouble> {
    let (Some(alignment), Some(uniformity)) = (
        preferred(audit, MetricId::Alignment),
        preferred(audit, MetricId::Uniformity),
    ) else {
        return Ok(None);
    };
    let points: Vec<Point> = [Side::A, Side::B]
        .into_iter()
        .filter_map(|side| {
            let x = find(audit, uniformity, side)?;
            let y = find(audit, alignment, side).unwrap_or(alignment);
            let known = |m: &Measure| (m.value, m.se.filter(|se| se.is_finite()).unwrap_or(0.0));
            (x.value.is_finite() && y.value.is_finite()).then(|| Point {
                side,
                place: Place {
                    x: known(x),
                    y: known(y),
                },
            })
        })
        .collect();
    let params = [&alignment.params, &uniformity.params];
    let places = points.iter().map(|p| p.place);
    let Some(ground) = Ground::under(places, params, uniformity.ideal, ROW) else {
        return Ok(None);
    };
    let drawn = ground.picture(&super::title::title(audit), |area, axes| {
        better(area, axes, &points, ground.ideal)?;
        for Point { side, place } in &points {
            place.draw(area, axes, colour(*side), 9)?;
        }
        labels(area, axes, &points, audit.subject.b.is_some())
    });
    drawn.map(Some)
}

/// The measure with parameter 2, the official choice, or else the first.
fn preferred(audit: &Audit, metric: MetricId) -> Option<&Measure> {
    let all = || audit.measures.iter().filter(move |m| m.metric == metric);
    all().find(|m| official(&m.params)).or_else(|| all().next())
}

fn find<'a>(audit: &'a Audit, like: &Measure, side: Side) -> Option<&'a Measure> {
    let mut all = audit.measures.iter();
    all.find(|m| m.metric == like.metric && m.params == like.params && m.side == side)
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
fn labels(area: &Area<'_>, axes: &Axes, points: &[Point], two_views: bool) -> Drawn {
    for (i, point) in points.iter().enumerate() {
        let text = |(v, se): (f64, f64)| {
            let written = crate::report::number::written(v, Some(1.96 * se));
            match written.se {
                Some(se) if !se.starts_with('<') => {
                    format!("{} ± {se}", number(v, written.decimals))
                }
                _ => number(v, written.decimals),
            }
        };
        let name = match two_views {
            true => format!("{}   ", point.side.name()),
            false => String::new(),
        };
        let line = format!(
            "{name}uniformity {},   alignment {}   (± 1.96 se)",
            text(point.place.x),
            text(point.place.y)
        );
        let y = px(130 + ROW * i as i32);
        let left = (axes.left + axes.right - TICK.width(&line)) / 2;
        dot(area, (left - px(28), y), 9, colour(point.side))?;
        write(area, &line, (left, y), TICK.left())?;
    }
    Ok(())
}
