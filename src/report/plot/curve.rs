//! The contrastive loss, less log M, against the number of negatives M, and beside it its distance to the limit: a row of
//! panels for each temperature.

use plotters::style::RGBColor;

use super::approach::{self, HEAD, place, steps};
use super::axes::{Axes, decades, number, roomy};
use super::canvas::{
    Area, Drawn, GREY, HEADING, INK, Picture, SMALL, Swatch, TICK, dashes, dot, fill, interval,
    legend, legend_height, line, paint, px, write,
};
use super::colours::INKS;
use crate::report::document::Records;
use crate::report::number::{count, written};
use crate::result::{Audit, LossCurve, LossPoint};

const WIDTH: i32 = 1600;
/// Above the legend.
const TOP: i32 = 122;
/// A panel with its heading.
const PANEL: i32 = 450;
const BOTTOM: i32 = 140;
/// Where the panel of the loss ends, and that of its distance to the limit begins.
const SPLIT: (i32, i32) = (800, 1010);
/// Temperatures drawn at most; the tables have them all.
const MOST: usize = 6;

pub(super) fn picture<'a>(audit: &'a Audit, title: &str) -> Option<Picture<'a>> {
    let curves = audit.curves.iter().filter(|curve| !curve.points.is_empty());
    let curves: Vec<&LossCurve> = curves.take(MOST).collect();
    if curves.is_empty() {
        return None;
    }
    let all = curves.iter().flat_map(|curve| &curve.points);
    let range = roomy(all.map(place), 0.06, 0.3);
    let entries = [
        (Swatch::Dot(INK), "loss − log M"),
        (Swatch::Dashes(INK), "limit"),
        (Swatch::Line(GREY), "second order"),
        (Swatch::Box(GREY), "bounds for any data"),
        (Swatch::Line(INK), "bounds of the distance"),
        (Swatch::Dashes(GREY), "slopes −1/2 and −1"),
    ];
    let below = TOP + legend_height(&entries, WIDTH - 60);
    let height = below + PANEL * curves.len() as i32 + BOTTOM - HEAD / 2;
    let title = format!("{title} · contrastive loss");
    Some(paint((WIDTH, height), title, move |area| {
        legend(area, (px(WIDTH / 2), px(TOP)), WIDTH - 60, &entries)?;
        for (k, curve) in curves.iter().enumerate() {
            let top = below + PANEL * k as i32;
            let approach = approach::span(curve);
            let up = (top + HEAD, top + PANEL - 40);
            // Where the loss is at its limit there is no way to it.
            let right = approach.map_or(WIDTH - 70, |_| SPLIT.0);
            let axes = Axes::between((210, right), up, range, span(curve));
            let last = k + 1 == curves.len();
            // Those that are told apart in grey, too.
            let ink = INKS[k % 4];
            panel(area, &axes, curve, ink, last)?;
            if let Some(y) = approach {
                let axes = Axes::between((SPLIT.1, WIDTH - 70), up, range, y);
                approach::panel(area, &axes, curve, ink, last)?;
            }
        }
        Ok(())
    }))
}

/// The points that are drawn, and those of the temperatures that have no room.
pub(super) fn records(audit: &Audit) -> Records {
    let points = audit.curves.iter().flat_map(|curve| {
        let points = curve.points.iter();
        points.map(move |point| (curve, point))
    });
    let points: Vec<(&LossCurve, &LossPoint)> = points.collect();
    Records::of(&audit.subject.name)
        .number("tau", &points, |(curve, _)| Some(curve.tau))
        .count("negatives", &points, |(_, p)| p.negatives)
        .number("loss", &points, |(_, p)| Some(p.loss))
        .number("se", &points, |(_, p)| Some(p.se))
        .number("to_limit", &points, |(_, p)| Some(p.deviation))
        .number("second_order", &points, |(_, p)| p.second_order)
        .number("lower", &points, |(_, p)| Some(p.lower))
        .number("upper", &points, |(_, p)| Some(p.upper))
        .number("within", &points, |(_, p)| p.within)
        .number("limit", &points, |(curve, _)| Some(curve.limit))
        .number("limit_se", &points, |(curve, _)| curve.limit_se)
}

/// Where the numbers lie, with room; the bounds may lie outside.
fn span(curve: &LossCurve) -> (f64, f64) {
    let values = curve.points.iter().map(|p| curve.limit + p.deviation);
    roomy(values.chain([curve.limit]), 0.16, 1e-3)
}

fn panel(area: &Area<'_>, axes: &Axes, curve: &LossCurve, ink: RGBColor, last: bool) -> Drawn {
    let (x, y) = (decades(axes.x), axes.ticks_up());
    bounds(area, axes, curve, ink)?;
    axes.grid(area, &x, &y)?;
    near_limit(area, axes, curve)?;
    second_order(area, axes, curve)?;
    let level = axes.at(0.0, curve.limit).1;
    dashes(area, &[(axes.left, level), (axes.right, level)], ink, 4)?;
    for point in &curve.points {
        loss(area, axes, curve, point, ink)?;
    }
    let label = if last { "negatives M" } else { "" };
    axes.frame(area, (&x, label), (&y, "loss − log M"))?;
    heading(area, axes, curve, ink)
}

fn heading(area: &Area<'_>, axes: &Axes, curve: &LossCurve, ink: RGBColor) -> Drawn {
    let at = |x| (x, axes.top - px(HEAD / 2));
    let tau = format!("τ = {}", curve.tau);
    write(area, &tau, at(axes.left), HEADING.left().ink(ink))?;
    let limit = written(curve.limit, curve.limit_se);
    let error = limit.se.map_or(String::new(), |se| format!(" ± {se}"));
    let text = format!("limit {}{error}", number(curve.limit, limit.decimals));
    write(area, &text, at(axes.right), TICK.right().ink(ink))
}

/// From where on the loss is within 1 % of its limit, where that is in the picture.
fn near_limit(area: &Area<'_>, axes: &Axes, curve: &LossCurve) -> Drawn {
    let Some(from) = curve.near_limit_from else {
        return Ok(());
    };
    let at = from.log10();
    if at <= axes.x.0 || at >= axes.x.1 {
        return Ok(());
    }
    let (x, _) = axes.at(at, axes.y.0);
    dashes(area, &[(x, axes.top), (x, axes.bottom)], GREY, 2)?;
    let text = [
        "within 1 %".to_owned(),
        format!("from M = {}", count(from.ceil() as u64)),
    ];
    let widest = text.iter().map(|line| SMALL.width(line)).max().unwrap_or(0);
    // On the right the loss is far below.
    let (x, kind) = match x + px(32) + widest < axes.right {
        true => (x + px(16), SMALL.left()),
        false => (x - px(16), SMALL.right()),
    };
    for (row, text) in (0..).zip(text) {
        let at = (x, axes.top + px(24 + 36 * row));
        write(area, &text, at, kind.ink(GREY))?;
    }
    Ok(())
}

/// The band that no data leave, as far as it is in the frame.
fn bounds(area: &Area<'_>, axes: &Axes, curve: &LossCurve, ink: RGBColor) -> Drawn {
    // Between the given M both bounds follow from the nearest smaller one only up to a factor; drawn are straight lines
    // between the points, on which they were computed.
    let at = |x: f64, bound: fn(&LossPoint) -> f64| {
        let points = &curve.points;
        let next = points.partition_point(|point| place(point) < x);
        let one = &points[next.saturating_sub(1)];
        let two = &points[next.min(points.len() - 1)];
        let (from, to) = (place(one), place(two));
        let part = match to > from {
            true => ((x - from) / (to - from)).clamp(0.0, 1.0),
            false => 0.0,
        };
        let (a, b) = (bound(one), bound(two));
        axes.at(x, curve.limit + a + (b - a) * part)
    };
    let lower = steps(axes.x).map(|x| at(x, |point| point.lower));
    let upper = steps(axes.x).rev().map(|x| at(x, |point| point.upper));
    fill(area, lower.chain(upper).collect::<Vec<_>>(), ink, 0.09)
}

/// The expansion, where it stays in the frame.
fn second_order(area: &Area<'_>, axes: &Axes, curve: &LossCurve) -> Drawn {
    let Some(order) = curve.second_order else {
        return Ok(());
    };
    let value = |x: f64| curve.limit + order.at(10f64.powf(x));
    let inside: Vec<(i32, i32)> = steps(axes.x)
        .map(|x| (x, value(x)))
        .filter(|(_, v)| (axes.y.0..=axes.y.1).contains(v))
        .map(|(x, v)| axes.at(x, v))
        .collect();
    line(area, &inside, GREY, 3)
}

/// The loss with 1.96 Monte Carlo errors.
fn loss(
    area: &Area<'_>,
    axes: &Axes,
    curve: &LossCurve,
    point: &LossPoint,
    ink: RGBColor,
) -> Drawn {
    let (x, y) = (place(point), curve.limit + point.deviation);
    let ends = [-1.96, 1.96].map(|times| axes.at(x, y + times * point.se));
    interval(area, ends, (9, 0), ink, 3)?;
    let (m, loss) = (count(point.negatives), written(point.loss, Some(point.se)));
    let text = format!("τ = {}, M = {m}: loss {loss}", curve.tau);
    area.hint_at(axes.at(x, y), text);
    dot(area, axes.at(x, y), 10, ink)
}
