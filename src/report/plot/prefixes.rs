//! Numbers along prefixes of the columns: one panel for each number, one line for each model.

use std::collections::BTreeSet;

use plotters::style::RGBColor;

use super::axes::{Axes, Tick, roomy};
use super::canvas::{
    Area, Drawn, GREY, HEADING, Swatch, Trouble, dashes, dot, interval, legend, line, paint, px,
    write, write_title,
};
use super::colours::INKS;
use super::ground::official;
use crate::metric::MetricId;
use crate::report::comparison::main_curves;
use crate::report::number::count;
use crate::report::text::printable;
use crate::result::{Comparison, PrefixCurve, PrefixPoint, label};

const WIDTH: i32 = 1500;
const PANEL: i32 = 560;
const TOP: i32 = 190;

pub(super) fn picture(comparison: &Comparison) -> Result<Option<Vec<u8>>, Trouble> {
    // Each number once, with the curves of all models.
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
    if panels.is_empty() {
        return Ok(None);
    }
    let height = TOP + PANEL * panels.len() as i32 + 60;
    let ink_of = |model: &str| {
        let mut models = comparison.models.iter();
        let place = models.position(|other| other.name == model);
        INKS[place.unwrap_or(0) % INKS.len()]
    };
    let drawn = paint((WIDTH, height), |area| {
        write_title(area, "First columns only", WIDTH)?;
        let models = comparison.models.iter().map(|model| {
            let name = super::title::shortened(&printable(&model.name), 24);
            (Swatch::Line(ink_of(&model.name)), name)
        });
        let mut entries: Vec<(Swatch, String)> = models.collect();
        entries.push((Swatch::Dashes(GREY), "ideal of that width".to_owned()));
        legend(area, (px(WIDTH / 2), px(120)), &entries)?;
        for (k, panel) in panels.iter().enumerate() {
            let top = TOP + PANEL * k as i32;
            let axes = Axes {
                left: px(220),
                right: px(WIDTH - 70),
                top: px(top + 50),
                bottom: px(top + PANEL - 120),
                x: roomy(points(panel).map(across), 0.06, 1e-3),
                y: heights(panel),
            };
            let last = k + 1 == panels.len();
            let label = label(panel[0].metric, &panel[0].params);
            let name = format!("{} {}", printable(&label), panel[0].side.name());
            write(area, &name, (axes.left, px(top + 20)), HEADING.left())?;
            let (x, y) = (widths(panel), axes.ticks_up());
            axes.grid(area, &x, &y)?;
            ideal(area, &axes, panel[0])?;
            for curve in panel {
                draw(area, &axes, curve, ink_of(&curve.model))?;
            }
            let below = if last { "columns" } else { "" };
            axes.frame(area, (&x, below), (&y, ""))?;
        }
        Ok(())
    });
    drawn.map(Some)
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

/// A tick at each width.
fn widths(panel: &[&PrefixCurve]) -> Vec<Tick> {
    let dims: BTreeSet<u64> = points(panel).map(|point| point.dim).collect();
    dims.into_iter()
        .map(|dim| ((dim as f64).log2(), count(dim)))
        .collect()
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
    }
    Ok(())
}
