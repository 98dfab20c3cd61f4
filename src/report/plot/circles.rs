//! Encoders onto the circle: distances of positive pairs, density in the plane and along the circle, per class.

use std::f64::consts::{PI, TAU};

use plotters::element::Rectangle;
use plotters::style::{Color, RGBColor};

use super::axes::{Axes, number};
use super::canvas::{
    Area, Drawn, GREY, GRID, HEADING, INK, SMALL, TICK, Trouble, block, dashes, line, paint, px,
    write, write_title,
};
use super::circle::{UNIFORM, curve};
use super::colours::{INKS, density};
use crate::report::panels::{CIRCLE_BANDWIDTH, CirclePanel, CircleRow, DISTANCE_BINS};

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
/// Densities above are cut, in multiples of the uniform law's.
const MOST: f64 = 6.0;

pub(crate) fn picture(rows: &[CircleRow], title: &str) -> Result<Vec<u8>, Trouble> {
    let panels = rows.iter().map(|row| row.panels.len()).max().unwrap_or(0) as i32;
    if panels == 0 {
        return Err("no encoders onto the circle".into());
    }
    let width = LEFT + HISTOGRAM + panels * (PLANE + BETWEEN) + 110;
    let height = TOP + ROW * rows.len() as i32 + FOOT;
    paint((width, height), |area| {
        write_title(area, title, width)?;
        let tallest = rows.iter().flat_map(|row| row.distances).max().unwrap_or(1);
        for (k, row) in rows.iter().enumerate() {
            draw(area, row, TOP + ROW * k as i32, tallest)?;
        }
        let text = format!(
            "Gaussian kernels of width {CIRCLE_BANDWIDTH}; darkest is each panel's highest density; dashed: the uniform law"
        );
        let below = (px(width / 2), px(height - 42));
        write(area, &text, below, TICK.ink(GREY))
    })
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
    for (k, panel) in row.panels.iter().enumerate() {
        let left = LEFT + HISTOGRAM + 90 + k as i32 * (PLANE + BETWEEN);
        let name = format!("{}, n = {}", panel.name, panel.n);
        let above = (px(left + PLANE / 2), px(top + HEAD - 30));
        write(area, &name, above, SMALL)?;
        plane(area, panel, (left, top + HEAD))?;
        strip(area, panel, (left, top + HEAD + PLANE + 12))?;
    }
    Ok(())
}

fn histogram(area: &Area<'_>, row: &CircleRow, top: i32, tallest: u64) -> Drawn {
    let axes = Axes {
        left: px(LEFT),
        right: px(LEFT + HISTOGRAM),
        top: px(top),
        bottom: px(top + PLANE + 12 + STRIP - 60),
        x: (0.0, 2.0),
        y: (0.0, tallest as f64 * 1.06),
    };
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
    }
    let mean = row.mean_distance.clamp(0.0, 2.0);
    axes.upright(area, mean)?;
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
    for (cell, value) in panel.plane.iter().enumerate() {
        let share = if highest > 0.0 { value / highest } else { 0.0 };
        if share < 0.004 {
            continue;
        }
        let (x, y) = (cell as i32 % side, cell as i32 / side);
        let corners = [
            (edge(x, left), edge(y, top)),
            (edge(x + 1, left), edge(y + 1, top)),
        ];
        area.draw(&Rectangle::new(corners, density(share).filled()))?;
    }
    let corners = [(px(left), px(top)), (px(left + PLANE), px(top + PLANE))];
    area.draw(&Rectangle::new(corners, GRID.stroke_width(px(2) as u32)))
}

fn strip(area: &Area<'_>, panel: &CirclePanel, (left, top): (i32, i32)) -> Drawn {
    let axes = Axes {
        left: px(left),
        right: px(left + PLANE),
        top: px(top),
        bottom: px(top + STRIP),
        x: (-PI, PI),
        y: (0.0, MOST / TAU),
    };
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
    Ok(())
}
