//! What each smaller form of a model keeps, against the bytes of a row.

use plotters::style::RGBColor;

use super::axes::{Axes, Tick, roomy};
use super::canvas::{Drawn, Picture, SMALL, dot, interval, paint, px, write};
use super::colours::INKS;
use crate::report::comparison::{overlap, overlap_side, stored_as};
use crate::report::document::Records;
use crate::report::number::{count, written};
use crate::result::{Comparison, Measure};

const SIZE: (i32, i32) = (1500, 1000);

/// One copy.
struct Point {
    name: String,
    ink: RGBColor,
    bytes: u64,
    kept: f64,
    ends: [f64; 2],
}

impl Point {
    fn across(&self) -> f64 {
        (self.bytes as f64).log2()
    }
}

fn points(comparison: &Comparison) -> Vec<Point> {
    let side = overlap_side(comparison);
    let copies = comparison.models.iter().skip(1).zip(&comparison.parity);
    copies
        .zip(INKS.iter().cycle())
        .filter_map(|((model, parity), ink)| {
            model.copied?;
            let measure: &Measure = overlap(Some(parity), side)?;
            let ends = measure.interval.map(|i| [i.low, i.high]);
            Some(Point {
                name: stored_as(model),
                ink: *ink,
                bytes: model.row_bytes?,
                kept: measure.value,
                ends: ends.unwrap_or([measure.value; 2]),
            })
        })
        .collect()
}

/// The copies that are drawn.
pub(super) fn records(comparison: &Comparison) -> Records {
    let points = points(comparison);
    Records::of("copies")
        .text("form", &points, |point: &Point| Some(point.name.clone()))
        .count("bytes", &points, |point| point.bytes)
        .number("kept", &points, |point| Some(point.kept))
        .number("low", &points, |point| Some(point.ends[0]))
        .number("high", &points, |point| Some(point.ends[1]))
}

pub(super) fn picture<'a>(comparison: &'a Comparison, title: Option<&str>) -> Option<Picture<'a>> {
    let points = points(comparison);
    if points.is_empty() {
        return None;
    }
    let base = comparison.models.first().map_or("", |base| &base.name);
    let own = || format!("Smaller forms of {}", super::title::named(base, 40));
    let title = title.map_or_else(own, str::to_owned);
    let (low, _) = roomy(points.iter().flat_map(|point| point.ends), 0.1, 1e-3);
    let x = roomy(points.iter().map(Point::across), 0.08, 0.5);
    let (across, up) = ((190, SIZE.0 - 300), (150, SIZE.1 - 150));
    let axes = Axes::between(across, up, x, (low.max(0.0), 1.0));
    Some(paint(SIZE, title, move |area| {
        let (x, y) = (widths(&axes), axes.ticks_up());
        axes.grid(area, &x, &y)?;
        for point in &points {
            let at = |v: f64| axes.at(point.across(), v);
            interval(area, point.ends.map(at), (9, 0), point.ink, 3)?;
            dot(area, at(point.kept), 11, point.ink)?;
            let kept = format!("{}: {}", point.name, written(point.kept, None));
            area.hint_at(at(point.kept), kept);
        }
        names(&points, &axes, |text, (x, y), ink| {
            write(area, text, (x, y), SMALL.left().ink(ink))
        })?;
        let left = "share of the ten nearest rows kept";
        axes.frame(area, (&x, "bytes a row"), (&y, left))
    }))
}

/// A tick at each power of two.
fn widths(axes: &Axes) -> Vec<Tick> {
    let (first, last) = (axes.x.0.ceil() as u32, axes.x.1.floor() as u32);
    (first..=last)
        .map(|power| (f64::from(power), count(1 << power)))
        .collect()
}

/// The names beside their points, from above to below, each below the one before where they would overlap.
fn names(
    points: &[Point],
    axes: &Axes,
    mut write: impl FnMut(&str, (i32, i32), RGBColor) -> Drawn,
) -> Drawn {
    let line = px(36);
    let mut taken: Vec<(i32, i32, i32)> = Vec::new();
    let mut order: Vec<&Point> = points.iter().collect();
    order.sort_by(|one, other| other.kept.total_cmp(&one.kept));
    for point in order {
        let (x, mut y) = axes.at(point.across(), point.kept);
        let (x, width) = (x + px(24), SMALL.width(&point.name));
        let meets = |y: i32, &(left, right, other): &(i32, i32, i32)| {
            left < x + width && x < right && (other - y).abs() < line
        };
        while taken.iter().any(|name| meets(y, name)) {
            y += px(2);
        }
        taken.push((x, x + width, y));
        write(&point.name, (x, y), point.ink)?;
    }
    Ok(())
}
