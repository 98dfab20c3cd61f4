//! Two-dimensional encoders: the density of angles around the circle, and unrolled.

use std::f64::consts::{PI, TAU};

use super::axes::{Axes, Tick};
use super::canvas::{
    Area, Drawn, GREY, GRID, INK, LABEL, Picture, SMALL, Swatch, TICK, dashes, fill, legend, line,
    paint, px, write,
};
use super::colours::colour;
use crate::report::document::Records;
use crate::report::number::{count, counted};
use crate::result::{Audit, Circle, ClassOnCircle, Side};

const WIDTH: i32 = 2400;
const HEIGHT: i32 = 1100;
/// Side of the panel of a class, below; they share the width.
const CLASS: i32 = 330;
const FOOT: i32 = 80;
/// Pixels of the unit circle's radius, and of the ring that the highest density fills.
const RADIUS: f64 = 215.0;
const RING: f64 = 165.0;
/// The uniform law's density.
pub(super) const UNIFORM: f64 = 1.0 / TAU;

pub(super) fn picture<'a>(audit: &'a Audit, title: &str) -> Option<Picture<'a>> {
    let circles = circles(audit);
    if circles.is_empty() {
        return None;
    }
    let densities = circles.iter().flat_map(|c| &c.density).copied();
    let top = densities.fold(UNIFORM, f64::max);
    let classes: Vec<&ClassOnCircle> = circles.iter().flat_map(|c| &c.classes).collect();
    // As many in each row, where there are several rows.
    let rows = classes.len().div_ceil((WIDTH / CLASS) as usize);
    let beside = classes.len().div_ceil(rows.max(1)).max(1);
    let left_out: u64 = circles.iter().map(|c| c.classes_left_out).sum();
    let foot = if left_out > 0 { FOOT } else { 0 };
    let below = CLASS * rows as i32 + foot;
    let size = (WIDTH, HEIGHT + below);
    Some(paint(size, title.to_owned(), move |area| {
        let two = audit.subject.b.is_some();
        let entry = |c: &&Circle| {
            let name = if two { c.side.name() } else { "density" };
            let text = format!("{name}, κ = {:.0}", c.kappa);
            (Swatch::Box(colour(c.side)), text)
        };
        let mut entries: Vec<_> = circles.iter().map(entry).collect();
        entries.push((Swatch::Dashes(INK), "uniform 1/(2π)".to_owned()));
        legend(area, (px(WIDTH / 2), px(128)), WIDTH - 60, &entries)?;
        ring(area, &circles, top)?;
        unrolled(area, &circles, top)?;
        for (k, class) in classes.iter().enumerate() {
            let in_row = beside.min(classes.len() - k / beside * beside) as i32;
            let left = (WIDTH - CLASS * in_row) / 2 + CLASS * (k % beside) as i32;
            let top = HEIGHT + CLASS * (k / beside) as i32;
            small_ring(area, class, (left + CLASS / 2, top + CLASS / 2 - 20))?;
        }
        if left_out > 0 {
            let text = format!("{} left out", counted(left_out, "smaller class"));
            let at = (px(WIDTH / 2), px(HEIGHT + below - FOOT / 2));
            write(area, &text, at, TICK.ink(GREY))?;
        }
        Ok(())
    }))
}

/// Those that can be drawn.
fn circles(audit: &Audit) -> Vec<&Circle> {
    let fine =
        |density: &[f64]| density.len() > 2 && density.iter().all(|d| d.is_finite() && *d >= 0.0);
    let finite =
        |c: &&Circle| fine(&c.density) && c.classes.iter().all(|class| fine(&class.density));
    audit.distributions.circles.iter().filter(finite).collect()
}

/// The densities at their angles.
pub(super) fn records(audit: &Audit) -> Records {
    let circles = circles(audit).into_iter();
    let densities = circles.flat_map(|c| {
        let classes = c.classes.iter();
        let classes = classes.map(|class| (Some(class.name.as_str()), &class.density));
        let all = [(None, &c.density)].into_iter().chain(classes);
        all.map(|(class, density)| (c.side, class, density))
    });
    let points = densities.flat_map(|(side, class, density)| {
        let points = curve(density).take(density.len());
        points.map(move |(angle, density)| (side, class, angle, density))
    });
    let points: Vec<(Side, Option<&str>, f64, f64)> = points.collect();
    Records::of(&audit.subject.name)
        .text("side", &points, |p| Some(p.0.name()))
        .text("class", &points, |p| p.1)
        .number("angle", &points, |p| Some(p.2))
        .number("density", &points, |p| Some(p.3))
        .number("uniform", &points, |_| Some(UNIFORM))
}

/// Angle and density, closed: the first angle comes again at pi.
pub(super) fn curve(density: &[f64]) -> impl Iterator<Item = (f64, f64)> {
    let n = density.len();
    (0..=n).map(move |k| (-PI + TAU * k as f64 / n as f64, density[k % n]))
}

/// The point at this angle, `radius` pixels of the file from the centre.
fn around((x, y): (i32, i32), angle: f64, radius: f64) -> (i32, i32) {
    let radius = radius * f64::from(px(1));
    (
        x + (radius * angle.cos()).round() as i32,
        y - (radius * angle.sin()).round() as i32,
    )
}

fn ring(area: &Area<'_>, circles: &[&Circle], top: f64) -> Drawn {
    let centre = (px(540), px(630));
    let at = |angle: f64, radius: f64| around(centre, angle, radius);
    let round = |radius: f64| {
        (0..=720)
            .map(|k| at(TAU * f64::from(k) / 720.0, radius))
            .collect::<Vec<_>>()
    };
    let reach = |density: f64| RADIUS + RING * density / top;
    for (angle, text) in [
        (0.0, "0"),
        (PI / 2.0, "π/2"),
        (PI, "±π"),
        (-PI / 2.0, "−π/2"),
    ] {
        let end = at(angle, RADIUS + RING + 16.0);
        line(area, &[at(angle, 0.0), end], GRID, 2)?;
        write(area, text, at(angle, RADIUS + RING + 52.0), TICK)?;
    }
    let opacity = if circles.len() > 1 { 0.25 } else { 0.4 };
    for circle in circles {
        let points: Vec<_> = curve(&circle.density).collect();
        let outer = points
            .iter()
            .map(|(angle, density)| at(*angle, reach(*density)));
        let outer: Vec<_> = outer.collect();
        let inner = points.iter().rev().map(|(angle, _)| at(*angle, RADIUS));
        let band: Vec<_> = outer.iter().copied().chain(inner).collect();
        fill(area, band, colour(circle.side), opacity)?;
        line(area, &outer, colour(circle.side), 4)?;
    }
    line(area, &round(RADIUS), INK, 3)?;
    dashes(area, &round(reach(UNIFORM)), INK, 3)?;
    write(area, "unit circle", centre, LABEL.ink(GREY))
}

/// A class: its densities as a band around the circle, as long as the densest of the class asks for.
fn small_ring(area: &Area<'_>, class: &ClassOnCircle, (x, y): (i32, i32)) -> Drawn {
    const RADIUS: f64 = 66.0;
    const BAND: f64 = 48.0;
    let at = |angle: f64, radius: f64| around((px(x), px(y)), angle, radius);
    let top = class.density.iter().copied().fold(UNIFORM, f64::max);
    let points: Vec<_> = curve(&class.density).collect();
    let outer = points
        .iter()
        .map(|(angle, density)| at(*angle, RADIUS + BAND * density / top));
    let outer: Vec<_> = outer.collect();
    let inner: Vec<_> = points.iter().map(|(angle, _)| at(*angle, RADIUS)).collect();
    let band: Vec<_> = outer.iter().chain(inner.iter().rev()).copied().collect();
    fill(area, band, colour(Side::A), 0.4)?;
    line(area, &outer, colour(Side::A), 3)?;
    line(area, &inner, INK, 2)?;
    let name = super::title::named(&class.name, 18);
    let text = format!("{name}, n = {}", count(class.n));
    let kind = SMALL.fitting(&text, px(CLASS - 16));
    write(area, &text, (px(x), px(y + CLASS / 2)), kind)
}

fn unrolled(area: &Area<'_>, circles: &[&Circle], top: f64) -> Drawn {
    let (across, up) = ((1240, WIDTH - 80), (200, HEIGHT - 150));
    let axes = Axes::between(across, up, (-PI, PI), (0.0, top * 1.08));
    let names = ["−π", "−π/2", "0", "π/2", "π"].map(str::to_owned);
    let angles = (-2..).map(|k| f64::from(k) * PI / 2.0);
    let x: Vec<Tick> = angles.zip(names).collect();
    let y = axes.ticks_up();
    axes.grid(area, &x, &y)?;
    let opacity = if circles.len() > 1 { 0.2 } else { 0.3 };
    for circle in circles {
        let outline = curve(&circle.density).map(|(angle, density)| axes.at(angle, density));
        let outline: Vec<_> = outline.collect();
        axes.under(area, &outline, (colour(circle.side), opacity), 4)?;
        // A strip for each of about sixty angles tells its density.
        let every = circle.density.len().div_ceil(60);
        for (angle, density) in curve(&circle.density).step_by(every) {
            let (x, y) = axes.at(angle, density);
            let side = circle.side.name();
            let text = format!("{side}: density {density:.3} at {angle:.2}");
            area.hint([(x - px(8), y - px(12)), (x + px(8), y + px(12))], text);
        }
    }
    dashes(area, &[axes.at(-PI, UNIFORM), axes.at(PI, UNIFORM)], INK, 3)?;
    let (across, up) = ("angle of x (radians)", "density per radian");
    axes.frame(area, (&x, across), (&y, up))
}
