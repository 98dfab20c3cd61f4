//! Numbers along prefixes of the columns: one panel for each number, one line for each model.

use std::collections::BTreeSet;

use plotters::style::RGBColor;

use super::axes::{Axes, Tick, roomy};
use super::canvas::{
    Area, Drawn, GREY, HEADING, Picture, Swatch, TICK, dashes, dot, interval, legend,
    legend_height, line, paint, px, write,
};
use super::colours::INKS;
use super::ground::official;
use crate::metric::MetricId;
use crate::report::comparison::main_curves;
use crate::report::document::Records;
use crate::report::number::{count, written};
use crate::report::text::printable;
use crate::result::{Comparison, PrefixCurve, PrefixPoint, label};

const WIDTH: i32 = 1800;
/// Panels stand two beside each other.
const PANEL: (i32, i32) = (WIDTH / 2, 560);
const TOP: i32 = 110;

/// The curves of all models, by number.
fn panels(comparison: &Comparison) -> Vec<Vec<&PrefixCurve>> {
    let mut panels: Vec<Vec<&PrefixCurve>> = Vec::new();
    let curves = main_curves(comparison).into_iter();
    // Of alignment, the one with alpha = 2.
    let drawn = |c: &&PrefixCurve| c.metric != MetricId::Alignment || official(&c.params);
    for curve in curves.filter(drawn) {
        let same = |c: &PrefixCurve| c.metric == curve.metric && c.params == curve.params;
        match panels.iter_mut().find(|panel| same(panel[0])) {
            Some(panel) => panel.push(curve),
            None => panels.push(vec![curve]),
        }
    }
    panels
}

/// The points that are drawn.
pub(super) fn records(comparison: &Comparison) -> Records {
    let curves = panels(comparison).into_iter().flatten();
    let points = curves.flat_map(|curve| {
        let points = curve.points.iter();
        points.map(move |point| (curve, point))
    });
    let points: Vec<(&PrefixCurve, &PrefixPoint)> = points.collect();
    Records::of("the first columns")
        .text("model", &points, |(curve, _)| Some(curve.model.as_str()))
        .text("number", &points, |(curve, _)| {
            Some(label(curve.metric, &curve.params))
        })
        .text("side", &points, |(curve, _)| Some(curve.side.name()))
        .count("columns", &points, |(_, point)| point.dim)
        .number("value", &points, |(_, point)| Some(point.value))
        .number("se", &points, |(_, point)| point.se)
        .number("ideal", &points, |(_, point)| point.ideal)
}

pub(super) fn picture<'a>(comparison: &'a Comparison, title: Option<&str>) -> Option<Picture<'a>> {
    let panels = panels(comparison);
    if panels.is_empty() {
        return None;
    }
    let ink_of = move |model: &str| {
        let mut models = comparison.models.iter();
        let place = models.position(|other| other.name == model);
        INKS[place.unwrap_or(0) % INKS.len()]
    };
    let models = comparison.models.iter().map(|model| {
        let name = super::title::named(&model.name, 40);
        (Swatch::Line(ink_of(&model.name)), name)
    });
    let mut entries: Vec<(Swatch, String)> = models.collect();
    entries.push((Swatch::Dashes(GREY), "ideal of that width".to_owned()));
    let beside = panels.len().min(2) as i32;
    let width = PANEL.0 * beside;
    let below = TOP + legend_height(&entries, width - 80) + 10;
    let height = below + PANEL.1 * panels.len().div_ceil(2) as i32 + 10;
    let title = title.unwrap_or("First columns only").to_owned();
    Some(paint((width, height), title, move |area| {
        legend(area, (px(width / 2), px(TOP + 14)), width - 80, &entries)?;
        for (k, panel) in panels.iter().enumerate() {
            let (left, top) = (PANEL.0 * (k % 2) as i32, below + PANEL.1 * (k / 2) as i32);
            let axes = Axes::between(
                (left + 190, left + PANEL.0 - 40),
                (top + 60, top + PANEL.1 - 130),
                roomy(points(panel).map(across), 0.06, 1e-3),
                heights(panel),
            );
            let PrefixCurve {
                metric,
                params,
                side,
                ..
            } = panel[0];
            let name = super::title::number(*metric, params, *side);
            let heading = HEADING.fitting(&name, axes.right - axes.left);
            write(area, &name, (axes.left, px(top + 24)), heading.left())?;
            let (x, y) = (widths(&axes, panel), axes.ticks_up());
            axes.grid(area, &x, &y)?;
            ideal(area, &axes, panel[0])?;
            for curve in panel {
                draw(area, &axes, curve, ink_of(&curve.model))?;
            }
            axes.frame(area, (&x, "columns"), (&y, ""))?;
        }
        Ok(())
    }))
}

fn points<'a>(panel: &'a [&PrefixCurve]) -> impl Iterator<Item = &'a PrefixPoint> {
    panel.iter().flat_map(|curve| &curve.points)
}

/// Where a point lies.
fn across(point: &PrefixPoint) -> f64 {
    (point.dim as f64).log2()
}

/// Where values, errors and ideals lie.
fn heights(panel: &[&PrefixCurve]) -> (f64, f64) {
    let (low, high) = roomy(points(panel).map(|point| point.value), 0.0, 1e-3);
    let ideals = panel[0].points.iter().filter_map(|point| point.ideal);
    roomy(ideals.chain([low, high]), 0.1, 1e-3)
}

/// A tick at each width that has room for its label.
fn widths(axes: &Axes, panel: &[&PrefixCurve]) -> Vec<Tick> {
    let dims: BTreeSet<u64> = points(panel).map(|point| point.dim).collect();
    // From the whole down: the last columns are what is kept.
    let ticks = dims.into_iter().rev();
    axes.with_room(ticks.map(|dim| ((dim as f64).log2(), count(dim))), TICK)
}

fn ideal(area: &Area<'_>, axes: &Axes, curve: &PrefixCurve) -> Drawn {
    let points: Option<Vec<(i32, i32)>> = curve
        .points
        .iter()
        .map(|point| Some(axes.at(across(point), point.ideal?)))
        .collect();
    points.map_or(Ok(()), |points| dashes(area, &points, GREY, 3))
}

fn draw(area: &Area<'_>, axes: &Axes, curve: &PrefixCurve, ink: RGBColor) -> Drawn {
    let at = |point: &PrefixPoint, v: f64| axes.at(across(point), v);
    let points: Vec<(i32, i32)> = curve.points.iter().map(|p| at(p, p.value)).collect();
    line(area, &points, ink, 4)?;
    for point in &curve.points {
        let se = point.se.unwrap_or(0.0);
        let ends = [-1.96, 1.96].map(|times| at(point, point.value + times * se));
        interval(area, ends, (9, 0), ink, 3)?;
        dot(area, at(point, point.value), 9, ink)?;
        let (model, dim) = (printable(&curve.model), count(point.dim));
        let text = format!("{model}, {dim} columns: {}", written(point.value, point.se));
        area.hint_at(at(point, point.value), text);
    }
    Ok(())
}
