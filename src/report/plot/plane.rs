//! The encoder in the plane of Wang and Isola: uniformity across, alignment up, lower left is better.

use std::path::Path;

use plotters::element::{Circle, Polygon};
use plotters::style::Color;

use super::axes::{Axes, number};
use super::canvas::{
    Anchor, Area, Drawn, GREY, INK, LABEL, TICK, TITLE, Trouble, colour, dashes, line, paint, px,
    write,
};
use crate::audit::{Audit, Measure, Side};
use crate::metric::MetricId;

const WIDTH: i32 = 1500;
const HEIGHT: i32 = 1240;
/// Pixels between the lines of numbers.
const ROW: i32 = 54;

/// A side's place in the plane, with standard errors.
struct Point {
    side: Side,
    x: (f64, f64),
    y: (f64, f64),
}

pub(super) fn picture(audit: &Audit, scratch: &Path) -> Result<Option<Vec<u8>>, Trouble> {
    let (Some(alignment), Some(uniformity)) = (
        preferred(audit, MetricId::Alignment, "alpha"),
        preferred(audit, MetricId::Uniformity, "t"),
    ) else {
        return Ok(None);
    };
    let Some(ideal) = uniformity.ideal.filter(|ideal| *ideal < 0.0) else {
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
                x: known(x),
                y: known(y),
            })
        })
        .collect();
    if points.is_empty() {
        return Ok(None);
    }
    let alpha = alignment.params.get("alpha").copied().unwrap_or(2.0);
    let t = uniformity.params.get("t").copied().unwrap_or(2.0);
    // The mean distance of unrelated points is at most sqrt(2): the same frame for every encoder of this dimension.
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
        write(
            area,
            &super::title(audit),
            (px(WIDTH / 2), px(56)),
            Anchor::Centre,
            TITLE,
        )?;
        let (x, y) = (axes.ticks_across(), axes.ticks_up());
        axes.grid(area, &x, &y)?;
        corners(area, &axes, ideal)?;
        better(area, &axes, &points, ideal)?;
        for point in &points {
            draw(area, &axes, point)?;
        }
        labels(area, &axes, &points, audit.subject.b.is_some())?;
        let across = format!("uniformity  log E exp(−{t}‖x − y‖²)");
        let up = match power(alpha) {
            Some(power) => format!("alignment  E ‖x − y‖{power}"),
            None => format!("alignment  E ‖x − y‖^{alpha}"),
        };
        axes.frame(area, (&x, &across), (&y, &up))
    })?;
    Ok(Some(bytes))
}

/// The measure with parameter 2, the official choice, or else the first.
fn preferred<'a>(audit: &'a Audit, metric: MetricId, param: &str) -> Option<&'a Measure> {
    let all = || audit.measures.iter().filter(move |m| m.metric == metric);
    all()
        .find(|m| m.params.get(param).is_some_and(|v| (v - 2.0).abs() < 1e-12))
        .or_else(|| all().next())
}

fn find<'a>(audit: &'a Audit, like: &Measure, side: Side) -> Option<&'a Measure> {
    audit
        .measures
        .iter()
        .find(|m| m.metric == like.metric && m.params == like.params && m.side == side)
}

pub(super) fn power(alpha: f64) -> Option<&'static str> {
    [(1.0, ""), (2.0, "²"), (3.0, "³"), (4.0, "⁴")]
        .into_iter()
        .find_map(|(value, sign)| ((alpha - value).abs() < 1e-12).then_some(sign))
}

/// The perfect encoder and the collapsed one.
pub(super) fn corners(area: &Area<'_>, axes: &Axes, ideal: f64) -> Drawn {
    let (x, y) = axes.at(ideal, 0.0);
    dashes(area, &[(x, y), (x, axes.top)], GREY, 2)?;
    dashes(area, &[(x, y), (axes.right, y)], GREY, 2)?;
    star(area, (x, y))?;
    write(
        area,
        "ideal",
        (x + px(24), y + px(38)),
        Anchor::Left,
        LABEL.ink(GREY),
    )?;
    let (x, y) = axes.at(0.0, 0.0);
    let arm = px(13);
    line(area, &[(x - arm, y - arm), (x + arm, y + arm)], GREY, 5)?;
    line(area, &[(x - arm, y + arm), (x + arm, y - arm)], GREY, 5)?;
    write(
        area,
        "collapsed",
        (x + px(20), y + px(38)),
        Anchor::Right,
        LABEL.ink(GREY),
    )
}

pub(super) fn star(area: &Area<'_>, (x, y): (i32, i32)) -> Drawn {
    let tip = |k: u32| {
        let radius = f64::from(px(if k.is_multiple_of(2) { 22 } else { 9 }));
        let angle = f64::from(k) * std::f64::consts::PI / 5.0;
        (
            x + (radius * angle.sin()).round() as i32,
            y - (radius * angle.cos()).round() as i32,
        )
    };
    area.draw(&Polygon::new(
        (0..10).map(tip).collect::<Vec<_>>(),
        INK.filled(),
    ))
}

/// An arrow to the lower left, in whichever free place is farthest from the points.
fn better(area: &Area<'_>, axes: &Axes, points: &[Point], ideal: f64) -> Drawn {
    let (width, height) = (
        f64::from(axes.right - axes.left),
        f64::from(axes.bottom - axes.top),
    );
    let spots = [(0.55, 0.72), (0.25, 0.72), (0.82, 0.72), (0.55, 0.42)];
    let place = |(x, y): (f64, f64)| {
        (
            axes.left + (x * width) as i32,
            axes.bottom - (y * height) as i32,
        )
    };
    let mut taken: Vec<_> = points.iter().map(|p| axes.at(p.x.0, p.y.0)).collect();
    taken.push(axes.at(ideal, 0.0));
    let room = |spot: (f64, f64)| {
        let (x, y) = place(spot);
        taken
            .iter()
            .map(|&(a, b)| f64::from(a - x).hypot(f64::from(b - y)))
            .fold(f64::INFINITY, f64::min)
    };
    let Some(spot) = spots
        .into_iter()
        .max_by(|a, b| room(*a).total_cmp(&room(*b)))
    else {
        return Ok(());
    };
    let (x, y) = place(spot);
    let (tip, tail) = ((x - px(60), y + px(60)), (x + px(40), y - px(40)));
    line(area, &[tail, (tip.0 + px(14), tip.1 - px(14))], GREY, 6)?;
    let head = vec![
        tip,
        (tip.0 + px(36), tip.1 - px(10)),
        (tip.0 + px(10), tip.1 - px(36)),
    ];
    area.draw(&Polygon::new(head, GREY.filled()))?;
    write(
        area,
        "better",
        (x + px(20), y + px(24)),
        Anchor::Left,
        LABEL.ink(GREY),
    )
}

fn draw(area: &Area<'_>, axes: &Axes, point: &Point) -> Drawn {
    let ink = colour(point.side);
    let ((x, dx), (y, dy)) = (point.x, point.y);
    let ends = [
        (
            axes.at(x - 1.96 * dx, y),
            axes.at(x + 1.96 * dx, y),
            (0, px(9)),
        ),
        (
            axes.at(x, y - 1.96 * dy),
            axes.at(x, y + 1.96 * dy),
            (px(9), 0),
        ),
    ];
    for (from, to, (cap_x, cap_y)) in ends {
        line(area, &[from, to], ink, 3)?;
        for end in [from, to] {
            line(
                area,
                &[
                    (end.0 - cap_x, end.1 - cap_y),
                    (end.0 + cap_x, end.1 + cap_y),
                ],
                ink,
                3,
            )?;
        }
    }
    area.draw(&Circle::new(axes.at(x, y), px(9), ink.filled()))
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
        let name = if two_views {
            format!("{}   ", point.side.name())
        } else {
            String::new()
        };
        let line = format!(
            "{name}uniformity {},   alignment {}   (± 1.96 se)",
            text(point.x),
            text(point.y)
        );
        let y = px(130 + ROW * i as i32);
        let left = (axes.left + axes.right - TICK.width(&line)) / 2;
        area.draw(&Circle::new(
            (left - px(28), y),
            px(9),
            colour(point.side).filled(),
        ))?;
        write(area, &line, (left, y), Anchor::Left, TICK)?;
    }
    Ok(())
}
