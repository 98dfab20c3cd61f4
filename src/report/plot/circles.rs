//! Encoders onto the circle: distances of positive pairs, density in the plane and along the circle, per class.

use std::f64::consts::PI;

use plotters::element::Rectangle;
use plotters::style::{Color, RGBColor};

use super::axes::{Axes, number};
use super::canvas::{
    Area, Drawn, GREY, GRID, HEADING, INK, Picture, SMALL, TICK, block, dashes, line, paint, px,
    write,
};
use super::circle::{UNIFORM, curve};
use super::colours::{INKS, between};
use crate::report::document::Records;
use crate::report::panels::{CIRCLE_BANDWIDTH, CirclePanel, CircleRow, DISTANCE_BINS};

/// None to most: white, sand, green, blue, black.
const DENSITY: [RGBColor; 6] = [
    RGBColor(255, 255, 255),
    RGBColor(226, 208, 172),
    RGBColor(140, 172, 104),
    RGBColor(52, 122, 118),
    RGBColor(24, 62, 110),
    RGBColor(8, 12, 30),
];

const TOP: i32 = 120;
const ROW: i32 = 650;
const HEAD: i32 = 150;
/// Side of a picture of the plane, and height of the strip below.
const PLANE: i32 = 320;
const STRIP: i32 = 100;
const BETWEEN: i32 = 52;
const HISTOGRAM: i32 = 400;
const LEFT: i32 = 150;
const FOOT: i32 = 70;
const BLUE: RGBColor = INKS[0];
/// Shades of a density in the plane.
const SHADES: f64 = 40.0;

pub(in crate::report) fn picture<'a>(rows: &'a [CircleRow], title: &str) -> Option<Picture<'a>> {
    let panels = rows.iter().map(|row| row.panels.len()).max().unwrap_or(0) as i32;
    if panels == 0 {
        return None;
    }
    let width = LEFT + HISTOGRAM + panels * (PLANE + BETWEEN) + 150;
    let height = TOP + ROW * rows.len() as i32 + FOOT;
    Some(paint((width, height), title.to_owned(), move |area| {
        let tallest = rows.iter().flat_map(|row| row.distances).max().unwrap_or(1);
        for (k, row) in rows.iter().enumerate() {
            draw(area, row, TOP + ROW * k as i32, tallest)?;
        }
        let text = format!(
            "Gaussian kernels of width {CIRCLE_BANDWIDTH}; darkest is each panel's highest density; dashed: the uniform law"
        );
        let below = (px(width / 2), px(height - 42));
        write(area, &text, below, TICK.ink(GREY))
    }))
}

/// Distances of positives in bins, and densities of angles.
pub(in crate::report) fn records(rows: &[CircleRow]) -> Records {
    let mut lines: Vec<(&str, &str, f64, f64)> = Vec::new();
    let step = 2.0 / DISTANCE_BINS as f64;
    for row in rows {
        let bins = (0..).zip(row.distances);
        let bins = bins.map(|(k, count)| (f64::from(k) * step, count as f64));
        let bins = bins.map(|(from, count)| ("distances of positives", from, count));
        let angles = row.panels.iter().flat_map(|panel| {
            let points = curve(&panel.angles).take(panel.angles.len());
            points.map(|(angle, density)| (panel.name.as_str(), angle, density))
        });
        let named = |(panel, from, value)| (row.name.as_str(), panel, from, value);
        lines.extend(bins.chain(angles).map(named));
    }
    Records::of("the encoders")
        .text("encoder", &lines, |line| Some(line.0))
        .text("panel", &lines, |line| Some(line.1))
        .number("from", &lines, |line| Some(line.2))
        .number("value", &lines, |line| Some(line.3))
}

fn draw(area: &Area<'_>, row: &CircleRow, top: i32, tallest: u64) -> Drawn {
    let heading = match &row.accuracy {
        Some(a) => format!(
            "{} · linear accuracy {:.1} % ({:.1} to {:.1})",
            row.name,
            100.0 * a.value,
            100.0 * a.low,
            100.0 * a.high
        ),
        None => row.name.clone(),
    };
    write(area, &heading, (px(LEFT), px(top + 40)), HEADING.left())?;
    histogram(area, row, top + HEAD, tallest)?;
    // One scale for the strips of a row, so that no density is cut.
    let angles = row.panels.iter().flat_map(|panel| &panel.angles);
    let highest = angles.copied().fold(2.0 * UNIFORM, f64::max) * 1.05;
    for (k, panel) in row.panels.iter().enumerate() {
        let left = LEFT + HISTOGRAM + 130 + k as i32 * (PLANE + BETWEEN);
        let name = format!("{}, n = {}", panel.name, panel.n);
        let above = (px(left + PLANE / 2), px(top + HEAD - 30));
        write(area, &name, above, SMALL)?;
        plane(area, panel, (left, top + HEAD))?;
        strip(
            area,
            panel,
            (left, top + HEAD + PLANE + 12),
            (highest, k == 0),
        )?;
    }
    Ok(())
}

fn histogram(area: &Area<'_>, row: &CircleRow, top: i32, tallest: u64) -> Drawn {
    let axes = Axes::between(
        (LEFT, LEFT + HISTOGRAM),
        (top, top + PLANE + 12 + STRIP - 60),
        (0.0, 2.0),
        (0.0, tallest as f64 * 1.06),
    );
    let text = format!("mean {}", number(row.mean_distance, 3));
    let above = (px(LEFT + HISTOGRAM / 2), px(top - 30));
    write(area, &text, above, SMALL)?;
    let (x, y) = (axes.ticks_across(), axes.ticks_up());
    axes.grid(area, &x, &y)?;
    let step = 2.0 / DISTANCE_BINS as f64;
    for (k, count) in row.distances.iter().enumerate().filter(|(_, c)| **c > 0) {
        let from = axes.at(k as f64 * step, *count as f64);
        let to = axes.at((k + 1) as f64 * step, 0.0);
        block(area, [from, to], BLUE)?;
        let text = format!(
            "{count} pairs at {:.1} to {:.1}",
            k as f64 * step,
            (k + 1) as f64 * step
        );
        area.hint([from, to], text);
    }
    let mean = row.mean_distance.clamp(0.0, 2.0);
    let upright = [axes.y.0, axes.y.1].map(|y| axes.at(mean, y));
    dashes(area, &upright, INK, 4)?;
    axes.spines(area)?;
    for (value, text) in x.iter().filter(|(v, _)| (v * 2.0).fract() == 0.0) {
        let (at, _) = axes.at(*value, 0.0);
        write(area, text, (at, axes.bottom + px(28)), SMALL)?;
    }
    for (value, text) in &y {
        let (_, at) = axes.at(0.0, *value);
        write(area, text, (axes.left - px(14), at), SMALL.right())?;
    }
    let below = (px(LEFT + HISTOGRAM / 2), axes.bottom + px(70));
    write(area, "distance of positive pairs", below, SMALL)
}

fn plane(area: &Area<'_>, panel: &CirclePanel, (left, top): (i32, i32)) -> Drawn {
    let side = (panel.plane.len() as f64).sqrt().round() as i32;
    let highest = panel.plane.iter().copied().fold(0.0, f64::max);
    let edge = |k: i32, from: i32| px(from) + px(PLANE) * k / side;
    let shade = |value: &f64| (value / highest * SHADES).round();
    for (y, row) in (0..).zip(panel.plane.chunks(side.max(1) as usize)) {
        let mut x = 0;
        // Neighbours of one shade are one rectangle.
        for same in row.chunk_by(|a, b| shade(a) == shade(b)) {
            let (from, to) = (x, x + same.len() as i32);
            x = to;
            let shade = shade(&same[0]);
            if shade > 0.0 {
                let corners = [
                    (edge(from, left), edge(y, top)),
                    (edge(to, left), edge(y + 1, top)),
                ];
                area.draw(&Rectangle::new(
                    corners,
                    between(&DENSITY, shade / SHADES).filled(),
                ))?;
            }
        }
    }
    let corners = [(px(left), px(top)), (px(left + PLANE), px(top + PLANE))];
    area.draw(&Rectangle::new(corners, GRID.stroke_width(px(2) as u32)))
}

/// The density around the circle, up to `highest`; the first of a row has the scale.
fn strip(
    area: &Area<'_>,
    panel: &CirclePanel,
    (left, top): (i32, i32),
    (highest, first): (f64, bool),
) -> Drawn {
    let (across, up) = ((left, left + PLANE), (top, top + STRIP));
    let axes = Axes::between(across, up, (-PI, PI), (0.0, highest));
    let outline = curve(&panel.angles).map(|(angle, density)| axes.at(angle, density));
    let outline: Vec<_> = outline.collect();
    axes.under(area, &outline, (BLUE, 0.35), 3)?;
    dashes(area, &[axes.at(-PI, UNIFORM), axes.at(PI, UNIFORM)], INK, 2)?;
    let floor = [(axes.left, axes.bottom), (axes.right, axes.bottom)];
    line(area, &floor, INK, 2)?;
    for (angle, text) in [(-PI, "−π"), (0.0, "0"), (PI, "π")] {
        let (at, _) = axes.at(angle, 0.0);
        write(area, text, (at, axes.bottom + px(24)), SMALL)?;
    }
    if !first {
        return Ok(());
    }
    let upright = [(axes.left, axes.top), (axes.left, axes.bottom)];
    line(area, &upright, INK, 2)?;
    let scale = [(0.0, "0".to_owned()), (highest, number(highest, 1))];
    for (density, text) in scale {
        let (left, y) = axes.at(-PI, density);
        line(area, &[(left - px(8), y), (left, y)], INK, 2)?;
        write(area, &text, (left - px(14), y), SMALL.right())?;
    }
    Ok(())
}
